"""MedQuAD: a document for each page of an NIH website, its questions as headings, the institute as its issuer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from index.corpora.catalogue import Corpus
from index.document import Document
from index.reading import Limits
from index.reading.records import read

_INSTITUTES = {
    "CancerGov": "National Cancer Institute, USA",
    "CDC": "Centers for Disease Control and Prevention, USA",
    "GARD": "Genetic and Rare Diseases Information Center, NIH, USA",
    "GHR": "Genetics Home Reference, National Library of Medicine, USA",
    "MPlusHealthTopics": "MedlinePlus, National Library of Medicine, USA",
    "NHLBI": "National Heart, Lung, and Blood Institute, USA",
    "NIDDK": "National Institute of Diabetes and Digestive and Kidney Diseases, USA",
    "NIHSeniorHealth": "NIHSeniorHealth, National Institute on Aging, USA",
    "NINDS": "National Institute of Neurological Disorders and Stroke, USA",
}


def parse(files: Sequence[Path], corpus: Corpus) -> Iterator[Document]:
    """Yield the documents, as records are read, with the institute's full name."""
    for path in files:
        for document in read(path, path.read_bytes(), Limits(), corpus.defaults):
            issuer = _INSTITUTES.get(document.issuer, document.issuer)
            yield document.model_copy(update={"issuer": issuer})
