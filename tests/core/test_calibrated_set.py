"""The set takes diagnoses by falling likelihood until enough stands before the next, "none of these" among them."""

from hypothesis import given
from hypothesis import strategies as st

from assistant.assessment import Likelihood
from assistant.calibrated_set import calibrated_set
from assistant.candidates import Candidate
from assistant.ranking import Ranked, Weights
from index.document import Condition


def _ranked(*shares: float) -> list[Ranked]:
    return [
        Ranked(Candidate(Condition(name=f"disease {place}")), {}, 0.0, Likelihood(band="possible", score=share))
        for place, share in enumerate(shares)
    ]


def _weights(reach: float) -> Weights:
    return Weights(version=1, unlisted=0.0, weights={}, coverage=0.9, reach=reach)


def test_it_ends_where_enough_likelihood_stands_before_the_next():
    made = calibrated_set(_ranked(0.6, 0.25, 0.1), _weights(0.7))
    assert made is not None
    assert made.names == ("disease 0", "disease 1")
    assert made.complete


def test_a_likely_other_condition_makes_it_incomplete():
    made = calibrated_set(_ranked(0.2, 0.1), _weights(0.75))
    assert made is not None
    assert (made.names, made.complete) == (("disease 0",), False)


def test_nothing_ranked_makes_no_set():
    assert calibrated_set([], _weights(0.9)) is None


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=12), st.floats(0, 1), st.floats(0, 1))
def test_a_farther_reach_only_adds(parts: list[float], one: float, other: float):
    shares = sorted((part / (sum(parts) + 0.3) for part in parts), reverse=True)
    near, far = (calibrated_set(_ranked(*shares), _weights(reach)) for reach in sorted((one, other)))
    assert near is not None
    assert far is not None
    assert far.names[: len(near.names)] == near.names
    assert near.complete or not far.complete
