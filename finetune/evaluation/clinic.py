"""Whole consultations in one shot: what the patient tells, what examination and tests show, and no diagnosis.

The data set is AgentClinic-MedQA (extended). Its objective for the doctor and its management are left out, since they say
more than a case would. Cases that share a run of twelve words with a vignette that weights were fitted on are told apart, and
so are those whose tests name the diagnosis. Does not know how the assistant works.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from assistant.assistant import Assistant
from assistant.errors import UsageError
from assistant.words import words
from finetune.cases import read_cases
from finetune.evaluation.diagnosing import ToldCase, by_rule, judged, place_figures
from finetune.evaluation.intervals import mean_figure
from finetune.evaluation.measure import Figure, Item, Outcome
from finetune.evaluation.vignettes import FILE as LEARNED

FILE = "agentclinic-medqa/agentclinic_medqa_extended.jsonl"
_SHOWN = ("Patient_Actor", "Physical_Examination_Findings", "Test_Results")
# Told as a sentence of their own; every other field is told with its name before it.
_BARE = frozenset(("Demographics", "History", "Symptoms", "Findings", "Patient_Actor"))
RUN = 12


class AgentClinic:
    """How often the diagnosis is first, among five, among ten, when everything is told at once."""

    name = "clinic"

    def items(self, mirror: Path, limit: int | None, seed: int) -> Sequence[Item]:
        """Return the consultations, or a seeded sample, each with whether it overlaps with what was learned from."""
        file = mirror / FILE
        if not file.is_file():
            raise UsageError(f"the data set is not there: {file}")
        rows = [json.loads(line)["OSCE_Examination"] for line in file.read_text(encoding="utf-8").splitlines() if line]
        learned = learned_runs(mirror / LEARNED)
        items = [_item(number, row, learned) for number, row in enumerate(rows, 1)]
        if limit is None or limit >= len(items):
            return items
        return [items[place] for place in sorted(random.Random(seed).sample(range(len(items)), limit))]  # noqa: S311

    def judge(self, item: Item, assistant: Assistant) -> Outcome:
        """Return where the diagnosis stands."""
        told, overlaps = item.content
        return {**judged(told, assistant), "overlaps": overlaps}

    def figures(self, outcomes: Sequence[Outcome], seed: int) -> Sequence[Figure]:
        """Return the shares of all, of those that nothing was learned from, and of those whose text names no diagnosis."""
        apart = [one for one in outcomes if not one["overlaps"]]
        unnamed = [one for one in outcomes if not one["named"]]
        return [
            *place_figures(self.name, outcomes, seed),
            mean_figure(self.name, "no overlap with vignettes", [not one["overlaps"] for one in outcomes], seed),
            *place_figures(self.name, apart, seed, "of these", (1, 5)),
            mean_figure(self.name, "text does not name the gold", [not one["named"] for one in outcomes], seed),
            *place_figures(self.name, unnamed, seed, "of these unnamed", (1, 5)),
        ]

    def details(self, outcomes: Sequence[Outcome], seed: int) -> Mapping[str, Any]:
        """Return how golds were recognised."""
        return {"recognised by": by_rule(outcomes), "abstained": sum(one["abstained"] != "" for one in outcomes)}


def _item(number: int, row: Mapping[str, Any], learned: frozenset[tuple[str, ...]]) -> Item:
    text = told(row)
    overlaps = not learned.isdisjoint(runs(text))
    return Item(f"{number:03}", (ToldCase(text, str(row["Correct_Diagnosis"]).strip()), overlaps))


def told(row: Mapping[str, Any]) -> str:
    """Return a consultation as one text, a line for each part."""
    return "\n".join(line for part in _SHOWN for line in _lines(part, row.get(part)))


def _lines(name: str, value: Any) -> Iterator[str]:
    """Yield the sentences about one field: nested fields one a line, a list in one sentence."""
    if isinstance(value, Mapping):
        for inner, content in value.items():
            yield from _lines(inner if inner not in _BARE else "", content)
        return
    said = ", ".join(map(str, value)) if isinstance(value, list) else str(value if value is not None else "").strip()
    if said:
        title = "" if name in _BARE or not name else f"{_readable(name)}: "
        yield f"{title}{said}{'' if said.endswith(('.', '!', '?')) else '.'}"


def _readable(name: str) -> str:
    """Return a field's name as a heading: "Cranial_Nerves" is "Cranial nerves", "MRI_Brain" is "MRI brain"."""
    first, *rest = name.replace("_", " ").split()
    return " ".join([first, *(word if word.isupper() and len(word) > 1 else word.lower() for word in rest)])


def runs(text: str) -> set[tuple[str, ...]]:
    """Return every run of twelve words of a text."""
    said = words(text)
    return set(zip(*(said[start:] for start in range(RUN)), strict=False))


@lru_cache(maxsize=2)
def learned_runs(file: Path) -> frozenset[tuple[str, ...]]:
    """Return the runs of words of the vignettes that weights were fitted on; empty where they are not there."""
    if not file.is_file():
        return frozenset()
    return frozenset(run for case in read_cases(file) for run in runs(case.text))
