"""Shares that are true stay, distorted ones are mended, and the set holds the truth as often as it says on fresh cases."""

import numpy as np
import pytest

from assistant.ranking import Weights, likelihoods
from finetune.ranking.calibrating import Calibration, Scored, binned, calibrate, mass_before_truth, reliability

UNLISTED = 1.5


def _drawn(cases: int, stretch: float = 1.0, seed: int = 1) -> list[Scored]:
    """Cases whose diagnosis is drawn by the softmax of their scores; the scores are then told `stretch` times too large."""
    draws = np.random.default_rng(seed)
    made = []
    for _ in range(cases):
        scores = draws.normal(0, 1.5, size=12)
        powers = np.exp(np.append(scores, UNLISTED))
        truth = draws.choice(13, p=powers / powers.sum())
        made.append(Scored(stretch * scores, np.arange(12) == truth))
    return made


def test_true_shares_are_left_as_they_are_and_stretched_ones_shrunk():
    true, stretched = calibrate(_drawn(1500), 0.9), calibrate(_drawn(1500, stretch=3), 0.9)
    assert true.temperature == pytest.approx(1, abs=0.15)
    assert true.unlisted == pytest.approx(UNLISTED, abs=0.6)
    assert true.follows == pytest.approx(0, abs=0.2)
    assert stretched.temperature == pytest.approx(3, abs=0.45)
    assert stretched.unlisted == pytest.approx(3 * true.unlisted, rel=0.2)


def test_the_error_is_small_after_calibration_and_large_before():
    known, fresh = _drawn(1500, stretch=3), _drawn(1500, stretch=3, seed=2)
    fitted = calibrate(known, 0.9)
    assert reliability(fresh, [fitted] * len(fresh)).error < 0.05
    raw = Calibration(1.0, 3 * UNLISTED, 0.0, 0.9, fitted.reach)
    assert reliability(fresh, [raw] * len(fresh)).error > 0.15


@pytest.mark.parametrize("coverage", [0.8, 0.9])
def test_the_set_holds_the_truth_as_often_as_stated(coverage: float):
    fitted = calibrate(_drawn(2000, stretch=2), coverage)
    judged = reliability(_drawn(2000, stretch=2, seed=3), [fitted] * 2000)
    assert judged.covered == pytest.approx(coverage, abs=0.03)
    assert 1 < judged.mean_size < 12


def test_the_mass_before_the_truth_counts_what_is_likelier_only():
    case = Scored(np.log(np.array([0.5, 0.3, 0.1])), np.array([False, False, True]))
    calibration = Calibration(1.0, float(np.log(0.1)), 0.0, 0.9, 0.9)
    assert mass_before_truth(case, calibration) == pytest.approx(0.8)
    unlisted = Scored(np.log(np.array([0.6, 0.3])), np.zeros(2, dtype=bool))
    assert mass_before_truth(unlisted, calibration) == pytest.approx(0.9)


def test_the_assistant_makes_the_very_shares_that_were_calibrated(monkeypatch: pytest.MonkeyPatch):
    calibration = Calibration(0.7, 2.0, 0.4, 0.9, 0.9)
    served = Weights(version=1, unlisted=2.0, weights={}, follows=0.4, temperature=0.7)
    monkeypatch.setattr("assistant.ranking.load_weights", lambda: served)
    scores = np.array([4.0, 2.5, 1.0])
    shares = calibration.shares(Scored(scores, np.zeros(3, dtype=bool)))
    assert likelihoods(scores.tolist()) == pytest.approx(shares[:-1].tolist())


def test_bins_hold_equally_many_cases_and_lose_none():
    shares = list(np.linspace(0, 1, 95))
    bins = binned(shares, [share > 0.5 for share in shares])
    assert sum(count for _, _, count in bins) == 95
    assert {count for _, _, count in bins} <= {9, 10}
    assert [share for share, _, _ in bins] == sorted(share for share, _, _ in bins)
    assert (bins[0][1], bins[-1][1]) == (0.0, 1.0)
