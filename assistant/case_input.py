"""Where a case text comes from: a file, standard input, or the command line itself.

Knows files and encodings. Does not know what a case is.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from assistant.errors import EmptyCase, UsageError
from assistant.reading.fhir_record import looks_like_record

LARGEST = 10_000_000
_RECORDS = frozenset((".json", ".ndjson", ".jsonl"))
_PATH_START = re.compile(r"(~|\.{1,2})?[/\\]\S|[A-Za-z]:\\")
_FILE_NAME = re.compile(r"[^\n]{1,250}\.(txt|text|md|json|jsonl|ndjson|csv|html?|pdf|docx?|rtf|xml)", re.IGNORECASE)


def case_text(argument: str) -> str:
    """Return the case text that an argument stands for: "-" for standard input, a file's name, or the text itself.

    A FHIR record stays as it is; reading knows it by its shape.
    Raises UsageError for a file that is missing or not text, EmptyCase when there is nothing in it.
    """
    if argument == "-":
        text = _decoded(sys.stdin.buffer.read(LARGEST + 1), "standard input")
    elif (file := _file(argument)) is not None:
        text = read_text(file)
        if file.suffix.lower() in _RECORDS and text.strip() and not looks_like_record(text):
            raise UsageError(f"{file} holds no JSON object; give a FHIR R4 record, or the case as a text file")
    else:
        text = writable(argument)
    if not text.strip():
        raise EmptyCase("the case is empty; give a text, a file name, or '-' for standard input")
    return text


def read_text(file: Path) -> str:
    """Return what a text file holds. Raises UsageError naming the file and what is wrong with it."""
    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST + 1)
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}; give a text file") from error
    return _decoded(content, str(file))


def writable(text: str) -> str:
    """Return a text with "?" for what no file or JSON can hold: the bytes of a wrong encoding, halves of a character."""
    return text.encode("utf-8", errors="replace").decode("utf-8")


def _file(argument: str) -> Path | None:
    """Return the file an argument names, None when it is a text. Raises UsageError for a path that leads nowhere."""
    path = Path(argument).expanduser() if argument.startswith("~/") else Path(argument)
    try:
        if path.is_file():
            return path
        folder = bool(argument.strip()) and path.is_dir()
    except (OSError, ValueError):  # too long for a path, or holding a NUL byte
        return None
    if folder:
        raise UsageError(f"{argument} is a folder; give one text file, or --batch for many cases")
    one_word = not re.search(r"\s", argument)
    if _FILE_NAME.fullmatch(argument) or (one_word and _PATH_START.match(argument)):
        raise UsageError(f"there is no file {argument}; check the name, or give the case as text in quotes")
    return None


def _decoded(content: bytes, name: str) -> str:
    if len(content) > LARGEST:
        raise UsageError(f"{name} is larger than {LARGEST // 1_000_000} MB; give one case")
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} is not text in UTF-8 (byte {error.start}); save it as UTF-8 and try again") from error
    if "\0" in text:
        raise UsageError(f"{name} is a binary file; give a text file")
    return text
