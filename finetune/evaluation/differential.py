"""Measure the differential on cases with a known diagnosis: how often the gold is first, among five, among ten.

Runs the assistant exactly as it is served. Knows scores and intervals. Does not know terminals.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from assistant.assessment import Assessment
from assistant.assistant import Assistant
from assistant.case import Case
from finetune.cases import GoldCase
from finetune.gold import GoldMatcher

PLACES = (1, 5, 10)
_RESAMPLES = 2000


@dataclass(frozen=True)
class Outcome:
    """One case's result: the gold's place (None when it is not listed), by which rule, and what the run cost."""

    id: str
    gold: str
    group: str
    place: int | None
    rule: str
    leading: str
    abstained: str
    citations: int
    repeated_sentences: int
    seconds: float


@dataclass(frozen=True)
class Share:
    """A share of cases with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Evaluation:
    """The table over all cases."""

    cases: int
    top: dict[int, Share]
    abstained: float
    citations: int
    repeated_sentences: int
    median_seconds: float
    slowest_seconds: float

    def as_json(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def run(assistant: Assistant, cases: Sequence[GoldCase], matcher: GoldMatcher) -> Iterator[tuple[Outcome, Assessment]]:
    """Assess each case and judge it; yields as it goes."""
    for gold in cases:
        started = time.perf_counter()
        assessment = assistant.assess(case_of(assistant, gold))
        found = matcher.rank(assessment.differential, gold.gold, gold.gold_code)
        yield (
            Outcome(
                id=gold.id,
                gold=gold.gold,
                group=gold.group,
                place=found[0] if found else None,
                rule=found[1] if found else "",
                leading=assessment.differential[0].name if assessment.differential else "",
                abstained=assessment.abstention.reason if assessment.abstention else "",
                citations=sum(len(diagnosis.citations) for diagnosis in assessment.differential),
                repeated_sentences=repeated_sentences(assessment),
                seconds=round(time.perf_counter() - started, 3),
            ),
            assessment,
        )


def case_of(assistant: Assistant, gold: GoldCase) -> Case:
    """Return the case without its diagnosis, as the assistant reads it."""
    if gold.present:
        return assistant.read_phenotypes(gold.present, gold.absent, gold.age, gold.sex)
    return assistant.read(gold.text)


def repeated_sentences(assessment: Assessment) -> int:
    """Return how many generated sentences say again what an earlier one of the same assessment said."""
    written = [assessment.summary, *(diagnosis.rationale for diagnosis in assessment.differential)]
    sentences = [part.strip().lower() for text in written for part in text.split(". ") if part.strip()]
    return len(sentences) - len(set(sentences))


def summarise(outcomes: Sequence[Outcome], *, seed: int = 7) -> Evaluation:
    """Return the table over outcomes; intervals by bootstrap over cases with a fixed seed."""
    generator = np.random.default_rng(seed)
    return Evaluation(
        cases=len(outcomes),
        top={limit: share([_within(one, limit) for one in outcomes], generator) for limit in PLACES},
        abstained=_mean([one.abstained != "" for one in outcomes]),
        citations=sum(one.citations for one in outcomes),
        repeated_sentences=sum(one.repeated_sentences for one in outcomes),
        median_seconds=statistics.median([one.seconds for one in outcomes] or [0.0]),
        slowest_seconds=max((one.seconds for one in outcomes), default=0.0),
    )


def _within(outcome: Outcome, limit: int) -> bool:
    return outcome.place is not None and outcome.place <= limit


def _mean(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0


def share(values: Sequence[float], generator: np.random.Generator) -> Share:
    """Return the mean with its interval, by bootstrap over cases; values may be hits, or differences of paired hits."""
    if not values:
        return Share(0.0, 0.0, 0.0)
    means = generator.choice(np.array(values, dtype=float), size=(_RESAMPLES, len(values))).mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Share(round(float(np.mean(values)), 4), round(float(low), 4), round(float(high), 4))


def describe(evaluation: Evaluation, line: Callable[[str], None]) -> None:
    """Say the table line by line."""
    line(f"cases {evaluation.cases}, abstained {evaluation.abstained:.0%}, citations {evaluation.citations}")
    for limit, share in evaluation.top.items():
        line(f"gold among the first {limit}: {share.value:.1%} (95 % interval {share.low:.1%} to {share.high:.1%})")
    line(f"seconds a case: median {evaluation.median_seconds:.1f}, slowest {evaluation.slowest_seconds:.1f}")
    line(f"repeated sentences: {evaluation.repeated_sentences}")
