"""What a diagnosis rests on, against ranking the same case told without the finding."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.candidates import Candidate
from assistant.case import Case, Finding, Span
from assistant.evidence import Dossier, Examined, Match, Matches
from assistant.grounding import Quote
from assistant.leave_one_out import carriers, without
from assistant.ranking import Ranked, contradicted, explained, rank, reranked
from index.document import Condition, Document, Passage
from index.phenotypes import DiseaseMatch

FEVER = Finding(label="fever", spans=(Span(start=0, end=5),))
RASH = Finding(label="rash", hpo="HP:0000988")
NO_COUGH = Finding(label="cough", status="absent")
CASE = Case(narrative="fever and rash, no cough", findings=(FEVER, RASH, NO_COUGH))
_QUOTE = Quote(
    Passage(id="d-0", document_id="d", start=0, end=1, text="x"), Document(id="d", title="D", text="x"), 0, 1
)


def _ranked(case: Case, **explaining: tuple[Finding, ...]) -> list[Ranked]:
    """Rank candidates that the search finds alike, each explaining what is given of the case; C denies the rash."""
    found = rank(case, [Candidate(Condition(name=name)) for name in explaining])
    known = list(case.findings)
    shown = [
        replace(
            one,
            examined=Examined(
                Dossier({}),
                Matches(
                    supporting=[Match(f, _QUOTE) for f in explaining[one.candidate.condition.name] if f in known],
                    against=[Match(f, _QUOTE) for f in known if one.candidate.condition.name == "C" and f == RASH],
                ),
            ),
        )
        for one in found
    ]
    shown = reranked(shown, "narrative", [_FOUND] * len(shown))
    shown = reranked(shown, "explained", explained(shown))
    return reranked(shown, "contradicted", contradicted(shown))


# Enough to be likelier than a condition that is not listed.
_FOUND = 3.0
EXPLAINING = {"A": (FEVER, RASH), "B": (FEVER,), "C": (), "D": ()}


@pytest.mark.parametrize("finding", [FEVER, RASH])
def test_leaving_a_finding_out_is_ranking_the_case_without_it(finding: Finding):
    """Where the search found nothing, nothing is approximated: the same shares come out."""
    left = CASE.model_copy(update={"findings": tuple(one for one in CASE.findings if one != finding)})
    told_without = {one.candidate.condition.name: one.likelihood.score for one in _ranked(left, **EXPLAINING)}
    again = without(finding, CASE, _ranked(CASE, **EXPLAINING))
    assert {one.candidate.condition.name: one.likelihood.score for one in again} == told_without


def test_a_diagnosis_rests_most_on_what_the_fewest_others_explain():
    found = carriers(CASE, _ranked(CASE, **EXPLAINING), ["A", "B"])
    assert found["A"][0].finding == "rash"
    assert all(one.loss > 0 for name in found for one in found[name])
    assert [one.loss for one in found["A"]] == sorted((one.loss for one in found["A"]), reverse=True)
    [fever] = [one for one in found["B"] if one.finding == "fever"]
    assert fever.case_span == Span(start=0, end=5)


def test_what_no_candidate_knows_of_carries_nothing():
    found = carriers(CASE, _ranked(CASE, A=(), B=()), ["A", "B"])
    assert found == {"A": (), "B": ()}


def test_the_share_of_a_phenotype_score_goes_with_its_finding():
    match = DiseaseMatch("OMIM:1", "A", 6.0, (("HP:0000988", 4.0), ("HP:0001945", 2.0)))
    ranked = [
        replace(one, candidate=replace(one.candidate, phenotype=match if one.candidate.condition.name == "A" else None))
        for one in _ranked(CASE, **EXPLAINING)
    ]
    ranked = reranked(ranked, "phenotype", [0.5 if one.candidate.phenotype else 0.0 for one in ranked])
    left = {one.candidate.condition.name: one for one in without(RASH, CASE, ranked)}
    assert left["A"].features["phenotype"] == pytest.approx(0.5 - 4.0 / 12.0)
    assert left["A"].candidate.phenotype is not None
    assert left["A"].candidate.phenotype.score == pytest.approx(2.0)
    assert left["B"].features["phenotype"] == 0.0


def test_a_denied_finding_says_so_where_it_carries():
    ranked = _ranked(CASE, A=(FEVER, NO_COUGH), B=(FEVER,))
    assert all(one.finding != "cough" for found in carriers(CASE, ranked, ["A", "B"]).values() for one in found)
