"""Phrases in a small written form, found in a sentence by the stems of their words.

"sudden/abrupt headache" is two words side by side in any order, the first with an alternative; ".." lets other words
stand between ("pain .. spread .. arm"); "5+" is any number from five. Fillers and modifiers ("his", "severe", "left") may
stand anywhere. Knows words. Does not know who has what the phrase names, nor whether it is denied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from assistant.case import Span
from assistant.reading.tokens import Token, modifiers, tokens
from assistant.words import stem
from index.sentences import sentence_spans

# How many words may stand between the parts of a phrase that are joined by "..".
_NEAR = 6
_NUMBER = "#"
_LEAST = re.compile(r"(\d+)\+")
_COUNTED = "one two three four five six seven eight nine ten eleven twelve"
_TENS = "ten twenty thirty forty fifty sixty"
_NUMBER_WORDS = {stem(word): float(number) for number, word in enumerate(_COUNTED.split(), 1)} | {
    stem(word): 10.0 * number for number, word in enumerate(_TENS.split(), 1)
}


@dataclass(frozen=True)
class Sentence:
    """A sentence, where it starts in the narrative, and its words."""

    text: str
    start: int
    words: tuple[Token, ...]

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of its words; "#" stands for "some number"."""
        found = {word.stem for word in self.words}
        return frozenset(found | {_NUMBER} if any(_number(one) is not None for one in found) else found)


@dataclass(frozen=True)
class _Slot:
    stems: frozenset[str]
    least: float | None = None

    def takes(self, stem: str) -> bool:
        if self.least is None:
            return stem in self.stems
        value = _number(stem)
        return value is not None and value >= self.least


@dataclass(frozen=True)
class Phrase:
    """The parts of a phrase; the words of a part stand side by side, the parts near each other."""

    parts: tuple[tuple[_Slot, ...], ...]

    @classmethod
    def parse(cls, text: str) -> Phrase:
        """Read the written form. Raises ValueError when a part holds no word that tells anything."""
        parts = tuple(tuple(slot for word in part.split() for slot in _slots(word)) for part in text.split(".."))
        if not all(parts):
            raise ValueError(f"{text!r} has a part without a telling word")
        return cls(parts)

    def may_be_in(self, stems: Set[str]) -> bool:
        """Say whether every word is there at all: a cheap look before a search."""
        return not any(slot.stems.isdisjoint(stems) for part in self.parts for slot in part)

    def find(self, sentence: Sentence) -> Iterator[tuple[Span, ...]]:
        """Yield where the phrase stands in the sentence: a span of `sentence.text` for each part."""
        if not self.may_be_in(sentence.stems):
            return
        places = [list(_windows(part, sentence.words)) for part in self.parts]
        for chosen in _near(places):
            words = sentence.words
            yield tuple(Span(start=words[first].start, end=words[last].end) for first, last in chosen)


def sentences(narrative: str) -> list[Sentence]:
    """Return the sentences of a narrative, lines that look like headings included: they may hold what matters."""
    spans = sentence_spans(narrative)
    position = 0
    for line in narrative.split("\n"):
        end = position + len(line)
        if line.strip() and not any(start < end and position < stop for start, stop in spans):
            spans.append((position, end))
        position = end + 1
    return [Sentence(narrative[start:end], start, tuple(tokens(narrative[start:end]))) for start, end in sorted(spans)]


def _slots(word: str) -> Iterator[_Slot]:
    if match := _LEAST.fullmatch(word):
        yield _Slot(frozenset((_NUMBER,)), float(match[1]))
        return
    read = [[token.stem for token in tokens(alternative)] for alternative in word.split("/")]
    if len(read) > 1 and any(len(stems) > 1 for stems in read):
        raise ValueError(f"{word!r}: an alternative must be a single word; write a phrase of its own")
    if len(read) == 1:
        yield from (_Slot(frozenset((stem,))) for stem in read[0])
    elif stems := frozenset(stem for alternative in read for stem in alternative):
        yield _Slot(stems)


def _windows(part: Sequence[_Slot], words: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Yield the first and last word of each stretch that holds every slot once, modifiers left aside."""
    for first in range(len(words)):
        left = list(part)
        for last in range(first, len(words)):
            word = words[last]
            if last > first and word.break_before:
                break
            taker = next((slot for slot in left if slot.takes(word.stem)), None)
            if taker is not None:
                left.remove(taker)
            elif last == first or word.stem not in modifiers():
                break
            if not left:
                yield first, last
                break


def _near(places: Sequence[Sequence[tuple[int, int]]]) -> Iterator[tuple[tuple[int, int], ...]]:
    """Yield one window of each part such that each stands near the one before it, on either side, without overlap."""
    if not places:
        return
    chains: list[tuple[tuple[int, int], ...]] = [(window,) for window in places[0]]
    for windows in places[1:]:
        chains = [
            (*chain, window)
            for chain in chains
            for window in windows
            if 0 < max(window[0] - chain[-1][1], chain[-1][0] - window[1]) <= _NEAR + 1
        ]
    yield from chains


def _number(word: str) -> float | None:
    return float(word) if word[:1].isdigit() else _NUMBER_WORDS.get(word)
