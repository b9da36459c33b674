"""Annotations of rare disease are believed where they should be, and common illness is left to the passages."""

from __future__ import annotations

import pytest

from assistant.candidates import Candidate
from assistant.case import Case, Finding, Span
from assistant.ranking import load_weights
from assistant.rare_or_common import ANNOTATED, TRUST, annotated
from index.document import Condition
from index.phenotypes import DiseaseMatch

CURVE = load_weights().annotations


def _case(findings: int, words: str = "was seen with") -> Case:
    labels = [f"sign{number}" for number in range(findings)]
    narrative = f"{words} {'; '.join(labels)}".strip()
    found = []
    for number, label in enumerate(labels):
        start = narrative.index(label)
        found.append(Finding(label=label, hpo=f"HP:000000{number}", spans=(Span(start=start, end=start + len(label)),)))
    return Case(narrative=narrative, findings=tuple(found))


def _candidates(probability: float, ratio: float) -> list[Candidate]:
    match = DiseaseMatch("OMIM:1", "rare", ratio, (), probability)
    return [Candidate(Condition(name="common")), Candidate(Condition(name="rare"), phenotype=match)]


def _trust(case: Case, probability: float = 0.99, ratio: float = 12.0, known: float = 0.0) -> float:
    rows = annotated(case, _candidates(probability, ratio), 0, known, CURVE)
    assert all(row[ANNOTATED] <= row[TRUST] for row in rows)
    assert rows[1][ANNOTATED] == pytest.approx(rows[1][TRUST] * probability)
    return rows[0][TRUST]


def test_a_disease_that_surely_leads_fits_well_and_is_unknown_to_the_passages_is_believed():
    assert _trust(_case(7)) > 0.9


@pytest.mark.parametrize(
    ("findings", "probability", "ratio", "known"),
    [(4, 0.99, 12.0, 0.0), (7, 0.2, 12.0, 0.0), (7, 0.99, 1.0, 0.0), (7, 0.99, 12.0, 0.6)],
    ids=["few findings", "many diseases fit alike", "none fits well", "the passages know the findings"],
)
def test_common_illness_is_left_to_the_passages(findings: int, probability: float, ratio: float, known: float):
    assert _trust(_case(findings), probability, ratio, known) < 0.1


def test_a_case_of_nothing_but_codes_goes_by_annotations_however_few():
    assert _trust(_case(2, words=""), 0.3, -2.0) > 0.9


def test_where_no_annotated_disease_is_proposed_nothing_is_mixed():
    assert annotated(_case(7), [Candidate(Condition(name="common"))], 0, 0.0, CURVE) == [{}]
