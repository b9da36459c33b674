import numpy as np
import pytest

from finetune.comparing import AMONG_FIVE, DECIDING, FIRST, judge
from finetune.evaluation.differential import share


def _hits(deciding: list[int], first: list[int]) -> dict[str, list[int]]:
    return {DECIDING: deciding, FIRST: first, AMONG_FIVE: [1] * len(first)}


@pytest.mark.parametrize(
    ("base", "adapter", "verdict", "words"),
    [
        (_hits([0] * 30, [0] * 30), _hits([1] * 12 + [0] * 18, [0] * 30), "ship", "better than the base"),
        (_hits([0] * 30, [0] * 30), _hits([1] * 2 + [0] * 28, [0] * 30), "do not ship", "excludes zero"),
        (_hits([1] * 30, [1] * 30), _hits([1] * 30, [1] * 30), "do not ship", "excludes zero"),
        (
            _hits([0] * 30, [1] * 30),
            _hits([1] * 30, [0] * 12 + [1] * 18),
            "do not ship",
            "worse than the base: gold first",
        ),
        (_hits([1] * 30, [0] * 30), _hits([0] * 30, [0] * 30), "do not ship", f"worse than the base: {DECIDING}"),
        (_hits([], []), _hits([], []), "do not ship", "excludes zero"),
    ],
)
def test_only_an_adapter_that_is_better_and_nowhere_worse_ships(base, adapter, verdict: str, words: str):
    judged = judge(base, adapter)
    assert judged.verdict == verdict
    assert words in judged.why


def test_differences_are_paired():
    """Twenty cases won and twenty lost is no difference, and its interval is as wide as such data deserve."""
    judged = judge(_hits([1, 0] * 20, [0] * 40), _hits([0, 1] * 20, [0] * 40))
    figure = judged.figures[0]
    assert (figure.base, figure.adapter, figure.difference.value) == (0.5, 0.5, 0.0)
    # The standard error of a mean of forty differences of size one is 1 / sqrt(40) = 0.158.
    assert figure.difference.low == pytest.approx(-1.96 * 0.158, abs=0.04)
    assert figure.difference.high == pytest.approx(1.96 * 0.158, abs=0.04)


def test_an_interval_covers_the_truth_about_as_often_as_it_says():
    draws = np.random.default_rng(1)
    intervals = [share(list(draws.binomial(1, 0.3, size=60)), np.random.default_rng(2)) for _ in range(200)]
    covered = sum(one.low <= 0.3 <= one.high for one in intervals) / len(intervals)
    assert 0.88 <= covered <= 0.99
