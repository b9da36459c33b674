"""Other names of what a query names: abbreviations spelled out, and the main names of the conditions the index holds.

A condition named by its main name is found as it stands: adding its synonyms measurably buries what the query asked for.
Knows names. Does not know passages, scores or how the other names are searched.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

from index.document import Condition
from index.spelling import american

_ABBREVIATIONS = Path(__file__).with_name("abbreviations.tsv")
_TOKEN = re.compile(r"[^\W_]+(?:[-'\u2019][^\W_]+)*")
_BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]")
_POSSESSIVE = re.compile(r"['\u2019]s$")
# Longer names are descriptions, which nobody types.
_LONGEST_NAME = 6
# Marks the key of an abbreviation that counts in any case.
_ANY_CASE = "~"
# Behind a number these are a dose and a length: "325 MG", "5 MM".
_ALSO_UNITS = frozenset({"MG", "MM"})
# A query this long is a case, in which conditions are mentioned in passing: only its abbreviations are spelled out.
_CASE_WORDS = 25


class Expander:
    """Knows the names of some conditions, and the clinical abbreviations that come with Wardround."""

    def __init__(self, main_names: Mapping[str, str | None]) -> None:
        self._main_names = main_names

    @classmethod
    def of(cls, conditions: Iterable[Condition]) -> Expander:
        """Learn the names of conditions; a synonym of several belongs to the one that comes first."""
        mains: dict[str, str] = {}
        synonyms: dict[str, list[str]] = defaultdict(list)
        for condition in conditions:
            name = _BRACKETS.sub("", condition.name)
            mains.setdefault(name_key(name), name)
            synonyms[name_key(name)] += [s for s in condition.synonyms if 0 < len(_TOKEN.findall(s)) <= _LONGEST_NAME]
        names: dict[str, str | None] = dict.fromkeys(mains)
        for key, name in mains.items():
            for synonym in synonyms[key]:
                names.setdefault(name_key(synonym), name)
        return cls(names)

    def other_names(self, text: str) -> tuple[str, ...]:
        """Return other names of what the text names, each once; of names within one another the longest counts."""
        tokens = _TOKEN.findall(text)
        found: dict[str, str] = {}
        for name in (*_spelled_out(tokens), *(self._names_of_synonyms(tokens) if len(tokens) <= _CASE_WORDS else ())):
            found.setdefault(name_key(name), name)
        said = f" {name_key(text)} "
        return tuple(name for key, name in found.items() if f" {key} " not in said)

    def _names_of_synonyms(self, tokens: Sequence[str]) -> Iterator[str]:
        start = 0
        while start < len(tokens):
            ends = range(min(len(tokens), start + _LONGEST_NAME), start, -1)
            end = next((end for end in ends if name_key(" ".join(tokens[start:end])) in self._main_names), 0)
            if end and (name := self._main_names[name_key(" ".join(tokens[start:end]))]):
                yield name
            start = max(end, start + 1)


def name_key(name: str) -> str:
    """Return a name in lower case and one spelling, without marks and plural endings; an abbreviation stays as it is."""
    tokens: list[str] = _TOKEN.findall(name.replace("-", " "))
    if len(tokens) == 1 and tokens[0].isupper():
        return tokens[0]
    return " ".join(american(_singular(token.lower())) for token in tokens)


def _singular(word: str) -> str:
    word = _POSSESSIVE.sub("", word)
    return word[:-1] if len(word) > 4 and word[-1] == "s" and word[-2] not in "sui" else word


def _spelled_out(tokens: Sequence[str]) -> Iterator[str]:
    abbreviations = _abbreviations()
    for before, token in pairwise(("", *tokens)):
        if token in _ALSO_UNITS and before.isdecimal():
            continue
        yield from abbreviations.get(token) or abbreviations.get(token.upper() + _ANY_CASE, ())


@cache
def _abbreviations() -> dict[str, tuple[str, ...]]:
    """Return the readings of each abbreviation as it is written; under its capitals and a mark where any case will do."""
    found: dict[str, tuple[str, ...]] = {}
    for line in _ABBREVIATIONS.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        written, *readings = line.split("\t")
        short = written.removesuffix("!")
        found[short] = tuple(readings)
        if len(short) > 2 and short == written:
            # "psa" is PSA, which comes first, and not PsA.
            found.setdefault(short.upper() + _ANY_CASE, tuple(readings))
    return found
