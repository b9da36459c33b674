"""Find the passages that fit a query: by words, by meaning, fused into one order.

Knows scores and passage numbers. Does not know how postings and vectors are kept, nor what a hit looks like to a reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from index.document import Frozen
from index.fusion import fuse
from index.store import PassageRow, Store
from index.terms import match_expression, query_terms
from index.vectors import VectorCache

# Each path scores this many times more passages than it proposes, so that nearly every passage the other path proposes
# has both scores: on case vignettes this was worth more than any choice of weights.
_DEPTH = 20


class Query(Frozen):
    """What to search for: `text` by meaning, `phrases` by their words (those of `text` when there are none).

    `candidates` is how many passages each of the two paths contributes before they are fused; `by` leaves one path out.
    """

    text: str
    phrases: tuple[str, ...] = ()
    candidates: int = 100
    by: Literal["both", "words", "meaning"] = "both"


@dataclass(frozen=True)
class ScoredPassage:
    """Where a found passage stands, its fused score, and its score on each path that returned it."""

    row: PassageRow
    score: float
    lexical: float | None
    dense: float | None


@dataclass(frozen=True)
class Found:
    """The passages found, best first, and the words that were searched."""

    passages: tuple[ScoredPassage, ...]
    terms: tuple[str, ...]


class Searcher:
    """Searches one index; call it inside one reading transaction, so that both paths see the same passages."""

    def __init__(self, store: Store, vectors: VectorCache) -> None:
        self._store = store
        self._vectors = vectors

    def search(self, query: Query, vector: NDArray[np.float32] | None, generation: int, limit: int) -> Found:
        """Return at most `limit` passages; `vector` is that of the query's text, None to search by words alone."""
        terms = () if query.by == "meaning" else query_terms(query.phrases) or query_terms([query.text])
        depth = query.candidates * _DEPTH
        lexical = self._store.match(match_expression(terms), depth) if terms else {}
        dense = self._nearest(vector, generation, depth) if vector is not None else {}
        scores = fuse(lexical, dense, query.candidates)
        return Found(self._passages(scores, lexical, dense, limit), terms)

    def _nearest(self, vector: NDArray[np.float32], generation: int, limit: int) -> dict[int, float]:
        dimension = len(vector)
        size = self._store.count("passages")
        index = self._vectors.at(generation, size, dimension, lambda: self._store.vectors(dimension))
        return index.nearest(vector, limit)

    def _passages(
        self, scores: Mapping[int, float], lexical: Mapping[int, float], dense: Mapping[int, float], limit: int
    ) -> tuple[ScoredPassage, ...]:
        best = sorted(scores, key=lambda number: (-scores[number], number))[:limit]
        rows = self._store.passage_rows(best)
        return tuple(
            ScoredPassage(rows[number], scores[number], lexical.get(number), dense.get(number))
            for number in best
            if number in rows
        )
