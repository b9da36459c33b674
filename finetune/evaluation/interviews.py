"""How many questions it takes until the diagnosis leads and goes on leading, asked by expected gain and in other orders.

Two kinds of interview: over the DDXPlus conditions file, where every question has an answer, and over the facts of mediQ told
as text, where a question that no fact answers is lost. The text cases are those whose gold is in the index; where the gold
does not lead even when all is told, no order can make it, and they are counted apart.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.assistant import Assistant
from assistant.errors import UsageError
from finetune.evaluation.ddxplus_patients import VALIDATION, Files, Patient
from finetune.evaluation.diagnosing import matcher_of
from finetune.evaluation.intervals import mean_figure, statistic_interval
from finetune.evaluation.measure import Figure, Item, Outcome
from finetune.evaluation.table_interviews import TableInterviews
from finetune.evaluation.text_interviews import STRATEGIES, TextInterviews, ToldFacts, without_number
from index.knowledge import FindingTable

FACTS = "mediq-dev/all_dev_good.jsonl"
# A third fewer questions than in random order.
TARGET = 2 / 3
ORDERS = 5
_ORDER_SEED = 7


class Interviews:
    """Questions needed by each way of asking, over a table and over text."""

    name = "interviews"

    def __init__(self) -> None:
        self._table: TableInterviews | None = None

    def items(self, mirror: Path, limit: int | None, seed: int) -> Sequence[Item]:
        """Return the patients of both kinds, or a seeded sample of each kind."""
        files = Files.under(mirror)
        self._table = TableInterviews(FindingTable.of(files.knowledge))
        patients = [Item(f"ddxplus-{patient.id}", patient) for patient in files.patients(VALIDATION)]
        return [*_sample(patients, limit, seed), *_sample(_told(mirror / FACTS), limit, seed)]

    def judge(self, item: Item, assistant: Assistant) -> Outcome:
        """Return how many questions each way of asking needs; -1 throughout for a case that no order can decide."""
        if isinstance(item.content, Patient):
            return self._over_table(item.content)
        return _over_text(item.content, assistant)

    def figures(self, outcomes: Sequence[Outcome], seed: int) -> Sequence[Figure]:
        """Return the mean and median questions of each way, and how many ours needs of those in random order."""
        table = [one for one in outcomes if one["kind"] == "table"]
        text = [one for one in outcomes if one["kind"] == "text" and one["indexed"]]
        decided = [one for one in text if one["decided"]]
        return [
            *self._told("table", table, ("gain", "random", "commonest first"), seed),
            *self._fewer("table", table, "gain", "random", seed),
            mean_figure(self.name, "text: gold leads when all is told", [one["decided"] for one in text], seed),
            *self._told("text", decided, STRATEGIES, seed),
            *self._fewer("text", decided, "gain", "random question", seed),
            *self._fewer("text", decided, "answered", "random fact", seed),
        ]

    def _over_table(self, patient: Patient) -> Outcome:
        if self._table is None:
            raise RuntimeError("items() comes before judge()")
        interviews, told = self._table, (patient.gold, patient.counted.answers, patient.initial)
        generator = np.random.default_rng(_ORDER_SEED)
        orders = [generator.permutation(len(interviews.table.questions)).tolist() for _ in range(ORDERS)]
        needed = [interviews.questions_needed(*told, interviews.in_order(order)) for order in orders]
        return {
            "kind": "table",
            "gold": patient.gold,
            "gain": interviews.questions_needed(*told, interviews.by_gain()),
            "random": float(np.mean(needed)),
            "commonest first": interviews.questions_needed(*told, interviews.in_order(interviews.commonest_first)),
        }

    def _told(self, kind: str, outcomes: Sequence[Outcome], ways: Sequence[str], seed: int) -> list[Figure]:
        """Return the mean and median questions of each way of asking."""
        made = []
        for way in ways if outcomes else ():
            values = [float(one[way]) for one in outcomes]
            made.append(
                mean_figure(self.name, f"{kind}: questions, {way}", values, seed, unit="questions", least=False)
            )
            made.append(
                self._figure(f"{kind}: median questions, {way}", np.array([values]).T, _median, seed, "questions")
            )
        return made

    def _fewer(self, kind: str, outcomes: Sequence[Outcome], own: str, other: str, seed: int) -> list[Figure]:
        """Return how many questions one way needs for each one that another needs."""
        if not outcomes:
            return []
        pairs = np.array([[float(one[own]), float(one[other])] for one in outcomes])
        return [self._figure(f"{kind}: {own} for one of {other}", pairs, _ratio, seed, "", TARGET)]

    def _figure(
        self, name: str, rows: NDArray[Any], statistic: Any, seed: int, unit: str, target: float | None = None
    ) -> Figure:
        found = statistic_interval(rows, statistic, seed)
        return Figure(self.name, name, found.value, found.low, found.high, len(rows), unit, target, least=False)


def _over_text(told: ToldFacts, assistant: Assistant) -> Outcome:
    matcher = matcher_of(assistant)
    outcome: dict[str, Any] = {"kind": "text", "gold": told.gold, "indexed": matcher.knows(told.gold), "decided": False}
    interviews = TextInterviews(assistant, matcher)
    if not outcome["indexed"] or not interviews.leads_at_last(told):
        return outcome | dict.fromkeys(STRATEGIES, -1)
    needed = {way: interviews.questions_needed(told, way, _ORDER_SEED) for way in STRATEGIES}
    return outcome | {"decided": True} | needed


def _told(file: Path) -> list[Item]:
    if not file.is_file():
        raise UsageError(f"the data set is not there: {file}")
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        Item(f"mediq-{row['id']}", ToldFacts(without_number(row["facts"]), row["answer"]))
        for row in rows
        if isinstance(row["facts"], list) and len(row["facts"]) > 1
    ]


def _sample(items: Sequence[Item], limit: int | None, seed: int) -> Sequence[Item]:
    if limit is None or limit >= len(items):
        return items
    return random.Random(seed).sample(items, limit)  # noqa: S311 - a sample, not a secret


def _median(rows: NDArray[Any]) -> float:
    return float(np.median(rows))


def _ratio(rows: NDArray[Any]) -> float:
    own, other = rows.mean(axis=0)
    return float(own / other) if other else 1.0
