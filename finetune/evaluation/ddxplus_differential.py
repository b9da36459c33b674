"""Which conditions a published DDXPlus differential holds: by a rule over what is described, or learned from other patients.

The published differentials hold far more than the evidence leaves likely (a posterior over complete answers is nearly always
certain): whatever shares the main complaints. The rule takes every condition described with a share of the patient's main
complaints; the learned one is a logistic regression over a few named features and how often a condition is listed at all.
Knows tables and answers. Does not rank.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from finetune.evaluation.ddxplus_patients import Patient
from index.knowledge.table import UNDESCRIBED, Array, FindingTable

# Chosen among 0.3, 0.4 ... 0.9 on the differentials of the 98 training patients.
LEAST_DESCRIBED = 0.4
_LEAST_CHANCE = 0.3
_PENALTY = 1.0
_SCALE = 20.0


@dataclass(frozen=True)
class Agreement:
    """How a differential compares with the published one."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


def agreement(listed: Collection[str], published: Collection[str]) -> Agreement:
    """Return the share of what is listed that is published, and of what is published that is listed."""
    both = len(set(listed) & set(published))
    return Agreement(both / len(listed) if listed else 0.0, both / len(published) if published else 0.0)


def described_differential(table: FindingTable, patient: Patient) -> frozenset[str]:
    """Return the conditions described with enough of the patient's main complaints, and the leading one."""
    chosen = described_shares(table, patient) >= LEAST_DESCRIBED
    chosen[int(table.scores(patient.counted.answers).argmax())] = True
    return frozenset(name for name, held in zip(table.diseases, chosen, strict=True) if held)


def described_shares(table: FindingTable, patient: Patient) -> Array:
    """Return for each condition the share of the patient's main complaints that it is described with."""
    main = [
        table.rows[question.id]
        for question in table.questions
        if not question.background and not question.within and patient.counted.answers[question.id]
    ]
    shares: Array = (table.yes[main] > UNDESCRIBED).mean(axis=0) if main else np.zeros(len(table.diseases))
    return shares


@dataclass(frozen=True)
class LearnedDifferential:
    """A logistic regression of whether a condition is listed; `weights` are those of the features, then one a condition."""

    stated: FindingTable
    counted: FindingTable
    weights: Array

    @classmethod
    def of(cls, stated: FindingTable, counted: FindingTable, patients: Sequence[Patient]) -> LearnedDifferential:
        """Fit to the differentials of patients; `counted` is the table with frequencies, `stated` the one without."""
        from scipy.optimize import minimize

        design = np.concatenate([_design(stated, counted, patient) for patient in patients])
        listed = np.array(
            [name in patient.differential for patient in patients for name in stated.diseases], dtype=float
        )
        penalty = np.full(design.shape[1], _PENALTY)
        penalty[: -len(stated.diseases)] = _PENALTY / 100

        def loss(weights: Array) -> tuple[float, Array]:
            scores = design @ weights
            pull = penalty * weights
            value = float((np.logaddexp(0, scores) - listed * scores).sum() + pull @ weights / 2)
            return value, design.T @ (_chance(scores) - listed) + pull

        return cls(stated, counted, minimize(loss, np.zeros(design.shape[1]), jac=True, method="L-BFGS-B").x)

    def differential(self, patient: Patient) -> frozenset[str]:
        """Return the conditions that are likely enough to be listed, and the leading one."""
        chosen = _chance(_design(self.stated, self.counted, patient) @ self.weights) >= _LEAST_CHANCE
        chosen[int(self.counted.scores(patient.counted.answers).argmax())] = True
        return frozenset(name for name, held in zip(self.stated.diseases, chosen, strict=True) if held)


def _design(stated: FindingTable, counted: FindingTable, patient: Patient) -> Array:
    """Return the features of each condition for a patient (conditions x features), and one column a condition."""
    answers = patient.counted.answers
    described = stated.yes > UNDESCRIBED
    there = np.array([bool(answers[question.id]) for question in stated.questions])
    background = np.array([question.background for question in stated.questions])
    symptoms, past = there & ~background, there & background
    scores = [table.scores(answers) for table in (stated, counted)]
    columns = [
        described_shares(stated, patient),
        described[symptoms].mean(axis=0) if symptoms.any() else np.zeros(len(stated.diseases)),
        described[past].mean(axis=0) if past.any() else np.zeros(len(stated.diseases)),
        described[stated.rows[patient.initial]].astype(float),
        described[symptoms].sum(axis=0) / described[~background].sum(axis=0),
        *((score - score.max()) / _SCALE for score in scores),
        np.ones(len(stated.diseases)),
    ]
    return np.concatenate([np.stack(columns, axis=1), np.eye(len(stated.diseases))], axis=1)


def _chance(scores: Array) -> Array:
    chance: Array = 1.0 / (1.0 + np.exp(-scores))
    return chance
