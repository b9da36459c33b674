"""What every reader needs to make a `Document`: limits, defaults given by the caller, and the content hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.document import Condition, Document, Frozen, Trust
from index.errors import UnreadableFile
from index.reading.cleaning import clean_text, one_line
from index.reading.hostile import INSTRUCTION_FLAG, count_instructions, is_instruction_like
from index.standing import WITHDRAWN

_LONGEST_TITLE = 200


@dataclass(frozen=True)
class Limits:
    """What a reader may take: beyond this a file is refused rather than filling the memory or the day.

    Time and memory are those of the process that reads; `read_path` on its own does not bound them.
    """

    file_bytes: int = 200_000_000
    unpacked_bytes: int = 1_000_000_000
    markup_bytes: int = 50_000_000
    nesting: int = 500
    pages: int = 20_000
    text_bytes: int = 400_000_000
    memory_bytes: int = 3_000_000_000
    seconds: float = 60.0
    seconds_per_megabyte: float = 10.0

    def seconds_for(self, size: int) -> float:
        """How long a file of this size may take to read."""
        return self.seconds + self.seconds_per_megabyte * size / 1e6


class DocumentDefaults(Frozen):
    """What the caller says about files that do not say it themselves."""

    issuer: str = ""
    published: str = ""
    jurisdiction: str = ""
    licence: str = ""
    url: str = ""
    trust: Trust = "unknown"
    supersedes: tuple[str, ...] = ()
    withdrawn: str = ""


STARTER_FOLDER = Path(__file__).parents[1] / "starter"
STARTER_DEFAULTS = DocumentDefaults(issuer="Wardround starter notes", licence="Apache-2.0", trust="starter")


def document_id(title: str, text: str) -> str:
    """Return the first 16 hex digits of the SHA-256 over title and text."""
    return hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()[:16]


def make_document(path: Path, title: str, text: str, defaults: DocumentDefaults, **known: Any) -> Document:
    """Return a document of cleaned text; what is `known` from the file itself comes before the caller's defaults.

    Raises UnreadableFile when there is no text.
    """
    if not any(char.isalnum() for char in text):
        raise UnreadableFile(f"{path}: holds no text; a scanned document must be run through OCR first")
    title = one_line(title)[:_LONGEST_TITLE]
    if not title or is_instruction_like(title):
        title = one_line(path.stem)[:_LONGEST_TITLE] or "untitled"
    known["flags"] = (*known.get("flags", ()), *_flags(text))
    if isinstance(condition := known.get("condition"), Condition):
        known["condition"] = _spoken_to_clinicians(condition)
    fields = defaults.model_dump() | {name: value for name, value in known.items() if value}
    return Document.model_validate(
        {**fields, "id": document_id(title, text), "title": title, "text": text, "path": str(path)}
    )


def _flags(text: str) -> tuple[str, ...]:
    count = count_instructions(text)
    return (f"{INSTRUCTION_FLAG} ({count})",) if count else ()


def _spoken_to_clinicians(condition: Condition) -> Condition | None:
    """Return the condition without names that are instructions to a program, None when its own name is one."""
    if is_instruction_like(condition.name):
        return None
    names = tuple(name for name in condition.synonyms if not is_instruction_like(name))
    return condition.model_copy(update={"synonyms": names})


def withdrawal(said: object) -> str:
    """Return the date or reason of a withdrawal as a file states it; "withdrawn: yes" gives neither."""
    return WITHDRAWN if said is True else one_line(str(said or ""))


def title_from(text: str, path: Path) -> str:
    """Return the first line when it can be a title, else the file's name."""
    first = clean_text(text[:1000]).split("\n", 1)[0].lstrip("# ").strip()
    return first if 3 <= len(first) <= 120 and first[-1] not in ".;," else path.stem.replace("_", " ").replace("-", " ")


def decode(data: bytes, path: Path) -> str:
    """Return the text of a file: UTF-8, UTF-16 with a byte order mark, else Windows-1252.

    Raises UnreadableFile for what is not text.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if b"\x00" in data[:4096]:
        raise UnreadableFile(f"{path}: is not text, whatever its ending says")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")
