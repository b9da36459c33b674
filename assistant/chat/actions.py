"""What the commands of the chat do, each to a session, each giving lines to show.

Knows sessions and views. Does not know how a command was typed; leaving the chat is the loop's.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path

from assistant import phrasing
from assistant.chat.commands import HELP, Command, CommandName
from assistant.chat.session import Progress, Session
from assistant.errors import UsageError
from assistant.report.writing import write_report
from assistant.terminal.assessment_view import case_view, danger_view, full_view, source_view
from assistant.terminal.chat_view import note
from assistant.terminal.line import Line
from assistant.terminal.reading_view import reading_view

_FORCE = "--force"
_SHOWN_OF_TURN = 60


def act(command: Command, session: Session, progress: Progress = lambda step: None) -> Generator[Line, None, None]:
    """Yield what a command shows. Raises UsageError when it cannot be done as given."""
    if command.name == "new":
        yield from _new(session, command.argument, progress)
    else:
        yield from _ACTIONS[command.name](session, command.argument)


def _new(session: Session, case: str, progress: Progress) -> Iterator[Line]:
    left = session.case_id
    session.new()
    if left is not None:
        yield note(f"Case {left} is put away.")
    if case:
        yield from session.say(case, progress)
    else:
        yield note("Describe the next case.")


def _case(session: Session, argument: str) -> list[Line]:
    assessment = session.standing()
    if argument == "text":
        return reading_view(assessment.case)
    if argument:
        raise UsageError(f"/case takes nothing or the word text, not {argument!r}")
    return [*case_view(assessment), *danger_view(assessment.red_flags)]


def _differential(session: Session, argument: str) -> list[Line]:
    lines = full_view(session.standing(), session.numbering, numbers=session.numbers, everything=argument == "all")
    session.keep_sources()
    return lines


def _sources(session: Session, argument: str) -> list[Line]:
    numbered = session.numbering.sources()
    if not numbered:
        raise UsageError("no quote has been shown yet")
    number = argument.strip("[]")
    if number and (not number.isdecimal() or int(number) not in numbered):
        raise UsageError(f"no quote has the number {argument}; the last is {max(numbered)}")
    chosen = [int(number)] if number else list(numbered)
    return [line for one in chosen for line in source_view(one, numbered[one])]


def _report(session: Session, argument: str) -> list[Line]:
    assessment = session.standing()
    try:
        words = shlex.split(argument)
    except ValueError as error:
        raise UsageError(f"/report cannot read {argument!r}: {error}; give FILE.md, FILE.html or FILE.json") from error
    names = [word for word in words if word != _FORCE]
    if len(names) != 1:
        raise UsageError("/report takes one file name that ends in .md, .html or .json, in quotes if it holds a space")
    file = Path(names[0]).expanduser()
    write_report(assessment, file, force=_FORCE in words)
    return [note(f"Report written to {file}")]


def _undo(session: Session, _argument: str) -> list[Line]:
    before = session.assessment
    text = session.undo()
    if text is None:
        raise UsageError("there is nothing to take back")
    lines = [note(f'Taken back: "{phrasing.plain(text)[:_SHOWN_OF_TURN]}"')]
    if session.assessment is None:
        return [*lines, note("There is no case now; describe one.")]
    return lines if session.assessment == before else [*lines, *session.overview()]


def _help(_session: Session, _argument: str) -> list[Line]:
    width = max(len(name) for name, _ in HELP)
    lines = [Line("Say what is new about the patient, or ask a question. Commands:")]
    lines += [Line(what, lead=name, indent=2, hang=width) for name, what in HELP]
    return [*lines, Line("Ctrl-C stops an answer; Ctrl-D leaves.")]


_ACTIONS: Mapping[CommandName, Callable[[Session, str], list[Line]]] = {
    "case": _case,
    "differential": _differential,
    "sources": _sources,
    "report": _report,
    "undo": _undo,
    "help": _help,
}
