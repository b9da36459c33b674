"""Hold the caches of an index against the database they were made from: the same passages, and the same vectors.

A cache that is not there is no fault, because the next search makes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from index.blocks import passage_numbers, vectors_of
from index.database import Database
from index.lexicon import Lexicon
from index.path_scores import PathScores
from index.store import COLUMN_WEIGHTS
from index.vectors import VectorIndex

_BLOCK = 20_000
_NEAR = 1e-6


def cache_disagreements(paths: PathScores, database: Database) -> Iterator[tuple[str, str]]:
    """Yield the name of each cache that is not what the database says, and how it differs. Call it in no transaction."""
    with database.reading():
        generation, dimension = database.generation, int(database.meta("dimension") or 0)
        vectors = paths.vectors.files.at(generation)
        if vectors.exists() and (detail := _of_vectors(vectors, dimension, database)):
            yield vectors.name, detail
        words = paths.words.files.at(generation)
        if words.exists() and (detail := _of_words(words, database)):
            yield words.name, detail


def _of_vectors(file: Path, dimension: int, database: Database) -> str:
    index = VectorIndex.read(file, dimension)
    if index is None:
        return "cannot be read"
    if not np.array_equal(index.numbers(), passage_numbers(database)):
        return "holds other passages than the database"
    held = index.exact_vectors()
    if held is None:
        return ""
    numbers, matrix = held
    order = np.argsort(numbers)
    for first in range(0, len(order), _BLOCK):
        step = order[first : first + _BLOCK]
        try:
            known, true = vectors_of(database, dimension, numbers[step])
        except (ValueError, TypeError):
            return "cannot be compared with the damaged vectors of the database"
        if not np.array_equal(known, numbers[step]) or not np.allclose(matrix[step], true, atol=_NEAR):
            return "holds other vectors than the database"
    return ""


def _of_words(folder: Path, database: Database) -> str:
    lexicon = Lexicon.open(folder, COLUMN_WEIGHTS)
    if lexicon is None:
        return "cannot be read"
    same = np.array_equal(lexicon.numbers, passage_numbers(database))
    return "" if same else "holds other passages than the database"
