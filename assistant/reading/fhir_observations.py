"""The observations of a FHIR R4 record as measurements and results: the newest of each kind, judged.

The record's own reference range and interpretation come before ours, except that a value beyond a critical limit stays
critical. A value older than a year is kept, not judged. Knows LOINC, UCUM and the analytes. Does not know conditions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from assistant.case import Flag
from assistant.reading.analytes import Analyte, Judgement, Patient, Unit, analytes
from assistant.reading.fhir_facts import of_kind
from assistant.reading.fhir_fields import codes_of, first_date, name_of, number_of, objects, word_of
from assistant.reading.fhir_record import Resource
from assistant.reading.tables import rows

_STALE = timedelta(days=365)
_NOT_MADE = frozenset(("cancelled", "registered"))
_DATES = ("effectiveDateTime", "effectivePeriod", "effectiveInstant", "issued")
_FLAGS: Mapping[str, Flag] = {
    "L": "low",
    "LL": "critical-low",
    "LU": "low",
    "<": "low",
    "N": "normal",
    "H": "high",
    "HH": "critical-high",
    "HU": "high",
    ">": "high",
}
# Asked for elsewhere, or no finding: smoking and pregnancy are told apart, a score of pain has no place.
_TOBACCO = frozenset(("72166-2", "11367-0", "39240-7"))
_APART = frozenset(("82810-3", "72514-3"))


@dataclass(frozen=True)
class Value:
    """A measured value of an analyte: the newest, with those before it."""

    analyte: Analyte
    value: float
    unit: Unit
    on: date | None
    judged: Judgement
    before: tuple[tuple[float, date | None], ...] = ()


@dataclass(frozen=True)
class Result:
    """An observation in words, such as a test that was positive; `is_habit` where it tells of smoking."""

    name: str
    value: str
    is_habit: bool = False


def values_in(resources: Sequence[Resource], patient: Patient, newest: date) -> tuple[Value, ...]:
    """Return the newest value of each analyte, in the order of the table of analytes."""
    latest: dict[str, Value] = {}
    for observation in _in_time(resources):
        for part in _parts(observation):
            value = _value(part, observation, patient, newest)
            if value is not None:
                earlier = latest.get(value.analyte.name)
                before = ((earlier.value, earlier.on), *earlier.before) if earlier else ()
                latest[value.analyte.name] = replace(value, before=before)
    order = list(analytes())
    return tuple(sorted(latest.values(), key=lambda one: order.index(one.analyte.name)))


def results_in(resources: Sequence[Resource], newest: date) -> tuple[Result, ...]:
    """Return the newest of each observation in words, none older than a year."""
    latest: dict[str, Result] = {}
    for observation in _in_time(resources):
        on = first_date(observation, *_DATES)
        for part in _parts(observation):
            codes = set(codes_of(part.get("code")))
            name, value = name_of(part.get("code")), _words(part)
            if not name or not value or codes & _APART or (on and newest - on > _STALE):
                continue
            latest[name.lower()] = Result(name, value, bool(codes & _TOBACCO))
    return tuple(latest.values())


def _in_time(resources: Sequence[Resource]) -> list[Resource]:
    made = [one for one in of_kind(resources, "Observation") if word_of(one.get("status")) not in _NOT_MADE]
    return sorted(made, key=lambda one: first_date(one, *_DATES) or date.min)


def _parts(observation: Resource) -> Iterator[Mapping[str, Any]]:
    """Yield an observation and its components, such as the two halves of a blood pressure."""
    yield observation
    yield from objects(observation.get("component"))


def _words(part: Mapping[str, Any]) -> str:
    """Return a value that is no number in words; an abnormal number that is no known analyte by its interpretation."""
    if isinstance(part.get("valueBoolean"), bool):
        return "positive" if part["valueBoolean"] else "negative"
    if isinstance(part.get("valueString"), str):
        return " ".join(part["valueString"].split())[:300]
    if "valueQuantity" in part and _analyte_of(part) is None:
        given = {code for one in objects(part.get("interpretation")) for code in codes_of(one)}
        return next((side for side, codes in (("low", {"L", "LL"}), ("high", {"H", "HH"})) if given & codes), "")
    return name_of(part.get("valueCodeableConcept"))


def _value(part: Mapping[str, Any], observation: Resource, patient: Patient, newest: date) -> Value | None:
    analyte, quantity = _analyte_of(part), part.get("valueQuantity")
    number = number_of(quantity.get("value")) if isinstance(quantity, dict) else None
    if analyte is None or number is None or not isinstance(quantity, dict):
        return None
    unit = _unit_of(analyte, quantity, number)
    if unit is None or not analyte.plausible(number, unit):
        return None
    number = round(number, 1 if abs(number) >= 100 else 2 if abs(number) >= 1 else 4)
    on = first_date(observation, *_DATES)
    judged = analyte.judge(number, unit, patient)
    if on is not None and newest - on > _STALE:
        judged = Judgement(judged.low, judged.high)
    else:
        judged = _as_reported(part, analyte, number, judged)
    return Value(analyte, number, unit, on, judged)


def _analyte_of(part: Mapping[str, Any]) -> Analyte | None:
    return next((analytes()[_loinc()[code]] for code in codes_of(part.get("code")) if code in _loinc()), None)


def _unit_of(analyte: Analyte, quantity: Mapping[str, Any], number: float) -> Unit | None:
    """Return the unit of a quantity: by its UCUM code, as it is written, or through the units library."""
    code, written = (str(quantity.get(key) or "") for key in ("code", "unit"))
    if code in analyte.units:
        return analyte.units[code]
    match = analyte.written_unit.fullmatch(written) or analyte.written_unit.fullmatch(code)
    if match is not None:
        return analyte.unit_named(match.lastgroup)
    if not code and not written:
        return analyte.unit_of_bare(number)
    return analyte.unit_through(code or written)


def _as_reported(part: Mapping[str, Any], analyte: Analyte, number: float, ours: Judgement) -> Judgement:
    """Return the judgement by the range and interpretation that the record gives; ours where it gives none."""
    low, high = _range(part)
    flag: Flag | None = None
    if low is not None or high is not None:
        flag = "low" if low is not None and number < low else "high" if high is not None and number > high else "normal"
    else:
        low, high = ours.low, ours.high
    codes = [code for one in objects(part.get("interpretation")) for code in codes_of(one)]
    flag = next((_FLAGS[code] for code in codes if code in _FLAGS), flag)
    if flag is None or ours.flag.startswith("critical"):
        return replace(ours, low=low, high=high)
    severity = ours.severity if flag == ours.flag else ""
    return Judgement(low, high, flag, analyte.finding(flag), severity)


def _range(part: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Return the bounds of the reference range, those of the normal one where several are given."""
    for given in objects(part.get("referenceRange")):
        if set(codes_of(given.get("type"))) <= {"normal"}:
            bounds = [given.get(side) for side in ("low", "high")]
            low, high = (number_of(one.get("value")) if isinstance(one, dict) else None for one in bounds)
            return low, high
    return None, None


@cache
def _loinc() -> Mapping[str, str]:
    return dict(rows("loinc.tsv", 2))
