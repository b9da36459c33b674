"""Figures with their 95 % intervals, by bootstrap over items with a fixed seed.

Knows numbers. Does not know what they were measured on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.evaluation.differential import Share, share
from finetune.evaluation.measure import Figure

RESAMPLES = 1000


def mean_figure(
    measure: str,
    name: str,
    values: Sequence[float],
    seed: int,
    *,
    unit: str = "",
    target: float | None = None,
    least: bool = True,
) -> Figure:
    """Return the mean of one value an item: a share where the values are hits and misses."""
    found = share([float(value) for value in values], np.random.default_rng(seed))
    return Figure(measure, name, found.value, found.low, found.high, len(values), unit, target, least)


def statistic_interval(
    rows: NDArray[Any], statistic: Callable[[NDArray[Any]], float], seed: int, resamples: int = RESAMPLES
) -> Share:
    """Return a statistic of rows (one an item) that is no mean, such as a calibration error; zeros where there are none."""
    if not len(rows):
        return Share(0.0, 0.0, 0.0)
    generator = np.random.default_rng(seed)
    drawn = [statistic(rows[generator.integers(0, len(rows), len(rows))]) for _ in range(resamples)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Share(round(float(statistic(rows)), 4), round(float(low), 4), round(float(high), 4))
