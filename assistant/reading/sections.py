"""The sections of a case and what their headings say of the lines under them: "Family history" makes a stroke a relative's.

Knows headings and how far they reach. Does not know which findings there are.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache

from assistant.case import Status
from assistant.reading.tables import structure

_FILE = "headings.yaml"
_COLOURS: tuple[Status, ...] = ("past", "family", "absent", "uncertain")
# In what a heading with words behind it lists, there is no verb; the sentence that has one goes on with the case.
_TELLS = re.compile(
    r"\b(?:he|she|they|i|patient|is|are|has|presents?|presented|comes?|came|complain\w*|reports?|brought|developed|now|"
    r"today|examination|exam|on arrival)\b",
    re.I,
)
_NOW = re.compile(
    r"\b(?:currently|at present|presents? with|presented with|now has|today|complain\w* of|ongoing|still has)\b", re.I
)
_POSITIVE = re.compile(r"\b(?:positive|except|but|however|reports|present)\b", re.I)
_BULLET = re.compile(r"[^\S\n]*(?:[-*\u2022\u2013+]|\d{1,2}[.)])\s")


@dataclass(frozen=True)
class Section:
    """A stretch of the narrative under a heading that says whose or of when its findings are."""

    start: int
    end: int
    status: Status


@dataclass(frozen=True)
class Sections:
    """The sections of a narrative that change a status, in its order and disjoint."""

    text: str
    sections: tuple[Section, ...]

    def status(self, start: int, worded: Status) -> Status:
        """Return the status of the finding at a place, given the one that its own sentence words."""
        section = self._at(start)
        if section is None or worded == "absent" or worded == section.status:
            return worded
        line = self._line(start)
        if section.status == "family":
            return "family"
        if worded != "present" or _NOW.search(line) or (section.status == "absent" and _POSITIVE.search(line)):
            return worded
        return section.status

    def _at(self, place: int) -> Section | None:
        number = bisect_right([section.start for section in self.sections], place) - 1
        return self.sections[number] if number >= 0 and place < self.sections[number].end else None

    def _line(self, place: int) -> str:
        end = self.text.find("\n", place)
        return self.text[self.text.rfind("\n", 0, place) + 1 : end if end >= 0 else len(self.text)]


def sections_of(text: str) -> Sections:
    """Return the sections of a text."""
    headings = list(_heading().finditer(text))
    found = []
    for number, heading in enumerate(headings):
        status = next((name for name in _COLOURS if heading[name]), None)
        if status is None:
            continue
        limit = headings[number + 1].start() if number + 1 < len(headings) else len(text)
        found.append(Section(heading.end(), _end(text, heading.end(), limit), status))
    return Sections(text, tuple(found))


def _end(text: str, start: int, limit: int) -> int:
    """Return where a section ends: at the next heading; one with words in its own line holds these and what is listed."""
    line_end = text.find("\n", start)
    line_end = len(text) if line_end < 0 else line_end
    if not text[start:line_end].strip(" :-"):
        return limit
    position = start
    for sentence in re.finditer(r".+?(?:[.;!?](?=\s)|$)", text[start:line_end]):
        if sentence.start() and _TELLS.search(sentence[0]):
            return min(position, limit)
        position = start + sentence.end()
    while (bullet := _BULLET.match(text, position + 1)) is not None and position < limit:
        following = text.find("\n", bullet.end())
        position = len(text) if following < 0 else following
    return min(position, limit)


@cache
def _heading() -> re.Pattern[str]:
    """Return the pattern of a heading: alone in its line, or with a colon at the start of a line or sentence."""
    raw = structure(_FILE)
    either = "|".join(f"(?P<{name}>{'|'.join(raw[name])})" for name in (*_COLOURS, "other"))
    marks = r"[^\S\n]*(?:[#*_\u2022\u2013-]+[^\S\n]*|\d{1,2}[.)][^\S\n]*)?"
    return re.compile(rf"(?:^{marks}|(?<=[.;] ))(?:{either})[*_]*[^\S\n]*(?::[*_]*|(?<=\w)[*_]*[^\S\n]*$)", re.I | re.M)
