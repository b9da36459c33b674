"""How bad an abnormal value is, where a publication grades it: "moderate" for a hemoglobin of 9 g/dL in a woman.

Knows the grades of `assistant/data/grades.yaml`. Does not know units: values come in the analyte's first unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from assistant.errors import SettingsError
from assistant.reading.tables import structure
from index.document import Source

_FILE = "grades.yaml"


@dataclass(frozen=True)
class Grade:
    """A grade, and the publication that defines it."""

    name: str
    source: Source


@dataclass(frozen=True)
class _Scale:
    """The grades of one analyte for some patients: bounds with names, from the worst, and which way is worse."""

    from_years: float
    to_years: float
    sex: str
    pregnant: bool
    below: tuple[tuple[float, str], ...]
    reached: tuple[tuple[float, str], ...]
    source: Source

    def fits(self, years: float, sex: str, pregnant: bool | None) -> bool:
        if self.pregnant:
            return pregnant is True
        return self.from_years <= years < self.to_years and self.sex in ("any", sex)

    def name(self, value: float) -> str:
        under = next((name for bound, name in self.below if value < bound), "")
        return under or next((name for bound, name in reversed(self.reached) if value >= bound), "")


def grade_of(analyte: str, value: float, years: float, sex: str, pregnant: bool | None) -> Grade | None:
    """Return the grade of a value in the analyte's first unit, None where it is not graded for such a patient."""
    below_seen = False
    for scale in _scales().get(analyte, ()):
        if not scale.fits(years, sex, pregnant) or (scale.below and below_seen):
            continue
        below_seen = below_seen or bool(scale.below)
        if name := scale.name(value):
            return Grade(name, scale.source)
    return None


@cache
def _scales() -> Mapping[str, tuple[_Scale, ...]]:
    raw = structure(_FILE)
    sources = {key: Source(**fields) for key, fields in raw["sources"].items()}
    return {analyte: tuple(_scale(analyte, row, sources) for row in rows) for analyte, rows in raw["grades"].items()}


def _scale(analyte: str, row: Mapping[str, Any], sources: Mapping[str, Source]) -> _Scale:
    if row["source"] not in sources:
        raise SettingsError(f"{_FILE}: {analyte} cites {row['source']!r}, which sources does not define; add it there")
    return _Scale(
        from_years=row.get("from_years", 0.0),
        to_years=row.get("to_years", 200.0),
        sex=row.get("sex", "any"),
        pregnant=row.get("pregnant", False),
        below=tuple((bound, name) for bound, name in row.get("below", ())),
        reached=tuple((bound, name) for bound, name in row.get("from", ())),
        source=sources[row["source"]],
    )
