"""The reasons for which a differential must not be relied on, each where it applies and nowhere else."""

import pytest

from assistant.abstaining import abstention
from assistant.assessment import Conflict, Diagnosis, Likelihood
from assistant.case import Case, Finding
from assistant.ranking import Weights

WEIGHTS = Weights(version=1, unlisted=0.0, weights={}, abstain_below=0.05)


def _case(*labels: str) -> Case:
    return Case(narrative="told", findings=tuple(Finding(label=label) for label in labels))


def _leading(share: float, conflicts: tuple[Conflict, ...] = ()) -> tuple[Diagnosis, ...]:
    return (Diagnosis(name="Gout", likelihood=Likelihood(band="unlikely", score=share), conflicts=conflicts),)


def test_a_likely_leading_diagnosis_needs_no_abstention():
    assert abstention(_case("fever", "cough", "rash"), _leading(0.3), WEIGHTS) is None


@pytest.mark.parametrize(
    ("labels", "reason"),
    [(("fever", "cough", "rash"), "no evidence"), (("fever", "cough"), "data missing"), ((), "data missing")],
)
def test_an_unlikely_leading_diagnosis_is_said_not_to_be_relied_on(labels: tuple[str, ...], reason: str):
    found = abstention(_case(*labels), _leading(0.04), WEIGHTS)
    assert found is not None
    assert found.reason == reason
    assert "Gout" in found.explanation


@pytest.mark.parametrize(("labels", "reason"), [(("fever", "cough"), "no evidence"), (("fever",), "data missing")])
def test_an_empty_differential_has_a_reason(labels: tuple[str, ...], reason: str):
    found = abstention(_case(*labels), (), WEIGHTS)
    assert found is not None
    assert found.reason == reason


def test_guidance_that_disagrees_about_the_leading_diagnosis_leaves_its_treatment_open():
    found = abstention(
        _case("fever", "cough", "rash"), _leading(0.3, (Conflict(about="colchicine", citations=(1, 2)),)), WEIGHTS
    )
    assert found is not None
    assert found.reason == "conflicting guidance"
    assert "colchicine" in found.explanation
