"""Reads vital signs and laboratory values out of a narrative: "BP 90/60 mmHg", "temperature is 38.9°C", "Na+: 128 mEq/L".

Knows how notes word a value, and which values are not the patient's now: goals, printed reference ranges, another
person's, another specimen's. Does not know what a value means; `assistant.reading.analytes` judges it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from assistant.case import Measurement, Span
from assistant.reading.analytes import FILE, Analyte, Judgement, Patient, Unit, analytes
from assistant.reading.tables import structure
from assistant.reading.time_and_person import Place, place_of

_SYSTOLIC, _DIASTOLIC = "systolic blood pressure", "diastolic blood pressure"
# Look-alikes become one letter each, so that offsets stay as they are.
_ALIKE = str.maketrans("μ˚º²³⁹⁶−–—‐‑⁄∕\u00a0\u2009\u202f", "µ°°2396-----//   ")  # noqa: RUF001
_WORDS = (
    "is|was|are|were|be|been|has|had|of|at|to|in|a|an|the|with|level|levels|count|concentration|value|reading|readings|"
    "measured|measures|measurement|found|approximately|approx|about|around|only|rate|total|shows|show|showed|shown|reads|"
    "reported|recorded|as|today|now|currently|current|noted|elevated|low|high|normal|decreased|increased|reduced|raised|"
    "markedly|slightly|mildly|significantly|severely|up|down|remains|remained|dropped|fell|rose|improved|came|back|"
    "returned|equals|it|score|temperature|on|initial|serum|blood|result|results|arrival|admission|presentation|"
    "saturation|room|air|returns|stable|regular|irregular|which|supine|sitting|standing|lying|also|estimated|calculated|arm|left|right|R|L"
)
_GAP = rf"[^\S\n]*(?:[:=~≈|,>≥<≤]|'s)?(?:[^\S\n]*\b(?:{_WORDS})\b){{0,7}}[^\S\n]*[:=~≈|>≥<≤-]?[^\S\n]*\n?[^\S\n]*"
_ASIDE = r"[^\S\n]*\([^()\n]{0,40}\)"
_NUMBER = r"(?P<n>\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:\.\d+)?|\.\d+)"
_VALUE = re.compile(rf"(?P<gap>{_GAP})(?P<open>[(\[]?){_NUMBER}")
_AFTER_ASIDE = re.compile(rf"(?P<gap>{_ASIDE}{_GAP})(?P<open>){_NUMBER}")
_PRESSURE = r"(?P<s>\d{2,3})\s?/\s?(?P<d>\d{2,3}|p(?:alp)?\b)"
_PRESSURE_VALUE = re.compile(rf"(?P<gap>(?:{_ASIDE})?{_GAP}\(?){_PRESSURE}(?!\s?[-/\d]|\.\d)(?:\s?mm\s?hg\b)?", re.I)
_PRESSURE_NAME = re.compile(r"\b(?:(?:arterial )?blood[ -]pressures?|b\.?/?p)\b\.?", re.I)
_PRESSURE_ALONE = re.compile(rf"(?<![\d/.-]){_PRESSURE}\s?mm\s?hg\b", re.I)
_DEGREES_ALONE = re.compile(r"(?<![\d/(.,-])(?P<n>\d{2,3}(?:\.\d)?)\s?(?:°\s?[CF]|℃|℉)(?!\w)", re.I)
_SATURATION_ALONE = re.compile(r"(?<![\d/.-])(?P<n>\d{2,3})\s?%\s(?:on|in|at)\s(?:room air|RA\b|ambient air)", re.I)
_BREATHS_COUNTED = re.compile(
    r"\bbreath(?:ing|es)\s+(?:at\s+|about\s+|around\s+)*(?P<n>\d{1,3})\s+(?:times|breaths)\s+(?:a|per|each|every)\s+min\w*",
    re.I,
)
# What follows shows that the number is something else: a range, a grade, a dose, a count of days, a share of a field.
_NOT_A_VALUE = re.compile(
    r"\s?(?:-|to)\s?\d|\s?\+|/\s?(?:hpf|lpf)|/\d|,\d|\.\d|-?[a-z]*\s?/\s?hpf|st\b|nd\b|rd\b|th\b|:\d|"
    r"\s?-?(?:mg|mcg|g|ml|l|units?|iu|meq|cm|mm|tablets?|pills?|capsules?|hours?|hrs?(?![\s:=]*\d)|days?|weeks?|wks?|months?|mos?|years?|yrs?|"
    r"minutes?|times|doses?|packs?|x|per|weeks?'|out of|points?|episodes?)\b(?!\s?/)",
    re.I,
)
_OUT_OF_FIFTEEN = re.compile(r"\s?(?:/|out of)\s?15\b|\s?\(?(?=E\d)", re.I)
# "Weight down 8 kg" is what was lost, "weight down to 48 kg" what is left.
_DIFFERENCE = re.compile(
    r"\b(?:up|down|dropped|fell|rose|increased|decreased|reduced)\b(?!.*\b(?:to|at|is|was)\b)", re.I
)
_PRINTED_RANGE = re.compile(r"[(\[]\s*(?:N|normal|nl|ref|reference|normal range|reference range)\b[^()\[\]]*$", re.I)


@dataclass(frozen=True)
class _Reading:
    analyte: Analyte
    value: float
    unit: Unit
    start: int
    end: int
    gap: str


def read_measurements(
    text: str, age_years: float | None, sex: str, pregnant: bool | None = None
) -> tuple[Measurement, ...]:
    """Return the measurements a text states, in its order, each judged for a patient of this age and sex.

    The value stays as written; a number without a unit gets the one it must have, and is left out where that is not
    sure. A value of the past keeps its range but has the flag "unknown" and no finding.
    """
    plain = text.translate(_ALIKE)
    patient = Patient(age_years, sex, pregnant)
    measured = [
        (one.start, _measurement(one, patient, place))
        for one in _disjoint(_readings(plain))
        if (place := place_of(plain, one.start, one.end, one.gap, one.analyte.of_blood)) is not Place.ELSEWHERE
    ]
    return tuple(one for _, one in sorted(measured, key=lambda pair: pair[0]))


def _disjoint(readings: Iterator[_Reading]) -> Iterator[_Reading]:
    """Yield each stretch of text once; only the two halves of a blood pressure share one."""
    taken: list[_Reading] = []
    for one in readings:
        overlapping = [other for other in taken if one.start < other.end and other.start < one.end]
        if all(other.gap is one.gap and other.analyte is not one.analyte for other in overlapping):
            taken.append(one)
            yield one


def _measurement(reading: _Reading, patient: Patient, place: Place) -> Measurement:
    judged = reading.analyte.judge(reading.value, reading.unit, patient)
    if place is Place.PAST:
        judged = Judgement(judged.low, judged.high)
    return Measurement(
        analyte=reading.analyte.name,
        value=reading.value,
        unit="" if reading.unit.ucum.startswith(("{score", "{INR", "[pH")) else reading.unit.ucum,
        low=judged.low,
        high=judged.high,
        flag=judged.flag,
        finding=judged.finding,
        severity=judged.severity,
        span=Span(start=reading.start, end=reading.end),
    )


def _readings(text: str) -> Iterator[_Reading]:
    yield from _pressures(text)
    yield from _named(text)
    rate = analytes()["respiratory rate"]
    for found in _BREATHS_COUNTED.finditer(text):
        if rate.plausible(float(found["n"]), rate.units["/min"]):
            yield _Reading(rate, float(found["n"]), rate.units["/min"], found.start(), found.end(), "is")
    for name, form in (("temperature", _DEGREES_ALONE), ("oxygen saturation", _SATURATION_ALONE)):
        analyte = analytes()[name]
        for found in form.finditer(text):
            unit, _, _ = _unit_after(text, analyte, float(found["n"]), found.end("n"))
            if unit is not None and analyte.plausible(float(found["n"]), unit):
                yield _Reading(analyte, float(found["n"]), unit, found.start(), found.end(), "is")


def _pressures(text: str) -> Iterator[_Reading]:
    seen: set[int] = set()
    for name in _PRESSURE_NAME.finditer(text):
        value = _PRESSURE_VALUE.match(text, name.end())
        if value:
            seen.add(value.start("s"))
            yield from _both(value, name.start())
    for value in _PRESSURE_ALONE.finditer(text):
        if value.start("s") not in seen:
            yield from _both(value, value.start())


def _both(value: re.Match[str], start: int) -> Iterator[_Reading]:
    gap = value.groupdict().get("gap") or "is"
    systolic = float(value["s"])
    diastolic = float(value["d"]) if value["d"].isdigit() else None
    if diastolic is not None and diastolic >= systolic:
        return
    for name, number in ((_SYSTOLIC, systolic), (_DIASTOLIC, diastolic)):
        analyte = analytes()[name]
        unit = analyte.units["mm[Hg]"]
        if number is not None and analyte.plausible(number, unit):
            yield _Reading(analyte, number, unit, start, value.end(), gap)


def _named(text: str) -> Iterator[_Reading]:
    names = _names()
    for name in (*names.phrases.finditer(text.lower()), *names.abbreviations.finditer(text)):
        for analyte in names.analytes[name[0] if name.re is names.abbreviations else " ".join(name[0].split())]:
            if analyte.not_after and analyte.not_after.search(text, max(0, name.start() - 24), name.start()):
                continue
            reading = _reading(text, analyte, name)
            if reading is not None:
                yield reading
                break


def _reading(text: str, analyte: Analyte, name: re.Match[str]) -> _Reading | None:
    for form in (_VALUE, _AFTER_ASIDE):
        value = form.match(text, name.end())
        if value is None or not _separated(analyte, name[0], value):
            continue
        number = float(value["n"].replace(",", ""))
        unit, end, written = _unit_after(text, analyte, number, value.end())
        if unit is None or not analyte.plausible(number, unit):
            continue
        if not written and name[0] in analyte.needs_mark and not re.search(r"[:=]|is|of", value["gap"]):
            continue
        if unit.ucum in ("kg", "[lb_av]") and _DIFFERENCE.search(value["gap"]):
            continue
        if not _PRINTED_RANGE.search(text, max(0, name.start() - 40), value.start("n")):
            return _Reading(analyte, number, unit, name.start(), end, value["gap"])
    return None


def _separated(analyte: Analyte, name: str, value: re.Match[str]) -> bool:
    """Return whether name and number are two words: "T 38", not the vertebra "T12"."""
    return bool(value["gap"] or value["open"]) or not name[-1].isalnum()


def _unit_after(text: str, analyte: Analyte, number: float, at: int) -> tuple[Unit | None, int, bool]:
    """Return the unit of a number that ends at `at`, where it ends, and whether it was written."""
    written = analyte.written_unit.match(text, at)
    if written:
        return analyte.unit_named(written.lastgroup), written.end(), True
    coma_scale = _OUT_OF_FIFTEEN.match(text, at) if "{score}" in analyte.units else None
    if coma_scale:
        return analyte.units["{score}"], coma_scale.end(), True
    if (other := _other_units().match(text, at)) is not None:
        return _converted(analyte, number, other)
    if _NOT_A_VALUE.match(text, at):
        return None, at, False
    return analyte.unit_of_bare(number), at, False


def _converted(analyte: Analyte, number: float, written: re.Match[str]) -> tuple[Unit | None, int, bool]:
    """Return a unit that the analyte is seldom given in; one of another kind is another analyte's, or a slip of the pen."""
    ucum = list(structure(FILE)["units"])[int((written.lastgroup or "u0")[1:])]
    unit = analyte.unit_through(ucum)
    if unit is None or not analyte.plausible(number, unit):
        return None, written.start(), False
    return unit, written.end(), True


@dataclass(frozen=True)
class _Names:
    phrases: re.Pattern[str]
    abbreviations: re.Pattern[str]
    analytes: dict[str, list[Analyte]]


@cache
def _names() -> _Names:
    by_name: dict[str, list[Analyte]] = {}
    for analyte in analytes().values():
        for name in (*analyte.names, *analyte.abbreviations):
            by_name.setdefault(name, []).append(analyte)
    phrases = {name for analyte in analytes().values() for name in analyte.names}
    short = {name for analyte in analytes().values() for name in analyte.abbreviations}
    return _Names(_alternatives(phrases), _alternatives(short), by_name)


def _alternatives(names: set[str]) -> re.Pattern[str]:
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    return re.compile(rf"(?<![\w+-])(?:{'|'.join(re.escape(name) for name in longest_first)})(?![\w+])")


@cache
def _other_units() -> re.Pattern[str]:
    """Return the pattern of any unit of more than one letter; the group that matched names the unit."""
    written = [
        f"(?P<u{number}>{'|'.join(form for form in forms if len(form) > 2 or form == '%')})"
        for number, forms in enumerate(structure(FILE)["units"].values())
    ]
    return re.compile(rf"\s?(?:{'|'.join(written)})(?![\w/^])", re.IGNORECASE)
