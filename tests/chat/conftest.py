"""A chat over the small index, without a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from fakes import MuteModel
from rich.console import Console

from assistant.assistant import Assistant
from assistant.chat.lines import PipedLines
from assistant.chat.loop import Loop
from assistant.chat.session import Session
from assistant.reading import Vocabulary
from assistant.reading.vocabulary import Entry
from assistant.store import CaseStore
from assistant.terminal.screen import Screen

UTI = "24-year-old woman with dysuria and urinary frequency for 2 days, no fever."
FINDINGS = ("dysuria", "urinary frequency", "fever", "cough", "vomiting", "chest pain", "sweating")
Converse = Callable[..., str]


def a_few_findings() -> Vocabulary:
    return Vocabulary((name, Entry(name, "")) for name in FINDINGS)


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return a_few_findings()


@pytest.fixture
def store_file(tmp_path: Path) -> Path:
    return tmp_path / "cases.sqlite"


@pytest.fixture
def store(store_file: Path) -> Iterator[CaseStore]:
    opened = CaseStore.open(store_file)
    yield opened
    opened.close()


@pytest.fixture
def assistant(open_small: Callable[..., Assistant]) -> Assistant:
    return open_small(MuteModel())


@pytest.fixture
def session(assistant: Assistant, store: CaseStore) -> Session:
    return Session(assistant, store)


@pytest.fixture
def converse(session: Session) -> Converse:
    """Say lines one after the other, as if piped, and return the whole transcript."""

    def say(*lines: str, session: Session = session) -> str:
        out = StringIO()
        Loop(session, PipedLines(StringIO("\n".join(lines) + "\n")), wide_screen(out)).run()
        return re.sub(r"[ \t]+\n", "\n", out.getvalue())

    return say


def wide_screen(out: StringIO) -> Screen:
    """Return a screen on which nothing is wrapped."""
    screen = Screen(Console(file=out, width=1000, highlight=False, markup=False, emoji=False))
    screen.width = 1000
    return screen


def reply(transcript: str, line: str) -> str:
    """Return what follows a line in a transcript, up to the next line."""
    after = transcript.split(f"> {line}\n", 1)[1]
    return after.split("\n> ", 1)[0]
