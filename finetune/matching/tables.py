"""The data files of this room, read once: word variants, whole names of one disease, words that change nothing.

Knows the files. Does not know how names are compared.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from assistant.errors import SettingsError

_HEAD = "head "


@cache
def word_variants() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return what is rewritten in a lower-case name before it is compared, the longest wording first."""
    rows = sorted((row[1:] for row in _rows() if row[0] == "word"), key=lambda row: -len(row[0]))
    return tuple((re.compile(rf"\b{re.escape(old)}\b"), new) for old, new in rows)


@cache
def whole_names() -> tuple[tuple[str, ...], ...]:
    """Return the groups of whole names that mean one disease."""
    return tuple(tuple(row[1:]) for row in _rows() if row[0] == "name")


@cache
def neutral_words() -> frozenset[str]:
    """Return the words that an answer may have beyond the gold name."""
    return frozenset(line for line in lines("neutral_words.txt") if not line.startswith(_HEAD))


@cache
def head_words() -> frozenset[str]:
    """Return the words of a kind that one of two names may lack."""
    return frozenset(line.removeprefix(_HEAD) for line in lines("neutral_words.txt") if line.startswith(_HEAD))


@cache
def lines(name: str) -> tuple[str, ...]:
    """Return the lines of a file that are neither empty nor comments."""
    text = (files("finetune.matching") / name).read_text(encoding="utf-8")
    return tuple(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


@cache
def _rows() -> tuple[tuple[str, ...], ...]:
    rows = tuple(tuple(cell.strip() for cell in line.split("\t")) for line in lines("variants.tsv"))
    for row in rows:
        if len(row) < 3 or row[0] not in ("word", "name") or (row[0] == "word" and len(row) != 3):
            raise SettingsError(f"variants.tsv: {row!r} is neither 'word, old, new' nor 'name, one, another, …'")
    return rows
