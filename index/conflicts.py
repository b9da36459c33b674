"""Where two bodies disagree on the same question: for or against a treatment, what comes first, how much, for how long.

Knows what was recommended by whom. Does not know conditions: the caller brings recommendations on one condition. Errs
towards silence: a difference counts only where the setting is the same and nothing either body says agrees with the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from index.dosage import Range
from index.recommendations import Recommendation

Aspect = Literal["direction", "first choice", "dose", "duration"]
Place = TypeVar("Place")
# A dose or a duration that differs by less may be rounding, or a matter of the form available.
_DOSE_FACTOR, _DAYS_FACTOR = 1.5, 1.4
# Courses of a week and of months serve different purposes.
_OTHER_PURPOSE = 5.0
# What one guideline may tell apart and another not, while both mean the same patients.
_SHADES = frozenset(("acute", "chronic", "mild"))


@dataclass(frozen=True)
class Stated(Generic[Place]):
    """A recommendation and where it stands, whatever the caller means by that."""

    recommendation: Recommendation
    place: Place


@dataclass(frozen=True)
class Disagreement(Generic[Place]):
    """Two statements on the same question that cannot both be followed."""

    aspect: Aspect
    intervention: str
    first: Stated[Place]
    second: Stated[Place]


def between(one: Iterable[Stated[Place]], other: Iterable[Stated[Place]]) -> list[Disagreement[Place]]:
    """Return what two bodies disagree on, each question once, the gravest aspect first."""
    first, second = _by_intervention(one), _by_intervention(other)
    found: list[Disagreement[Place]] = []
    for name in first:
        if name in second:
            found += _on_one(name, first[name], second[name])
    found += _first_choices(first, second)
    return sorted(found, key=lambda one: _GRAVITY.index(one.aspect))


_GRAVITY: tuple[Aspect, ...] = ("direction", "first choice", "dose", "duration")


def _by_intervention(stated: Iterable[Stated[Place]]) -> dict[str, list[Stated[Place]]]:
    grouped: dict[str, list[Stated[Place]]] = defaultdict(list)
    for one in stated:
        grouped[one.recommendation.intervention].append(one)
    return grouped


def _on_one(name: str, first: Sequence[Stated[Place]], second: Sequence[Stated[Place]]) -> list[Disagreement[Place]]:
    if pair := _opposed(first, second) or _opposed(second, first, turned=True):
        return [Disagreement("direction", name, *pair)]
    aspects: tuple[tuple[Aspect, _Differ], ...] = (("dose", doses_differ), ("duration", durations_differ))
    found: list[Disagreement[Place]] = []
    for aspect, differ in aspects:
        if pair := _apart(first, second, differ):
            found.append(Disagreement(aspect, name, *pair))
    return found


def _opposed(
    advising: Sequence[Stated[Place]], warning: Sequence[Stated[Place]], *, turned: bool = False
) -> tuple[Stated[Place], Stated[Place]] | None:
    """Return a statement for and one against in the same setting, where neither body says anything else."""
    if any(one.recommendation.direction == "against" for one in advising):
        return None
    if any(one.recommendation.direction != "against" for one in warning):
        return None
    for one in advising:
        for other in warning:
            same = one.recommendation.setting == other.recommendation.setting
            if one.recommendation.direction == "for" and same:
                return (other, one) if turned else (one, other)
    return None


_Differ = Callable[[Recommendation, Recommendation], bool | None]


def _apart(
    first: Sequence[Stated[Place]], second: Sequence[Stated[Place]], differ: _Differ
) -> tuple[Stated[Place], Stated[Place]] | None:
    """Return two statements that differ, where every statement of the one body differs from all comparable of the other."""
    apart: tuple[Stated[Place], Stated[Place]] | None = None
    for one in first:
        for other in second:
            verdict = differ(one.recommendation, other.recommendation)
            if verdict is False:
                return None
            if verdict and comparable(one.recommendation, other.recommendation):
                apart = apart or (one, other)
    return apart


def comparable(one: Recommendation, other: Recommendation) -> bool:
    """Say whether two recommendations are for the same patients at the same stage, in the same way, unconditionally."""
    settings = one.setting ^ other.setting
    ways = one.dosage.routes & other.dosage.routes or not (one.dosage.routes and other.dosage.routes)
    return (
        one.direction == other.direction == "for" and bool(ways) and not settings - _SHADES and _of_one_degree(settings)
    )


def _of_one_degree(settings: frozenset[str]) -> bool:
    """Say whether one side may leave unsaid how acute or severe the condition is, rather than speak of another degree."""
    return not {"acute", "chronic"} <= settings


def doses_differ(one: Recommendation, other: Recommendation) -> bool | None:
    """Say whether two doses differ for certain; None where they cannot be compared."""
    mine, theirs = one.dosage, other.dosage
    if mine.kind != theirs.kind or mine.by_weight != theirs.by_weight or mine.amount is None or theirs.amount is None:
        return None
    if mine.once and theirs.once:
        return mine.amount.apart(theirs.amount, _DOSE_FACTOR)
    if mine.a_day is None or theirs.a_day is None:
        return None
    return mine.a_day.apart(theirs.a_day, _DOSE_FACTOR)


def durations_differ(one: Recommendation, other: Recommendation) -> bool | None:
    """Say whether two durations differ for certain; None where they cannot be compared."""
    mine, theirs = _course_of(one), _course_of(other)
    if mine is None or theirs is None:
        return None
    if mine.apart(theirs, _OTHER_PURPOSE) and not (one.dosage.once or other.dosage.once):
        return None
    return mine.apart(theirs, _DAYS_FACTOR)


def _course_of(one: Recommendation) -> Range | None:
    """Return for how many days something is to be taken, None where that is not said; one dose is a day.

    Without an amount or how often, a time may be that of waiting for an effect.
    """
    if one.dosage.amount is None and one.dosage.times is None:
        return None
    return one.dosage.days or (Range(1, 1) if one.dosage.once else None)


def _first_choices(
    first: dict[str, list[Stated[Place]]], second: dict[str, list[Stated[Place]]]
) -> list[Disagreement[Place]]:
    """Return the first choices of both bodies where each names another one and does not mention the other's at all."""
    mine, theirs = _chosen(first), _chosen(second)
    for name, one in mine.items():
        for other_name, other in theirs.items():
            same = one.recommendation.setting == other.recommendation.setting
            if same and not mine.keys() & theirs.keys() and name not in second and other_name not in first:
                return [Disagreement("first choice", f"{name} or {other_name}", one, other)]
    return []


def _chosen(stated: dict[str, list[Stated[Place]]]) -> dict[str, Stated[Place]]:
    return {
        name: one
        for name, all_of_it in stated.items()
        for one in all_of_it
        if one.recommendation.first and one.recommendation.direction == "for"
    }
