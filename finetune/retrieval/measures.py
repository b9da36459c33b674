"""How good one ranking is, and how sure a mean over queries is.

Knows grades in ranked order. Does not know queries, passages or systems.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DEPTH = 10
_RESAMPLES = 2000
_SEED = 7


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether zero is outside the interval."""
        return self.low > 0 or self.high < 0


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], depth: int = DEPTH) -> float:
    """Return the normalised discounted cumulative gain of the first `depth`.

    The gain of a grade g is 2^g - 1 and the discount log2(place + 1), as in Burges et al., Learning to Rank using
    Gradient Descent, ICML 2005. What is not judged has grade 0; so has what is judged below it.
    """
    gains = [_gain(grades.get(name, 0)) for name in ranked[:depth]]
    best = sorted((_gain(grade) for grade in grades.values()), reverse=True)[:depth]
    ideal = _discounted(best)
    return _discounted(gains) / ideal if ideal else 0.0


def _gain(grade: int) -> float:
    return 2.0 ** max(grade, 0) - 1.0


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, 1))


def recall(ranked: Sequence[str], grades: Mapping[str, int], depth: int = DEPTH) -> float:
    """Return the share of the relevant that is among the first `depth`; of more than `depth`, of as many as fit."""
    relevant = {name for name, grade in grades.items() if grade > 0}
    return len(relevant & set(ranked[:depth])) / min(len(relevant), depth) if relevant else 0.0


def reciprocal_rank(ranked: Sequence[str], grades: Mapping[str, int], depth: int = DEPTH) -> float:
    """Return one over the place of the first relevant one, 0 when none is among the first `depth`."""
    return next((1.0 / place for place, name in enumerate(ranked[:depth], 1) if grades.get(name, 0) > 0), 0.0)


def mean_interval(groups: Sequence[Sequence[float]], *, seed: int = _SEED) -> Interval:
    """Return the mean of the groups' means with its interval; one group gives the plain mean over queries.

    Queries are drawn again within each group, as many as there are, so that a small group is as uncertain as it is.
    """
    values = [np.asarray(group, np.float64) for group in groups if len(group)]
    if not values:
        return Interval(0.0, 0.0, 0.0)
    generator = np.random.default_rng(seed)
    means = np.mean([_resampled(group, generator) for group in values], axis=0)
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(float(np.mean([group.mean() for group in values])), float(low), float(high))


def _resampled(values: NDArray[np.float64], generator: np.random.Generator) -> NDArray[np.float64]:
    drawn = generator.integers(0, len(values), size=(_RESAMPLES, len(values)))
    means: NDArray[np.float64] = values[drawn].mean(axis=1)
    return means
