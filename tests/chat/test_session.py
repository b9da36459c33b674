"""What a session changes and keeps; how a whole chat reads is in test_transcript."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chat.conftest import UTI
from fakes import MuteModel, ScriptedModel

from assistant.answer import Answer
from assistant.assessment import Assessment
from assistant.assistant import Assistant
from assistant.chat.session import Session
from assistant.errors import StoreError, UsageError
from assistant.reading.case_reader import LONGEST_NARRATIVE
from assistant.store import CaseStore
from assistant.terminal.line import Line

SENTENCE = '{"answer":[{"source":1,"text":"%s"}]}'


def said(lines: Iterator[Line]) -> str:
    return "\n".join(f"{line.lead} {line.text}".strip() for line in lines)


def kinds(session: Session, store: CaseStore) -> list[str]:
    assert session.case_id is not None
    return [turn.kind for turn in store.load(session.case_id).turns]


def test_a_case_a_fact_and_a_question_are_three_turns(session: Session, store: CaseStore):
    for line in (UTI, "She is vomiting too.", "what is the first-line treatment?"):
        said(session.say(line))
    assert kinds(session, store) == ["case", "fact", "question"]
    assert session.assessment is not None
    assert "vomiting" in {finding.label for finding in session.assessment.case.findings}


def test_a_line_with_both_changes_the_case_first_and_then_answers(session: Session, store: CaseStore):
    said(session.say(UTI))
    said(session.say("She is also vomiting. Which antibiotic?"))
    assert kinds(session, store) == ["case", "fact", "question"]
    assert [turn.text for turn in store.load(1).turns[1:]] == ["She is also vomiting.", "Which antibiotic?"]


@pytest.mark.parametrize("line", ["She is also vomiting.", "what is the first-line treatment?"])
def test_a_turn_is_stored_before_the_last_of_its_reply_is_shown(session: Session, store: CaseStore, line: str):
    """Count the lines that come before the turn is in the store: never the closing ones."""
    said(session.say(UTI))
    stored_when = [len(store.load(1).turns) for _ in session.say(line)]
    assert stored_when[-1] == 2, "the closing line comes after the commit"
    assert stored_when == sorted(stored_when)
    assert line.startswith("what") or stored_when.count(1) == 1, "only the case as understood is shown earlier"


def test_a_line_that_says_nothing_is_not_a_turn(session: Session, store: CaseStore):
    said(session.say(UTI))
    before = session.assessment
    assert "Not understood as a fact" in said(session.say("The weather is fine."))
    assert "Nothing new" in said(session.say("She has dysuria."))
    assert session.assessment == before
    assert kinds(session, store) == ["case"]


def test_a_first_line_that_is_no_case_begins_none(session: Session, store: CaseStore):
    assert "cannot be taken as a case" in said(session.say("my car does not start"))
    assert session.case_id is None
    assert store.latest() is None
    said(session.say(UTI))
    assert session.assessment is not None
    assert session.assessment.case.narrative == UTI


def test_a_question_without_a_case_is_answered_and_kept(session: Session, store: CaseStore):
    assert "[1]" in said(session.say("what is the first-line treatment of gout?"))
    assert kinds(session, store) == ["question"]
    said(session.say(UTI))
    assert kinds(session, store) == ["question", "case"]


def test_what_is_only_supposed_changes_nothing(session: Session, store: CaseStore):
    said(session.say(UTI))
    before = session.assessment
    said(session.say("What if she were vomiting?"))
    assert session.assessment == before
    assert kinds(session, store) == ["case", "question"]


def test_a_later_denial_wins(session: Session):
    said(session.say(UTI))
    said(session.say("She is vomiting."))
    said(session.say("No dysuria after all."))
    assert session.assessment is not None
    case = session.assessment.case
    assert "dysuria" in {finding.label for finding in case.with_status("absent")}
    assert "dysuria" not in {finding.label for finding in case.with_status("present")}


def test_a_corrected_age_counts(session: Session):
    said(session.say(UTI))
    assert "before 24-year-old" in said(session.say("Sorry, she is 42."))
    assert session.assessment is not None
    assert session.assessment.case.age_years == 42


def test_numbers_go_on_through_the_chat_and_name_one_quote_each(session: Session, store: CaseStore):
    said(session.say(UTI))
    first = session.numbering.last
    said(session.say("what is the first-line treatment?"))
    stored = store.load(1)
    answer = stored.turns[-1].answer
    assert isinstance(answer, Answer)
    assert min(citation.number for citation in answer.citations) == first + 1
    for citation in answer.citations:
        assert stored.sources[citation.number] == citation


def test_undo_takes_back_the_fact_and_its_differential(session: Session):
    said(session.say(UTI))
    before = session.assessment
    said(session.say("She is vomiting."))
    assert session.assessment != before
    assert session.undo() == "She is vomiting."
    assert session.assessment == before
    said(session.say("She has a fever."))
    assert session.assessment is not None
    assert "vomiting" not in session.assessment.case.narrative


def test_undo_of_everything_leaves_no_case_and_the_next_line_begins_it(session: Session, store: CaseStore):
    said(session.say(UTI))
    session.undo()
    assert session.assessment is None
    assert session.undo() is None
    said(session.say("58-year-old man with chest pain and sweating"))
    assert kinds(session, store) == ["case"]


def test_new_begins_another_case_and_leaves_the_first_in_the_store(session: Session, store: CaseStore):
    said(session.say(UTI))
    session.new()
    assert session.case_id is None
    said(session.say("58-year-old man with chest pain and sweating"))
    assert session.case_id == 2
    assert store.load(1).turns[0].text == UTI
    assert min(store.load(2).sources) == 1


def test_resume_goes_on_where_the_other_session_stopped(session: Session, store: CaseStore, assistant: Assistant):
    said(session.say(UTI))
    said(session.say("what is the first-line treatment?"))
    other = Session(assistant, store)
    other.resume(1)
    assert other.assessment == session.assessment
    assert other.numbering.sources() == session.numbering.sources()
    assert said(iter(other.overview())) == said(iter(session.overview()))
    said(other.say("She is vomiting."))
    assert kinds(other, store) == ["case", "question", "fact"]


def test_resuming_a_case_there_is_not_is_an_error(session: Session):
    with pytest.raises(StoreError, match="no stored case has the id 9"):
        session.resume(9)


def test_a_case_that_would_get_too_long_is_refused_and_stays(session: Session):
    said(session.say(UTI + " Cough." * ((LONGEST_NARRATIVE - len(UTI)) // 7 - 1)))
    before = session.assessment
    with pytest.raises(UsageError, match="begin another with /new"):
        said(session.say("She is vomiting and has a fever."))
    assert session.assessment == before


def test_stopping_an_answer_stops_the_model_and_keeps_nothing(open_small: Callable[..., Assistant], store: CaseStore):
    model = ScriptedModel(weight=0.0)
    session = Session(open_small(model), store)
    said(session.say(UTI))
    long = "Nitrofurantoin 100 mg modified-release twice daily for 5 days"
    model._answers = [SENTENCE % long + " " * 500]
    before, last = store.load(1), session.numbering.last
    answer = session.say("which antibiotic?")
    assert next(answer).text
    answer.close()
    assert model.closed == 1
    assert store.load(1) == before
    assert session.assessment == before.assessment
    assert session.numbering.last == last + 1, "the number shown is not given to another quote"
    assert session.numbering.source(last + 1) is None


@pytest.mark.parametrize("where", ["propose", "assemble", "store"])
def test_stopping_an_assessment_anywhere_leaves_the_case_as_it_was(
    session: Session, store: CaseStore, monkeypatch: pytest.MonkeyPatch, where: str
):
    said(session.say(UTI))
    before = session.assessment

    def interrupted(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    target = {
        "propose": "assistant.assistant.propose",
        "assemble": "assistant.assembly.Assembler.assemble",
        "store": "assistant.store._insert_sources",
    }[where]
    with monkeypatch.context() as patched:
        patched.setattr(target, interrupted)
        with pytest.raises(KeyboardInterrupt):
            said(session.say("She is vomiting."))
    assert session.assessment == before
    assert kinds(session, store) == ["case"]
    said(session.say("She is vomiting."))
    assert kinds(session, store) == ["case", "fact"]


def test_without_a_model_and_with_a_mute_one_the_answer_is_the_same(
    open_small: Callable[..., Assistant], tmp_path: Path
):
    transcripts = []
    for model in (None, MuteModel()):
        session = Session(open_small(model), CaseStore.in_memory())
        lines = [*session.say(UTI), *session.say("what is the first-line treatment?")]
        transcripts.append([line.text for line in lines if "Draft" not in line.text])
    assert transcripts[0] == transcripts[1]


def test_the_assessment_stored_is_whole(session: Session, store: CaseStore):
    said(session.say(UTI))
    stored = store.load(1).turns[0].answer
    assert isinstance(stored, Assessment)
    assert stored == session.assessment
    assert stored.provenance.index_documents > 0


@pytest.mark.parametrize(
    ("line", "another"),
    [
        ("A 58-year-old man has had chest pain and sweating for an hour.", True),
        ("60M with chest pain, sweating", True),
        ("A 24-year-old woman with cough and fever", False),
        ("She is 26, not 24, and has vomiting and fever.", False),
        ("Her father, a 58-year-old man, has chest pain and sweating.", False),
        ("A 58-year-old man.", False),
    ],
)
def test_a_case_of_another_patient_begins_another_case(session: Session, store: CaseStore, line: str, another: bool):
    said(session.say(UTI))
    reply = said(session.say(line))
    assert (session.case_id == 2) is another
    assert ("tells of another patient" in reply) is another
    if another:
        assert session.assessment is not None
        assert {found.label for found in session.assessment.case.findings} == {"chest pain", "sweating"}
        assert [turn.text for turn in store.load(1).turns] == [UTI]
