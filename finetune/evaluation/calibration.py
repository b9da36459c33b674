"""Whether stated likelihoods come true, whether the stated set holds the diagnosis, and whether abstaining pays.

Measured on exam vignettes whose key is a condition (CRAFT-MD's development part), on which the calibration was fitted, and on
consultations (AgentClinic-MedQA) without those that overlap with them, on which it was not. A set that says it may be none of
the known conditions claims the gold is not among them: it holds where the gold is named, or where the differential lists no
gold at all. Does not know how likelihoods are made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.assistant import Assistant
from finetune.evaluation.clinic import AgentClinic
from finetune.evaluation.diagnosing import ToldCase, assessed, judged, matcher_of, within
from finetune.evaluation.intervals import mean_figure, statistic_interval
from finetune.evaluation.measure import Figure, Item, Outcome
from finetune.evaluation.vignettes import Vignettes
from finetune.matching.condition_names import is_condition

BINS = 10
MOST_ERROR = 0.05
# Eighty-seven to ninety-three per cent where ninety are stated.
MOST_OFF = 0.03
_FITTED, _UNSEEN = "vignettes", "consultations"


class Calibration:
    """Calibration error, Brier score, coverage and size of the set, of fitted and of unseen cases."""

    name = "calibration"

    def items(self, mirror: Path, limit: int | None, seed: int) -> Sequence[Item]:
        """Return the cases of both sets, or a seeded sample of each."""
        fitted = [item for item in Vignettes().items(mirror, limit, seed) if is_condition(item.content.gold)]
        unseen = [item for item in AgentClinic().items(mirror, limit, seed) if not item.content[1]]
        return [
            *(Item(f"{_FITTED}/{item.id}", (_FITTED, item.content)) for item in fitted),
            *(Item(f"{_UNSEEN}/{item.id}", (_UNSEEN, item.content[0])) for item in unseen),
        ]

    def judge(self, item: Item, assistant: Assistant) -> Outcome:
        """Return how sure the leading diagnosis was and whether it was right, and what the set holds."""
        which, told = item.content
        assessment = assessed(told.text, assistant)
        listed = assessment.differential if assessment is not None else ()
        stated = assessment.calibrated_set if assessment is not None else None
        return {
            **judged(told, assistant),
            "of": which,
            "shares": [round(one.likelihood.score, 4) for one in listed],
            "golds": [matcher_of(assistant).rule(one, told.gold) is not None for one in listed],
            "set": None if stated is None else len(stated.names),
            "coverage": None if stated is None else stated.coverage,
            "complete": stated is not None and stated.complete,
            "in_set": stated is not None and _names_gold(stated.names, told, assistant),
        }

    def figures(self, outcomes: Sequence[Outcome], seed: int) -> Sequence[Figure]:
        """Return all figures for both sets of cases."""
        return [
            figure
            for which in (_UNSEEN, _FITTED)
            for figure in _figures([one for one in outcomes if one["of"] == which], which, seed)
        ]

    def details(self, outcomes: Sequence[Outcome], seed: int) -> Mapping[str, Any]:
        """Return the reliability bins, the curve of coverage against accuracy, and errors by specialty."""
        found: dict[str, Any] = {}
        for which in (_UNSEEN, _FITTED):
            mine = [one for one in outcomes if one["of"] == which]
            rows, groups = leading(mine), sorted({str(one["group"]) for one in mine if one["group"]})
            found[which] = {
                "reliability": bins(rows),
                "answered": curve(mine),
                "abstained": _abstained(mine),
                "by specialty": {group: _told(group, mine, seed) for group in groups},
            }
        return found


def _names_gold(names: Sequence[str], told: ToldCase, assistant: Assistant) -> bool:
    return any(matcher_of(assistant).rule_by_name(name, told.gold) is not None for name in names)


def _figures(outcomes: Sequence[Outcome], which: str, seed: int) -> list[Figure]:
    if not outcomes:
        return []
    told = [one for one in outcomes if one["set"] is not None]
    complete = [one for one in told if one["complete"]]
    rows, every = leading(outcomes), listed(outcomes)
    name = Calibration.name

    def of(what: str, rows: NDArray[np.float64], how: Any, unit: str, target: float | None) -> Figure:
        found = statistic_interval(rows, how, seed)
        return Figure(name, what, found.value, found.low, found.high, len(rows), unit, target, least=False)

    return [
        of(f"{which}: error of the leading likelihood", rows, calibration_error, "", MOST_ERROR),
        of(f"{which}: error of all listed likelihoods", every, calibration_error, "", None),
        of(f"{which}: Brier score", rows, brier, "1", None),
        mean_figure(name, f"{which}: stated set holds", [holds(one) for one in told], seed),
        of(f"{which}: set off its stated coverage", sets(told), off_stated, "", MOST_OFF),
        mean_figure(name, f"{which}: names in a set", [float(one["set"]) for one in told], seed, unit="names"),
        mean_figure(name, f"{which}: set is complete", [one["complete"] for one in told], seed),
        mean_figure(name, f"{which}: complete set names the gold", [one["in_set"] for one in complete], seed),
    ]


def holds(outcome: Outcome) -> bool:
    """Say whether a stated set kept its word."""
    return bool(outcome["in_set"]) or (not outcome["complete"] and outcome["place"] is None)


def leading(outcomes: Sequence[Outcome]) -> NDArray[np.float64]:
    """Return a row (stated share, whether right) for the leading diagnosis of each case that has one."""
    rows = [(one["score"], within(one, 1)) for one in outcomes if one["leading"]]
    return np.array(rows, dtype=float).reshape(len(rows), 2)


def listed(outcomes: Sequence[Outcome]) -> NDArray[np.float64]:
    """Return the same for every diagnosis listed."""
    rows = [pair for one in outcomes for pair in zip(one["shares"], one["golds"], strict=True)]
    return np.array(rows, dtype=float).reshape(len(rows), 2)


def sets(outcomes: Sequence[Outcome]) -> NDArray[np.float64]:
    """Return a row (stated coverage, whether it held) for each stated set."""
    rows = [(one["coverage"], holds(one)) for one in outcomes]
    return np.array(rows, dtype=float).reshape(len(rows), 2)


def calibration_error(rows: NDArray[np.float64]) -> float:
    """Return the expected calibration error over ten bins of equally many cases: |share right - mean share|, by size."""
    order = rows[np.argsort(rows[:, 0], kind="stable")]
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    return float(sum(abs(part[:, 1].mean() - part[:, 0].mean()) * len(part) for part in parts) / max(len(rows), 1))


def brier(rows: NDArray[np.float64]) -> float:
    """Return the mean squared difference between the stated share and what was the case."""
    return float(((rows[:, 0] - rows[:, 1]) ** 2).mean())


def off_stated(rows: NDArray[np.float64]) -> float:
    """Return how far the share of sets that held is from what they stated."""
    return float(abs(rows[:, 1].mean() - rows[:, 0].mean()))


def bins(rows: NDArray[np.float64]) -> list[dict[str, float]]:
    """Return the points of a reliability diagram."""
    order = rows[np.argsort(rows[:, 0], kind="stable")]
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    return [
        {"stated": round(float(part[:, 0].mean()), 4), "right": round(float(part[:, 1].mean()), 4), "cases": len(part)}
        for part in parts
    ]


def curve(outcomes: Sequence[Outcome]) -> list[dict[str, float]]:
    """Return what is right where only the surest cases are answered: a point for each tenth of them."""
    order = sorted(outcomes, key=lambda one: -float(one["score"]))
    points = []
    for tenth in range(1, 11):
        kept = order[: len(order) * tenth // 10]
        if kept:
            first, five = (sum(within(one, limit) for one in kept) / len(kept) for limit in (1, 5))
            points.append({"answered": tenth / 10, "first": round(first, 4), "among five": round(five, 4)})
    return points


def _abstained(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """Return, for each reason and for what was answered, how many cases and how many golds among five."""
    reasons = sorted({str(one["abstained"]) for one in outcomes})
    found = {}
    for reason in reasons:
        mine = [one for one in outcomes if one["abstained"] == reason]
        five = sum(within(one, 5) for one in mine) / len(mine)
        found[reason or "answered"] = {"cases": float(len(mine)), "among five": round(five, 4)}
    return found


def _told(group: str, outcomes: Sequence[Outcome], seed: int) -> dict[str, Any]:
    mine = [one for one in outcomes if one["group"] == group]
    rows, stated = leading(mine), [one for one in mine if one["set"] is not None]
    error = statistic_interval(rows, calibration_error, seed, resamples=200)
    held = mean_figure("", "", [holds(one) for one in stated], seed)
    return {
        "cases": len(mine),
        "error": [error.value, error.low, error.high],
        "set holds": [held.value, held.low, held.high],
    }
