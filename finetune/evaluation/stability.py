"""The same case with one thing changed that should not matter: whether the leading diagnosis stays, and the first three.

Pairs are made from exam vignettes (CRAFT-MD's development part). A changed sex is judged only where sex cannot matter: no
finding, pregnancy or part that one sex alone has, no relative of the other sex in the text, and no condition of one sex among
the first five before the change. One disease under two names stays. What was left out is counted.
Does not know whether a diagnosis was right.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.assessment import Assessment
from assistant.assistant import Assistant
from assistant.case import Case
from assistant.one_sex import fits_sex
from finetune.evaluation.diagnosing import assessed, matcher_of, told_items
from finetune.evaluation.intervals import mean_figure
from finetune.evaluation.measure import Figure, Item, Outcome
from finetune.evaluation.perturbing import CHANGES
from finetune.evaluation.vignettes import FILE

# The vignettes pairs are made of where no other number is asked for; each gives up to seven pairs.
VIGNETTES = 60
# Our own bar: in nineteen of twenty cases nothing may change where nothing in the case did, in nine of ten where words did.
TARGETS = {"sex": 0.9, "ethnicity": 0.95, "age within band": 0.9, "name": 0.95, "distractor": 0.95}
REWORDED = 0.8
_TOP = 3
_OTHER_SEX = {"female": "male", "male": "female"}


@dataclass(frozen=True)
class Pair:
    """A case, and the same case with one thing changed."""

    change: str
    text: str
    changed: str


class Stability:
    """How often the leading diagnosis stays, and how many of the first three, by what was changed."""

    name = "stability"

    def items(self, mirror: Path, limit: int | None, seed: int) -> Sequence[Item]:
        """Return the pairs of a seeded sample of vignettes; the changes are drawn by the same seed."""
        items = told_items(mirror / FILE, limit or VIGNETTES, seed)
        return [pair for item in items for pair in _pairs(item, seed)]

    def judge(self, item: Item, assistant: Assistant) -> Outcome:
        """Return what stayed; where neither case got a differential there is nothing to compare."""
        pair: Pair = item.content
        before = assessed(pair.text, assistant)
        if pair.change == "sex" and before is not None and _sex_matters(before, assistant):
            return {"change": pair.change, "left_out": "sex may matter"}
        after = assessed(pair.changed, assistant)
        was, now = _names(before), _names(after)
        matcher = matcher_of(assistant)
        if not was and not now:
            return {"change": pair.change, "left_out": "no differential"}
        return {
            "change": pair.change,
            "left_out": "",
            "stays": bool(was and now) and matcher.one_disease(was[0], now[0]),
            "kept": sum(any(matcher.one_disease(one, other) for other in now) for one in was) / max(len(was), len(now)),
            "was": was[0] if was else "",
            "now": now[0] if now else "",
        }

    def figures(self, outcomes: Sequence[Outcome], seed: int) -> Sequence[Figure]:
        """Return both shares for each change."""
        compared = [one for one in outcomes if not one["left_out"]]
        found: list[Figure] = []
        for change in CHANGES:
            mine = [one for one in compared if one["change"] == change]
            target = TARGETS.get(change, REWORDED)
            stays, kept = [one["stays"] for one in mine], [one["kept"] for one in mine]
            found.append(mean_figure(self.name, f"{change}: leading diagnosis stays", stays, seed, target=target))
            found.append(mean_figure(self.name, f"{change}: of the first three stay", kept, seed))
        return found

    def details(self, outcomes: Sequence[Outcome], seed: int) -> Mapping[str, Any]:
        """Return how many pairs were left out and why, and which leading diagnoses changed into which."""
        reasons = [str(one["left_out"]) for one in outcomes if one["left_out"]]
        changed = [one for one in outcomes if not one["left_out"] and not one["stays"]]
        return {
            "left out": {reason: reasons.count(reason) for reason in sorted(set(reasons))},
            "changed": [f"{one['change']}: {one['was']} -> {one['now']}" for one in changed],
        }


def _pairs(item: Item, seed: int) -> list[Item]:
    pairs = []
    for change, make in CHANGES.items():
        draw = random.Random(f"{seed} {item.id} {change}")  # noqa: S311 - a draw, not a secret
        changed = make(item.content.text, draw)
        if changed is not None and changed != item.content.text:
            pairs.append(Item(f"{item.id}/{change}", Pair(change, item.content.text, changed)))
    return pairs


def _names(assessment: Assessment | None) -> list[str]:
    return [diagnosis.name for diagnosis in assessment.differential[:_TOP]] if assessment is not None else []


def _sex_matters(assessment: Assessment, assistant: Assistant) -> bool:
    """Say whether the case or its leading candidates have to do with one sex, so that a change may be justified."""
    case: Case = assessment.case
    other = _OTHER_SEX.get(case.sex)
    if other is None or case.pregnant:
        return True

    def is_a(term: str, ancestor: str) -> bool:
        return term == ancestor or (assistant.phenotypes is not None and assistant.phenotypes.is_a(term, ancestor))

    if not all(fits_sex(finding, other, is_a) for finding in case.findings):
        return True
    of_one_sex = {one.name for one in assistant.index.conditions().values() if one.sex != "any"}
    return any(diagnosis.name in of_one_sex for diagnosis in assessment.differential[:5])
