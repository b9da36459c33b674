"""A short reply to the question that was asked, and what it does to the case."""

from __future__ import annotations

import pytest
from chat.conftest import UTI

from assistant.assessment import NextQuestion
from assistant.assistant import Assistant
from assistant.chat.narrative import read_as_told
from assistant.chat.replies import as_statement, not_known_in
from assistant.chat.session import Session
from assistant.reading import CaseReader, Vocabulary
from assistant.store import CaseStore


@pytest.mark.parametrize(
    ("line", "statement"),
    [
        ("yes", "There is rash."),
        ("Yes.", "There is rash."),
        ("y", "There is rash."),
        ("she does", "There is rash."),
        ("yes, since yesterday", "There is rash, since yesterday"),
        ("yes and she vomits", "There is rash and she vomits"),
        ("Yes. Which cream?", "There is rash. Which cream?"),
        ("no", "There is no rash."),
        ("Nope!", "There is no rash."),
        ("he does not", "There is no rash."),
        ("no, but she has a cough", "There is no rash, but she has a cough"),
        ("none", "There is no rash."),
        ("not known", "Not known: rash."),
        ("I don't know", "Not known: rash."),
        ("not done", "Not known: rash."),
        ("no idea", "Not known: rash."),
    ],
)
def test_a_reply_becomes_a_statement_of_its_own(line: str, statement: str):
    assert as_statement(line, "rash") == statement


@pytest.mark.parametrize(
    "line",
    [
        "no fever",
        "no known allergies",
        "positive troponin",
        "never smoked",
        "nausea",
        "is it gout?",
        "yesterday he fell",
    ],
)
def test_a_fact_that_begins_like_a_reply_is_none(line: str):
    assert as_statement(line, "rash") is None


def test_what_is_not_known_is_neither_there_nor_absent_until_a_turn_tells(vocabulary: Vocabulary):
    read = CaseReader(vocabulary).read
    case = read_as_told([UTI, "Not known: cough."], read)
    assert case.not_known == ("cough",)
    assert "cough" not in {finding.label for finding in case.findings}
    told = read_as_told([UTI, "Not known: cough.", "She has a cough."], read)
    assert told.not_known == ()
    assert "cough" in {finding.label for finding in told.with_status("present")}


def test_only_the_statement_itself_says_that_something_is_not_known():
    assert not_known_in("Not known: chest pain.") == "chest pain"
    assert not_known_in("There is chest pain.") == ""


@pytest.fixture
def asked(session: Session) -> Session:
    """A session in which chest pain was asked about."""
    list(session.say(UTI))
    assert session.assessment is not None
    question = NextQuestion(question="Has there been chest pain?", finding="chest pain", reason="It would tell.")
    session._assessment = session.assessment.model_copy(update={"next_question": question})
    return session


@pytest.mark.parametrize(("reply", "status"), [("yes", "present"), ("no", "absent")])
def test_a_reply_changes_the_case_and_is_kept_as_it_was_understood(
    asked: Session, store: CaseStore, reply: str, status: str
):
    lines = [line.text for line in asked.say(reply)]
    assert asked.assessment is not None
    [found] = [one for one in asked.assessment.case.findings if one.label == "chest pain"]
    assert found.status == status
    assert any("chest pain" in line for line in lines)
    assert asked.case_id is not None
    kept = store.load(asked.case_id).turns[-1].text
    assert kept == ("There is chest pain." if reply == "yes" else "There is no chest pain.")


def test_not_known_is_noted_and_not_asked_again(asked: Session):
    said = [line.text for line in asked.say("not known")]
    assert "noted: chest pain is not known" in said
    assert asked.assessment is not None
    assert asked.assessment.case.not_known == ("chest pain",)
    question = asked.assessment.next_question
    assert question is None or question.finding != "chest pain"


def test_yes_to_nothing_is_no_fact(assistant: Assistant, store: CaseStore):
    session = Session(assistant, store)
    assert "cannot be taken as a case" in " ".join(line.text for line in session.say("yes"))
