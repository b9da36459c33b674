"""What a case measures of the liver: whether it fails in its work, and whether its cells are being damaged.

Work by bilirubin, INR and albumin, with the limits at which the Child-Pugh score gives its second point (Pugh et al., Br J
Surg 1973, doi:10.1002/bjs.1800600817), two of them together; damage by transaminases above three times their upper limit,
the usual threshold of LiverTox. Does not know medicines, nor what the words of a case say of the liver.
"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.case import Case, Measurement
from assistant.reading.analytes import analytes

# In the first unit of the analyte: mg/dL, ratio, g/dL; True where the value must lie above.
_WORK: dict[str, tuple[float, bool]] = {
    "total bilirubin": (2.0, True),
    "international normalized ratio": (1.7, True),
    "albumin": (3.5, False),
}
# Units per litre, three times the usual upper limit of 40.
_CELLS = {"alanine aminotransferase": 120.0, "aspartate aminotransferase": 120.0}
# On one of these the INR tells of the medicine, not of the liver.
_RAISING_INR = frozenset(("warfarin", "acenocoumarol", "phenprocoumon"))
_SHORT = {
    "total bilirubin": "bilirubin",
    "international normalized ratio": "INR",
    "alanine aminotransferase": "ALT",
    "aspartate aminotransferase": "AST",
}


@dataclass(frozen=True)
class LiverFunction:
    """The words for a failing liver and for damaged liver cells, each "" where the values do not show it."""

    failing: str = ""
    damaged: str = ""


def liver_function(case: Case) -> LiverFunction:
    """Return what the values of a case show of the liver."""
    now = [one for one in case.measurements if one.flag != "unknown"]
    anticoagulated = any(one.name in _RAISING_INR for one in case.medications)
    work = [
        one
        for one in now
        if one.analyte in _WORK
        and _beyond(one, *_WORK[one.analyte])
        and not (anticoagulated and one.analyte == "international normalized ratio")
    ]
    cells = [one for one in now if one.analyte in _CELLS and _beyond(one, _CELLS[one.analyte], above=True)]
    failing = len({one.analyte for one in work}) > 1
    return LiverFunction(_worded(work) if failing else "", _worded(cells))


def _beyond(one: Measurement, bound: float, above: bool) -> bool:
    unit = analytes()[one.analyte].units.get(one.unit)
    value = unit.to_first(one.value) if unit else one.value
    return value > bound if above else value < bound


def _worded(values: list[Measurement]) -> str:
    said = (f"{_SHORT.get(one.analyte, one.analyte)} {one.value:g} {one.unit}".rstrip() for one in values)
    return ", ".join(dict.fromkeys(said))
