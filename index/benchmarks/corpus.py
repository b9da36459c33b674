"""The files that a build is timed on, and what Wardround reads from them.

Knows documents and the text embedded of each passage. Does not know how an index is built.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index.document import Document
from index.findable import findable
from index.reading import STARTER_FOLDER, find_files, read_path
from index.splitting import split


@dataclass(frozen=True)
class Corpus:
    """Files, their documents' texts, and what is embedded of each passage, each distinct text once."""

    files: tuple[Path, ...]
    documents: tuple[str, ...]
    passages: tuple[str, ...]


def read_corpus(paths: Sequence[Path], passages: int) -> Corpus:
    """Read whole files, in order, until there are so many passages; the starter notes where no path is given."""
    files: list[Path] = []
    documents: dict[str, Document] = {}
    texts: dict[str, None] = {}
    for file in find_files(list(paths) or [STARTER_FOLDER]):
        if len(texts) >= passages:
            break
        files.append(file)
        for document in read_path(file):
            documents[document.id] = document
            texts |= dict.fromkeys(text for _, text in embedded_texts(document))
    return Corpus(tuple(files), tuple(document.text for document in documents.values()), tuple(texts))


def embedded_texts(document: Document) -> list[tuple[str, str]]:
    """Return the id of each passage of a document and what is embedded of it."""
    return [(entry.passage.id, entry.embedded) for entry in findable(document, split(document))]
