"""Collect choices: each case's candidates with their features, and which of them are the diagnosis it is known to have.

Candidates are proposed and described by the assistant itself, without a model's opinion. Knows cases and golds. Does not
know weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.assessment import Diagnosis, Likelihood
from assistant.assistant import Assistant
from assistant.candidates import Candidate
from finetune.cases import GoldCase
from finetune.evaluation.differential import case_of
from finetune.gold import GoldMatcher


@dataclass(frozen=True)
class Choice:
    """One case's candidates as a matrix of features (candidates x features), and which of them are the gold diagnosis."""

    features: NDArray[np.float64]
    gold: NDArray[np.bool_]
    group: str = ""


def choices(
    assistant: Assistant, cases: Sequence[GoldCase], matcher: GoldMatcher, names: Sequence[str]
) -> Iterator[Choice]:
    """Yield the choice of each case; `names` says which features, and in which order, stand in the columns."""
    for gold in cases:
        ranked = assistant.ranked(case_of(assistant, gold))
        rows = [[one.features.get(name, 0.0) for name in names] for one in ranked]
        matrix = np.array(rows).reshape(len(rows), len(names))
        hits = [matcher.rule(_as_diagnosis(one.candidate), gold.gold, gold.gold_code) is not None for one in ranked]
        yield Choice(matrix, np.array(hits, dtype=bool), gold.group)


def _as_diagnosis(candidate: Candidate) -> Diagnosis:
    return Diagnosis(name=candidate.condition.name, likelihood=Likelihood(band="possible", score=0.0))
