from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from prompt_toolkit.document import Document
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from assistant.chat.line_editor import CommandCompleter, EditedLines
from assistant.errors import StoreError

_PASTED = "\x1b[200~58-year-old man.\nChest pain.\x1b[201~\r"


@pytest.fixture
def keys() -> Iterator[PipeInput]:
    with create_pipe_input() as made:
        yield made


def completions(text: str) -> list[str]:
    document = Document(text, len(text))
    return [one.text for one in CommandCompleter().get_completions(document, None)]  # type: ignore[arg-type]


def test_lines_are_read_and_ctrl_d_ends(keys: PipeInput):
    lines = EditedLines(None, keys, DummyOutput())
    keys.send_text("he has a rash\r")
    assert lines.read() == "he has a rash"
    keys.send_text("\x04")
    assert lines.read() is None


def test_ctrl_c_is_an_interruption(keys: PipeInput):
    keys.send_text("half a li\x03")
    with pytest.raises(KeyboardInterrupt):
        EditedLines(None, keys, DummyOutput()).read()


def test_a_pasted_text_of_two_lines_is_one_line(keys: PipeInput):
    keys.send_text(_PASTED)
    assert EditedLines(None, keys, DummyOutput()).read() == "58-year-old man.\nChest pain."


def test_the_history_holds_what_was_kept_and_only_its_owner_reads_it(keys: PipeInput, tmp_path: Path):
    file = tmp_path / "data" / "chat_history"
    lines = EditedLines(file, keys, DummyOutput())
    for line in ("a case", "gibberish"):
        keys.send_text(f"{line}\r")
        lines.read()
    lines.keep("a case")
    assert "gibberish" not in file.read_text()
    keys.send_text("\x1b[A\x1b[A\r")
    assert lines.read() == "a case", "in the running chat both can be called back"
    again = EditedLines(file, keys, DummyOutput())
    keys.send_text("\x1b[A\r")
    assert again.read() == "a case"
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_without_a_file_nothing_is_written(keys: PipeInput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    lines = EditedLines(None, keys, DummyOutput())
    keys.send_text("a case\r")
    lines.read()
    lines.keep("a case")
    assert not list(tmp_path.iterdir())


def test_a_history_that_cannot_be_written_is_named(tmp_path: Path):
    (tmp_path / "data").write_text("a file, not a folder")
    with pytest.raises(StoreError, match=r"cannot write the history .*--no-store"):
        EditedLines(tmp_path / "data" / "chat_history")


def test_commands_and_file_names_are_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.md").touch()
    assert completions("/") == [
        "/case", "/differential", "/sources", "/report", "/undo", "/new", "/help", "/quit",
    ]  # fmt: skip
    assert completions("/di") == ["/differential"]
    assert completions("dysuria /") == []
    assert completions("/report no") == ["tes.md"]
    assert completions("/case n") == []
