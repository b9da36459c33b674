"""Read a plain text file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from index.document import Document
from index.reading.cleaning import joined_paragraphs
from index.reading.drafts import DocumentDefaults, Limits, decode, make_document, title_from


def read(path: Path, data: bytes, limits: Limits, defaults: DocumentDefaults) -> Iterator[Document]:
    """Yield the one document of a text file; its title is the first line where that can be one."""
    text = joined_paragraphs(decode(data, path))
    yield make_document(path, title_from(text, path), text, defaults)
