"""Fit the weights that order the differential, on cases with a known diagnosis.

A conditional logit (McFadden 1974): among a case's candidates and one "not listed" alternative, the gold diagnosis is chosen
with probability exp(w . x) / sum of all. Weights maximise the penalised likelihood; a fold-wise fit says how well they carry
over, and gives every case scores by weights that had not seen it, which is what calibration needs. Knows features and golds.
Does not know how features are made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.errors import TrainingError
from finetune.ranking.calibrating import Calibration, Reliability, Scored, calibrate, reliability
from finetune.ranking.choices import Choice

# Not fitted: exam vignettes over-represent rare disease, hold no sex errors and hardly a denied finding, and show little of
# a model's worth. Their values are those of the weights file.
BY_HAND = ("frequency", "sex", "age", "contradicted", "alternative", "model")
# The three independent sources of evidence, and who the patient is: what is left out, one at a time, in the ablation.
SOURCES: Mapping[str, tuple[str, ...]] = {
    "guideline passages": (
        "narrative",
        "findings",
        "narrative_lexical",
        "finding_lexical",
        "narrative_dense",
        "finding_dense",
        "coverage",
    ),
    "findings held against guidelines": ("explained", "contradicted", "alternative"),
    "phenotype annotations": ("phenotype",),
    "age, sex and frequency": ("age", "sex", "frequency"),
}
_PENALTY = 0.005
_FOLDS = 5


@dataclass(frozen=True)
class Fit:
    """Fitted weights, how likelihoods are calibrated, and how often the gold was first / among five in unseen folds."""

    weights: dict[str, float]
    calibration: Calibration
    reliability: Reliability
    top1: float
    top5: float
    covered: float
    cases: int


def fit(
    data: Sequence[Choice],
    names: Sequence[str],
    by_hand: Mapping[str, float] | None = None,
    *,
    coverage: float = 0.9,
    seed: int = 7,
) -> Fit:
    """Return the weights for all cases, with the scores of a five-fold run in which no case is judged by its own weights.

    `by_hand` gives the weights that are not fitted, which the others are fitted around. Raises TrainingError when no case
    has its gold diagnosis among its candidates.
    """
    if not any(one.gold.any() for one in data):
        raise TrainingError(
            f"none of the {len(data)} cases has its gold diagnosis among its candidates; add documents first"
        )
    fixed = by_hand or {}
    folds = _folds(len(data), seed)
    unseen = _unseen(data, names, fixed, folds)
    hits = sum((_hits(one) for one in unseen), np.zeros(2))
    judged = [calibrate([unseen[n] for n in range(len(data)) if n not in fold], coverage) for fold in folds]
    by_case = {number: calibration for fold, calibration in zip(folds, judged, strict=True) for number in fold}
    return Fit(
        weights={name: round(value, 2) for name, value in _solved(data, names, fixed).items() if name not in fixed},
        calibration=calibrate(unseen, coverage),
        reliability=reliability(unseen, [by_case[number] for number in range(len(data))]),
        top1=float(hits[0]) / len(data),
        top5=float(hits[1]) / len(data),
        covered=sum(one.gold.any() for one in data) / len(data),
        cases=len(data),
    )


def without(data: Sequence[Choice], names: Sequence[str], left_out: Sequence[str]) -> list[Choice]:
    """Return the choices as if some features were not known."""
    kept = np.array([name not in left_out for name in names], dtype=float)
    return [Choice(one.features * kept, one.gold, one.group) for one in data]


def _unseen(
    data: Sequence[Choice], names: Sequence[str], fixed: Mapping[str, float], folds: Sequence[frozenset[int]]
) -> list[Scored]:
    """Return every case scored by weights that were fitted without it."""
    scored: dict[int, Scored] = {}
    for fold in folds:
        weights = solve([one for number, one in enumerate(data) if number not in fold], names, fixed)[:-1]
        for number in fold:
            one = data[number]
            scored[number] = Scored(one.features @ weights, one.gold, one.group)
    return [scored[number] for number in range(len(data))]


def _folds(count: int, seed: int) -> list[frozenset[int]]:
    order = np.random.default_rng(seed).permutation(count)
    return [frozenset(fold.tolist()) for fold in np.array_split(order, min(_FOLDS, count))]


def solve(data: Sequence[Choice], names: Sequence[str], fixed: Mapping[str, float]) -> NDArray[np.float64]:
    """Return the weights in the order of the names and, last, the score of "not listed"."""
    from scipy.optimize import minimize

    designs, real, chosen = _stacked(data, len(names))
    free = np.array([name not in fixed for name in names] + [True])
    start = np.array([fixed.get(name, 0.0) for name in names] + [0.0])

    def loss(values: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        full = start.copy()
        full[free] = values
        scores = np.where(real, designs @ full, -np.inf)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        whole, part = powers.sum(axis=1), (powers * chosen).sum(axis=1)
        shares = powers * chosen / part[:, None] - powers / whole[:, None]
        slope = -np.einsum("nc,ncf->f", shares, designs) / len(data)
        pull = np.append(full[:-1], 0.0)
        pull[~free] = 0.0
        value = float(np.log(whole / part).mean()) + _PENALTY * float(pull @ pull) / 2
        return value, (slope + _PENALTY * pull)[free]

    result = start.copy()
    result[free] = minimize(loss, start[free], jac=True, method="L-BFGS-B").x
    return result


def _stacked(data: Sequence[Choice], features: int) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return all choices in one array (cases x alternatives x features), which alternatives are real, and which are chosen.

    The last alternative is "not listed", with a feature of its own.
    """
    most = max(len(one.gold) for one in data) + 1
    designs = np.zeros((len(data), most, features + 1))
    real, chosen = np.zeros((len(data), most), dtype=bool), np.zeros((len(data), most), dtype=bool)
    for number, one in enumerate(data):
        designs[number, : len(one.gold), :-1] = one.features
        real[number, : len(one.gold)], chosen[number, : len(one.gold)] = True, one.gold
        chosen[number, -1] = not one.gold.any()
    designs[:, -1, -1], real[:, -1] = 1.0, True
    return designs, real, chosen


def _solved(data: Sequence[Choice], names: Sequence[str], fixed: Mapping[str, float]) -> dict[str, float]:
    return dict(zip(names, solve(data, names, fixed)[:-1].tolist(), strict=True))


def _hits(one: Scored) -> NDArray[np.float64]:
    if not len(one.gold):
        return np.zeros(2)
    order = np.argsort(-one.scores, kind="stable")
    return np.array([one.gold[order[0]], one.gold[order[:5]].any()], dtype=float)
