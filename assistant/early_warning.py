"""The National Early Warning Score 2 (Royal College of Physicians, 2017), from whatever of its parts a case measures.

For patients of 16 years and over who are not pregnant, as its authors say. A part that was not measured adds nothing,
so the score is the least it can be. Does not know what should follow.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.case import Case, Measurement
from assistant.reading.analytes import analytes

SOURCE = "Royal College of Physicians: National Early Warning Score (NEWS) 2 (2017)"
FROM_AGE = 16.0
# For each part the points, each up to and including a value; beyond the last come the points that stand alone.
_BANDS: dict[str, tuple[tuple[tuple[float, int], ...], int]] = {
    "respiratory rate": (((8, 3), (11, 1), (20, 0), (24, 2)), 3),
    "oxygen saturation": (((91, 3), (93, 2), (95, 1)), 0),
    "systolic blood pressure": (((90, 3), (100, 2), (110, 1), (219, 0)), 3),
    "pulse": (((40, 3), (50, 1), (90, 0), (110, 1), (130, 2)), 3),
    "temperature": (((35.0, 3), (36.0, 1), (38.0, 0), (39.0, 1)), 2),
}
# Of consciousness, one point less than fully alert is the highest score at once.
_CONSCIOUSNESS, _ALERT = "glasgow coma scale", 15
PARTS = len(_BANDS) + 2


@dataclass(frozen=True)
class EarlyWarning:
    """The points of the parts that were measured, by name."""

    points: dict[str, int]

    @property
    def total(self) -> int:
        """The least the score can be."""
        return sum(self.points.values())

    @property
    def highest(self) -> int:
        """The points of the worst part."""
        return max(self.points.values(), default=0)


def early_warning(case: Case) -> EarlyWarning | None:
    """Return the score of a case, None where it is not meant for the patient or nothing of it was measured."""
    if case.pregnant or (case.age_years is not None and case.age_years < FROM_AGE):
        return None
    values = {one.analyte: one for one in case.measurements if one.flag != "unknown"}
    points = {name: _points(name, values[name]) for name in _BANDS if name in values}
    if (scale := values.get(_CONSCIOUSNESS)) is not None:
        points["consciousness"] = 3 if scale.value < _ALERT else 0
    return EarlyWarning(points) if points else None


def _points(name: str, measured: Measurement) -> int:
    unit = analytes()[name].units.get(measured.unit)
    value = round(unit.to_first(measured.value) if unit else measured.value, 1)
    bands, beyond = _BANDS[name]
    return next((points for upto, points in bands if value <= upto), beyond)
