"""The question that splits the differential most evenly."""

from __future__ import annotations

import pytest

from assistant.assessment import Diagnosis, Evidence, Likelihood
from assistant.next_question import entropy, next_question


def _diagnosis(name: str, score: float, *missing: str) -> Diagnosis:
    return Diagnosis(
        name=name,
        likelihood=Likelihood(band="possible", score=score),
        missing=tuple(Evidence(finding=finding) for finding in missing),
    )


def test_the_finding_that_splits_evenly_is_asked():
    asked = next_question([_diagnosis("A", 0.5, "rash", "fever"), _diagnosis("B", 0.3, "fever"), _diagnosis("C", 0.2)])
    assert asked is not None
    assert asked.finding == "rash"
    assert "points to A rather than B" in asked.reason


def test_a_finding_everyone_expects_tells_nothing():
    asked = next_question([_diagnosis("A", 0.5, "fever", "rash"), _diagnosis("B", 0.5, "fever")])
    assert asked is not None
    assert asked.finding == "rash"


def test_nothing_missing_no_question():
    assert next_question([_diagnosis("A", 0.5)]) is None
    assert next_question([]) is None


@pytest.mark.parametrize(("share", "bits"), [(0.0, 0.0), (1.0, 0.0), (0.5, 1.0)])
def test_entropy(share: float, bits: float):
    assert entropy(share) == bits
