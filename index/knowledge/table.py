"""Rank diseases by the answers to questions: naive Bayes over a table of frequencies, as with annotated phenotypes.

For a disease d and a question q answered yes, the likelihood is the frequency of q in d; answered no, one less it; for a
question with values also the share of the value given. What is not described of a disease occurs in it rarely, and what is
described without a frequency in half of its patients. A question that lies within another counts only where that one was
answered yes. Answers are taken to be independent given the disease. Knows numbers. Does not know how a question is put.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index.knowledge.form import Disease, KnowledgeFile, Question

Array = NDArray[np.float64]
# The values answered to each question, ("yes",) for a plain yes, () for no; questions that were not asked are left out.
Answers = Mapping[str, Collection[str]]

UNSTATED = 0.5
UNDESCRIBED = 0.02
_LEAST, _MOST = 0.002, 0.995


@dataclass(frozen=True)
class FindingTable:
    """Frequencies of each question's yes (questions x diseases), and of each value among those (values x diseases)."""

    questions: tuple[Question, ...]
    diseases: tuple[str, ...]
    prior: Array
    yes: Array
    values: tuple[Array, ...]

    @classmethod
    def of(cls, known: KnowledgeFile) -> FindingTable:
        """Build the table of a file."""
        shape = (len(known.questions), len(known.diseases))
        yes = np.full(shape, UNDESCRIBED)
        values = [np.full((max(len(one.values), 1), shape[1]), 1 / max(len(one.values), 1)) for one in known.questions]
        rows = {question.id: row for row, question in enumerate(known.questions)}
        for column, disease in enumerate(known.diseases):
            for described in disease.findings:
                row = rows[described.question]
                yes[row, column] = UNSTATED if described.frequency is None else described.frequency
                if described.values:
                    values[row][:, column] = _shares(described.values, known.questions[row])
        return cls(
            known.questions,
            tuple(disease.name for disease in known.diseases),
            _prior(known.diseases),
            np.clip(yes, _LEAST, _MOST),
            tuple(values),
        )

    @cached_property
    def rows(self) -> dict[str, int]:
        """The row of each question."""
        return {question.id: row for row, question in enumerate(self.questions)}

    def log_likelihood(self, question: str, answer: Collection[str]) -> Array:
        """Return the logarithm of the likelihood of one answer in each disease."""
        row = self.rows[question]
        told: Array = np.log(self.yes[row]) if answer else np.log1p(-self.yes[row])
        known = self.questions[row]
        for value in answer:
            if known.values and value in known.values:
                told += np.log(np.maximum(self.values[row][known.values.index(value)], _LEAST))
        return told

    def counts(self, question: Question, answers: Answers) -> bool:
        """Say whether a question's answer counts: it was asked, and what it lies within is there."""
        return question.id in answers and (not question.within or bool(answers.get(question.within)))

    def scores(self, answers: Answers) -> Array:
        """Return the logarithm of prior times likelihood of each disease."""
        total: Array = np.log(self.prior)
        for question in self.questions:
            if self.counts(question, answers):
                total += self.log_likelihood(question.id, answers[question.id])
        return total

    def shares(self, answers: Answers) -> Array:
        """Return the share of each disease: the posterior where it is one of them."""
        return normalised(self.scores(answers))

    @cached_property
    def possible_answers(self) -> tuple[Array, NDArray[np.intp]]:
        """The probability of every answer of every question in each disease, and the row where each question begins.

        The first answer is no. Of a question with several values at once the answer is taken to be the value named first.
        """
        blocks = []
        for row, question in enumerate(self.questions):
            yes = self.yes[row][None, :]
            told = self.values[row] / self.values[row].sum(axis=0) if question.values else 1.0
            blocks.append(np.concatenate([1.0 - yes, yes * told]))
        sizes = [len(block) for block in blocks]
        return np.concatenate(blocks), np.cumsum([0, *sizes[:-1]]).astype(np.intp)


def normalised(scores: Array) -> Array:
    """Return shares that add up to one from logarithms."""
    powers = np.exp(scores - scores.max())
    shares: Array = powers / powers.sum()
    return shares


def _shares(given: Mapping[str, float], question: Question) -> Array:
    """Return the share of each value; values that are not named share what little is left."""
    shares: Array = np.array([given.get(value, 0.0) for value in question.values])
    if question.kind == "one of" and shares.sum() > 0:
        shares /= shares.sum()
    return shares.clip(_LEAST, 1.0)


def _prior(diseases: Sequence[Disease]) -> Array:
    stated = [disease.share for disease in diseases if disease.share is not None]
    usual = float(np.mean(stated)) if stated else 1.0
    prior = np.array([usual if disease.share is None else max(disease.share, _LEAST) for disease in diseases])
    shares: Array = prior / prior.sum()
    return shares
