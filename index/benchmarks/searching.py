"""How long searches of an index take and how much they find of what exact search would find.

Exact means: each vector compared at full precision, each posting scored by FTS5, and both paths' scores fused for all that
either proposes. Knows an index's store; does not know how it came to its size.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.blocks import vector_blocks
from index.document import Frozen
from index.fusion import fuse
from index.lexicon import stem_counts
from index.path_scores import PathScores
from index.store import Store
from index.terms import match_expression, query_terms

CANDIDATES = 100
_TOP = 10


class Timing(Frozen):
    """How long something took over many queries, in milliseconds."""

    p50: float
    p95: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Timing:
        """Return the middle and nearly the longest of some times."""
        p50, p95 = np.percentile(np.array(seconds) * 1000, (50, 95))
        return cls(p50=round(float(p50), 2), p95=round(float(p95), 2))


class SearchFigures(Frozen):
    """What searching with some questions took and found.

    `words` and `vectors` are a path each, `paths` both with their exact scores and fused; `fts5` is what the words take
    without a lexicon. Recall is that of the ten best of exact search.
    """

    words: Timing
    vectors: Timing
    paths: Timing
    fts5: Timing
    recall_dense: float
    recall_hybrid: float
    queries: int


@dataclass(frozen=True)
class Question:
    """A question as the two paths take it."""

    terms: tuple[str, ...]
    vector: NDArray[np.float32]


def questions(texts: Sequence[str], vectors: NDArray[np.float32]) -> list[Question]:
    """Make questions of texts and their vectors; those of stop words alone are left out."""
    asked = [Question(query_terms([text]), vector) for text, vector in zip(texts, vectors, strict=True)]
    return [question for question in asked if question.terms]


def measure(
    paths: PathScores, store: Store, asked: Sequence[Question], exact: Sequence[dict[int, float]]
) -> SearchFigures:
    """Time each path and both together for each question, and compare with exact search.

    `exact` holds for each question the cosines of its nearest passages, as `nearest_exactly` finds them.
    """
    with store.database.reading():
        generation = store.database.generation
        index, lexicon = paths.vectors.at(generation, len(asked[0].vector)), paths.words.at(generation)

        def by_words(question: Question) -> dict[int, float]:
            stems = stem_counts(question.terms) if lexicon else None
            if lexicon is None or stems is None:
                return store.match(match_expression(question.terms), CANDIDATES)
            return lexicon.scores(stems).best(CANDIDATES)

        def fused(question: Question) -> dict[int, float]:
            both = paths.both(question.terms, question.vector, generation, CANDIDATES)
            return fuse(both.lexical, both.dense, CANDIDATES)

        hybrid, paths_time = _timed(fused, asked)
        _, words_time = _timed(by_words, asked)
        _, vectors_time = _timed(lambda question: index.nearest(question.vector, CANDIDATES), asked)
        found = [paths.both((), question.vector, generation, CANDIDATES).dense for question in asked]
        posted, fts5_time = _timed(lambda q: store.match(match_expression(q.terms), CANDIDATES), asked)
        truth = [
            _exactly_fused(paths, generation, question, lexical, dense)
            for question, lexical, dense in zip(asked, posted, exact, strict=True)
        ]
    return SearchFigures(
        words=words_time,
        vectors=vectors_time,
        paths=paths_time,
        fts5=fts5_time,
        recall_dense=_recall(found, exact),
        recall_hybrid=_recall(hybrid, truth),
        queries=len(asked),
    )


def _exactly_fused(
    paths: PathScores, generation: int, question: Question, lexical: dict[int, float], dense: dict[int, float]
) -> dict[int, float]:
    """Fuse the exact best of both paths; what each says of the other's is looked up as searching does."""
    everything = paths.scores_of({**lexical, **dense}, question.terms, question.vector, generation)
    return fuse({**lexical, **everything.lexical}, {**dense, **everything.dense}, CANDIDATES)


def nearest_exactly(store: Store, asked: Sequence[Question]) -> list[dict[int, float]]:
    """Return the cosines of each question's nearest passages, by comparing with the vector of every passage."""
    vectors = np.stack([question.vector for question in asked])
    numbers = np.zeros((len(asked), 0), np.int64)
    cosines = np.zeros((len(asked), 0), np.float32)
    for block_numbers, block in vector_blocks(store.database, vectors.shape[1]):
        cosines = np.concatenate([cosines, vectors @ block.T], axis=1)
        numbers = np.concatenate([numbers, np.broadcast_to(block_numbers, (len(asked), len(block)))], axis=1)
        best = np.argsort(-cosines, axis=1, kind="stable")[:, :CANDIDATES]
        cosines, numbers = np.take_along_axis(cosines, best, 1), np.take_along_axis(numbers, best, 1)
    return [dict(zip(n.tolist(), c.tolist(), strict=True)) for n, c in zip(numbers, cosines, strict=True)]


def _timed(
    search: Callable[[Question], dict[int, float]], asked: Sequence[Question]
) -> tuple[list[dict[int, float]], Timing]:
    search(asked[0])
    found, seconds = [], []
    for question in asked:
        start = time.perf_counter()
        found.append(search(question))
        seconds.append(time.perf_counter() - start)
    return found, Timing.of(seconds)


def _recall(found: Sequence[dict[int, float]], truth: Sequence[dict[int, float]]) -> float:
    """Return the share of the ten best that are among the ten best found."""
    shares = [len(_best(f) & _best(t)) / max(1, len(_best(t))) for f, t in zip(found, truth, strict=True)]
    return round(float(np.mean(shares)), 4)


def _best(scores: dict[int, float]) -> set[int]:
    return set(sorted(scores, key=lambda number: (-scores[number], number))[:_TOP])
