"""Make shares of likelihood into calibrated ones, and find how far a set must reach to hold the diagnosis as often as stated.

The shares are exp(s / T) over all candidates and "not listed", whose score is u + v * (the leading score): a case whose best
candidate scores higher is likelier to be explained, but by less than the scores alone would say. T (temperature scaling; Guo
et al., ICML 2017, arXiv:1706.04599), u and v maximise the likelihood of the cases.

The set follows adaptive conformal prediction (Romano, Sesia and Candes, NeurIPS 2020, arXiv:2006.02544, without its
randomisation): alternatives are taken by falling share until the mass before the next one exceeds `reach`, the
ceil((n + 1) * coverage)-th smallest mass that stood before the truth of n cases. "Not listed" is one of the alternatives, and
the truth of a case whose diagnosis no candidate is.

Knows scores of cases that the weights had not seen. Does not know features.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

BINS = 10
# The cases on which the assistant says that its list is not to be relied on: the tenth with the least leading likelihood.
ABSTAINED = 0.1


@dataclass(frozen=True)
class Scored:
    """One case's candidates: their scores, by weights that had not seen the case, and which of them are the gold."""

    scores: NDArray[np.float64]
    gold: NDArray[np.bool_]
    group: str = ""


@dataclass(frozen=True)
class Calibration:
    """The temperature, the score of "not listed" (u and v), and how far the set of the stated coverage reaches."""

    temperature: float
    unlisted: float
    follows: float
    coverage: float
    reach: float
    abstain_below: float = 0.0

    def shares(self, case: Scored) -> NDArray[np.float64]:
        """Return the share of each candidate and, last, of "not listed"."""
        unlisted = self.unlisted + self.follows * case.scores.max(initial=0.0)
        return _softmax(np.append(case.scores, unlisted) / self.temperature)


@dataclass(frozen=True)
class Reliability:
    """How well shares match what was the case: of the leading candidate over cases, and of the sets.

    `error` is the expected calibration error over bins of equally many cases, `brier` the mean squared difference between
    the leading share and whether that candidate was the gold; `bins` are (mean share, share of golds, cases). `curve` is
    what is right where only the surest cases are answered: (share answered, of these first, of these among five).
    """

    error: float
    brier: float
    bins: tuple[tuple[float, float, int], ...]
    covered: float
    mean_size: float
    complete: float
    curve: tuple[tuple[float, float, float], ...] = ()


def calibrate(cases: Sequence[Scored], coverage: float) -> Calibration:
    """Return the calibration that fits these cases best."""
    from scipy.optimize import minimize

    scores, truth = _stacked(cases)
    top = np.maximum(scores.max(axis=1, initial=0.0), 0.0)

    def loss(values: NDArray[np.float64]) -> float:
        unlisted = values[1] + values[2] * top
        told = np.concatenate([scores, unlisted[:, None]], axis=1) / math.exp(values[0])
        powers = np.exp(told - told.max(axis=1, keepdims=True))
        return float(np.log(powers.sum(axis=1) / (powers * truth).sum(axis=1)).mean())

    start = np.array([0.0, float(top.mean()), 0.0])
    found = minimize(loss, start, method="Nelder-Mead").x.tolist()
    fitted = Calibration(round(math.exp(found[0]), 3), round(found[1], 3), round(found[2], 3), coverage, 1.0)
    masses = sorted(mass_before_truth(case, fitted) for case in cases)
    place = min(math.ceil((len(masses) + 1) * coverage), len(masses))
    leading = [fitted.shares(case)[:-1].max(initial=0.0) for case in cases]
    return replace(
        fitted,
        reach=round(masses[place - 1] + 5e-5, 4),
        abstain_below=round(float(np.quantile(leading, ABSTAINED)), 3),
    )


def mass_before_truth(case: Scored, calibration: Calibration) -> float:
    """Return the summed shares of the alternatives that stand before the truth; several names of the gold: the first."""
    shares = calibration.shares(case)
    truth = np.append(case.gold, not case.gold.any())
    best = shares[truth].max()
    return float(shares[shares > best].sum())


def reliability(cases: Sequence[Scored], calibrations: Sequence[Calibration]) -> Reliability:
    """Judge cases, each by a calibration that had not seen it."""
    leading, right, among, covered, sizes, complete = [], [], [], [], [], []
    for case, calibration in zip(cases, calibrations, strict=True):
        shares = calibration.shares(case)
        if len(case.scores):
            first = int(np.argmax(case.scores))
            leading.append(float(shares[first]))
            right.append(bool(case.gold[first]))
            among.append(bool(case.gold[np.argsort(-case.scores, kind="stable")[:5]].any()))
        covered.append(mass_before_truth(case, calibration) <= calibration.reach)
        size, is_complete = _size(shares, calibration.reach)
        sizes.append(size)
        complete.append(is_complete)
    bins = binned(leading, right)
    total = max(len(leading), 1)
    return Reliability(
        error=sum(abs(share - truth) * count for share, truth, count in bins) / total,
        brier=float(np.mean([(share - hit) ** 2 for share, hit in zip(leading, right, strict=True)] or [0.0])),
        bins=tuple(bins),
        covered=float(np.mean(covered)),
        mean_size=float(np.mean(sizes)),
        complete=float(np.mean(complete)),
        curve=tuple(answered(leading, right, among)),
    )


def answered(
    leading: Sequence[float], right: Sequence[bool], among: Sequence[bool]
) -> Iterator[tuple[float, float, float]]:
    """Yield (share of cases answered, share first, share among five) as ever more cases are answered, the surest first."""
    order = np.argsort([-share for share in leading], kind="stable")
    for tenth in range(1, 11):
        kept = order[: max(len(order) * tenth // 10, 1)]
        if len(kept):
            yield tenth / 10, float(np.mean([right[i] for i in kept])), float(np.mean([among[i] for i in kept]))


def binned(shares: Sequence[float], right: Sequence[bool], bins: int = BINS) -> list[tuple[float, float, int]]:
    """Return (mean share, share of hits, count) of bins of equally many cases, by rising share."""
    order = np.argsort(shares, kind="stable")
    parts = [part for part in np.array_split(order, min(bins, len(order)) or 1) if len(part)]
    return [
        (float(np.mean([shares[i] for i in part])), float(np.mean([right[i] for i in part])), len(part))
        for part in parts
    ]


def _size(shares: NDArray[np.float64], reach: float) -> tuple[int, bool]:
    """Return how many candidates the set names, and whether it does without "not listed"."""
    order = np.argsort(-shares, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(shares[order])[:-1]])
    taken = order[before <= reach]
    return int(np.sum(taken < len(shares) - 1)), len(shares) - 1 not in taken


def _stacked(cases: Sequence[Scored]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the scores of all cases (cases x candidates, -inf where there are fewer), and the truth, "not listed" last."""
    most = max(len(case.scores) for case in cases)
    scores, truth = np.full((len(cases), most), -np.inf), np.zeros((len(cases), most + 1), dtype=bool)
    for number, case in enumerate(cases):
        scores[number, : len(case.scores)], truth[number, : len(case.scores)] = case.scores, case.gold
        truth[number, -1] = not case.gold.any()
    return scores, truth


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(scores - scores.max())
    shares: NDArray[np.float64] = powers / powers.sum()
    return shares
