"""Whether a tuned query side may ship: the same index, the same judged queries, asked by both sides, judged in pairs.

Queries about anything the retriever has learnt from are left out. Knows figures, intervals and the verdict. Does not know
how queries were judged, nor how either side was made.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from assistant.errors import TrainingError
from finetune.retrieval.comparing import NDCG, Scores, score
from finetune.retrieval.docnos import PASSAGE, Level
from finetune.retrieval.judged import JudgedSet, types_of
from finetune.retrieval.measures import Interval, mean_interval
from finetune.retrieval.systems import DENSE, HYBRID, IndexSystem
from index.document import Frozen
from index.embedding import Embedder
from index.guideline_index import GuidelineIndex

EVALUATION = "evaluation.json"
ALL = "all types alike"
Verdict = Literal["ship", "do not ship"]
Progress = Callable[[str, int, int], None]
_DIGITS = 4
# What the assistant searches by decides; the dense path alone must not lose either.
_PATHS: tuple[tuple[str, Literal["both", "meaning"]], ...] = ((HYBRID, "both"), (DENSE, "meaning"))


class Gain(Frozen):
    """nDCG@10 of both sides on the same queries, and the difference with its 95 % interval."""

    system: str
    type: str
    queries: int
    untuned: float
    tuned: float
    difference: float
    low: float
    high: float


class RetrieverVerdict(Frozen):
    """The table, the verdict, and what it was made with."""

    adapter_sha256: str
    passages: int
    queries_left_out: int
    gains: tuple[Gain, ...]
    verdict: Verdict
    why: str


def compare(
    folder: Path,
    untuned: Embedder,
    tuned: Embedder,
    judged: JudgedSet,
    learnt: Collection[str],
    adapter_sha256: str,
    progress: Progress = lambda what, done, total: None,
) -> RetrieverVerdict:
    """Ask the index of a folder every query by both sides; `learnt` are the passages that were learnt from.

    The set must be judged by passage ids. Raises IndexIncompatible when the index was made with another embedder, and
    TrainingError when no query is left.
    """
    fair = without_learnt(judged, learnt)
    if not fair.queries:
        raise TrainingError("no judged query is left whose answers were not learnt from; judge on more data")
    gains: list[Gain] = []
    passages = 0
    for name, by in _PATHS:
        both = []
        for said, embedder in (("untuned", untuned), ("tuned", tuned)):
            index = GuidelineIndex.open(folder, embedder)
            passages = index.passage_count
            told = _named(progress, f"{name}, {said}")
            both.append(score(IndexSystem(name, index, by), fair, Level(PASSAGE, None, ()), told))
            index.close()
        gains += _gains(name, both[0], both[1])
    return judge(gains, adapter_sha256, passages, len(judged.answerable()) - len(fair.queries))


def without_learnt(judged: JudgedSet, learnt: Collection[str]) -> JudgedSet:
    """Return the queries that can be measured and none of whose answers was learnt from."""
    passages = frozenset(learnt)
    fair = tuple(
        query
        for query in judged.answerable()
        if not any(grade > 0 and name in passages for name, grade in judged.grades[query.id].items())
    )
    return replace(judged, queries=fair)


def judge(gains: list[Gain], adapter_sha256: str, passages: int, left_out: int) -> RetrieverVerdict:
    """Return the verdict: better where it counts, and worse nowhere, by intervals that exclude zero."""
    worse = [f"{gain.system}, {gain.type}" for gain in gains if gain.high < 0]
    deciding = next(gain for gain in gains if (gain.system, gain.type) == (HYBRID, ALL))
    verdict: Verdict = "do not ship"
    if worse:
        why = f"worse than untuned: {'; '.join(worse)}"
    elif deciding.low <= 0:
        why = f"no difference that excludes zero: {HYBRID}, {ALL}"
    else:
        verdict, why = "ship", f"better than untuned: {HYBRID}, {ALL}; worse nowhere"
    return RetrieverVerdict(
        adapter_sha256=adapter_sha256,
        passages=passages,
        queries_left_out=left_out,
        gains=tuple(gains),
        verdict=verdict,
        why=why,
    )


def keep(verdict: RetrieverVerdict, folder: Path) -> None:
    """Write the verdict beside the adapter it is on. Raises TrainingError when the disk refuses."""
    try:
        (folder / EVALUATION).write_text(verdict.model_dump_json(indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise TrainingError(
            f"cannot write {folder / EVALUATION}: {error.strerror}; make room and judge again"
        ) from error


def read_verdict(folder: Path) -> RetrieverVerdict | None:
    """Return the verdict written beside an adapter; None where there is none that can be read."""
    try:
        return RetrieverVerdict.model_validate_json((folder / EVALUATION).read_bytes())
    except (OSError, ValidationError):
        return None


def _gains(system: str, untuned: Scores, tuned: Scores) -> list[Gain]:
    kinds = types_of(untuned.queries)
    differences = {kind: [after - before for before, after in _pairs(untuned, tuned, kind)] for kind in kinds}
    rows = [(kind, [differences[kind]], [untuned.of_type(NDCG, kind)], [tuned.of_type(NDCG, kind)]) for kind in kinds]
    rows.append((ALL, list(differences.values()), untuned.grouped(NDCG), tuned.grouped(NDCG)))
    return [
        _gain(system, kind, mean_interval(by), mean_interval(before), mean_interval(after), sum(map(len, by)))
        for kind, by, before, after in rows
    ]


def _pairs(untuned: Scores, tuned: Scores, kind: str) -> list[tuple[float, float]]:
    return list(zip(untuned.of_type(NDCG, kind), tuned.of_type(NDCG, kind), strict=True))


def _gain(system: str, kind: str, by: Interval, untuned: Interval, tuned: Interval, queries: int) -> Gain:
    return Gain(
        system=system,
        type=kind,
        queries=queries,
        untuned=round(untuned.value, _DIGITS),
        tuned=round(tuned.value, _DIGITS),
        difference=round(by.value, _DIGITS),
        low=round(by.low, _DIGITS),
        high=round(by.high, _DIGITS),
    )


def _named(progress: Progress, what: str) -> Progress:
    return lambda _, done, total: progress(what, done, total)
