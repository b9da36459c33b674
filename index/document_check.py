"""Check one document of the index database: its id, its passages, their postings and their vectors.

Knows tables and what must hold between them. Does not know what is done about what does not hold.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from index.document import Document
from index.embedding import Embedder
from index.findable import FindablePassage, findable
from index.reading.drafts import document_id as content_id
from index.splitting import page_at, split
from index.store import PassageRow, Store, passage_of

Finding = tuple[Literal["document", "passage", "posting", "vector"], str, str]

_LENGTH_ERROR = 1e-3
# Two runs of one model on other batches, or with other threads, differ by less than this.
_SAME_TEXT = 0.99


@dataclass(frozen=True)
class Checked:
    """What was found wrong with a document, and how many passages it has."""

    passages: int
    faults: tuple[Finding, ...]


class DocumentCheck:
    """Checks documents one at a time, in the transaction of the caller."""

    def __init__(self, connection: sqlite3.Connection, dimension: int, salt: str) -> None:
        self._connection = connection
        self._dimension = dimension
        self._salt = salt

    def run(self, document_id: str) -> Checked:
        """Return what is wrong with a document that exists."""
        row = self._connection.execute(
            "SELECT title, facts, text FROM documents WHERE id = ?", (document_id,)
        ).fetchone()
        if content_id(row[0], row[2]) != document_id:
            return Checked(0, (("document", document_id, "its title and text are not those its id was made from"),))
        try:
            document = Document.model_validate(
                {**json.loads(row[1]), "id": document_id, "title": row[0], "text": row[2]}
            )
        except (ValueError, TypeError) as error:
            detail = f"its facts cannot be read ({' '.join(str(error).split())[:100]})"
            return Checked(0, (("document", document_id, detail),))
        rows = self._passages(document_id)
        misplaced = list(_misplaced(document, [found for found, _ in rows]))
        if misplaced:
            return Checked(len(rows), tuple(misplaced))
        found = list(findable(document, [passage_of(one, document) for one, _ in rows]))
        embeddings = [embedding for _, embedding in rows]
        return Checked(len(rows), (*self._postings(rows, found), *self._vectors(found, embeddings)))

    def _passages(self, document_id: str) -> list[tuple[PassageRow, bytes]]:
        query = (
            "SELECT number, id, document_id, heading_path, page, start_offset, end_offset, embedding FROM passages"
            " WHERE document_id = ? ORDER BY number"
        )
        return [(PassageRow(*row[:7]), row[7]) for row in self._connection.execute(query, (document_id,))]

    def _postings(
        self, rows: Sequence[tuple[PassageRow, bytes]], found: Sequence[FindablePassage]
    ) -> Iterator[Finding]:
        query = "SELECT title, headings, text FROM postings WHERE rowid = ?"
        for (row, _), wanted in zip(rows, found, strict=True):
            posted = self._connection.execute(query, (row.number,)).fetchone()
            if posted is None:
                yield "posting", row.id, "is not posted"
            elif tuple(posted) != (wanted.title, wanted.headings, wanted.text):
                yield "posting", row.id, "is posted with other words than its own"

    def _vectors(self, found: Sequence[FindablePassage], embeddings: Sequence[bytes]) -> Iterator[Finding]:
        query = "SELECT vector FROM embeddings WHERE key = ?"
        for wanted, key in zip(found, embeddings, strict=True):
            passage = wanted.passage.id
            if key != wanted.key(self._salt):
                yield "vector", passage, "its vector is that of another text"
                continue
            row = self._connection.execute(query, (key,)).fetchone()
            if row is None:
                yield "vector", passage, "has no vector"
            elif reason := unusable(row[0], self._dimension):
                yield "vector", passage, reason


def unusable(blob: object, dimension: int) -> str:
    """Return why a stored vector cannot be used, "" when it can."""
    if not isinstance(blob, bytes):
        return "its vector is none"
    if len(blob) != 4 * dimension:
        return f"its vector has {len(blob) / 4:g} numbers, not {dimension}"
    vector = np.frombuffer(blob, "<f4")
    if not np.isfinite(vector).all():
        return "its vector holds what is no number"
    length = float(np.linalg.norm(vector.astype(np.float64)))
    # A text without a word has the vector of zeros from some embedders.
    return "" if abs(length - 1) < _LENGTH_ERROR or length == 0 else f"its vector has the length {length:.3f}, not 1"


def _misplaced(document: Document, rows: Sequence[PassageRow]) -> Iterator[Finding]:
    """Yield the passages that do not lie in their document one after the other, numbered from 0."""
    reached = 0
    for number, row in enumerate(rows):
        if row.id != f"{document.id}-{number:04d}":
            yield "passage", row.id, f"is passage {number} of {document.id}"
        elif not isinstance(row.start, int) or not isinstance(row.end, int) or not _is_path(row.heading_path):
            yield "passage", row.id, "has offsets or headings that cannot be read"
            continue
        elif not reached <= row.start < row.end <= len(document.text):
            yield "passage", row.id, f"lies at {row.start} to {row.end}, outside its document or in another passage"
        elif document.text[row.start : row.end] != document.text[row.start : row.end].strip():
            yield "passage", row.id, "begins or ends between words"
        elif row.page != page_at(document.page_starts, row.start):
            yield "passage", row.id, f"is said to stand on page {row.page}, where it does not"
        reached = max(reached, row.end)
    if not rows and split(document):
        yield "passage", document.id, "has no passages"


def _is_path(written: str) -> bool:
    """Say whether this is a path of headings as it is stored: a list in JSON."""
    try:
        path = json.loads(written)
    except (ValueError, TypeError):
        return False
    return isinstance(path, list) and all(isinstance(heading, str) for heading in path)


def vectors_that_differ(store: Store, embedder: Embedder, numbers: Sequence[int]) -> Iterator[str]:
    """Embed these passages anew and yield the ids of those whose stored vector, usable in itself, is another one."""
    for row in store.passage_rows(numbers).values():
        try:
            document = store.document(row.document_id)
            held = store.vectors(embedder.dimension, [row.number])[1]
            if document is None or not held.any():
                continue
            [found] = findable(document, [passage_of(row, document)])
        except (ValueError, TypeError):  # what cannot be read was found before
            continue
        if float(held[0] @ embedder.embed([found.embedded])[0]) < _SAME_TEXT:
            yield row.id
