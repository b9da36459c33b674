"""The analytes of `assistant/data/measurements.yaml`: names, units, plausible values, reference ranges by age and sex.

Knows how a value is judged and where each range comes from. Does not know how notes are worded around a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Literal

from assistant.case import Flag
from assistant.errors import SettingsError
from assistant.reading.grades import grade_of
from assistant.reading.tables import rows, structure
from index.document import Source

FILE = "measurements.yaml"
# Without an age the usual adult range applies, as a clinician would assume.
_ADULT_YEARS = 40.0
_Side = Literal["low", "high"]


@dataclass(frozen=True)
class Patient:
    """What a reference range depends on."""

    age_years: float | None
    sex: str
    pregnant: bool | None = None


@dataclass(frozen=True)
class Unit:
    """A unit an analyte is given in; `value * factor + offset` is the value in the analyte's first unit."""

    ucum: str
    factor: float
    offset: float = 0.0

    def to_first(self, value: float) -> float:
        """Return the value in the analyte's first unit."""
        return value * self.factor + self.offset

    def from_first(self, value: float | None) -> float | None:
        """Return a bound of a range in this unit, as exact as a range is printed."""
        if value is None or (self.factor == 1 and not self.offset):
            return value
        return round(float(f"{(value - self.offset) / self.factor:.4g}"), 1 if value > 1 else 4)


@dataclass(frozen=True)
class ReferenceRange:
    """Bounds in the analyte's first unit, whom they hold for, and the publications they come from."""

    from_years: float
    to_years: float
    sex: str
    pregnant: bool
    low: float | None
    high: float | None
    critical_low: float | None
    critical_high: float | None
    sources: tuple[Source, ...]

    def fits(self, patient: Patient) -> bool:
        """Return whether the range holds for a patient."""
        age = _ADULT_YEARS if patient.age_years is None else patient.age_years
        if self.pregnant:
            return patient.pregnant is True
        return self.from_years <= age < self.to_years and self.sex in ("any", patient.sex)

    def flag(self, value: float) -> Flag:
        """Return how a value stands to the range; the critical limits come first."""
        if self.critical_low is not None and value <= self.critical_low:
            return "critical-low"
        if self.critical_high is not None and value >= self.critical_high:
            return "critical-high"
        if self.low is not None and value < self.low:
            return "low"
        return "high" if self.high is not None and value > self.high else "normal"


@dataclass(frozen=True)
class Judgement:
    """A value against a reference range: the range in the unit of the value, the flag, the clinical name if abnormal.

    `severity` is how bad it is where a publication grades it.
    """

    low: float | None = None
    high: float | None = None
    flag: Flag = "unknown"
    finding: str = ""
    severity: str = ""


@dataclass(frozen=True)
class Analyte:
    """A vital sign or laboratory value."""

    name: str
    names: tuple[str, ...]
    abbreviations: tuple[str, ...]
    needs_mark: frozenset[str]
    not_after: re.Pattern[str] | None
    of_blood: bool
    units: Mapping[str, Unit]
    bare: tuple[tuple[float, float, str], ...]
    least: float
    most: float
    decimals: int
    ranges: tuple[ReferenceRange, ...]
    findings: Mapping[Flag, str]

    def plausible(self, value: float, unit: Unit) -> bool:
        """Return whether a living patient can have this value."""
        return self.least <= unit.to_first(value) <= self.most

    def unit_of_bare(self, value: float) -> Unit | None:
        """Return the unit a number without one must have; None where more than one would do."""
        for least, most, ucum in self.bare:
            if least <= value <= most:
                return self.units[ucum]
        return None

    def judge(self, value: float, unit: Unit, patient: Patient) -> Judgement:
        """Return how a value stands to the range that fits the patient; "unknown" where none does."""
        fitting = next((one for one in self.ranges if one.fits(patient)), None)
        if fitting is None:
            return Judgement()
        flag = fitting.flag(round(unit.to_first(value), self.decimals))
        return Judgement(
            unit.from_first(fitting.low),
            unit.from_first(fitting.high),
            flag,
            self.finding(flag),
            self._severity(unit.to_first(value), flag, patient),
        )

    def unit_through(self, ucum: str) -> Unit | None:
        """Return a unit that is not in the table, converted by the units library; None where it is of another kind."""
        if ucum in self.units:
            return self.units[ucum]
        from assistant.reading.units import conversion

        mass, valence = molar_masses().get(self.name, (0.0, 1))
        converted = conversion(ucum, next(iter(self.units)), mass, valence)
        return Unit(ucum, *converted) if converted is not None else None

    @cached_property
    def written_unit(self) -> re.Pattern[str]:
        """Return the pattern of the units this analyte is given in; the group that matched names the unit."""
        return _unit_pattern(self.units)

    def unit_named(self, group: str | None) -> Unit:
        """Return the unit of a group of `written_unit`."""
        return list(self.units.values())[int((group or "u0")[1:])]

    def _severity(self, value: float, flag: Flag, patient: Patient) -> str:
        """Return how bad a value in the first unit is; only an abnormal one is graded."""
        if flag in ("normal", "unknown"):
            return ""
        years = _ADULT_YEARS if patient.age_years is None else patient.age_years
        grade = grade_of(self.name, round(value, self.decimals), years, patient.sex, patient.pregnant)
        return grade.name if grade is not None else ""

    def finding(self, flag: Flag) -> str:
        """Return the clinical name of a value with this flag, "" for one that is normal or has no name."""
        side: _Side = "low" if flag.endswith("low") else "high"
        return "" if flag in ("normal", "unknown") else self.findings.get(flag, self.findings.get(side, ""))


@cache
def analytes() -> Mapping[str, Analyte]:
    """Return all analytes by name. Raises SettingsError for a unit or source the file does not define."""
    raw = structure(FILE)
    sources = {key: Source(**fields) for key, fields in raw["sources"].items()}
    return {entry["analyte"]: _analyte(entry, raw["units"], sources) for entry in raw["analytes"]}


@cache
def molar_masses() -> Mapping[str, tuple[float, int]]:
    """Return what a mole of each analyte weighs in g/mol, and its charge."""
    return {name: (float(mass), int(charge)) for name, _, mass, charge in rows("molar_masses.tsv", 4)}


def code_of(finding: str) -> str:
    """Return the HPO id of an abnormal value's clinical name where HPO has it under another name, else ""."""
    return str(structure(FILE)["codes"].get(finding, ""))


def _analyte(entry: Mapping[str, Any], units: Mapping[str, Any], sources: Mapping[str, Source]) -> Analyte:
    name = entry["analyte"]
    own = {ucum: Unit(ucum, *_as_list(factor)) for ucum, factor in entry["units"].items()}
    named = {
        *(ucum for ucum in own if not ucum.startswith(("{", "[pH]", "L/L"))),
        *(row[2] for row in entry.get("bare", ())),
    }
    if unknown := sorted(ucum for ucum in named if ucum not in units and ucum not in own):
        raise SettingsError(f"{FILE}: {name} is given in {unknown[0]!r}, which units does not define; add it there")
    before = "|".join(map(re.escape, entry.get("not_after", ())))
    return Analyte(
        name=name,
        names=tuple(entry["names"]),
        abbreviations=tuple(entry.get("abbreviations", ())),
        needs_mark=frozenset(entry.get("needs_mark", ())),
        not_after=re.compile(rf"(?:{before})[\s'-]*(?:s\s+)?$", re.I) if before else None,
        of_blood=entry.get("specimen") == "blood",
        units=own,
        bare=tuple((low, high, ucum) for low, high, ucum in entry.get("bare", ())),
        least=entry["plausible"][0],
        most=entry["plausible"][1],
        decimals=entry.get("decimals", 4),
        ranges=tuple(_range(name, row, sources) for row in entry["ranges"]),
        findings=dict(entry["findings"]),
    )


def _range(name: str, row: Mapping[str, Any], sources: Mapping[str, Source]) -> ReferenceRange:
    keys = _as_list(row["source"])
    if unknown := [key for key in keys if key not in sources]:
        raise SettingsError(f"{FILE}: {name} cites {unknown[0]!r}, which sources does not define; add it there")
    return ReferenceRange(
        from_years=row.get("from", 0.0),
        to_years=row.get("to", 200.0),
        sex=row.get("sex", "any"),
        pregnant=row.get("pregnant", False),
        low=row.get("low"),
        high=row.get("high"),
        critical_low=row.get("critical_low"),
        critical_high=row.get("critical_high"),
        sources=tuple(sources[key] for key in keys),
    )


def _unit_pattern(units: Iterable[str]) -> re.Pattern[str]:
    written = structure(FILE)["units"]
    groups = [f"(?P<u{number}>{'|'.join(written[ucum])})" for number, ucum in enumerate(units) if ucum in written]
    # A unit ends where no letter, digit, slash or exponent goes on, so that "mg" is not read out of "mg/dL".
    return re.compile(rf"\s?(?:{'|'.join(groups) or '(?!)'})(?![\w/^%°])", re.IGNORECASE)


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]
