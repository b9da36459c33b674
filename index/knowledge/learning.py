"""Learn how often each finding occurs in each disease from counted patients, and generate patients from what is known.

Only frequencies are learned, never which finding belongs to which disease: that is what the file says. Knows counts. Does not
know where patients come from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.knowledge.form import Described, KnowledgeFile, Question
from index.knowledge.table import UNSTATED, Answers, FindingTable

# How many patients the general rate counts for beside those of a disease itself: a few, as two patients say little.
RATE_PATIENTS = 4.0
VALUE_PATIENTS = 2.0
_FLOOR = 0.01


@dataclass(frozen=True)
class CountedPatient:
    """A patient whose disease is known, with the answers to all questions that were asked."""

    disease: str
    answers: Answers


def learned(known: KnowledgeFile, patients: Sequence[CountedPatient]) -> KnowledgeFile:
    """Return the file with frequencies and value shares as counted, drawn towards those of all diseases described alike.

    The rate of a finding in a disease is (yes + a * r) / (asked + a), r being its rate over all diseases described with it,
    itself drawn towards one half in the same way; so is the share of each value.
    """
    by_disease: dict[str, list[Answers]] = defaultdict(list)
    for patient in patients:
        by_disease[patient.disease].append(patient.answers)
    questions = {question.id: question for question in known.questions}
    holders = _holders(known)
    pooled = {name: _pooled(question, by_disease, holders.get(name, ())) for name, question in questions.items()}
    diseases = tuple(
        disease.model_copy(
            update={
                "findings": tuple(
                    _counted(
                        described, questions[described.question], by_disease[disease.name], *pooled[described.question]
                    )
                    for described in disease.findings
                )
            }
        )
        for disease in known.diseases
    )
    return known.model_copy(update={"diseases": diseases})


def generated(table: FindingTable, count: int, generator: np.random.Generator) -> Iterator[CountedPatient]:
    """Yield patients as the table has them: a disease by its share, then an answer to every question it makes sense to ask."""
    for column in generator.choice(len(table.diseases), size=count, p=table.prior):
        answers: dict[str, tuple[str, ...]] = {}
        # Questions that lie within another come after it.
        for question in sorted(table.questions, key=lambda one: bool(one.within)):
            if question.within and not answers.get(question.within):
                continue
            row = table.rows[question.id]
            if generator.random() >= table.yes[row, column]:
                answers[question.id] = ()
            else:
                answers[question.id] = _drawn(question, table.values[row][:, column], generator)
        yield CountedPatient(table.diseases[int(column)], answers)


def _drawn(question: Question, shares: NDArray[np.float64], generator: np.random.Generator) -> tuple[str, ...]:
    if not question.values:
        return ("yes",)
    if question.kind == "some of":
        drawn = tuple(value for value, share in zip(question.values, shares, strict=True) if generator.random() < share)
        if drawn:
            return drawn
    return (question.values[int(generator.choice(len(shares), p=shares / shares.sum()))],)


def _holders(known: KnowledgeFile) -> dict[str, list[str]]:
    holders: dict[str, list[str]] = defaultdict(list)
    for disease in known.diseases:
        for described in disease.findings:
            holders[described.question].append(disease.name)
    return holders


def _pooled(
    question: Question, patients: dict[str, list[Answers]], holders: Iterable[str]
) -> tuple[float, NDArray[np.float64]]:
    """Return the rate of a question's yes and the shares of its values over all diseases described with it."""
    asked, yes, counts = _tallied(question, [one for name in holders for one in patients.get(name, ())])
    rate = (yes + RATE_PATIENTS * UNSTATED) / (asked + RATE_PATIENTS)
    even = np.full(max(len(question.values), 1), 1 / max(len(question.values), 1))
    return rate, (counts + VALUE_PATIENTS * even) / (yes + VALUE_PATIENTS)


def _counted(
    described: Described, question: Question, patients: Sequence[Answers], rate: float, shares: NDArray[np.float64]
) -> Described:
    asked, yes, counts = _tallied(question, patients)
    frequency = (yes + RATE_PATIENTS * rate) / (asked + RATE_PATIENTS)
    values = (counts + VALUE_PATIENTS * shares) / (yes + VALUE_PATIENTS)
    named = dict(zip(question.values, np.clip(values, _FLOOR / max(len(values), 1), 1.0).tolist(), strict=False))
    return Described(question=described.question, frequency=frequency, values=named)


def _tallied(question: Question, patients: Collection[Answers]) -> tuple[int, int, NDArray[np.float64]]:
    """Return how many patients were asked a question, how many said yes, and how many named each value."""
    asked = [
        patient[question.id]
        for patient in patients
        if question.id in patient and (not question.within or patient.get(question.within))
    ]
    told = [answer for answer in asked if answer]
    counts = np.array(
        [sum(value in answer for answer in told) for value in question.values] or [len(told)], dtype=float
    )
    return len(asked), len(told), _spread(counts) if question.scale else counts


def _spread(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the counts of a scale with a quarter of each given to either neighbour: a 6 is much like a 7."""
    padded = np.pad(counts, 1, mode="edge")
    spread: NDArray[np.float64] = padded[:-2] / 4 + padded[1:-1] / 2 + padded[2:] / 4
    return spread
