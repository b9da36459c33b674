"""The medicines of `assistant/data/medicines.tsv`: generic names, other names, classes.

Knows names and classes. Does not know who takes a medicine, nor when it is dangerous.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from assistant.reading.tables import rows

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
ALLERGEN = "allergen"


@dataclass(frozen=True)
class Medicine:
    """A medicine, or a class of medicines named as such, with the classes it belongs to."""

    name: str
    classes: frozenset[str]

    def is_any_of(self, groups: frozenset[str]) -> bool:
        """Return whether the medicine is named in `groups` or belongs to a class named there."""
        return self.name in groups or not self.classes.isdisjoint(groups)


@dataclass(frozen=True)
class Named:
    """A medicine named in a text at `text[start:end]`."""

    medicine: Medicine
    start: int
    end: int


@dataclass(frozen=True)
class _Name:
    pattern: re.Pattern[str]
    length: int
    medicine: Medicine


def medicine(name: str) -> Medicine | None:
    """Return the medicine with exactly this generic name, None when the file has none."""
    return _by_generic_name().get(name.lower())


def named_in(text: str) -> list[Named]:
    """Return the medicines a text names, in its order; the longest name at a place wins."""
    found: list[Named] = []
    end = 0
    for word in _WORD.finditer(text):
        if word.start() < end:
            continue
        for name in _by_first_word().get(word[0].lower(), ()):
            match = name.pattern.match(text, word.start())
            if match:
                found.append(Named(name.medicine, match.start(), match.end()))
                end = match.end()
                break
    return found


@cache
def _by_generic_name() -> Mapping[str, Medicine]:
    return {
        name.lower(): Medicine(name.lower(), frozenset(classes.split("|")))
        for name, _, classes in rows("medicines.tsv", 3)
    }


@cache
def _by_first_word() -> Mapping[str, tuple[_Name, ...]]:
    """Return the names by their first word in lower case, the longest first."""
    names: dict[str, list[_Name]] = {}
    for generic, others, _ in rows("medicines.tsv", 3):
        for name in (generic, *filter(None, others.split("|"))):
            first = _WORD.search(name)
            if first:
                entry = _Name(_pattern(name), len(name), _by_generic_name()[generic.lower()])
                names.setdefault(first[0].lower(), []).append(entry)
    return {first: tuple(sorted(entries, key=lambda one: -one.length)) for first, entries in names.items()}


def _pattern(name: str) -> re.Pattern[str]:
    # An abbreviation is read only in capitals: "ART" is a therapy, "art" is not.
    as_written = name.isupper() and len(name) <= 6
    words = re.escape(name).replace(r"\ ", r"\s+").replace("'", "['\u2019]")
    return re.compile(rf"{words}(?![\w])", 0 if as_written else re.IGNORECASE)
