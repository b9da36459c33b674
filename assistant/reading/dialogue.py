"""Questions of a case and the answers they got: "any fever? No." denies the fever, "D: chest pain? P: yes" affirms it.

Knows how consultations are written down and how people say yes and no. Does not know which findings there are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from assistant.case import Status
from assistant.reading.tables import structure

_FILE = "dialogue.yaml"
# In characters: an answer says yes or no at its beginning.
_OPENING = 160
_LIST = re.compile(r"\b(?:or|and)\b|,", re.I)
_BARE_END = re.compile(r"\s*(?:[.,;!\n]|$)")
_STATEMENT = re.compile(
    r"\b(?:any|no|have you|has (?:he|she)|do you|does (?:he|she)|are you|so no|what about|how about)\b", re.I
)

Reply = Literal["assent", "denial", "doubt"]


@dataclass(frozen=True)
class Asked:
    """A question of the narrative, at `start:end`, and what came of it; `answer` is where the answer stands."""

    start: int
    end: int
    reply: Reply
    answer: tuple[int, int]
    past: bool = False
    family: bool = False

    def status(self, worded: Status, several: bool) -> Status:
        """Return the status of a finding asked about; `worded` is what the question's own words say of it.

        "Fever or chills?" - "yes" leaves open which of the `several` it was.
        """
        if self.reply == "denial":
            return "absent"
        if self.reply == "doubt" or (several and worded in ("present", "absent")):
            return "uncertain"
        if self.family or worded == "family":
            return "family"
        return "past" if self.past or worded == "past" else "present"


@dataclass(frozen=True)
class _Words:
    """The patterns of the file; speakers are matched in front of what they say."""

    asker: re.Pattern[str]
    speaker: re.Pattern[str]
    filler: re.Pattern[str]
    replies: dict[Reply, re.Pattern[str]]
    past: re.Pattern[str]
    family: re.Pattern[str]
    relative: re.Pattern[str]


def asked_in(text: str, sentences: Sequence[tuple[int, int]]) -> list[Asked]:
    """Return the questions of a text that were answered yes, no or "not sure", in its order."""
    if "?" not in text and not _words().asker.search(text):
        return []
    found = []
    for number, (start, end) in enumerate(sentences):
        answer = _answer_to(text, sentences, number)
        if answer is not None and (asked := _asked(text, start, end, answer)) is not None:
            found.append(asked)
    return found


def _answer_to(text: str, sentences: Sequence[tuple[int, int]], number: int) -> tuple[int, int] | None:
    """Return where the answer to a sentence stands, None when the sentence asks nothing or is not answered.

    Questions in a row of one speaker share the answer to the last: "Any fever? Chills?" - "No."
    """
    start, end = sentences[number]
    asks = text[start:end].rstrip().endswith("?")
    for following, until in sentences[number + 1 :]:
        changed = _changes_speaker(text, following)
        if changed or not text[following:until].rstrip().endswith("?"):
            if not (asks or (changed and _STATEMENT.search(text, start, end) and end - start < _OPENING)):
                return None
            return (following, until) if changed or _is_bare(text, following, until) else None
        if not asks:
            return None
    return None


def _changes_speaker(text: str, start: int) -> bool:
    """Say whether another person begins to speak at a place, who is not the one that asks."""
    label = _words().speaker.match(text, start)
    return label is not None and _words().asker.match(text, start) is None


def _is_bare(text: str, start: int, end: int) -> bool:
    """Say whether a sentence without a speaker is an answer: "No.", "Yes, three times", not "No fever was found"."""
    place = _after_fillers(text, start, end)
    return any(
        (found := pattern.match(text, place, end)) is not None and _BARE_END.match(text, found.end()) is not None
        for pattern in _words().replies.values()
    )


def _asked(text: str, start: int, end: int, answer: tuple[int, int]) -> Asked | None:
    words, place = _words(), _after_fillers(text, *answer)
    if words.relative.match(text, place, answer[1]) and words.family.search(text, start, end):
        return Asked(start, end, "assent", answer, family=True)
    reply = next((reply for reply, one in words.replies.items() if one.match(text, place, answer[1])), None)
    if reply is None:
        return None
    past = words.past.search(text, start, end) or words.past.search(text, *answer)
    return Asked(start, end, reply, answer, past is not None, words.family.search(text, start, end) is not None)


def _after_fillers(text: str, start: int, end: int) -> int:
    label = _words().speaker.match(text, start, end)
    place = label.end() if label else start
    filler = _words().filler.match(text, place, end)
    return filler.end() if filler else place


def lists_several(text: str, start: int, end: int) -> bool:
    """Say whether a question names more than one thing."""
    return _LIST.search(text, start, end) is not None


@cache
def _words() -> _Words:
    raw = structure(_FILE)
    order: tuple[Reply, ...] = ("doubt", "denial", "assent")
    return _Words(
        asker=_label(raw["asks"]),
        speaker=_label([*raw["asks"], *raw["answers"]]),
        filler=re.compile(rf"(?:[\s,.\u2026]*\b(?:{'|'.join(raw['filler'])})\b)*[\s,.\u2026]*", re.I),
        replies={reply: re.compile(rf"(?:{'|'.join(raw[reply])})(?!\w)", re.I) for reply in order},
        past=_anywhere(raw["past"]),
        family=_anywhere(raw["family"]),
        relative=re.compile(rf"(?:(?:yes|yeah)[\s,]+)?(?:{'|'.join(raw['relative'])})\b", re.I),
    )


def _label(names: Sequence[str]) -> re.Pattern[str]:
    """Return the pattern of a speaker: a name in square brackets, or before a colon."""
    either = "|".join(names)
    return re.compile(rf"\s*(?:\[(?:{either})\]|\b(?:{either})\s?:)\s*", re.I)


def _anywhere(wordings: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(wordings)})\b", re.I)
