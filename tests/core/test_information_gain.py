"""Expected gain against its definition: entropy before, less the entropy expected after each answer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.information_gain import entropy, expected_gains, most_telling, updated, yes_no

SHARE = st.floats(0.001, 0.999)


@st.composite
def _inquiries(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    hypotheses, questions = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    prior = np.array(draw(st.lists(SHARE, min_size=hypotheses, max_size=hypotheses)))
    rows = st.lists(SHARE, min_size=hypotheses, max_size=hypotheses)
    return prior / prior.sum(), np.array(draw(st.lists(rows, min_size=questions, max_size=questions)))


@settings(deadline=None)
@given(_inquiries())
def test_the_gain_is_the_fall_of_entropy_by_its_definition(given_inquiry: tuple[np.ndarray, np.ndarray]):
    prior, present = given_inquiry
    for gain, row in zip(expected_gains(prior, *yes_no(present)), present, strict=True):
        expected = entropy(prior)
        for likelihood in (row, 1 - row):
            expected -= float(prior @ likelihood) * entropy(updated(prior, likelihood))
        assert gain == pytest.approx(max(expected, 0.0), abs=1e-9)
        assert -1e-12 <= gain <= entropy(prior) + 1e-9


def test_an_answer_that_is_the_same_in_all_tells_nothing_and_one_that_splits_in_halves_tells_a_bit():
    even = np.array([0.5, 0.5])
    assert expected_gains(even, *yes_no(np.array([[0.7, 0.7], [1.0, 0.0]]))) == pytest.approx([0.0, 1.0])


def test_a_question_of_many_answers_is_worth_all_of_them_together():
    """Three answers, each of which decides: one question of three answers tells log2(3) bits."""
    prior = np.full(3, 1 / 3)
    assert expected_gains(prior, np.eye(3), np.array([0])) == pytest.approx([np.log2(3)])


def test_no_questions_no_gains():
    assert len(expected_gains(np.array([1.0]), np.zeros((0, 1)), np.array([], dtype=np.intp))) == 0
    assert most_telling(np.zeros(0), np.zeros(0)) is None


def test_what_costs_four_times_as_much_must_tell_twice_as_much():
    costs = np.array([1.0, 4.0])
    assert most_telling(np.array([0.2, 0.39]), costs) == 0
    assert most_telling(np.array([0.2, 0.41]), costs) == 1
    assert most_telling(np.array([0.2, 0.41]), costs, np.array([True, False])) == 0
    assert most_telling(np.array([0.2, 0.41]), costs, np.array([False, False])) is None


def test_an_answer_that_nothing_allows_changes_nothing():
    prior = np.array([0.4, 0.6])
    assert updated(prior, np.zeros(2)) == pytest.approx(prior)
