"""The danger signs of `assistant/data/red_flags.yaml`: what each is recognised by, its urgency, reason and source.

Knows the file and checks it. Does not know cases.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache, cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from assistant.case import Measurement, Status
from assistant.reading.analytes import analytes
from assistant.reading.phrases import Phrase
from assistant.reading.spelled_out import Abbreviations
from assistant.reading.tables import NamesRules, checked, structure
from index.document import Frozen, Source

FILE = "red_flags.yaml"
Urgency = Literal["now", "today", "soon"]
URGENCIES: tuple[Urgency, ...] = ("now", "today", "soon")
_NOW: tuple[Status, ...] = ("present", "uncertain")
_ANY_AGE = (0.0, math.inf)
# An unknown age is taken for an adult's: rules for children need an age, those for adults do not.
_ADULT_YEARS = 18.0


class Limit(Frozen):
    """A value, in the analyte's first unit, at or beyond which a measurement is the sign; `ages` are from and below."""

    analyte: str
    above: float = -math.inf
    below: float = math.inf
    ages: tuple[float, float] = _ANY_AGE

    def met(self, measurement: Measurement, age: float | None) -> bool:
        """Say whether a value of now lies beyond the limit, at an age the limit is meant for."""
        if measurement.analyte.casefold() != self.analyte.casefold() or not in_years(age, self.ages):
            return False
        unit = analytes()[self.analyte].units.get(measurement.unit)
        value = unit.to_first(measurement.value) if unit is not None else measurement.value
        known_unit = unit is not None or not measurement.unit
        return known_unit and not _of_the_past(measurement) and self.above <= round(value, 4) <= self.below


class Sign(Frozen):
    """One thing to be recognised: by a finding's label or HPO id, by a measurement, or by a phrase of the narrative.

    A phrase does not count where one of `but_not` overlaps it. `counts` are statuses that count beside present and
    uncertain; a sign that is `pregnant` holds when the patient is.
    """

    labels: tuple[str, ...] = ()
    hpo: tuple[str, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    but_not: tuple[Phrase, ...] = ()
    measured: tuple[Limit, ...] = ()
    counts: tuple[Status, ...] = ()
    pregnant: bool = False

    @field_validator("phrases", "but_not", mode="before")
    @classmethod
    def _parsed(cls, texts: Sequence[str]) -> tuple[Phrase, ...]:
        return tuple(Phrase.parse(text) for text in texts)

    @property
    def statuses(self) -> tuple[Status, ...]:
        """The statuses under which the sign counts."""
        return (*_NOW, *self.counts)


class Rule(Frozen):
    """A danger sign: there when each line of `when` has a sign that is, none of `unless` is, and the patient fits."""

    sign: str
    urgency: Urgency
    why: str
    source: str
    when: Annotated[tuple[tuple[str, ...], ...], Field(min_length=1)]
    unless: tuple[str, ...] = ()
    ages: tuple[float, float] = _ANY_AGE
    sex: Literal["any", "female", "male"] = "any"

    def fits(self, age: float | None, sex: str) -> bool:
        """Say whether the rule is meant for a patient of this age and sex."""
        return in_years(age, self.ages) and (self.sex == "any" or sex in (self.sex, "unknown"))


class Rules(NamesRules):
    """The whole file; every source, sign and analyte that is named is there.

    `abbreviations` are regular expressions, in the letter case of notes, with the words they stand for.
    """

    sources: dict[str, Source]
    signs: dict[str, Sign]
    rules: dict[str, Rule]
    abbreviations: dict[str, str] = Field(default_factory=dict)

    @classmethod
    def of(cls, raw: Any) -> Rules:
        """Check what the file holds. Raises SettingsError naming what cannot be used."""
        return checked(cls, raw, FILE)

    def missing(self) -> Sequence[tuple[str, str]]:
        """Return the signs, sources and analytes that are named and not there."""
        found = [
            (name, sign)
            for name, rule in self.rules.items()
            for sign in (*(one for line in rule.when for one in line), *rule.unless)
            if sign not in self.signs
        ]
        found += [(name, rule.source) for name, rule in self.rules.items() if rule.source not in self.sources]
        return found + [
            (name, limit.analyte)
            for name, sign in self.signs.items()
            for limit in sign.measured
            if limit.analyte not in analytes()
        ]

    @cached_property
    def spelling(self) -> Abbreviations:
        """The abbreviations, ready to be spelled out."""
        return Abbreviations(self.abbreviations)

    def by_urgency(self) -> tuple[Rule, ...]:
        """Return the rules, the most urgent first, else in the order of the file."""
        return tuple(sorted(self.rules.values(), key=lambda rule: URGENCIES.index(rule.urgency)))


@cache
def load_rules() -> Rules:
    """Return the shipped rules."""
    return Rules.of(structure(FILE))


def in_years(age: float | None, ages: tuple[float, float]) -> bool:
    """Say whether an age lies within bounds (from, below); an unknown one is an adult's."""
    low, high = ages
    return low <= age < high if age is not None else high > _ADULT_YEARS


def _of_the_past(measurement: Measurement) -> bool:
    """Say whether the reader judged the value to be an earlier one: it knows the range but gives no flag."""
    ranged = measurement.low is not None or measurement.high is not None
    return ranged and measurement.flag == "unknown"
