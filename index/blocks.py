"""Read what caches are made from out of the database in blocks, so that memory is bounded however large the index is.

Knows SQL. Does not know what becomes of numbers, vectors and text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from index.database import Database

Numbers = NDArray[np.int64]
NumberedVectors = tuple[Numbers, NDArray[np.float32]]

# 20,000 vectors of 384 numbers are 30 MB.
_BLOCK = 20_000
_STEP = 900


@dataclass(frozen=True)
class Change:
    """Which passages came and went since a cache was made."""

    added: Numbers
    removed: Numbers

    @classmethod
    def between(cls, old: Numbers, new: Numbers) -> Change:
        """Compare the passage numbers of then and of now, both sorted."""
        added = np.setdiff1d(new, old, assume_unique=True)
        return cls(added, np.setdiff1d(old, new, assume_unique=True))

    @property
    def size(self) -> int:
        """How many passages came or went."""
        return len(self.added) + len(self.removed)

    def only_appends(self, old: Numbers) -> bool:
        """Say whether all that came is numbered after all there was, as it is unless another database was put here."""
        return not len(old) or not len(self.added) or bool(self.added[0] > old[-1])


def passage_numbers(database: Database) -> Numbers:
    """Return the numbers of all passages, sorted."""
    with database.reading() as connection:
        numbers = np.fromiter(chain.from_iterable(connection.execute("SELECT number FROM passages")), np.int64)
    return np.sort(numbers)


def vector_blocks(database: Database, dimension: int, after: int = 0) -> Iterator[NumberedVectors]:
    """Yield the vectors of the passages numbered above `after`, by number, a block at a time."""
    query = (
        "SELECT number, vector FROM passages JOIN embeddings ON key = embedding"
        " WHERE number > ? ORDER BY number LIMIT ?"
    )
    while True:
        with database.reading() as connection:
            rows = connection.execute(query, (after, _BLOCK)).fetchall()
        if not rows:
            return
        yield _matrix(rows, dimension)
        after = rows[-1][0]


def vectors_of(database: Database, dimension: int, numbers: Numbers) -> NumberedVectors:
    """Return the vectors of these passages, as many of them as there are, by number."""
    rows: list[tuple[int, bytes]] = []
    wanted = np.sort(numbers).tolist()
    with database.reading() as connection:
        for first in range(0, len(wanted), _STEP):
            step = wanted[first : first + _STEP]
            marks = ", ".join("?" * len(step))
            # CROSS JOIN keeps the order in which SQLite looks up: the passage, then its vector.
            query = f"SELECT number, vector FROM passages CROSS JOIN embeddings ON key = embedding WHERE number IN ({marks})"  # noqa: S608
            rows += connection.execute(query, step)
    rows.sort()
    return _matrix(rows, dimension)


def _matrix(rows: list[tuple[int, bytes]], dimension: int) -> NumberedVectors:
    matrix = np.frombuffer(b"".join(vector for _, vector in rows), "<f4").astype(np.float32)
    return np.array([number for number, _ in rows], np.int64), matrix.reshape(len(rows), dimension)
