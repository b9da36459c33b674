"""Run systems over a judged set, and say how good each is, by type of query and over all, with intervals.

Knows systems, judgements and measures. Does not know where any of them came from, nor terminals.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from finetune.retrieval.docnos import PASSAGES_FOR_DOCUMENTS, Level
from finetune.retrieval.judged import JudgedQuery, JudgedSet, types_of
from finetune.retrieval.measures import DEPTH, Interval, mean_interval, ndcg, recall, reciprocal_rank
from finetune.retrieval.systems import HYBRID, System

NDCG, RECALL, MRR = "ndcg_at_10", "recall_at_10", "mrr"
MEASURES = (NDCG, RECALL, MRR)
_DIGITS = 4


@dataclass(frozen=True)
class Scores:
    """What one system scored on each query, measure by measure, and how long its searches took."""

    system: str
    queries: tuple[JudgedQuery, ...]
    values: Mapping[str, tuple[float, ...]]
    milliseconds: tuple[float, ...]

    @property
    def median_ms(self) -> float:
        """The median time of a search, the embedding of the query included."""
        return round(statistics.median(self.milliseconds or [0.0]), 2)

    def of_type(self, measure: str, kind: str) -> list[float]:
        """Return the values of one measure for the queries of a type."""
        return [value for value, query in zip(self.values[measure], self.queries, strict=True) if query.type == kind]

    def grouped(self, measure: str) -> list[list[float]]:
        """Return the values of one measure, a list a type."""
        return [self.of_type(measure, kind) for kind in types_of(self.queries)]

    def joined(self, other: Scores) -> Scores:
        """Return the scores of the same system on the queries of both."""
        values = {measure: own + other.values[measure] for measure, own in self.values.items()}
        return Scores(self.system, self.queries + other.queries, values, self.milliseconds + other.milliseconds)


def score(
    system: System, judged: JudgedSet, level: Level, progress: Callable[[str, int, int], None] | None = None
) -> Scores:
    """Ask a system every query for which something is judged relevant."""
    queries = judged.answerable()
    limit = DEPTH if level.units is None else PASSAGES_FOR_DOCUMENTS
    values: dict[str, list[float]] = {measure: [] for measure in MEASURES}
    milliseconds = []
    system.ranked(queries[0], limit)  # what is loaded on first use is no part of a search
    for number, query in enumerate(queries, 1):
        started = time.perf_counter()
        found = system.ranked(query, limit)
        milliseconds.append((time.perf_counter() - started) * 1000)
        ranked, grades = level.collapsed(found), judged.grades[query.id]
        for measure, of in zip(MEASURES, (ndcg, recall, reciprocal_rank), strict=True):
            values[measure].append(of(ranked, grades))
        if progress:
            progress(system.name, number, len(queries))
    return Scores(system.name, queries, {name: tuple(every) for name, every in values.items()}, tuple(milliseconds))


@dataclass(frozen=True)
class Difference:
    """How much better one system is than another on the same queries; `type` is "" over all of them."""

    system: str
    over: str
    type: str
    interval: Interval
    relative: float | None


@dataclass(frozen=True)
class Comparison:
    """The scores of every system on the same queries, and what must be known to read them."""

    scores: tuple[Scores, ...]
    level: str
    unmatched: int
    docnos: int
    unjudged: int
    notes: tuple[str, ...] = ()

    @property
    def types(self) -> tuple[str, ...]:
        """The types of queries."""
        return types_of(self.scores[0].queries)

    def joined(self, other: Comparison) -> Comparison:
        """Return both as one: what each system scored on its queries of either. Both must have the same systems."""
        return Comparison(
            tuple(own.joined(theirs) for own, theirs in zip(self.scores, other.scores, strict=True)),
            self.level if self.level == other.level else f"{self.level}, {other.level}",
            self.unmatched + other.unmatched,
            self.docnos + other.docnos,
            self.unjudged + other.unjudged,
            tuple(dict.fromkeys(self.notes + other.notes)),
        )

    def differences(self, of: str = HYBRID) -> list[Difference]:
        """Return what one system gains in nDCG@10 over each other, by type and over all."""
        leading = next((one for one in self.scores if one.system == of), None)
        if leading is None:
            return []
        kinds = ("", *self.types) if len(self.types) > 1 else ("",)
        others = [one for one in self.scores if one is not leading]
        return [_difference(leading, other, kind) for other in others for kind in kinds]

    def as_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "systems": [_system_as_json(one) for one in self.scores],
            "queries": len(self.scores[0].queries),
            "queries_without_relevant": self.unjudged,
            "judged_at": self.level,
            "docnos": self.docnos,
            "unmatched_docnos": self.unmatched,
            "differences": [_difference_as_json(one) for one in self.differences()],
            "median_ms": {one.system: one.median_ms for one in self.scores},
            "notes": list(self.notes),
        }


def _difference(system: Scores, other: Scores, kind: str) -> Difference:
    kinds = [kind] if kind else list(types_of(system.queries))
    pairs = [
        (own, theirs)
        for each in kinds
        for own, theirs in zip(system.of_type(NDCG, each), other.of_type(NDCG, each), strict=True)
    ]
    before = sum(theirs for _, theirs in pairs) / max(len(pairs), 1)
    interval = mean_interval([[own - theirs for own, theirs in pairs]])
    relative = interval.value / before if before else None
    return Difference(system.system, other.system, kind, interval, relative)


def _difference_as_json(one: Difference) -> dict[str, Any]:
    return {
        "system": one.system,
        "over": one.over,
        "type": one.type or "all",
        "measure": NDCG,
        "difference": round(one.interval.value, _DIGITS),
        "interval": _ends(one.interval),
        "relative": None if one.relative is None else round(one.relative, _DIGITS),
        "excludes_zero": one.interval.excludes_zero,
    }


def _system_as_json(one: Scores) -> dict[str, Any]:
    kinds = types_of(one.queries)
    macro = {f"macro_{measure}": round(mean_interval(one.grouped(measure)).value, _DIGITS) for measure in MEASURES}
    return {
        "name": one.system,
        "queries": len(one.queries),
        **_measured({measure: one.values[measure] for measure in MEASURES}),
        **macro,
        f"macro_{NDCG}_interval": _ends(mean_interval(one.grouped(NDCG))),
        "median_ms": one.median_ms,
        "by_type": {
            kind: {
                "queries": sum(query.type == kind for query in one.queries),
                **_measured({measure: one.of_type(measure, kind) for measure in MEASURES}),
            }
            for kind in kinds
        },
    }


def _measured(values: Mapping[str, Sequence[float]]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for measure, own in values.items():
        interval = mean_interval([own])
        facts |= {measure: round(interval.value, _DIGITS), f"{measure}_interval": _ends(interval)}
    return facts


def _ends(interval: Interval) -> list[float]:
    return [round(interval.low, _DIGITS), round(interval.high, _DIGITS)]
