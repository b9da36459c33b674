"""How a finding began, how bad it is and on which side, in the words around it.

Knows wordings and that the nearest finding owns them. Does not know durations (`duration`) nor which findings there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal, cast

from assistant.reading.tables import structure

_FILE = "attributes.yaml"
Side = Literal["", "left", "right", "both"]
# Between a wording and its finding, these bring up something else.
_APART = re.compile(
    r"[.;:()\n]|\b(?:and|or|with|but|without|no|not|denies|reports|has|had|then|who|because|after|before|"
    r"which(?! (?:is|was)))\b",
    re.I,
)
# A wording behind a finding tells of it through one of these, or stands next to it.
_THROUGH = re.compile(
    r"\s*(?:,\s*)?(?:(?:that|which|it|pain|he|she) )?(?:(?:is|was|are|were|has been|came on|comes on|started|began|starts|"
    r"onset|radiating|located|mostly|mainly|worse|rated|rates|at|as|about|a|an|of|in|on|to|over|along|down|from|around|the|"
    r"his|her|my|affecting|involving|localized|localised|described|very|quite|more|side|score|severity)\b[\s,]*)*",
    re.I,
)
_FARTHEST = 60
_MOST_WORDS = 4


@dataclass(frozen=True)
class Attributes:
    """What is said of a finding; "" where nothing is."""

    onset: str = ""
    severity: str = ""
    side: Side = ""


@dataclass(frozen=True)
class _Wording:
    kind: str
    value: str
    start: int
    end: int


def attributes_at(sentence: str, start: int, end: int, others: Sequence[tuple[int, int]]) -> Attributes:
    """Return what a sentence says of the finding at `sentence[start:end]`; `others` are the places of its findings."""
    found: dict[str, tuple[int, str]] = {}
    for one in _wordings(sentence):
        if one.kind == "score" and not re.search(structure(_FILE)["scored"], sentence[start:end], re.I):
            continue
        distance = _distance(sentence, one, start, end, others)
        kind = "severity" if one.kind == "score" else one.kind
        # A number says more than a word.
        rank = distance - 1000 if one.kind == "score" and distance >= 0 else distance
        if distance >= 0 and (kind not in found or rank < found[kind][0]):
            found[kind] = (rank, one.value)
    said = {kind: value for kind, (_, value) in found.items()}
    return Attributes(said.get("onset", ""), said.get("severity", ""), cast("Side", said.get("side", "")))


def _distance(sentence: str, one: _Wording, start: int, end: int, others: Sequence[tuple[int, int]]) -> int:
    """Return how far a wording stands from the finding it belongs to, -1 where it does not belong to it."""
    if one.start < end and start < one.end:
        return 0
    follows = one.start >= end
    first, last = (end, one.start) if follows else (one.end, start)
    between = sentence[first:last]
    if last - first > _FARTHEST or any(first <= place < last or first < until <= last for place, until in others):
        return -1
    if follows:
        return last - first + 1 if _THROUGH.fullmatch(between) else -1
    if _APART.search(between) or "," in between or len(between.split()) > _MOST_WORDS:
        return -1
    return last - first + 1


@lru_cache(maxsize=4096)
def _wordings(sentence: str) -> tuple[_Wording, ...]:
    return tuple(_found(sentence))


def _found(sentence: str) -> Iterator[_Wording]:
    for kind, value, pattern in _patterns():
        for match in pattern.finditer(sentence):
            said = f"{match['n']}/10" if kind == "score" else value
            yield _Wording(kind, said, match.start(), match.end())


@cache
def _patterns() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    raw = structure(_FILE)
    rows = [(kind, value, words) for kind in ("onset", "severity", "side") for value, words in raw[kind].items()]
    rows.append(("score", "", raw["score"]))
    return tuple(
        (kind, value, re.compile(rf"(?<![\w-])(?:{'|'.join(words)})(?!\w)", re.I)) for kind, value, words in rows
    )
