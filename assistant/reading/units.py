"""Conversion between any two units of one kind, by a units library; between mass and amount by the molar mass.

The library is loaded at the first unit that the table of an analyte does not hold itself. Knows UCUM codes and physics.
Does not know analytes, nor how a unit is written in a note.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

# What UCUM writes otherwise than the library; temperatures have a zero of their own and stand apart.
_TEMPERATURES = {"Cel": "degC", "[degF]": "degF", "K": "kelvin"}
_WORDS = {
    "mm[Hg]": "mmHg",
    "[lb_av]": "pound",
    "[stone_av]": "stone",
    "[in_i]": "inch",
    "[oz_av]": "ounce",
    "%": "percent",
    "m2": "m**2",
    "mm3": "mm**3",
}
# A code of a record is a stranger's text: only what looks like a unit reaches the library.
_CODE = re.compile(r"(?!.*(?:\*\*|\d{4}))[A-Za-z0-9\[\]/.*%{} _()'-]{1,40}")
_POWER = re.compile(r"10\*(\d+)")
_ANNOTATION = re.compile(r"/?\{[^{}]*\}")
# Units of biological activity have no size in physics; they compare only with their like.
_ACTIVITY = re.compile(r"(?<![A-Za-z\[])(?P<prefix>[munk]?)(?:\[I?i?U\]|U)(?![A-Za-z\]])")
_EQUIVALENT = re.compile(r"(?<![A-Za-z])m(?:eq|osm)(?![A-Za-z])")


@lru_cache(maxsize=1024)
def conversion(source: str, target: str, molar_mass: float = 0.0, valence: int = 1) -> tuple[float, float] | None:
    """Return (factor, offset) such that `value * factor + offset` in `source` is the value in `target`.

    Both are UCUM codes; `molar_mass` in g/mol joins mass to amount, `valence` charges to amount. None where the two are
    not of one kind, or a code is not known.
    """
    if source == target:
        return 1.0, 0.0
    if source in _TEMPERATURES or target in _TEMPERATURES:
        return _between_temperatures(source, target)
    start, end = _quantity(source, valence), _quantity(target, valence)
    if start is None or end is None:
        return None
    ratio = start / end
    molar = _registry().Quantity(molar_mass or 1.0, "g/mol")
    for joined in (ratio, ratio / molar, ratio * molar) if molar_mass else (ratio,):
        if joined.dimensionless:
            return float(joined.to("dimensionless").magnitude), 0.0
    return None


def _between_temperatures(source: str, target: str) -> tuple[float, float] | None:
    if source not in _TEMPERATURES or target not in _TEMPERATURES:
        return None
    zero, one = (
        float(_registry().Quantity(value, _TEMPERATURES[source]).to(_TEMPERATURES[target]).magnitude)
        for value in (0.0, 1.0)
    )
    return one - zero, zero


def _quantity(ucum: str, valence: int) -> Any:
    """Return one of a UCUM unit as the library's quantity, None for a unit it does not know."""
    if not _CODE.fullmatch(ucum):
        return None
    charged = _EQUIVALENT.search(ucum)
    text = _EQUIVALENT.sub("mmol", _ANNOTATION.sub("", ucum))
    text = _POWER.sub(lambda found: f"1e{found[1]}", text)
    text = _ACTIVITY.sub(lambda found: f"{found['prefix']}activity", text)
    for code, word in _WORDS.items():
        text = re.sub(rf"(?<![A-Za-z\d*.\[]){re.escape(code)}(?![A-Za-z\d*.\]])", word, text)
    registry = _registry()
    try:
        quantity = registry.Quantity(registry.parse_expression(f"1{text}" if text.startswith("/") else text or "1"))
    except Exception:  # the library raises many kinds for a text that is no unit
        return None
    return quantity / valence if charged else quantity


@cache
def _registry() -> Any:
    import pint

    registry: Any = pint.UnitRegistry()
    registry.define("activity = [activity_of_a_drug_or_enzyme]")
    return registry
