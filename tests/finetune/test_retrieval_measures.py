"""Measures against hand-computed values, an independent implementation, and laws that hold for any ranking."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from finetune.retrieval.measures import Interval, mean_interval, ndcg, recall, reciprocal_rank

NAMES = [f"p{number}" for number in range(14)]
graded = st.dictionaries(st.sampled_from(NAMES), st.integers(-1, 3), min_size=1)
rankings = st.permutations(NAMES)


def test_a_ranking_computed_by_hand():
    grades = {"a": 2, "b": 1, "c": 0, "d": 1}
    ranked = ["c", "a", "x", "b"]
    found = 3 / math.log2(3) + 1 / math.log2(5)
    ideal = 3 / math.log2(2) + 1 / math.log2(3) + 1 / math.log2(4)
    assert ndcg(ranked, grades) == pytest.approx(found / ideal)
    assert recall(ranked, grades) == pytest.approx(2 / 3)
    assert reciprocal_rank(ranked, grades) == 0.5


def test_what_is_found_beyond_ten_places_counts_for_nothing():
    late = [f"x{number}" for number in range(10)] + ["a"]
    assert (ndcg(late, {"a": 2}), recall(late, {"a": 2}), reciprocal_rank(late, {"a": 2})) == (0.0, 0.0, 0.0)


def test_recall_is_of_as_many_as_fit():
    grades = {f"p{number}": 1 for number in range(25)}
    assert recall([f"p{number}" for number in range(10)], grades) == 1.0


@given(rankings, graded)
def test_ndcg_agrees_with_scikit_learn(ranked, grades):
    gains = np.array([[2.0 ** max(grades.get(name, 0), 0) - 1 for name in ranked]])
    if not gains.any():
        assert ndcg(ranked, grades) == 0.0
        return
    scores = np.array([list(range(len(ranked), 0, -1))])
    assert ndcg(ranked, grades) == pytest.approx(ndcg_score(gains, scores, k=10))


@given(rankings, graded)
def test_the_ideal_order_is_best_and_measures_stay_within_bounds(ranked, grades):
    ideal = sorted(ranked, key=lambda name: -grades.get(name, 0))
    for measure in (ndcg, recall, reciprocal_rank):
        assert 0.0 <= measure(ranked, grades) <= measure(ideal, grades) <= 1.0 + 1e-9
    if any(grade > 0 for grade in grades.values()):
        assert ndcg(ideal, grades) == pytest.approx(1.0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_an_interval_holds_its_mean_and_repeats_itself(values):
    interval = mean_interval([values])
    assert interval.low - 1e-9 <= interval.value <= interval.high + 1e-9 or len(values) < 8
    assert interval.value == pytest.approx(np.mean(values))
    assert interval == mean_interval([values])


def test_the_interval_is_as_wide_as_the_theory_of_means_says():
    values = np.random.default_rng(1).normal(0.3, 0.2, 400)
    interval = mean_interval([values.tolist()])
    half = 1.96 * values.std(ddof=1) / 20
    assert interval.high - interval.value == pytest.approx(half, rel=0.15)
    assert interval.value - interval.low == pytest.approx(half, rel=0.15)
    assert interval.excludes_zero


def test_an_interval_that_ends_at_zero_does_not_exclude_it():
    ends = [(0.0, 0.0), (0.0, 0.2), (-0.2, 0.0), (-0.1, 0.1)]
    assert not any(Interval(0.1, low, high).excludes_zero for low, high in ends)
    assert Interval(-0.1, -0.2, -0.01).excludes_zero


def test_types_count_alike_however_many_queries_each_has():
    assert mean_interval([[1.0] * 99, [0.0]]).value == 0.5
    assert mean_interval([[1.0] * 99 + [0.0]]).value == pytest.approx(0.99)
