"""What is asked of a model, and what of its answers is believed."""

from __future__ import annotations

import pytest
from fakes import MuteModel, ScriptedModel

from assistant import reasoning
from assistant.case import Case, Finding, Span

NARRATIVE = "A 60-year-old woman has a scaly rash on both elbows."
CASE = Case(
    narrative=NARRATIVE,
    age_years=60,
    sex="female",
    findings=(Finding(label="rash", spans=(Span(start=31, end=35),)), Finding(label="fever", status="absent")),
)


def test_the_brief_says_who_and_what_and_what_is_denied():
    assert reasoning.brief(CASE) == "60-year-old female; rash; no fever."


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("A 60-year-old woman has a scaly rash on both elbows.", True),
        ("60-year-old woman with a scaly rash", True),
        ("A 60-year-old woman has psoriasis of both elbows.", False),
        ("A 50-year-old woman has a scaly rash on both elbows.", False),
        ("A rash, rash, scaly rash of a 60-year-old woman.", False),
        ("", False),
    ],
)
def test_a_summary_is_kept_only_where_the_case_says_so_and_no_word_is_stammered(said: str, kept: bool):
    assert bool(reasoning.summarise(CASE, ScriptedModel([said]))) is kept


def test_a_model_that_cannot_score_is_asked_for_an_order_and_one_without_weight_for_nothing():
    shares = reasoning.weigh(CASE, ["Gout", "Psoriasis"], ScriptedModel(['{"ranking": [2, 1]}']))
    assert shares == {"Psoriasis": pytest.approx(2 / 3), "Gout": pytest.approx(1 / 3)}
    unasked = MuteModel(weight=0.0)
    assert reasoning.weigh(CASE, ["Gout", "Psoriasis"], unasked) == {}
    assert unasked.asked == 0


@pytest.mark.parametrize("answer", ["", "nonsense", '{"ranking": [7, "x"]}', '{"ranking": "2"}', "[1, 2]"])
def test_an_order_that_cannot_be_read_counts_for_nothing(answer: str):
    assert reasoning.weigh(CASE, ["Gout", "Psoriasis"], ScriptedModel([answer])) == {}


def test_findings_are_picked_from_those_offered_only():
    model = ScriptedModel(['{"findings": ["itch", "plaques", "leprosy"]}'])
    assert reasoning.pick(CASE, "Psoriasis", ["rash", "plaques", "itch"], [], model).findings == ("itch", "plaques")
    assert model.schemas[0] is not None
    assert reasoning.pick(CASE, "Psoriasis", ["rash"], [], MuteModel()).findings == ()


def test_the_items_of_a_growing_list_are_those_that_are_complete():
    assert reasoning._complete_items('{"answer": [{"a": 1}, {"a": 2}, {"a"') == [{"a": 1}, {"a": 2}]
    assert reasoning._complete_items("nothing yet") == []


@pytest.mark.parametrize(
    ("statement", "worth"),
    [("Gout is likely because of the beer", True), ("yes", False), ("the toe the toe the toe the toe the toe", False)],
)
def test_a_stump_or_a_loop_is_not_worth_showing(statement: str, worth: bool):
    assert reasoning.worth_showing(statement) is worth
