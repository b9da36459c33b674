"""Score passages on both paths, by words (BM25) and by meaning (cosine), before the two are fused.

A small index scores many passages on each path, exactly. A large one takes the best of each path from its caches and then
looks up what the other path says of them, so that each has both scores, and these are exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.blocks import vectors_of
from index.cache_files import size_on_disk
from index.document import Frozen
from index.lexicon import WordScores, stem_counts
from index.lexicon_building import Progress
from index.store import Store
from index.terms import match_expression
from index.vector_cache import VectorCache
from index.vectors import Plan, VectorIndex
from index.word_cache import WordCache

Scores = dict[int, float]

# Each path of a small index scores this many times more passages than it proposes, so that nearly every passage the other
# path proposes has both scores: on case vignettes this was worth more than any choice of weights.
_DEPTH = 20
_EVERY = 2**62
# With fewer passages, handing Python's lock from one thread to the other takes longer than either's work.
_WORTH_A_THREAD = 300_000


class CacheState(Frozen):
    """What searching uses beside the database: which kind, why, and its size on disk, 0 where there is none yet."""

    name: str
    reason: str
    bytes: int


@dataclass(frozen=True)
class Both:
    """The scores of passages on both paths, the best first of each."""

    lexical: Scores
    dense: Scores


class PathScores:
    """Scores the passages of one index; call it in a reading transaction, so that both paths see the same passages."""

    def __init__(self, folder: Path, store: Store) -> None:
        self._store = store
        self.vectors = VectorCache(folder, store.database)
        self.words = WordCache(folder, store.database)

    def both(
        self, terms: tuple[str, ...], vector: NDArray[np.float32] | None, generation: int, candidates: int
    ) -> Both:
        """Return the scores of at least the best `candidates` of each path; a path without terms or vector has none."""
        index = self.vectors.at(generation, len(vector)) if vector is not None else None
        if vector is None or index is None or index.plan.exact:
            lexical = self._lexical(terms, self._word_scores(terms, generation), candidates)
            deep = candidates * _DEPTH
            return Both(lexical, index.nearest(vector, deep) if vector is not None and index is not None else {})
        words, near = self._large(index, terms, vector, generation, candidates)
        lexical = self._lexical(terms, words, candidates)
        proposed = {**near, **dict(islice(lexical.items(), candidates))}
        dense = index.halves.cosines(vector, np.fromiter(proposed, np.int64))
        return Both(lexical | words.of(n for n in dense if n not in lexical) if words else lexical, dense)

    def _large(
        self, index: VectorIndex, terms: tuple[str, ...], vector: NDArray[np.float32], generation: int, candidates: int
    ) -> tuple[WordScores | None, Scores]:
        """Score the words of all passages, and find the nearest, in a large index."""
        if len(index) < _WORTH_A_THREAD:
            return self._word_scores(terms, generation), index.nearest(vector, candidates)
        # FAISS works without Python's lock, so that the words are scored meanwhile.
        with ThreadPoolExecutor(1) as beside:
            near = beside.submit(index.nearest, vector, candidates)
            words = self._word_scores(terms, generation)
        return words, near.result()

    def scores_of(
        self, numbers: Iterable[int], terms: tuple[str, ...], vector: NDArray[np.float32], generation: int
    ) -> Both:
        """Return what both paths say of these passages, however far down they are."""
        wanted = dict.fromkeys(numbers)
        words = self._word_scores(terms, generation)
        if words is not None:
            return Both(words.of(wanted), self._cosines(vector, wanted))
        posted = self._store.match(match_expression(terms), _EVERY) if terms else {}
        return Both({n: score for n, score in posted.items() if n in wanted}, self._cosines(vector, wanted))

    def prepare(self, generation: int, dimension: int, progress: Progress | None = None) -> None:
        """Make what searching this generation needs, if it is not there yet."""
        self.vectors.at(generation, dimension)
        self.words.at(generation, progress)

    def states(self, generation: int, passages: int) -> tuple[CacheState, CacheState]:
        """Return what searching this generation uses, without making it."""
        sizes = [size_on_disk(cache.files.at(generation)) for cache in (self.vectors, self.words)]
        return (
            CacheState(name="vectors", reason=Plan.for_size(passages).reason, bytes=sizes[0]),
            CacheState(name="words", reason=self.words.reason(passages), bytes=sizes[1]),
        )

    def clear(self) -> None:
        """Delete what was made for searching, so that it is made anew from the database."""
        self.vectors.clear()
        self.words.clear()

    def _word_scores(self, terms: tuple[str, ...], generation: int) -> WordScores | None:
        lexicon = self.words.at(generation) if terms else None
        stems = stem_counts(terms) if lexicon else None
        return lexicon.scores(stems) if lexicon and stems is not None else None

    def _lexical(self, terms: tuple[str, ...], words: WordScores | None, candidates: int) -> Scores:
        if words is not None:
            return words.best(candidates)
        return self._store.match(match_expression(terms), candidates * _DEPTH) if terms else {}

    def _cosines(self, vector: NDArray[np.float32], wanted: Iterable[int]) -> Scores:
        """Return the cosines of these passages, best first, from their vectors as they were made."""
        numbers, vectors = vectors_of(self._store.database, len(vector), np.fromiter(wanted, np.int64))
        cosines = vectors @ vector
        order = np.argsort(-cosines, kind="stable")
        return dict(zip(numbers[order].tolist(), cosines[order].tolist(), strict=True))
