"""Which signs of a rules file are in a case, and where: by its findings, its measurements and the words of its narrative.

A sign that the dictionary of findings does not know is still seen in the words. Each sign is looked for once. Does not
know rules, urgency or diagnoses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from assistant.case import Case, Finding, Span, Status
from assistant.reading.phrases import Phrase, Sentence, sentences
from assistant.reading.spelled_out import Abbreviations
from assistant.reading.status import status_at
from assistant.reading.warned_of import only_warned_of
from assistant.red_flag_rules import Sign
from index.document import Frozen

_BRACKET = re.compile(r"\s?\([^()]{1,80}\)")
# A patient's age and name of kind, which hold words that elsewhere tell of the past ("old") or of the family ("child").
_WHO = re.compile(
    r"\b\d+[- ](?:years?|months?|weeks?|days?|hours?)[- ]old\b(?: (?:child|baby|infant|son|daughter)\b)?|"
    r"\b(?:an?|this|the) (?:\w+ )?(?:child|baby|infant)(?= with\b)",
    re.IGNORECASE,
)
_DENIED: tuple[Status, ...] = ("absent",)


class Seen(Frozen):
    """That a sign is in the case, and where; `span` is None for what was given without words."""

    span: Span | None = None


class SignsPresent:
    """One case, looked through for the signs it is asked for."""

    def __init__(self, case: Case, signs: Mapping[str, Sign], spelling: Abbreviations) -> None:
        self._case = case
        self._signs = signs
        self._sentences = [spelling.spelled(one) for one in sentences(_without_reactions(case))]
        self._stems = frozenset[str]().union(*(sentence.stems for sentence in self._sentences))
        self._looked: dict[str, Seen | None] = {}

    def sign(self, name: str) -> Seen | None:
        """Return where a sign stands, None when the case does not have it."""
        if name not in self._looked:
            self._looked[name] = next(self._found(name, self._signs[name]), None)
        return self._looked[name]

    def is_denied(self, name: str) -> bool:
        """Say whether the case denies a sign outright, and states it nowhere."""
        if self.sign(name) is not None:
            return False
        sign = self._signs[name]
        named = (one for one in self._case.findings if _is_named(one, name, sign))
        return any(one.status in _DENIED for one in named) or any(self._worded(sign, _DENIED))

    def sentence_has(self, span: Span, phrases: Sequence[Phrase]) -> bool:
        """Say whether the sentence in which a span begins holds one of some phrases, the patient's age left aside."""
        for one in self._sentences:
            if one.start <= span.start < one.start + len(one.text):
                who = [Span(start=age.start(), end=age.end()) for age in _WHO.finditer(one.text)]
                return any(not _overlap(parts, who) for phrase in phrases for parts in phrase.find(one))
        return False

    def _found(self, name: str, sign: Sign) -> Iterator[Seen]:
        case = self._case
        for measurement in case.measurements:
            if any(limit.met(measurement, case.age_years) for limit in sign.measured):
                yield Seen(span=measurement.span)
        for finding in case.findings:
            if (
                _is_named(finding, name, sign)
                and finding.status in sign.statuses
                and not self._is_number(finding, sign)
            ):
                stated = [span for span in finding.spans if not self._only_warned_of(span)]
                if stated or not finding.spans:
                    yield Seen(span=stated[0] if stated else None)
        yield from self._worded(sign, sign.statuses)
        if sign.pregnant and case.pregnant:
            yield Seen()

    def _is_number(self, finding: Finding, sign: Sign) -> bool:
        """Say whether a finding was read from a value alone, which the limits of the sign judge: 22/min is tachypnea."""
        values = [one.span for one in self._case.measurements if one.span is not None] if sign.measured else []
        return bool(finding.spans) and all(_overlap([span], values) for span in finding.spans)

    def _only_warned_of(self, span: Span) -> bool:
        return any(
            only_warned_of(one.text, span.start - one.start, span.end - one.start)
            for one in self._sentences
            if one.start <= span.start < one.start + len(one.text)
        )

    def _worded(self, sign: Sign, statuses: Sequence[Status]) -> Iterator[Seen]:
        phrases = [phrase for phrase in sign.phrases if phrase.may_be_in(self._stems)]
        for sentence in self._sentences if phrases else ():
            spoilt = [part for phrase in sign.but_not for parts in phrase.find(sentence) for part in parts]
            for parts in _places(phrases, sentence):
                if (
                    not _overlap(parts, spoilt)
                    and all(_status(sentence, part, parts) in statuses for part in parts)
                    and not any(only_warned_of(sentence.text, part.start, part.end) for part in parts)
                ):
                    start, end = min(part.start for part in parts), max(part.end for part in parts)
                    yield Seen(span=Span(start=sentence.start + start, end=sentence.start + end))


def _is_named(finding: Finding, name: str, sign: Sign) -> bool:
    return finding.label in (name, *sign.labels) or (finding.hpo != "" and finding.hpo in sign.hpo)


def _without_reactions(case: Case) -> str:
    """Return the narrative with the reactions to known allergies blanked: "penicillin (anaphylaxis)" is of another day."""
    text = case.narrative
    for span in (allergy.span for allergy in case.allergies if allergy.span):
        bracket = _BRACKET.match(text, span.end)
        if bracket:
            text = text[: bracket.start()] + " " * (bracket.end() - bracket.start()) + text[bracket.end() :]
    return text


def _places(phrases: Sequence[Phrase], sentence: Sentence) -> Iterator[tuple[Span, ...]]:
    for phrase in phrases:
        yield from phrase.find(sentence)


def _overlap(parts: Sequence[Span], spoilt: Sequence[Span]) -> bool:
    return any(one.start < other.end and other.start < one.end for one in parts for other in spoilt)


def _status(sentence: Sentence, part: Span, parts: Sequence[Span]) -> Status:
    """Return the status of one part of a phrase in its sentence."""
    text = sentence.text
    for other in parts:  # the other parts may hold words that deny, as in "pulse .. absent"
        if other != part:
            text = _blank(text, other.start, other.end)
    for who in _WHO.finditer(text):
        text = _blank(text, who.start(), who.end())
    return status_at(text, part.start, part.end)


def _blank(text: str, start: int, end: int) -> str:
    return text[:start] + "~" * (end - start) + text[end:]
