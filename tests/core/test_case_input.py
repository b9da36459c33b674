"""Where a case text comes from, and every way that can go wrong."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from assistant.case_input import LARGEST, case_text, read_text
from assistant.errors import EmptyCase, UsageError

TEXT = "58-year-old man with chest pain"


def test_a_text_stands_for_itself() -> None:
    assert case_text(TEXT) == TEXT


def test_a_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "case.txt").write_text(TEXT)
    assert case_text(str(tmp_path / "case.txt")) == TEXT
    monkeypatch.chdir(tmp_path)
    assert case_text("case.txt") == TEXT
    monkeypatch.setenv("HOME", str(tmp_path))
    assert case_text("~/case.txt") == TEXT


@pytest.mark.parametrize("encoded", [TEXT.encode("utf-8-sig"), TEXT.encode("utf-16"), TEXT.encode()])
def test_byte_order_marks_are_understood_and_dropped(tmp_path: Path, encoded: bytes) -> None:
    (tmp_path / "case").write_bytes(encoded)
    assert read_text(tmp_path / "case") == TEXT


def test_a_dash_is_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("Fieber, 39 °C".encode())))
    assert case_text("-") == "Fieber, 39 °C"


@pytest.mark.parametrize("empty", ["", "  ", "\n\t\n"])
def test_nothing_is_no_case(empty: str, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text(empty)
    for argument in (empty, str(tmp_path / "empty.txt")):
        with pytest.raises(EmptyCase):
            case_text(argument)


@pytest.mark.parametrize("name", ["missing.txt", "./missing", "/no/such/case", "~/no such case.md", "C:\\case.doc"])
def test_a_file_that_is_not_there_is_not_taken_for_a_text(name: str) -> None:
    with pytest.raises(UsageError, match="there is no file"):
        case_text(name)


@pytest.mark.parametrize("text", ["BP 120/80", "and/or", "fever/chills", "sent home on amoxicillin.", "x" * 5000])
def test_a_text_with_slashes_and_dots_is_a_text(text: str) -> None:
    assert case_text(text) == text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00", "not text"),
        (b"caf\xe9", "not text in UTF-8 (byte 3)"),
        (b"a\x00b", "binary"),
        (b" " * (LARGEST + 1), "larger than 10 MB"),
    ],
    ids=["half a character", "latin-1", "binary", "huge"],
)
def test_a_file_that_is_no_text_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "case.txt"
    file.write_bytes(content)
    with pytest.raises(UsageError) as raised:
        case_text(str(file))
    assert said in str(raised.value)
    assert str(file) in str(raised.value)


def test_a_folder_is_no_case(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        case_text(str(tmp_path))


def test_bytes_of_a_wrong_encoding_on_the_command_line_become_question_marks() -> None:
    assert case_text("fever \udce9 cough") == "fever ? cough"
