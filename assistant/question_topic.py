"""What a question is about: which conditions it names, what kind of guidance it asks for, which words are its own.

Knows wording and the names of conditions. Does not know passages, nor who the patient is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import get_args

from assistant.reading.tables import structure
from assistant.words import STOP_WORDS, content_stems, stem, words
from index.document import Condition
from index.sections import SectionKind

_FILE = "question_words.yaml"
_SHORTEST_NAME = 5
_FREQUENCY = {"common": 0, "uncommon": 1, "unknown": 2, "rare": 3}


@cache
def _pattern(*path: str) -> re.Pattern[str]:
    """Return the wording that a list of the data file matches, at the start of a word."""
    listed = structure(_FILE)
    for key in path:
        listed = listed[key]
    return re.compile(rf"(?<!\w)(?:{'|'.join(listed)})", re.IGNORECASE)


@cache
def _listed(name: str) -> frozenset[str]:
    return frozenset(structure(_FILE)[name].split())


@cache
def _stems(name: str) -> frozenset[str]:
    return frozenset(map(stem, _listed(name)))


@cache
def _groups() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(map(stem, line.split())) for line in structure(_FILE)["groups"])


@dataclass(frozen=True)
class Wanted:
    """A question taken apart."""

    question: str

    @cached_property
    def own(self) -> frozenset[str]:
        """The stems that name something: a medicine, a finding, a condition, or what is out of scope."""
        named = content_stems(self.question) - _stems("asking") - frozenset[str]().union(*_groups())
        return frozenset(one for one in named if not one[0].isdigit())

    @cached_property
    def groups(self) -> tuple[frozenset[str], ...]:
        """For each group of patients named, the stems by which a source may name it too."""
        asked = frozenset(map(stem, words(self.question)))
        return tuple(group for group in _groups() if group & asked)

    @cached_property
    def sections(self) -> tuple[SectionKind, ...]:
        """The kinds of section that would answer."""
        kinds: tuple[SectionKind, ...] = get_args(SectionKind)
        known = structure(_FILE)["sections"]
        return tuple(kind for kind in kinds if kind in known and _pattern("sections", kind).search(self.question))

    @property
    def asks_dose(self) -> bool:
        """Whether an amount is asked for."""
        return bool(_pattern("dose").search(self.question))

    @property
    def supposes(self) -> bool:
        """Whether it asks what would follow from something that is not so."""
        return bool(_pattern("supposed").search(self.question))

    @property
    def compares(self) -> bool:
        """Whether it asks why one condition and not another."""
        return bool(_pattern("compared").search(self.question))

    @property
    def about_patient(self) -> bool:
        """Whether it speaks of the patient or of what was said before, rather than in general."""
        return bool(_pattern("about_patient").search(self.question)) or not self.own


class ConditionNames:
    """The names of all conditions of an index, to be recognised in a question."""

    def __init__(self, conditions: Mapping[str, Condition]) -> None:
        self._conditions = conditions
        self._names = [
            (frozenset(stems), title, document)
            for document, condition in conditions.items()
            for number, name in enumerate((condition.name, *condition.synonyms))
            for title in [number == 0]
            if (stems := name_stems(name, title=title))
        ]
        self._abbreviations = [
            (name, document)
            for document, condition in conditions.items()
            for name in condition.synonyms
            if _is_abbreviation(name)
        ]

    def named(self, question: str, likely: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the documents about the conditions that a question names, at most two; `likely` documents first."""
        asked = frozenset(map(stem, words(question)))
        matched = [(stems, title, document) for stems, title, document in self._names if stems <= asked]
        raw = set(re.findall(r"[\w-]+", question))
        matched += [
            (frozenset([stem(name.lower())]), False, document)
            for name, document in self._abbreviations
            if _held(name, raw)
        ]
        largest = [one for one in matched if not any(one[0] < other[0] for other in matched)]
        return self._best(largest, likely) or self._by_last_word(asked, likely)

    def _by_last_word(self, asked: frozenset[str], likely: Sequence[str]) -> tuple[str, ...]:
        """Return the commonest condition whose name ends in a word of the question: "pneumonia"."""
        ending = [
            (frozenset([last]), True, document)
            for document, condition in self._conditions.items()
            if (last := _last_word(condition.name)) in asked and last not in _stems("common_endings")
        ]
        return self._best(ending, likely)[:1]

    def _best(self, matched: Iterable[tuple[frozenset[str], bool, str]], likely: Sequence[str]) -> tuple[str, ...]:
        """Return one document for each set of words matched: a likely one, then a title, then the commonest."""
        best: dict[frozenset[str], str] = {}
        place = {document: number for number, document in enumerate(likely)}
        order = sorted(
            matched,
            key=lambda one: (
                place.get(one[2], len(place)),
                not one[1],
                _FREQUENCY[self._conditions[one[2]].frequency],
                len(self._conditions[one[2]].name),
            ),
        )
        for stems, _, document in order:
            best.setdefault(stems, document)
        return tuple(dict.fromkeys(best.values()))[:2]


def name_stems(name: str, *, title: bool = True) -> frozenset[str]:
    """Return the stems a question must hold to name this; empty where the name is too short or common a word."""
    plain = [word for word in words(re.sub(r"[(\[].*?[)\]]", "", name)) if word not in STOP_WORDS]
    if _is_abbreviation(name) or set(plain) <= _listed("not_names"):
        return frozenset()
    bare = [word for word in plain if stem(word) not in _stems("modifiers")]
    if len(bare) == 1 and len(bare[0]) < _SHORTEST_NAME + (len(bare) < len(plain)) and not (title and bare == plain):
        return frozenset(map(stem, plain)) if len(plain) > 1 else frozenset()
    return frozenset(map(stem, bare or plain))


def _is_abbreviation(name: str) -> bool:
    return len(name) <= 6 and sum(letter.isupper() for letter in name) >= 2


def _held(abbreviation: str, raw: set[str]) -> bool:
    if abbreviation in raw:
        return True
    lower = abbreviation.lower()
    return len(lower) > 2 and lower in raw and lower not in STOP_WORDS | _listed("english")


def _last_word(name: str) -> str:
    plain = words(re.sub(r"[(\[].*?[)\]]", "", name))
    return stem(plain[-1]) if plain and len(plain[-1]) > _SHORTEST_NAME else ""
