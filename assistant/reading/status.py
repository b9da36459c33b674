"""Whether a finding named in a sentence is present, denied, past, of the family, or uncertain.

Trigger phrases with a direction and a reach, after ConText (Harkema et al., J Biomed Inform 2009,
doi:10.1016/j.jbi.2009.05.002). Knows wording. Does not know which findings there are.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

from assistant.case import Status
from assistant.reading.tables import structure

FILE = "status_rules.yaml"
Reach = Literal["clause", "list", "phrase", "item", "word", "event"]

# Where several triggers reach a finding, the first of these that one of them gives: "denies a history of" is absent.
_PRECEDENCE: tuple[Status, ...] = ("absent", "family", "uncertain", "past")
_ALTERNATIVE = re.compile(r"\b(?:or|nor)\b", re.I)
_TAKES_OVER = re.compile(r"(?:,|\band)(?:\s+(?:an?|the|his|her|also|with))*\s*$", re.I)
# In characters: the longest list of denials is shorter; beyond, a text is not made of sentences.
_FARTHEST = 500
_PAST_VERB = re.compile(r"(?:(?:and )?(?:he|she|they|i) )?(?:had|was|were|\w+ed)\b", re.I)
_NOTHING = re.compile(r"[\s\"'(~-]*(?:(?:any|the|a|an)\s)?[\s\"'(~-]*")


@dataclass(frozen=True)
class Rule:
    """Triggers alike: the wordings, the status they give, the side of the finding they stand on, and their reach.

    `asks` marks a question, which says nothing once it is answered.
    """

    pattern: re.Pattern[str]
    status: Status
    before: bool
    reach: Reach
    asks: bool = False


@dataclass(frozen=True)
class Rules:
    """All triggers; the wordings that end a reach, tell of an onset, or only look like a trigger."""

    triggers: tuple[Rule, ...]
    ends: re.Pattern[str]
    new_matter: re.Pattern[str]
    onset: re.Pattern[str]
    harmless: re.Pattern[str]


@dataclass(frozen=True)
class Trigger:
    """A trigger met in a sentence."""

    rule: Rule
    start: int
    end: int


_NO = re.compile(r"(?:no|not|without|absent)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Marked:
    """A sentence with harmless wordings blanked out, its triggers, and the places where a reach ends."""

    text: str
    triggers: tuple[Trigger, ...]
    ends: tuple[int, ...]
    new_matter: tuple[int, ...]

    def open_between(self, start: int, end: int, rule: Rule) -> bool:
        """Say whether nothing between two places ends the reach of a rule."""
        places = self.ends[bisect_left(self.ends, start) : bisect_left(self.ends, end)]
        if rule.reach == "event":
            # "Five years ago he fell and had a seizure": a verb of the past goes on with what was then.
            places = tuple(place for place in places if not _PAST_VERB.match(self.text, place))
        if rule.status in ("absent", "uncertain"):
            places += self.new_matter[bisect_left(self.new_matter, start) : bisect_left(self.new_matter, end)]
        return not places

    def rest_of_clause(self, start: int) -> str:
        """Return the text from a place up to where the next reach ends."""
        following = bisect_left(self.ends, start)
        return self.text[start : self.ends[following] if following < len(self.ends) else len(self.text)]


@cache
def load_rules() -> Rules:
    """Return the rules of `assistant/data/status_rules.yaml`."""
    raw = structure(FILE)
    names: Mapping[str, str] = raw["names"]
    triggers = tuple(
        Rule(
            _pattern(group, names), group["status"], group["side"] == "before", group["reach"], group.get("asks", False)
        )
        for group in raw["triggers"]
    )
    return Rules(triggers, *(_pattern(raw[part], names) for part in ("ends", "new_matter", "onset", "harmless")))


def status_at(sentence: str, start: int, end: int, *, answered: bool = False) -> Status:
    """Return the status of the finding at `sentence[start:end]`; "present" where no trigger reaches it.

    A question leaves the finding uncertain, unless it is `answered`: then its words count as a statement's.
    """
    blanked = [place for place in _harmless(sentence) if not (place[0] < end and start < place[1])]
    marked = _marked(sentence, tuple(blanked))
    reaching = [
        trigger
        for trigger in marked.triggers
        if not (answered and trigger.rule.asks) and _reaches(marked, trigger, start, end)
    ]
    given = {trigger.rule.status for trigger in reaching if not _taken_over(marked, trigger, reaching)}
    return next((status for status in _PRECEDENCE if status in given), "present")


@lru_cache(maxsize=4096)
def _harmless(sentence: str) -> tuple[tuple[int, int], ...]:
    """Return the wordings that only look like a trigger; one that the finding shares is no such: "no change in bowel habit"."""
    return tuple(match.span() for match in load_rules().harmless.finditer(sentence))


@lru_cache(maxsize=4096)
def _marked(sentence: str, blanked: tuple[tuple[int, int], ...]) -> Marked:
    rules = load_rules()
    text = sentence
    for start, end in blanked:
        text = text[:start] + "~" * (end - start) + text[end:]
    found = [
        Trigger(rule, match.start(), match.end()) for rule in rules.triggers for match in rule.pattern.finditer(text)
    ]
    ends, new_matter = (
        tuple(match.start() for match in pattern.finditer(text)) for pattern in (rules.ends, rules.new_matter)
    )
    return Marked(text, tuple(_longest(found)), ends, new_matter)


def _longest(found: Sequence[Trigger]) -> Iterator[Trigger]:
    """Yield the triggers that lie within no longer one of the same side: "no family history of" is not "history of"."""
    furthest = {True: (-1, -1), False: (-1, -1)}
    for one in sorted(found, key=lambda trigger: (trigger.start, -trigger.end)):
        start, end = furthest[one.rule.before]
        if one.end > end or (one.start, one.end) == (start, end):
            furthest[one.rule.before] = (one.start, one.end)
            yield one


def _reaches(marked: Marked, trigger: Trigger, start: int, end: int) -> bool:
    first, last = (trigger.end, start) if trigger.rule.before else (end, trigger.start)
    if trigger.rule.before and trigger.start < start < trigger.end <= end and not _NO.match(marked.text, start):
        first = start  # "no recent" runs into "recent travel", but "had no" belongs to "no tears"
    if not 0 <= last - first <= _FARTHEST or not marked.open_between(first, last, trigger.rule):
        return False
    between, reach = marked.text[first:last], trigger.rule.reach
    if reach == "word":
        return _NOTHING.fullmatch(between) is not None
    if reach == "phrase":
        return not re.search(r",|\bwith\b", between)
    if reach == "item":
        return _within_item(between, marked.rest_of_clause(first))
    return reach != "event" or not _goes_on(marked, trigger, end)


def _within_item(between: str, rest: str) -> bool:
    if re.search(r"[:(]", between):
        return False  # "infants often do not whoop: apnoea or cyanosis"; "absent reflexes (areflexia)"
    if _ALTERNATIVE.search(rest):
        return True
    return not re.search(r",|\b(?:and|with)\b", between)


def _goes_on(marked: Marked, trigger: Trigger, end: int) -> bool:
    """Say whether the finding began at the time that the trigger names: "developed a cough two weeks ago"."""
    onset = load_rules().onset
    if trigger.rule.before:
        return onset.search(marked.text, trigger.end, end) is not None
    opening = max((place for place in marked.ends if place < end and marked.text[place] in ";.!?\n"), default=0)
    return onset.search(marked.text, opening, trigger.start) is not None


def _taken_over(marked: Marked, trigger: Trigger, reaching: Sequence[Trigger]) -> bool:
    """Say whether a nearer trigger opens a new part of the sentence: "no asthma, history of diabetes"."""
    if trigger.rule.reach != "list" or not trigger.rule.before:
        return False
    return any(
        other.rule.before and other.start >= trigger.end and _TAKES_OVER.search(marked.text[trigger.end : other.start])
        for other in reaching
    )


def _pattern(group: Mapping[str, Any], names: Mapping[str, str]) -> re.Pattern[str]:
    """Return one pattern of a group; a longer wording is tried first."""
    words = "|".join(sorted(group.get("words", ()), key=len, reverse=True))
    text = "|".join([*([rf"(?<!\w)(?:{words})(?!\w)"] if words else []), *group.get("symbols", ())])
    for _ in names:
        for name, meaning in names.items():
            text = text.replace(f"<{name}>", meaning)
    return re.compile(text, re.IGNORECASE)
