"""Find the sentences and bullets of a text, as offsets. The smallest thing that Wardround quotes is one of them.

Knows line structure, list markers and abbreviations. Does not know documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.headings import heading_of

_MARKER = re.compile(
    r"\s*(?:(?:[-*+\u2013\u2022\u00b7\u2023\u25e6\u25aa\u25a0\u25cf\u30fb]|\(?\d{1,2}[.)]|\(?[a-z]\))(?=\s)\s*)*"
)
# A run of stops is tried once, from its first: the time stays in proportion to the length of the line.
_BOUNDARY = re.compile(r"(?<![.!?])[.!?]++[\"'\u201d\u2019)\]]*+(?=\s)|[\u3002\uff01\uff1f]+")
_NEXT = re.compile(r"\S")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[\"'“])(?:e\.g|i\.e|cf|eg|ie|viz|vs|etc|approx|ca|incl|excl|esp|resp|no|nos|vol|fig|figs|tab|ref|sec|ch"
    r"|dr|drs|mr|mrs|ms|prof|st|sr|jr|spp?|subsp|var|max|min|temp|wt|dept|ed|eds|al|p|pp|q\.d|b\.i\.d|t\.i\.d|q\.i\.d"
    r"|p\.o|i\.v|i\.m|s\.c|a\.m|p\.m|u\.s|u\.k)$",
    re.I,
)
_INITIAL = re.compile(r"(?:^|[\s(.])[A-Z]$")
# After one of these a single capital is a name, not an initial, so that "hepatitis B. Vaccinate" is two sentences.
_LABELLED = re.compile(
    r"(?:vitamin|hepatitis|type|group|class|grade|stage|factor|influenza|option|step)\s+[A-Z]$", re.I
)
# Longer than every abbreviation and every name that ends in a capital.
_LOOK_BACK = 60
_IDEOGRAPHIC_ENDS = "\u3002\uff01\uff1f"
_OPENING = "\"'\u201c\u2018([\u2265\u2264<>"
_CONTENT = re.compile(r"\w")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return (start, end) of every sentence and bullet of `text`, in order.

    A line never continues on the next; list markers ("- ", "1. ", "■ "), the white space around and whole heading
    lines are outside every span. Spans are disjoint, and none is empty or holds punctuation alone.
    """
    spans: list[tuple[int, int]] = []
    position = 0
    for line in text.split("\n"):
        if heading_of(line) is None:
            spans.extend((position + start, position + end) for start, end in _in_line(line))
        position += len(line) + 1
    return spans


def _in_line(line: str) -> Iterator[tuple[int, int]]:
    marker = _MARKER.match(line)
    start = marker.end() if marker else 0
    for match in _BOUNDARY.finditer(line, start):
        if _is_end(line, start, match):
            yield from _stripped(line, start, match.end())
            start = match.end()
    yield from _stripped(line, start, len(line))


def _is_end(line: str, start: int, match: re.Match[str]) -> bool:
    following = _NEXT.search(line, match.end())
    if match[0][0] in _IDEOGRAPHIC_ENDS or following is None:
        return True
    if following[0].islower() or not (following[0].isalnum() or following[0] in _OPENING):
        return False
    if match[0] != ".":
        return True
    before = line[max(start, match.start() - _LOOK_BACK) : match.start()]
    if _ABBREVIATION.search(before):
        return False
    return not _INITIAL.search(before) or bool(_LABELLED.search(before))


def _stripped(line: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    part = line[start:end]
    if _CONTENT.search(part):
        begin = start + len(part) - len(part.lstrip())
        yield begin, start + len(part.rstrip())
