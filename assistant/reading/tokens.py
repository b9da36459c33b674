"""The words of a text as the dictionary of findings compares them: stemmed, with everyday words made clinical.

Knows word forms. Does not know which findings there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from assistant.reading.tables import lines
from assistant.words import stem

# A number right behind a letter belongs to it: "S3", "B12", "FEV1".
_WORD = re.compile(r"[^\W\d_]+(?:\d[^\W_]*|['\u2019][a-z]+)?|\d+(?:\.\d+)?")
_TOKEN = re.compile(rf"{_WORD.pattern}|[^\w\s]")
# Left out of phrases and texts alike: they change nothing about what is named.
_FILLERS = frozenset(
    """
    a an the of in on at to with his her their my your our its is are was were be been being some any s i he she
    they has have had that this there
    """.split()
)
_NOTHING = frozenset(("",))
CONJUNCTIONS = frozenset(("and", "or"))
# The full stop of a shortened name ends nothing: "E. coli", "C. difficile".
_ABBREVIATED = re.compile(r"(?<!\w)[A-Z]\. (?=[a-z])")
_BREAKS = frozenset(".;:,()[]!?\u2022|+=<>\u2014\u2013")


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text with its stem and place; `break_before` where a clause ends before it."""

    stem: str
    start: int
    end: int
    break_before: bool


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of a text that may be part of a finding's name."""
    broken = True
    for found in _TOKEN.finditer(text):
        word = found[0]
        if word in _BREAKS:
            broken = broken or not _ABBREVIATED.match(text, found.start() - 1)
        elif normal := _normal(word.lower()):
            yield Token(normal, found.start(), found.end(), broken)
            broken = False


@lru_cache(maxsize=65536)
def phrase_stems(phrase: str) -> frozenset[str]:
    """Return the stems of a phrase of the dictionary; punctuation inside it does not matter."""
    return frozenset(map(_normal, _WORD.findall(phrase.lower()))) - _NOTHING


@cache
def modifiers() -> frozenset[str]:
    """Return the stems left out on a second pass: "severe left chest pain" is chest pain unless that is a phrase too."""
    return frozenset(stem(word) for line in lines("modifiers.txt") for word in line.split())


@lru_cache(maxsize=65536)
def _normal(word: str) -> str:
    """Return the stem that stands for a word, "" for a filler or for punctuation."""
    plain = word.replace("\u2019", "'").removesuffix("'s")
    if plain in _FILLERS or not plain[:1].isalnum():
        return ""
    stemmed = _stem(plain)
    return _same_words().get(stemmed, stemmed)


def _stem(word: str) -> str:
    """Return the stem of a word; one that shares its stem with a word of another meaning gets a stem of its own.

    An inflammation is not the organ: the stemmer would make "thyroiditis" the thyroid.
    """
    if word in _own_forms():
        return f"={word}"
    return stem(word.removesuffix("itis")) + "itis" if word.endswith("itis") else stem(word)


@cache
def _own_forms() -> frozenset[str]:
    return frozenset(word for line in lines("own_forms.txt") for word in line.split())


@cache
def _same_words() -> dict[str, str]:
    """Return the stem that stands for each of a line of words that mean the same ("tummy" is abdomen)."""
    same: dict[str, str] = {}
    for line in lines("same_words.txt"):
        first, *others = (_stem(word) for word in line.split())
        same |= dict.fromkeys(others, first)
    return same
