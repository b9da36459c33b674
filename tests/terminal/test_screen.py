"""Wrapping, closed pipes and signs of progress where there is no terminal."""

from __future__ import annotations

import io
import sys

import pytest

from assistant.terminal import screen
from assistant.terminal.line import Line
from assistant.terminal.screen import Screen, as_text, counting, steps


def test_later_lines_are_set_below_the_text() -> None:
    text = as_text([Line("one two three four five six", lead="[1]", indent=2, hang=5)], width=26)
    assert text == "  [1]  one two three four\n       five six\n"


def test_a_blank_line_has_no_spaces() -> None:
    assert as_text([Line(), Line("", lead="For", hang=10)]) == "\nFor\n"


def test_brackets_are_not_taken_for_markup() -> None:
    assert as_text([Line("[bold]x[/bold] :smile: [1]")]) == "[bold]x[/bold] :smile: [1]\n"


class _ClosedPipe(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_closed_pipe_is_for_the_program_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", _ClosedPipe())
    with pytest.raises(BrokenPipeError):
        Screen.standard().say("text")


def test_letters_a_terminal_cannot_show_become_question_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    bytes_out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(bytes_out, encoding="ascii"))
    Screen.standard().say("39 °C")
    sys.stdout.flush()
    assert bytes_out.getvalue() == b"39 ?C\n"


def test_steps_are_silent_while_work_is_quick(capsys: pytest.CaptureFixture[str]) -> None:
    with steps("opening") as step:
        step("searching")
    assert capsys.readouterr() == ("", "")


def test_long_work_says_a_line_on_standard_error_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "_SECONDS_BETWEEN_LINES", 0.0)
    with steps("opening") as step:
        step("searching")
    with counting("cases", 3, 1) as done:
        done("quick")
        done("slow")
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "searching…\n2 of 3 cases, quick\n3 of 3 cases, slow\n"
