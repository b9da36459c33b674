"""The findings that a text states: sentence by sentence, each with its status, how long, how bad and where.

A case has sections and answered questions, which colour what is said in them; a guideline passage is read without them.
Knows how the parts of reading join. Does not know who the patient is, nor values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from assistant.case import Finding, Span, Status
from assistant.reading.attributes import Attributes, Side, attributes_at
from assistant.reading.dialogue import Asked, asked_in, lists_several
from assistant.reading.duration import duration_at
from assistant.reading.fhir_case import Stated
from assistant.reading.sections import Sections
from assistant.reading.status import status_at
from assistant.reading.tokens import modifiers, tokens
from assistant.reading.vocabulary import Entry, Found, Vocabulary
from index.sentences import sentence_spans

_STATUS_ORDER: tuple[Status, ...] = ("present", "past", "uncertain", "absent", "family")
_QUERY = re.compile(r"(?<!\w)\?\s?\Z")
# In front of a finding these only say what brought it about.
_CAUSES = frozenset(("viral", "bacteri", "infecti", "primari", "secondari", "suspect", "essenti", "recurr"))
_NOTHING_SAID: frozenset[Status] = frozenset(("absent", "family"))


@dataclass
class _Stated:
    """A finding as it is put together from the places that state it."""

    entry: Entry
    status: Status
    spans: list[Span] = field(default_factory=list)
    duration: str = ""
    onset: str = ""
    severity: str = ""
    side: Side = ""

    def add(self, span: Span, duration: str, said: Attributes) -> None:
        """Add a place; of what two places say, the first counts."""
        self.spans.append(span)
        self.duration = self.duration or duration
        self.onset, self.severity = self.onset or said.onset, self.severity or said.severity
        # "Pain in the left knee and the right knee" is pain on both sides.
        self.side = self.side if said.side in ("", self.side) else "both" if self.side else said.side

    def finding(self) -> Finding:
        return Finding(
            label=self.entry.label,
            status=self.status,
            hpo=self.entry.hpo,
            duration=self.duration,
            onset=self.onset,
            severity=self.severity,
            side=self.side,
            spans=tuple(self.spans),
        )


def findings_stated(text: str, vocabulary: Vocabulary, sections: Sections | None = None) -> tuple[Finding, ...]:
    """Return the findings of a text in order of status and place; with its `sections` it is read as a case."""
    places = sentence_spans(text) or [(0, len(text))]
    asked: Sequence[Asked] = ()
    if sections is not None:
        places = _with_bare_lines(text, places)
        asked = asked_in(text, places)
    answers = {one.start: one for one in asked}
    merged: dict[tuple[str, Status], _Stated] = {}
    for start, end in places:
        start = _with_query(text, start)
        _state(text[start:end], start, vocabulary, sections, answers.get(start), merged)
    return in_order(stated.finding() for stated in merged.values())


def findings_of_conditions(conditions: Iterable[Stated], vocabulary: Vocabulary) -> tuple[Finding, ...]:
    """Return the findings that the conditions of a record name; what the dictionary does not know keeps its own name.

    "History of single seizure" is past, whatever the record's field says.
    """
    findings: list[Finding] = []
    for one in conditions:
        named = vocabulary.find(one.name)
        known = vocabulary.entry(one.name)
        for found in [Found(known, 0, len(one.name), frozenset())] if known else named:
            worded = status_at(one.name, found.start, found.end)
            said = attributes_at(one.name, found.start, found.end, ())
            finding = Finding(
                label=found.entry.label,
                status=one.status if worded == "present" or one.status in _NOTHING_SAID else worded,
                hpo=found.entry.hpo,
                duration=one.since,
                onset=said.onset,
                severity=said.severity,
                side=said.side,
                spans=(Span(start=one.span.start + found.start, end=one.span.start + found.end),),
            )
            findings.append(finding)
        if not known and _names_more(one.name, named):
            findings.append(Finding(label=one.name.lower(), status=one.status, duration=one.since, spans=(one.span,)))
    return tuple(findings)


def _names_more(name: str, named: Sequence[Found]) -> bool:
    """Say whether a name opens with more than what is found in it: "concussion with loss of consciousness"."""
    first = min((found.start for found in named), default=len(name))
    opening = name[name.rfind(" - ", 0, first) + 1 : first]
    if any(status_at(name, found.start, found.end) != "present" for found in named):
        return False
    return not named or any(word.stem not in modifiers() | _CAUSES for word in tokens(opening))


def joined(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings with those of the same term and status made one."""
    merged: dict[tuple[str, Status], Finding] = {}
    for one in findings:
        key = (one.hpo or one.label, one.status)
        earlier = merged.get(key)
        merged[key] = earlier.model_copy(update={"spans": (*earlier.spans, *one.spans)}) if earlier else one
    return in_order(merged.values())


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings by status, what the patient has now first, then by their place."""
    return tuple(sorted(findings, key=lambda one: (_STATUS_ORDER.index(one.status), one.spans[0].start)))


def _state(
    sentence: str,
    offset: int,
    vocabulary: Vocabulary,
    sections: Sections | None,
    asked: Asked | None,
    merged: dict[tuple[str, Status], _Stated],
) -> None:
    every = vocabulary.find(sentence)
    several = asked is not None and len(every) > 1 and lists_several(sentence, 0, len(sentence))
    for found in every:
        status = _status(sentence, offset, found, sections, asked, several)
        duration, said = "", Attributes()
        if status not in _NOTHING_SAID:
            duration = duration_at(sentence, found.start, found.end)
            others = [(one.start, one.end) for one in every if one is not found]
            said = attributes_at(sentence, found.start, found.end, others)
        key = (found.entry.hpo or found.entry.label, status)
        stated = merged.setdefault(key, _Stated(found.entry, status))
        stated.entry = found.entry
        stated.add(Span(start=offset + found.start, end=offset + found.end), duration, said)


def _status(
    sentence: str, offset: int, found: Found, sections: Sections | None, asked: Asked | None, several: bool
) -> Status:
    worded = status_at(sentence, found.start, found.end, answered=asked is not None)
    if asked is not None:
        return asked.status(worded, several)
    return worded if sections is None else sections.status(offset + found.start, worded)


def _with_query(text: str, start: int) -> int:
    """Return where a sentence starts with the question mark in front of it: "? appendicitis" doubts the appendicitis."""
    query = _QUERY.search(text, max(0, start - 3), start)
    return query.start() if query else start


def _with_bare_lines(text: str, places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the places with the lines that look like headings: "CHEST PAIN" in capitals is told too."""
    every, position = list(places), 0
    for line in text.split("\n"):
        end = position + len(line)
        if line.strip() and not any(start < end and position < stop for start, stop in places):
            every.append((position, end))
        position = end + 1
    return sorted(every)
