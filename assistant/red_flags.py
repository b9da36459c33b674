"""Danger signs present in a case, with why each matters and where that is written.

Looks at the findings, the measurements and the words of the narrative, so that a sign the dictionary of findings does not
know is still seen. Does not know diagnoses, and does not say what to do about a sign.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.assessment import RedFlag
from assistant.case import Case, Finding, Span, Status
from assistant.reading.phrases import Phrase, Sentence, sentences
from assistant.reading.status import status_at
from assistant.red_flag_rules import Rule, Rules, Sign, load_rules
from index.document import Frozen

_BRACKET = re.compile(r"\s?\([^()]{1,80}\)")
# A patient's age and name of kind, which hold words that elsewhere tell of the past ("old") or of the family ("child").
_WHO = re.compile(
    r"\b\d+[- ](?:years?|months?|weeks?|days?|hours?)[- ]old\b(?: (?:child|baby|infant|son|daughter)\b)?|"
    r"\b(?:an?|this|the) (?:\w+ )?(?:child|baby|infant)(?= with\b)",
    re.IGNORECASE,
)


class Seen(Frozen):
    """That a sign is in the case, and where; `span` is None for what was given without words."""

    span: Span | None = None


def red_flags(case: Case, rules: Rules | None = None) -> tuple[RedFlag, ...]:
    """Return the danger signs of a case, the most urgent first."""
    rules = rules or load_rules()
    looking = _Looking(case, rules)
    found = [(rule, looking.rule(rule)) for rule in rules.by_urgency() if rule.fits(case.age_years, case.sex)]
    return tuple(_flag(rule, rules, seen) for rule, seen in found if seen is not None)


def _flag(rule: Rule, rules: Rules, seen: Seen) -> RedFlag:
    source = rules.sources[rule.source]
    published = f"{source.issuer}: {source.title} ({source.year})"
    return RedFlag(sign=rule.sign, why=rule.why, source=published, source_url=source.url, case_span=seen.span)


def _without_reactions(case: Case) -> str:
    """Return the narrative with the reactions to known allergies blanked: "penicillin (anaphylaxis)" is of another day."""
    text = case.narrative
    for span in (allergy.span for allergy in case.allergies if allergy.span):
        bracket = _BRACKET.match(text, span.end)
        if bracket:
            text = text[: bracket.start()] + " " * (bracket.end() - bracket.start()) + text[bracket.end() :]
    return text


class _Looking:
    """One case being looked through: each sign is looked for once, however many rules name it."""

    def __init__(self, case: Case, rules: Rules) -> None:
        self._case = case
        self._signs = rules.signs
        self._sentences = sentences(_without_reactions(case))
        self._stems = frozenset[str]().union(*(sentence.stems for sentence in self._sentences))
        self._looked: dict[str, Seen | None] = {}

    def rule(self, rule: Rule) -> Seen | None:
        """Return where the first sign of a rule stands, None when the rule does not hold."""
        found: list[Seen] = []
        for line in rule.when:
            seen = next((one for name in line if (one := self.sign(name)) is not None), None)
            if seen is None:
                return None
            found.append(seen)
        return None if any(self.sign(name) is not None for name in rule.unless) else found[0]

    def sign(self, name: str) -> Seen | None:
        """Return where a sign stands, None when the case does not have it."""
        if name not in self._looked:
            self._looked[name] = next(self._found(name, self._signs[name]), None)
        return self._looked[name]

    def _found(self, name: str, sign: Sign) -> Iterator[Seen]:
        case = self._case
        for measurement in case.measurements:
            if any(limit.met(measurement, case.age_years) for limit in sign.measured):
                yield Seen(span=measurement.span)
        for finding in case.findings:
            named = finding.label in (name, *sign.labels) or (finding.hpo != "" and finding.hpo in sign.hpo)
            if named and finding.status in sign.statuses and not self._is_number(finding, sign):
                yield Seen(span=finding.spans[0] if finding.spans else None)
        yield from self._stated(sign)
        if sign.pregnant and case.pregnant:
            yield Seen()

    def _is_number(self, finding: Finding, sign: Sign) -> bool:
        """Say whether a finding was read from a value alone, which the limits of the sign judge: 22/min is tachypnea."""
        values = [one.span for one in self._case.measurements if one.span is not None] if sign.measured else []
        return bool(finding.spans) and all(_overlap([span], values) for span in finding.spans)

    def _stated(self, sign: Sign) -> Iterator[Seen]:
        phrases = [phrase for phrase in sign.phrases if phrase.may_be_in(self._stems)]
        for sentence in self._sentences if phrases else ():
            spoilt = [part for phrase in sign.but_not for parts in phrase.find(sentence) for part in parts]
            for parts in _places(phrases, sentence):
                if not _overlap(parts, spoilt) and all(
                    _status(sentence, part, parts) in sign.statuses for part in parts
                ):
                    start, end = min(part.start for part in parts), max(part.end for part in parts)
                    yield Seen(span=Span(start=sentence.start + start, end=sentence.start + end))


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
