"""Find the passages that fit a query: by words, by meaning, fused into one order.

Knows scores and passage numbers. Does not know how postings and vectors are kept, nor what a hit looks like to a reader.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from index.document import Frozen
from index.fusion import fuse
from index.life_cycle import LifeCycle
from index.path_scores import PathScores
from index.store import PassageRow, Store
from index.terms import query_terms


class Query(Frozen):
    """What to search for: `text` by meaning, `phrases` by their words (those of `text` when there are none).

    `candidates` is how many passages each of the two paths contributes before they are fused; `by` leaves one path out;
    `expand` adds other names of what the text names: abbreviations spelled out, main names of conditions. At most
    `per_document` passages of one document are returned (0: any number).
    """

    text: str
    phrases: tuple[str, ...] = ()
    candidates: int = 100
    by: Literal["both", "words", "meaning"] = "both"
    expand: bool = True
    per_document: int = 0


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

    def __init__(self, store: Store, paths: PathScores, life_cycle: LifeCycle) -> None:
        self._store = store
        self._paths = paths
        self._life_cycle = life_cycle

    def search(
        self, query: Query, names: Sequence[str], vector: NDArray[np.float32] | None, generation: int, limit: int
    ) -> Found:
        """Return at most `limit` passages.

        `names` are searched beside the query's own words; `vector` is that of its text, None to search by words alone.
        """
        terms = () if query.by == "meaning" else _terms(query, names)
        paths = self._paths.both(terms, vector, generation, query.candidates)
        scores = fuse(paths.lexical, paths.dense, query.candidates)
        rows = self._best_rows(scores, limit, query.per_document)
        lexical, dense = paths.lexical, paths.dense
        found = (ScoredPassage(r, scores[r.number], lexical.get(r.number), dense.get(r.number)) for r in rows)
        return Found(tuple(found), terms)

    def _best_rows(self, scores: Mapping[int, float], limit: int, per_document: int) -> list[PassageRow]:
        best = sorted(scores, key=lambda number: (-scores[number], number))
        rows = self._rows(best if per_document else best[:limit])
        standings = self._life_cycle.standings()
        if any(row.document_id in standings for row in rows):
            # What is put back makes place for what scored less, its successor perhaps.
            rows = rows if per_document else self._rows(best)
            rows = [rows[place] for place in self._life_cycle.order([row.document_id for row in rows])]
        return (_at_most(rows, per_document) if per_document else rows)[:limit]

    def _rows(self, numbers: Sequence[int]) -> list[PassageRow]:
        rows = self._store.passage_rows(numbers)
        return [rows[number] for number in numbers if number in rows]


def _terms(query: Query, names: Sequence[str]) -> tuple[str, ...]:
    own = query_terms(query.phrases) or query_terms([query.text])
    return tuple(dict.fromkeys((*own, *query_terms(names)))) if names else own


def _at_most(rows: Sequence[PassageRow], per_document: int) -> list[PassageRow]:
    seen: Counter[str] = Counter()
    kept = []
    for row in rows:
        seen[row.document_id] += 1
        if seen[row.document_id] <= per_document:
            kept.append(row)
    return kept
