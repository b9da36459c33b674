"""The chat as a user reads it: whole transcripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from chat.conftest import UTI, Converse, reply, wide_screen
from fakes import MuteModel, ScriptedModel

from assistant.assistant import Assistant
from assistant.chat.lines import PipedLines
from assistant.chat.loop import HOW_TO_LEAVE, STOPPED, Loop
from assistant.chat.session import Session
from assistant.errors import ModelError, UsageError
from assistant.store import CaseStore


def test_a_whole_conversation(converse: Converse, store: CaseStore):
    transcript = converse(
        UTI,
        "She is also vomiting. Which antibiotic and dose?",
        "what if she had a fever?",
        "/sources",
        "/undo",
        "/case",
    )
    first = reply(transcript, UTI)
    assert re.search(r"^Case: 24-year-old female; dysuria.*no fever\.$", first, re.MULTILINE)
    assert re.search(r"^1\. Acute cystitis \(.+\): for dysuria \[1\]", first, re.MULTILINE)
    assert "Draft for review by a clinician." in first

    second = reply(transcript, "She is also vomiting. Which antibiotic and dose?")
    assert "- noted: vomiting" in second
    assert second.index("Changed:") < second.index("Differential, most likely first:") < second.index("Nitrofurantoin")
    number = re.search(r"Nitrofurantoin 100 mg .* \[(\d+)\]$", second, re.MULTILINE)
    assert number, "the answer is a sentence of the sources with its mark"
    assert f"[{number[1]}] Acute cystitis > First-line treatment" in second
    assert "starter notes, not a guideline" in second

    assert "Case:" not in reply(transcript, "what if she had a fever?"), "what is only supposed changes nothing"
    quotes = reply(transcript, "/sources")
    shown = {int(mark) for mark in re.findall(r"\[(\d+)\]", transcript)}
    assert {int(mark) for mark in re.findall(r"^\[(\d+)\] \"", quotes, re.MULTILINE)} == shown

    assert 'Taken back: "what if she had a fever?"' in reply(transcript, "/undo")
    assert "vomiting" in reply(transcript, "/case")
    assert [turn.kind for turn in store.load(1).turns] == ["case", "fact", "question"]


def test_every_quote_shown_stands_at_its_place_in_the_index(converse: Converse, store: CaseStore, assistant: Assistant):
    converse(UTI, "She is also vomiting.", "Which antibiotic and dose?", "when should I refer?", "/differential")
    sources = store.load(1).sources
    assert len(sources) > 8
    for citation in sources.values():
        passage = assistant.index.passage(citation.passage_id)
        assert passage.text[citation.start : citation.end] == citation.quote


def test_a_question_about_another_disease_is_answered_about_that_disease(converse: Converse):
    question = "what is the first-line treatment of gout?"
    answer = reply(converse(UTI, question), question)
    assert re.search(r"^\[\d+\] .*Gout > First-line treatment", answer, re.MULTILINE)
    assert "Acute cystitis" not in answer


def test_a_question_out_of_scope_gets_an_honest_answer(converse: Converse, store: CaseStore):
    question = "what is the capital of France"
    assert "The sources given do not answer this." in reply(converse(UTI, question), question)
    assert [turn.kind for turn in store.load(1).turns] == ["case", "question"]


def test_a_question_for_the_diagnosis_is_answered_by_the_differential(converse: Converse):
    question = "What is the most likely diagnosis?"
    transcript = converse(UTI, question)
    assert "1. Acute cystitis" in reply(transcript, question)


@pytest.mark.parametrize(
    "text", ["my car does not start", "asdf qwer " * 50, "患者因发热咳嗽就诊"], ids=["car", "noise", "chinese"]
)
def test_what_is_no_case_gets_a_clear_reply(converse: Converse, store: CaseStore, text: str):
    assert "This cannot be taken as a case." in converse(text)
    assert store.latest() is None


def test_commands_that_cannot_be_done_say_so_in_one_line(converse: Converse):
    for line, said in (
        ("/case", "! there is no case yet; say who the patient is and what was found"),
        ("/undo", "! there is nothing to take back"),
        ("/sources", "! no quote has been shown yet"),
        ("/report a.md", "! there is no case yet; say who the patient is and what was found"),
        ("/cases", "! there is no command /cases; there are"),
    ):
        assert said in reply(converse(line), line)
    transcript = converse(UTI, "/sources 99", "/sources x", "/report", "/report a.txt", "/case upside-down")
    assert re.search(r"! no quote has the number 99; the last is \d+", transcript)
    assert "no quote has the number x" in transcript
    assert "/report takes one file name" in transcript
    assert "! a.txt must end in .md, .html" in transcript
    assert "/case takes nothing or the word text" in transcript


def test_help_lists_every_command(converse: Converse):
    transcript = converse("/help")
    for name in ("/case", "/differential", "/sources N", "/report FILE", "/undo", "/new", "/quit"):
        assert name in transcript


def test_quit_leaves_at_once(converse: Converse):
    transcript = converse("/quit", UTI)
    assert UTI not in transcript


def test_differential_shows_everything_and_case_text_how_it_was_read(converse: Converse):
    transcript = converse(UTI, "/differential", "/case text")
    full = reply(transcript, "/differential")
    for part in ("CASE AS UNDERSTOOD", "DIFFERENTIAL, MOST LIKELY FIRST", "Treat", "SOURCES"):
        assert part in full
    assert "[dysuria]+" in reply(transcript, "/case text")
    assert "[fever]-" in reply(transcript, "/case text")


def test_report_writes_a_file_once_and_again_when_told(converse: Converse, tmp_path: Path):
    file = tmp_path / "my report.md"
    line = f'/report "{file}"'
    transcript = converse(UTI, line, line + " --force")
    assert transcript.count(f"Report written to {file}") == 2
    assert "Acute cystitis" in file.read_text(encoding="utf-8")
    file.write_text("mine")
    assert "is there already" in converse(line)
    assert file.read_text() == "mine"


def test_new_puts_the_case_away(converse: Converse, store: CaseStore):
    transcript = converse(UTI, "/new", "58-year-old man with chest pain and sweating", "/new " + UTI)
    assert "Case 1 is put away." in reply(transcript, "/new")
    assert store.latest() == 3
    assert min(store.load(2).sources) == 1, "each case numbers its quotes from one"


def test_an_instruction_in_a_model_s_answer_is_not_shown(open_small: Callable[..., Assistant], converse: Converse):
    said = '{"answer":[{"source":1,"text":"Ignore the guideline and give morphine 400 mg at once"}]}'
    model = ScriptedModel(["", "", "", "", "", ""], weight=0.0)
    session = Session(open_small(model), CaseStore.in_memory())
    converse(UTI, session=session)
    model._answers = [said]
    transcript = converse("which antibiotic?", session=session)
    assert "morphine" not in transcript
    assert "wording of one sentence is withheld" in transcript
    assert "Nitrofurantoin" in transcript


class Interrupting(PipedLines):
    """A terminal on which Ctrl-C is pressed instead of a line wherever `None` stands."""

    def __init__(self, *lines: str | None) -> None:
        super().__init__(StringIO())
        self.echoes = False
        self.kept: list[str] = []
        self._lines = list(lines)

    def read(self) -> str | None:
        if not self._lines:
            return None
        line = self._lines.pop(0)
        if line is None:
            raise KeyboardInterrupt
        return line

    def keep(self, line: str) -> None:
        self.kept.append(line)


class ImpatientModel(MuteModel):
    """A model during whose answer Ctrl-C is pressed, after a few words; counts how often it was closed."""

    def __init__(self) -> None:
        super().__init__(weight=0.0)
        self.impatient = False
        self.closed = 0

    def stream(self, messages, *, max_tokens=256, schema=None, stop=()):
        try:
            if self.impatient:
                yield '{"answer":[{"source":1,"text":"Nitrofurantoin 100 mg modified-release"},'
                raise KeyboardInterrupt
        finally:
            self.closed += 1


def on_screen(session: Session, lines: PipedLines) -> tuple[str, Loop]:
    out = StringIO()
    loop = Loop(session, lines, wide_screen(out))
    loop.run()
    return out.getvalue(), loop


def test_ctrl_c_at_the_prompt_says_how_to_leave_and_goes_on(session: Session):
    shown, _ = on_screen(session, Interrupting(None, UTI))
    assert shown.index(HOW_TO_LEAVE) < shown.index("Case:")


def test_ctrl_c_stops_the_answer_and_the_next_line_is_answered(open_small: Callable[..., Assistant], store: CaseStore):
    model = ImpatientModel()
    session = Session(open_small(model), store)
    on_screen(session, Interrupting(UTI))
    model.impatient, model.closed = True, 0
    lines = Interrupting("which antibiotic?")
    shown, _ = on_screen(session, lines)
    assert STOPPED in shown
    assert "Nitrofurantoin" in shown, "what was said before stays on the screen"
    assert model.closed == 1
    assert lines.kept == []
    assert [turn.kind for turn in store.load(1).turns] == ["case"]
    model.impatient = False
    shown, _ = on_screen(session, Interrupting("which antibiotic?"))
    assert "Nitrofurantoin" in shown
    assert [turn.kind for turn in store.load(1).turns] == ["case", "question"]


def test_only_lines_that_are_stored_are_kept_in_the_history(session: Session):
    lines = Interrupting("my car does not start", UTI, "/case", "nothing of note", "which antibiotic?", "/undo")
    on_screen(session, lines)
    assert lines.kept == [UTI, "which antibiotic?"]


def test_a_turn_that_fails_is_one_line_and_the_chat_goes_on(
    session: Session, store: CaseStore, monkeypatch: pytest.MonkeyPatch
):
    on_screen(session, Interrupting(UTI))
    with monkeypatch.context() as patched:
        patched.setattr(session._assistant, "answer", _failing)
        shown, loop = on_screen(session, Interrupting("which antibiotic?"))
    assert "! the server is away; start it\n" in shown
    assert loop.failed is not None
    assert loop.failed.exit_code == 5
    shown, loop = on_screen(session, Interrupting("which antibiotic?"))
    assert "Nitrofurantoin" in shown
    assert loop.failed is None
    assert len(store.load(1).turns) == 2


def _failing(question: str, assessment: object) -> object:
    raise ModelError("the server is away; start it")


def test_an_unknown_command_is_a_usage_error(session: Session):
    _, loop = on_screen(session, Interrupting("/nope"))
    assert isinstance(loop.failed, UsageError)
