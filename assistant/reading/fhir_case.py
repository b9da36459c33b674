"""A case out of the resources of a FHIR R4 record, with a narrative that is composed here and that all spans point into.

The narrative is worded as a note, so that it reads the same as text: a chat may go on with it. Knows wording and places.
Does not know resources, nor the dictionary of findings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.case import Measurement, Mention, Span, Status, age_in_words
from assistant.reading.analytes import Patient
from assistant.reading.fhir_facts import Condition, Facts, facts_of
from assistant.reading.fhir_observations import Value, results_in, values_in
from assistant.reading.fhir_record import Resource, looks_like_record, resources_in
from assistant.reading.formulary import named_in

# UCUM, as a note writes it; what is not here is written as it is.
_UNITS = {
    "mm[Hg]": "mmHg",
    "Cel": "\u00b0C",
    "[degF]": "\u00b0F",
    "[lb_av]": "lb",
    "10*9/L": "x10^9/L",
    "10*3/uL": "x10^3/uL",
    "10*6/uL": "million/uL",
    "10*12/L": "x10^12/L",
    "m[IU]/L": "mIU/L",
    "u[IU]/mL": "uIU/mL",
    "mL/min/{1.73_m2}": "mL/min/1.73 m2",
    "meq/L": "mEq/L",
    "{score}": "",
    "{INR}": "",
    "[pH]": "",
}
_TITLES: tuple[tuple[Status, str, str], ...] = (
    ("present", "Conditions", ""),
    ("past", "Past medical history", ""),
    ("uncertain", "Suspected", "possible "),
    ("absent", "Ruled out", "no "),
)
# How many values before the newest one are told.
_EARLIER = 2
_ALLERGY = re.compile(
    r"^(?:allergy|allergic|intolerance|hypersensitivity) to (?:the )?|\s+(?:allergy|intolerance)$", re.I
)
_STRENGTH = re.compile(r"\d[\d.,]*\s?(?:mg|mcg|ug|g|unt|iu|ml)\b(?:\s?/\s?\w+)?", re.I)


@dataclass(frozen=True)
class Stated:
    """A condition and where the narrative names it."""

    name: str
    status: Status
    since: str
    span: Span


@dataclass(frozen=True)
class RecordCase:
    """The narrative of a record with what it states at known places."""

    narrative: str
    age_years: float | None
    sex: str
    pregnant: bool | None
    stated: tuple[Stated, ...]
    measurements: tuple[Measurement, ...]
    medications: tuple[Mention, ...]
    allergies: tuple[Mention, ...]


class _Narrative:
    """A text as it grows, and the places of what is written into it."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, words: str) -> Span:
        start = len(self.text)
        self.text += words
        return Span(start=start, end=len(self.text))

    def line(
        self, title: str, parts: Sequence[str], told: Callable[[int, Span], None] = lambda number, span: None
    ) -> None:
        """Write a line of parts under a title, nothing where there are none; `told` gets the place of each."""
        if not parts:
            return
        self.write(f"{title}: " if title else "")
        for number, part in enumerate(parts):
            told(number, self.write(part))
            self.write("; " if number + 1 < len(parts) else ".\n")


def case_of_record(resources: Sequence[Resource], today: date) -> RecordCase:
    """Return the case of a record; one without any date is taken as of `today`."""
    facts = facts_of(resources, today)
    patient = Patient(facts.age_years, facts.sex, facts.pregnant)
    values, results = values_in(resources, patient, facts.newest), results_in(resources, facts.newest)
    text = _Narrative()
    text.write(_opening(facts))
    stated = [*_complaints(text, facts), *_conditions(text, facts)]
    text.line("Family history", [f"{relative}: {name}" for relative, name in facts.family])
    measurements = tuple(_measurements(text, values))
    text.line("Results", [f"{one.name}: {one.value}" for one in results if not one.is_habit])
    text.line("Social history", [one.value.lower() for one in results if one.is_habit])
    medications: list[Mention] = []
    text.line(
        "Medications", facts.medicines, lambda number, span: _mention(medications, facts.medicines[number], "", span)
    )
    text.line("Earlier medications", [f"stopped {name}" for name in facts.former_medicines])
    allergies: list[Mention] = []
    for one in facts.allergies:
        text.write("Allergic to ")
        _mention(allergies, one.name, one.reaction, text.write(one.name))
        text.write(f" ({one.reaction}).\n" if one.reaction else ".\n")
    return RecordCase(
        narrative=text.text.rstrip("\n"),
        age_years=facts.age_years,
        sex=facts.sex,
        pregnant=facts.pregnant,
        stated=tuple(stated),
        measurements=measurements,
        medications=tuple(medications),
        allergies=tuple(allergies),
    )


def in_words(text: str, today: date) -> str:
    """Return a case text with a FHIR record in it as the note composed of it; words stay as they are."""
    return case_of_record(resources_in(text), today).narrative if looks_like_record(text) else text


def _opening(facts: Facts) -> str:
    """Return who the patient is, in the words a note opens with."""
    sex = "" if facts.sex == "unknown" else facts.sex
    who = sex.capitalize() or "Patient"
    if facts.age_years is not None:
        who = f"{age_in_words(facts.age_years)} {sex or 'patient'}"
    return f"{who}, pregnant.\n" if facts.pregnant else f"{who}.\n"


def _complaints(text: _Narrative, facts: Facts) -> list[Stated]:
    stated: list[Stated] = []
    known = {one.name: one for one in facts.conditions}
    fresh = [one.name for one in facts.conditions if one.is_complaint and one.name not in facts.complaints]
    names = [*facts.complaints, *fresh]
    when = f" ({facts.seen})" if facts.seen else ""

    def told(number: int, span: Span) -> None:
        same = known.get(names[number])
        status: Status = same.status if same and same.status != "past" else "present"
        stated.append(Stated(names[number], status, "", span))

    text.line(f"Presenting complaint{when}", names, told)
    return stated


def _conditions(text: _Narrative, facts: Facts) -> list[Stated]:
    stated: list[Stated] = []
    for status, title, before in _TITLES:
        chosen = [one for one in facts.conditions if one.status == status and not _is_told(one, facts)]
        if not chosen:
            continue
        text.write(f"{title}: ")
        for number, one in enumerate(chosen):
            text.write(before)
            span = text.write(one.name)
            since = f"since {one.since}" if one.since and not one.is_over else ""
            text.write(f" ({since or _course(one)})" if one.since and status in ("present", "past") else "")
            text.write("; " if number + 1 < len(chosen) else ".\n")
            stated.append(Stated(one.name, status, since, span))
    return stated


def _course(condition: Condition) -> str:
    """Return when a condition that is over was there."""
    return f"{condition.since} to {condition.until}, resolved" if condition.until else f"{condition.since}, resolved"


def _is_told(condition: Condition, facts: Facts) -> bool:
    """Say whether the complaint says the same already."""
    return condition.status != "absent" and (condition.is_complaint or condition.name in facts.complaints)


def _measurements(text: _Narrative, values: Sequence[Value]) -> Iterable[Measurement]:
    """Write the values, each day on a line of its own and the newest first, and yield them with their places."""
    days = sorted({one.on for one in values}, key=lambda day: day or date.min, reverse=True)
    for day in days:
        chosen = [one for one in values if one.on == day]
        text.write(f"Measured {day}: " if day else "Measured: ")
        for number, one in enumerate(chosen):
            yield _measurement(one, text.write(_worded(one)))
            before = ", ".join(f"{value:g}" for value, _ in one.before[:_EARLIER])
            text.write(f" (earlier {before})" if before else "")
            text.write("; " if number + 1 < len(chosen) else ".\n")


def _worded(value: Value) -> str:
    unit = _UNITS.get(value.unit.ucum, value.unit.ucum)
    gap = "" if unit in ("", "%", "/min") else " "
    return f"{value.analyte.name} {value.value:g}{gap}{unit}"


def _measurement(value: Value, span: Span) -> Measurement:
    judged = value.judged
    return Measurement(
        analyte=value.analyte.name,
        value=value.value,
        unit="" if value.unit.ucum.startswith(("{", "[pH")) else value.unit.ucum,
        low=judged.low,
        high=judged.high,
        flag=judged.flag,
        finding=judged.finding,
        severity=judged.severity,
        span=span,
    )


def _mention(mentions: list[Mention], name: str, detail: str, span: Span) -> None:
    """Add a medicine or allergen by its generic names where the formulary knows them, else as the record names it."""
    known = {one.medicine.name: one for one in named_in(name)}
    if not known:
        plain = _ALLERGY.sub("", name)
        mentions.append(Mention(name=plain, detail=detail, span=span))
    for generic, one in known.items():
        place = Span(start=span.start + one.start, end=span.start + one.end)
        mentions.append(Mention(name=generic, detail=detail or _dose(name, one.end), span=place))


def _dose(name: str, start: int) -> str:
    found = _STRENGTH.search(name, start)
    return " ".join(found[0].lower().split()) if found else ""
