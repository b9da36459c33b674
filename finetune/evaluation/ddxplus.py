"""Synthetic patients with a known condition, ranked by the conditions file alone, and after learning from other patients.

The patients were generated from expert frequencies of the very answers that the conditions file lists, and show nothing it does
not list: the file nearly decides them, which a real patient's disease it would not. Learned are frequencies and, for the
differential, a few weights, from the 98 training patients; never from those that are judged. Needs no index and no model.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from assistant.assistant import Assistant
from finetune.evaluation.ddxplus_differential import Agreement, LearnedDifferential, agreement, described_differential
from finetune.evaluation.ddxplus_patients import TRAINING, VALIDATION, Files, Patient
from finetune.evaluation.intervals import mean_figure
from finetune.evaluation.measure import Figure, Item, Outcome
from index.knowledge import FindingTable, learned
from index.knowledge.table import Array

TOP1_TARGET, LEARNED_TARGET = 0.6, 0.9
_FILE, _LEARNED = "conditions file alone", "learned from other patients"


class DDXPlus:
    """How often the condition leads, and how far the differential agrees with the published one."""

    name = "ddxplus"

    def __init__(self) -> None:
        self._files: Files | None = None
        self._stated: FindingTable | None = None
        self._learned: LearnedDifferential | None = None

    def items(self, mirror: Path, limit: int | None, seed: int) -> Sequence[Item]:
        """Return the validation patients, or a seeded sample of them."""
        self._files = Files.under(mirror)
        patients = self._files.patients(VALIDATION)
        if limit is not None and limit < len(patients):
            patients = random.Random(seed).sample(patients, limit)  # noqa: S311 - a sample, not a secret
        self._prepare(self._files)
        return [Item(patient.id, patient) for patient in patients]

    def judge(self, item: Item, assistant: Assistant) -> Outcome:
        """Return the place of the condition and the agreement of the differential, both ways."""
        patient: Patient = item.content
        if self._stated is None or self._learned is None:
            raise RuntimeError("items() comes before judge()")
        outcome: dict[str, object] = {"gold": patient.gold, "size": len(patient.differential)}
        outcome |= _judged("stated", self._stated, patient, described_differential(self._stated, patient))
        outcome |= _judged("learned", self._learned.counted, patient, self._learned.differential(patient))
        return outcome

    def figures(self, outcomes: Sequence[Outcome], seed: int) -> Sequence[Figure]:
        """Return top-1, top-5 and the differential's F1, by the file alone and after learning."""
        made = []
        for kind, words, target in (("stated", _FILE, TOP1_TARGET), ("learned", _LEARNED, LEARNED_TARGET)):
            places = [one[f"{kind}_place"] for one in outcomes]
            made += [
                mean_figure(self.name, f"top-1, {words}", [place == 1 for place in places], seed, target=target),
                mean_figure(self.name, f"top-5, {words}", [place <= 5 for place in places], seed),
                mean_figure(self.name, f"differential F1, {words}", [one[f"{kind}_f1"] for one in outcomes], seed),
            ]
        return made

    def _prepare(self, files: Files) -> None:
        training = files.patients(TRAINING)
        counted = FindingTable.of(learned(files.knowledge, [patient.counted for patient in training]))
        self._stated = FindingTable.of(files.knowledge)
        self._learned = LearnedDifferential.of(self._stated, counted, training)


def place(scores: Array, column: int) -> int:
    """Return the place of a condition; of equal ones none is preferred, so all of them stand before it."""
    return int((scores >= scores[column] - 1e-9).sum())


def _judged(kind: str, table: FindingTable, patient: Patient, listed: frozenset[str]) -> dict[str, object]:
    found: Agreement = agreement(listed, patient.differential)
    return {
        f"{kind}_place": place(table.scores(patient.counted.answers), table.diseases.index(patient.gold)),
        f"{kind}_f1": round(found.f1, 4),
        f"{kind}_precision": round(found.precision, 4),
        f"{kind}_recall": round(found.recall, 4),
    }
