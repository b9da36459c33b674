"""Fit the weights that order the differential, on cases with a known diagnosis.

A conditional logit (McFadden 1974): among a case's candidates and one "not listed" alternative, the gold diagnosis is chosen
with probability exp(w . x) / sum of all. Weights maximise the penalised likelihood; a fold-wise fit says how well they carry
over. Knows features and golds. Does not know how features are made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.assessment import Diagnosis, Likelihood
from assistant.assistant import Assistant
from assistant.candidates import Candidate
from assistant.errors import TrainingError
from finetune.cases import GoldCase
from finetune.evaluation.differential import case_of
from finetune.gold import GoldMatcher

# Set by hand: exam vignettes over-represent rare disease, hold no sex errors, and show little of a model's worth.
BY_HAND = ("frequency", "sex", "model")
_PENALTY = 0.005
_FOLDS = 5
_HEADER = """\
# Weights of the features that order the differential diagnosis (assistant/ranking.py says what each feature is).
# Fitted by 'wardround finetune ranking' as a conditional logit on {cases} cases whose diagnosis is known: in folds that the
# weights had not seen the diagnosis was first in {top1:.1%}, among the first five in {top5:.1%} (a candidate at all in
# {covered:.1%}). Set by hand: {by_hand}; such cases over-represent rare
# disease, hold no sex errors, and show little of a model's worth.
# `unlisted` is the score of "a condition the index does not know", so that likelihoods need not add up to one.
"""


@dataclass(frozen=True)
class Choice:
    """One case's candidates as a matrix of features (candidates x features), and which of them are the gold diagnosis."""

    features: NDArray[np.float64]
    gold: NDArray[np.bool_]


@dataclass(frozen=True)
class Fit:
    """Fitted weights, the score of "not listed", and how often the gold was first / among five in unseen folds."""

    weights: dict[str, float]
    unlisted: float
    top1: float
    top5: float
    covered: float
    cases: int


def choices(
    assistant: Assistant, cases: Sequence[GoldCase], matcher: GoldMatcher, names: Sequence[str]
) -> Iterator[Choice]:
    """Yield each case's candidates as the assistant itself proposes and describes them, without a model's opinion."""
    for gold in cases:
        ranked = assistant.ranked(case_of(assistant, gold))
        rows = [[one.features.get(name, 0.0) for name in names] for one in ranked]
        matrix = np.array(rows).reshape(len(rows), len(names))
        hits = [matcher.rule(_as_diagnosis(one.candidate), gold.gold, gold.gold_code) is not None for one in ranked]
        yield Choice(matrix, np.array(hits, dtype=bool))


def fit(data: Sequence[Choice], names: Sequence[str], *, seed: int = 7) -> Fit:
    """Return the weights for all cases, with the scores of a five-fold run in which no case is judged by its own weights.

    Raises TrainingError when no case has its gold diagnosis among its candidates.
    """
    if not any(one.gold.any() for one in data):
        raise TrainingError(
            f"none of the {len(data)} cases has its gold diagnosis among its candidates; add documents first"
        )
    order = np.random.default_rng(seed).permutation(len(data))
    hits = np.zeros(2)
    for fold in np.array_split(order, min(_FOLDS, len(data))):
        held_out = set(fold.tolist())
        solution = _solve([one for number, one in enumerate(data) if number not in held_out], len(names))
        hits += sum((_hits(data[number], solution[:-1]) for number in held_out), np.zeros(2))
    final = _solve(data, len(names))
    return Fit(
        weights={name: round(float(value), 2) for name, value in zip(names, final, strict=False)},
        unlisted=round(float(final[-1]), 2),
        top1=float(hits[0]) / len(data),
        top5=float(hits[1]) / len(data),
        covered=sum(one.gold.any() for one in data) / len(data),
        cases=len(data),
    )


def as_yaml(fitted: Fit, current: Mapping[str, float], version: int) -> str:
    """Return the weights file for a fit: its own weights in the order of the current ones, which keep those set by hand."""
    by_hand = ", ".join(f"`{name}`" for name in current if name not in fitted.weights)
    header = _HEADER.format(
        cases=fitted.cases, top1=fitted.top1, top5=fitted.top5, covered=fitted.covered, by_hand=by_hand or "nothing"
    )
    lines = [f"  {name}: {fitted.weights.get(name, value)}" for name, value in current.items()]
    return "\n".join([f"{header}version: {version}", f"unlisted: {fitted.unlisted}", "weights:", *lines, ""])


def _solve(data: Sequence[Choice], features: int) -> NDArray[np.float64]:
    """Return the weights and, last, the score of "not listed"."""
    from scipy.optimize import minimize

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total, slope = 0.0, np.zeros_like(values)
        for one in data:
            design = np.zeros((len(one.gold) + 1, features + 1))
            design[:-1, :-1], design[-1, -1] = one.features, 1.0
            chosen = np.append(one.gold, not one.gold.any())
            scores = design @ values
            powers = np.exp(scores - scores.max())
            share, share_chosen = powers / powers.sum(), powers * chosen / powers[chosen].sum()
            total -= float(np.log(powers[chosen].sum() / powers.sum()))
            slope -= (share_chosen - share) @ design
        weights = np.append(values[:-1], 0.0)
        return total / len(data) + _PENALTY * float(weights @ weights) / 2, slope / len(data) + _PENALTY * weights

    result: NDArray[np.float64] = minimize(loss, np.zeros(features + 1), jac=True, method="L-BFGS-B").x
    return result


def _hits(one: Choice, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    if not len(one.gold):
        return np.zeros(2)
    order = np.argsort(-(one.features @ weights), kind="stable")
    return np.array([one.gold[order[0]], one.gold[order[:5]].any()], dtype=float)


def _as_diagnosis(candidate: Candidate) -> Diagnosis:
    return Diagnosis(name=candidate.condition.name, likelihood=Likelihood(band="possible", score=0.0))
