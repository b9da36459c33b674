"""The Nigerian guideline as fields: each record is a document, read as any record is, with the ministry as issuer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from index.corpora.catalogue import Corpus
from index.corpora.parsing.jsonl import records
from index.document import Document
from index.reading import Limits
from index.reading.records import read


def parse(files: Sequence[Path], corpus: Corpus) -> Iterator[Document]:
    """Yield a document for each record; conditions of the same name in two chapters stay apart."""
    for path in files:
        for record in records(path):
            line = json.dumps(record | {"source": corpus.issuer}).encode()
            yield from read(path, line, Limits(), corpus.defaults)
