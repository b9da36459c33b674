"""An interview over a knowledge table: one question after the other, until the condition leads and goes on leading.

Asking by expected information gain uses the very functions that choose the next question of an assessment. Knows tables and
answers. Does not know data sets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from assistant.information_gain import expected_gains, most_telling
from index.knowledge import Answers, FindingTable
from index.knowledge.table import Array, normalised

# Chooses among the open questions by the shares of the diseases so far.
Choose = Callable[[Array, NDArray[np.bool_]], int | None]


@dataclass(frozen=True)
class TableInterviews:
    """Interviews over one table."""

    table: FindingTable

    def questions_needed(self, gold: str, answers: Answers, initial: str, choose: Choose) -> int:
        """Return how many questions are asked until the gold leads and stays so; all of them where it never does.

        `initial` is what the patient comes with: its answer, and that of the question it lies within, are known at first.
        """
        told = np.stack([self._told(question.id, answers) for question in self.table.questions])
        column = self.table.diseases.index(gold)
        asked = np.zeros(len(told), dtype=bool)
        for known in filter(None, (initial, self.table.questions[self.table.rows[initial]].within)):
            asked[self.table.rows[known]] = True
        affirmed = np.array([bool(answers.get(question.id)) for question in self.table.questions])
        scores = np.log(self.table.prior) + told[asked].sum(axis=0)
        needed, count = 0 if _leads(scores, column) else 1, 0
        while (row := choose(normalised(scores), self._reachable(asked, affirmed))) is not None:
            asked[row] = True
            count += 1
            scores = scores + told[row]
            if not _leads(scores, column):
                needed = count + 1
        return min(needed, count)

    def by_gain(self) -> Choose:
        """Return the choice of the question whose answer is expected to tell most."""
        possible, starts = self.table.possible_answers
        costs = np.ones(len(starts))
        return lambda shares, allowed: most_telling(expected_gains(shares, possible, starts), costs, allowed)

    def in_order(self, order: Sequence[int]) -> Choose:
        """Return the choice of the first open question in a fixed order."""
        ordered = np.array(order)

        def choose(_shares: Array, allowed: NDArray[np.bool_]) -> int | None:
            left = ordered[allowed[ordered]]
            return int(left[0]) if len(left) else None

        return choose

    @cached_property
    def commonest_first(self) -> tuple[int, ...]:
        """The questions by how many patients of all diseases together answer yes, most first."""
        return tuple(int(row) for row in np.argsort(-(self.table.yes @ self.table.prior), kind="stable"))

    def _told(self, question: str, answers: Answers) -> Array:
        """Return what the answer to a question tells: nothing where it does not count."""
        asked = self.table.questions[self.table.rows[question]]
        if not self.table.counts(asked, answers):
            return np.zeros(len(self.table.diseases))
        return self.table.log_likelihood(question, answers[question])

    def _reachable(self, asked: NDArray[np.bool_], affirmed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which questions can be asked: not asked before, and what they lie within was answered yes."""
        within = self._within
        opened: NDArray[np.bool_] = ~asked & ((within < 0) | (asked & affirmed)[within])
        return opened

    @cached_property
    def _within(self) -> NDArray[np.intp]:
        """The row of the question that each lies within, -1 for none."""
        rows = self.table.rows
        return np.array([rows[one.within] if one.within else -1 for one in self.table.questions], dtype=np.intp)


def _leads(scores: Array, column: int) -> bool:
    """Say whether a disease stands alone at the top."""
    return int((scores >= scores[column] - 1e-9).sum()) == 1
