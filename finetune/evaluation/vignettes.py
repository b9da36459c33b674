"""Exam vignettes with the choices hidden: how often the keyed diagnosis is among the first of an open-ended differential.

The data set is CRAFT-MD's development part. A part of its keys are no diagnoses (a test, a drug, a mechanism), which no
differential can hold; they count as missed, and the figures on the others are told apart. The weights of the ranking were
fitted on these vignettes, so figures in folds that the weights had not seen are those of `wardround finetune ranking`. Does
not know how the assistant works.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.assistant import Assistant
from finetune.evaluation.diagnosing import by_group, by_rule, judged, place_figures, told_items
from finetune.evaluation.intervals import mean_figure
from finetune.evaluation.measure import Figure, Item, Outcome

FILE = "craft-md-dev/craft_md_dev.csv"


class Vignettes:
    """How often the key is first, among five, among ten."""

    name = "vignettes"

    def items(self, mirror: Path, limit: int | None, seed: int) -> Sequence[Item]:
        """Return the vignettes, or a seeded sample."""
        return told_items(mirror / FILE, limit, seed)

    def judge(self, item: Item, assistant: Assistant) -> Outcome:
        """Return where the key stands."""
        return judged(item.content, assistant)

    def figures(self, outcomes: Sequence[Outcome], seed: int) -> Sequence[Figure]:
        """Return the shares of all, of those whose key is a condition, and of those that the index has something on."""
        conditions = [one for one in outcomes if one["condition"]]
        indexed = [one for one in outcomes if one["indexed"]]
        return [
            *place_figures(self.name, outcomes, seed),
            mean_figure(self.name, "gold is a condition", [one["condition"] for one in outcomes], seed),
            *place_figures(self.name, conditions, seed, "of these", (1, 5)),
            mean_figure(self.name, "gold is in the index", [one["indexed"] for one in outcomes], seed),
            *place_figures(self.name, indexed, seed, "of these in the index", (1, 5)),
        ]

    def details(self, outcomes: Sequence[Outcome], seed: int) -> Mapping[str, Any]:
        """Return the shares by specialty, how golds were recognised, and what a case costs."""
        return {
            "by specialty": by_group(outcomes),
            "recognised by": by_rule(outcomes),
            "abstained": sum(one["abstained"] != "" for one in outcomes),
            "named in the text": sum(one["named"] for one in outcomes),
            "median seconds a case": statistics.median([one["cost"] for one in outcomes] or [0.0]),
        }
