"""Cut a document into passages: along headings first, then between sentences.

Knows text and offsets. Does not know where a document came from, nor how passages are embedded.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.document import Document, Passage
from index.headings import Heading, heading_of
from index.reading.hostile import instruction_spans, is_instruction_like
from index.sentences import sentence_spans

# Long enough for a section of a guideline, short enough for the embedder's 256 word pieces (about 1.35 a word).
PASSAGE_WORDS = 180

# A run without white space that is longer than this is no word, and is cut like one.
_WORD = re.compile(r"\S{1,400}")

Span = tuple[int, int]


@dataclass(frozen=True)
class _Section:
    heading_path: tuple[str, ...]
    start: int
    end: int


def split(document: Document, words: int = PASSAGE_WORDS) -> list[Passage]:
    """Return the passages of a document, in order; each is one section or a part of it with at most `words` words.

    A sentence is cut only when it is longer than that on its own. `passage.text == document.text[start:end]`, always.
    """
    passages: list[Passage] = []
    for section in _sections(document):
        for start, end in _parts(document.text, section, words):
            passages.append(
                Passage(
                    id=f"{document.id}-{len(passages):04d}",
                    document_id=document.id,
                    heading_path=section.heading_path,
                    page=page_at(document.page_starts, start),
                    start=start,
                    end=end,
                    text=document.text[start:end],
                )
            )
    return passages


def _sections(document: Document) -> Iterator[_Section]:
    """Yield the stretches between headings, each with the headings it stands under, the document's title left out."""
    open_headings: list[Heading] = []
    start = position = 0
    for line in document.text.split("\n"):
        if (heading := heading_of(line)) and not is_instruction_like(heading.text):
            yield _Section(_path(open_headings, document.title), start, position)
            while open_headings and open_headings[-1].level >= heading.level:
                open_headings.pop()
            open_headings.append(heading)
            start = position + len(line)
        position += len(line) + 1
    yield _Section(_path(open_headings, document.title), start, len(document.text))


def _path(headings: Sequence[Heading], title: str) -> tuple[str, ...]:
    path: list[str] = []
    for heading in headings:
        previous = path[-1] if path else title
        if heading.text.casefold() != previous.casefold():
            path.append(heading.text)
    return tuple(path)


def _parts(text: str, section: _Section, words: int) -> Iterator[Span]:
    """Yield the parts of a section, of about equal length, each from its first list marker to its last sentence."""
    units = _units(text, section, words)
    # A unit counts with the list marker before it.
    ends = [section.start, *(end for _, end in units)]
    begins = [max(ends[number], text.rfind("\n", ends[number], start) + 1) for number, (start, _) in enumerate(units)]
    counts = [len(text[begin:end].split()) for begin, (_, end) in zip(begins, units, strict=True)]
    target = sum(counts) / max(1, -(-sum(counts) // words))
    begin, held = 0, 0
    for number, count in enumerate(counts):
        if number > begin and (held + count > words or held >= target):
            yield _with_marker(text, section, units, begin), units[number - 1][1]
            begin, held = number, 0
        held += count
    if units:
        yield _with_marker(text, section, units, begin), units[-1][1]


def _units(text: str, section: _Section, words: int) -> list[Span]:
    """Return the section's sentences, those longer than a passage cut at white space; instructions are left out."""
    units = []
    body = text[section.start : section.end]
    instructions = instruction_spans(body)
    for start, end in sentence_spans(body):
        if any(begin <= start < stop for begin, stop in instructions):
            continue
        pieces = [match.span() for match in _WORD.finditer(text[section.start + start : section.start + end])]
        for first in range(0, len(pieces), words):
            last = min(first + words, len(pieces)) - 1
            units.append((section.start + start + pieces[first][0], section.start + start + pieces[last][1]))
    return units


def _with_marker(text: str, section: _Section, units: Sequence[Span], number: int) -> int:
    """Return where the passage beginning at this unit starts: at its list marker, so that a reader sees a list."""
    previous = units[number - 1][1] if number else section.start
    gap = text[previous : units[number][0]]
    return previous + len(gap) - len(gap[gap.rfind("\n") + 1 :].lstrip())


def page_at(page_starts: Sequence[int], offset: int) -> int | None:
    """Return the page on which an offset lies, counted from 1; None where a document has no pages."""
    return bisect_right(page_starts, offset) or None
