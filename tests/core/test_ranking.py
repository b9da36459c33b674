"""The order of candidates: features, shares, and what explains how much."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from fakes import MuteModel
from hypothesis import given
from hypothesis import strategies as st

from assistant.alternatives import alternatives
from assistant.assistant import Assistant
from assistant.candidates import Candidate
from assistant.case import Case, Finding
from assistant.evidence import Dossier, Examined, Match, Matches
from assistant.grounding import Quote
from assistant.models.language_model import Message
from assistant.ranking import (
    age_mismatch,
    band,
    contradicted,
    explained,
    load_weights,
    rank,
    reranked,
    sex_mismatch,
    softmax,
)
from index.document import Condition, Document, Passage

CASE = Case(narrative="fever and rash", findings=(Finding(label="fever"), Finding(label="rash")))


def _quote(text: str) -> Quote:
    document = Document(id="d", title="D", text=text)
    return Quote(Passage(id="d-0", document_id="d", start=0, end=len(text), text=text), document, 0, len(text))


def _examined(*findings: str, differential: str = "") -> Examined:
    matches = Matches(supporting=[Match(Finding(label=label), _quote(label)) for label in findings])
    sections = {"differential": (_quote(differential),)} if differential else {}
    return Examined(Dossier(sections), matches)


def _candidate(name: str, *synonyms: str) -> Candidate:
    return Candidate(Condition(name=name, synonyms=synonyms))


def test_every_feature_has_a_weight():
    row = rank(CASE, [_candidate("Gout")])[0].features
    assert {*row, "explained", "contradicted", "alternative", "model"} == set(load_weights().weights)


def test_a_finding_that_fewer_candidates_explain_counts_more():
    ranked = rank(CASE, [_candidate(name) for name in ("A", "B", "C")])
    told = {"A": _examined("fever"), "B": _examined("fever", "rash"), "C": _examined()}
    shown = [replace(one, examined=told[one.candidate.condition.name]) for one in ranked]
    values = dict(zip((one.candidate.condition.name for one in shown), explained(shown), strict=True))
    fever, rash = math.log(4 / 2.5), math.log(4 / 1.5)
    assert values == {"A": pytest.approx(fever / 10), "B": pytest.approx((fever + rash) / 10), "C": 0.0}
    assert [one.candidate.condition.name for one in reranked(shown, "explained", explained(shown))] == ["B", "A", "C"]


def test_the_alternatives_are_those_that_the_differential_of_the_leading_names_before_its_colon():
    ranked = rank(
        CASE, [_candidate("Gout"), _candidate("Septic arthritis", "infected joint"), _candidate("Cellulitis")]
    )
    gout = next(one for one in ranked if one.candidate.condition.name == "Gout")
    leading = replace(gout, examined=_examined(differential="Septic arthritis: fever, cellulitis nearby."))
    values = alternatives([leading], ranked)
    assert {one.candidate.condition.name: value for one, value in zip(ranked, values, strict=True)} == {
        "Gout": 0.0,
        "Septic arthritis": 1.0,
        "Cellulitis": 0.0,
    }


def test_what_the_model_says_changes_the_order_only_as_far_as_it_is_trusted():
    ranked = rank(CASE, [_candidate("A"), _candidate("B")])
    names = [one.candidate.condition.name for one in ranked]
    assert [one.candidate.condition.name for one in reranked(ranked, "model", [0.0, 0.5])] == names[::-1]


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=20))
def test_shares_are_a_distribution_in_the_order_of_the_scores(scores: list[float]):
    shares = softmax(scores)
    assert sum(shares) == pytest.approx(1.0)
    assert all(shares[i] <= shares[j] or scores[i] > scores[j] for i in range(len(scores)) for j in range(len(scores)))


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=8, unique=True))
def test_likelihoods_leave_room_for_what_the_index_does_not_know(names: list[str]):
    total = sum(one.likelihood.score for one in rank(CASE, [_candidate(name) for name in names]))
    assert total < 1.0


@pytest.mark.parametrize(
    ("share", "words"), [(1.0, "very likely"), (0.3, "likely"), (0.1, "possible"), (0.0, "unlikely")]
)
def test_bands(share: float, words: str):
    assert band(share) == words


def test_age_and_sex_speak_against_and_never_for():
    assert age_mismatch(("child",), 40) == 1.0
    assert age_mismatch(("child",), None) == 0.0
    assert age_mismatch(("any",), 40) == 0.0
    assert sex_mismatch("female", "male") == 1.0
    assert sex_mismatch("female", "unknown") == 0.0


class _Opinionated(MuteModel):
    """A model that can score, and prefers what comes last; notes what it was asked to score."""

    def __init__(self, weight: float) -> None:
        super().__init__(weight)
        self.offered: list[list[str]] = []

    def scores(self, messages: Sequence[Message], continuations: Sequence[str]) -> list[float]:
        self.offered.append(list(continuations))
        known = "not described" not in messages[-1].content
        return [float(place) if known else 0.0 for place in range(len(continuations))]


@pytest.mark.parametrize("weight", [0.15, 1.0])
def test_a_model_weighs_only_those_who_could_take_the_lead(open_small: Callable[..., Assistant], weight: float):
    model = _Opinionated(weight)
    assistant = open_small(model)
    case = assistant.read("A 50-year-old man with sudden pain and swelling of the big toe, fever and chills.")
    before = assistant.ranked(case)
    reach = weight * load_weights().weights["model"]
    contenders = [one.candidate.condition.name for one in before if before[0].score - one.score <= reach]
    assistant.assess(case)
    assert model.offered == ([contenders] * 2 if len(contenders) > 1 else [])


def test_what_a_description_denies_and_the_case_shows_speaks_against_it():
    ranked = rank(CASE, [_candidate("A"), _candidate("B"), _candidate("C")])
    shown = Matches(against=[Match(Finding(label="fever"), _quote("No fever."))])
    lacking = Matches(against=[Match(Finding(label="rash", status="absent"), _quote("Rash is usual."))])
    told = {"A": Examined(Dossier({}), shown), "B": Examined(Dossier({}), lacking), "C": None}
    examined = [replace(one, examined=told[one.candidate.condition.name]) for one in ranked]
    values = {one.candidate.condition.name: value for one, value in zip(examined, contradicted(examined), strict=True)}
    assert values == {"A": pytest.approx(1 / 3), "B": 0.0, "C": 0.0}
    assert [one.candidate.condition.name for one in reranked(examined, "contradicted", contradicted(examined))][
        -1
    ] == "A"
