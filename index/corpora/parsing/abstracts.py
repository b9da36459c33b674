"""Abstracts of PubMed as PubMedQA holds them: a document an article, the parts of its abstract as headings.

Its title is the question that the article asks. Its answer in one word, a label for training, is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from index.corpora.catalogue import Corpus
from index.corpora.parsing.drafting import Draft
from index.document import Document
from index.reading.cleaning import clean_text, one_line
from index.reading.records import in_sentence_case


def parse(files: Sequence[Path], corpus: Corpus) -> Iterator[Document]:
    """Yield a document for each article."""
    for path in files:
        for pmid, record in json.loads(path.read_text(encoding="utf-8")).items():
            draft = Draft(one_line(record["QUESTION"]))
            for label, text in zip(record["LABELS"], record["CONTEXTS"], strict=True):
                draft.add((in_sentence_case(label),), clean_text(text).split("\n"))
            draft.add(("Conclusions",), clean_text(record["LONG_ANSWER"]).split("\n"))
            if not draft.is_empty:
                known = {"published": record["YEAR"] or "", "record_ids": (pmid,)}
                yield draft.document(corpus, path, url=f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/", **known)
