"""Read how much, how often and for how long from the words behind a medicine's name.

Knows units, frequencies and durations as guidelines write them, in sentences and in rows of tables. Does not know medicines.
What is unclear widens the range that is read, so that two readings are told apart only when they certainly differ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_RANGE = rf"(?P<low>{_NUMBER})(?:\s*(?P<low_unit>mg|gm|g|mcg|micrograms?)?\s*(?:-|\u2013|to)\s*(?P<high>{_NUMBER}))?"
_AMOUNT = re.compile(
    rf"(?<![\d/.,])\b{_RANGE}\s*(?P<unit>mcg|micrograms?|\u00b5g|\u03bcg|mg|gms?|g|MU|IU|units?|u)\b(?P<weight>\s*/\s*kg|\s+per\s+kg)?"
    r"(?P<day>\s*/\s*(?:day|d|24\s?h(?:ours)?)\b|\s+(?:per|a)\s+day\b)?",
    re.IGNORECASE,
)
# A mixture's strengths, a volume's or a rate's: not what is given at once. By body surface: not to be compared with others.
_NO_DOSE = re.compile(
    rf"{_NUMBER}\s*(?:mg|g|mcg)?\s*/\s*{_NUMBER}\s*(?:mg|g|ml|l)\b|\bmg\s*/\s*(?:ml|l|min|hour|hr|h)\b|/\s*m[2\u00b2]",
    re.I,
)
_IN_MILLIGRAMS = {
    "mcg": 0.001,
    "microgram": 0.001,
    "micrograms": 0.001,
    "\u00b5g": 0.001,
    "\u03bcg": 0.001,
    "mg": 1.0,
    "g": 1000.0,
    "gm": 1000.0,
    "gms": 1000.0,
}
_IN_UNITS = {"mu": 1e6, "iu": 1.0, "unit": 1.0, "units": 1.0, "u": 1.0}
_WORDS = {
    "once": 1,
    "one": 1,
    "two": 2,
    "twice": 2,
    "three": 3,
    "thrice": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
}
_WORDS |= {"ten": 10, "fourteen": 14}
_COUNT = rf"(\d{{1,2}}|{'|'.join(_WORDS)})"
_TIMES = re.compile(
    rf"\b(?:{_COUNT},\s*)?{_COUNT}(?:\s*(?:-|\u2013|to|or)\s*{_COUNT})?(?:\s+times)?\s*"
    r"(?:(?:a|per|each|every|in a|/)\s*day|daily)\b",
    re.I,
)
_HOURLY = re.compile(
    r"\b(?:every\s+)?(\d{1,2})(?:\s*(?:-|\u2013|to)\s*(\d{1,2}))?\s*-?\s*(?:hourly|hrly)\b|"
    r"\bevery\s+(\d{1,2})(?:\s*(?:-|\u2013|to)\s*(\d{1,2}))?\s*(?:hours|hrs|h)\b",
    re.I,
)
_LATIN = (
    (re.compile(r"\b(?:od|nocte|at night|in the morning)\b", re.I), 1),
    (re.compile(r"\b(?:bd\b|bid\b|b\.d\.)", re.I), 2),
    (re.compile(r"\b(?:tds\b|tid\b|t\.d\.s\.)", re.I), 3),
    (re.compile(r"\b(?:qds|qid)\b", re.I), 4),
)
_DAILY = re.compile(r"\bdaily\b|\b(?:each|every) day\b", re.I)
_DIVIDED = re.compile(r"\bdivided\b", re.I)
_ONCE = re.compile(r"\b(?:stat|single(?:\s+\w+)?\s+dose|one dose|once only|immediately|as a single)\b", re.I)
_ONCE_ONLY = re.compile(r"\bonce\b(?!\s*(?:a|per|every|each|-|or|daily|weekly))", re.I)
_WEEKLY = re.compile(r"\bweekly\b|\b(?:a|per|each|every)\s+week\b|\bmonthly\b|\balternate days?\b", re.I)
_DURATION = re.compile(
    rf"\b{_COUNT}(?:\s*(?:-|\u2013|to|or)\s*{_COUNT})?\s*-?\s*(day|week|month)s?\b(?!\s+(?:old|of age))", re.I
)
_NOT_DURATION = re.compile(r"(?:after|within|every|each|day|age|aged|under|over|first|last|at|times a)\s+$", re.I)
_DAYS = {"day": 1, "week": 7, "month": 30}
_ROUTES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("by vein", re.compile(r"\b(?:iv|i\.v\.|intravenous(?:ly)?|infusion)\b", re.I)),
    ("by muscle", re.compile(r"\b(?:im|i\.m\.|intramuscular(?:ly)?)\b", re.I)),
    ("by mouth", re.compile(r"\b(?:po|p\.o\.|oral(?:ly)?|by mouth|tabs?|tablets?|capsules?)\b", re.I)),
    ("inhaled", re.compile(r"\b(?:inhal\w+|nebuli[sz]\w+|puffs?|spacer)\b", re.I)),
    ("on the skin or eye", re.compile(r"\b(?:topical(?:ly)?|cream|ointment|gel|lotion|drops?|shampoo|eye)\b", re.I)),
    ("under the skin", re.compile(r"\b(?:sc|s\.c\.|subcutaneous(?:ly)?)\b", re.I)),
    (
        "other",
        re.compile(r"\b(?:rectal(?:ly)?|pr|vaginal(?:ly)?|pessar\w+|suppositor\w+|intrathecal|sublingual)\b", re.I),
    ),
)
Kind = Literal["mass", "units"]


@dataclass(frozen=True)
class Range:
    """From the least to the most."""

    low: float
    high: float

    def apart(self, other: Range, factor: float) -> bool:
        """Say whether two ranges have nothing in common and their nearest ends differ by this factor at least."""
        lower, upper = (self, other) if self.high < other.low else (other, self)
        return lower.high < upper.low and upper.low >= factor * lower.high


@dataclass(frozen=True)
class Dosage:
    """How a medicine is to be given, as far as it is said; `amount` is for one time, in mg or units."""

    amount: Range | None = None
    kind: Kind = "mass"
    by_weight: bool = False
    times: Range | None = None
    once: bool = False
    days: Range | None = None
    routes: frozenset[str] = frozenset()

    @property
    def a_day(self) -> Range | None:
        """The amount for a day, None where the amount or how often is not said."""
        if self.amount is None or self.times is None:
            return None
        return Range(self.amount.low * self.times.low, self.amount.high * self.times.high)


def read_dosage(text: str) -> Dosage:
    """Return what a stretch of text says of how a medicine is to be given."""
    amount, kind, by_weight, for_a_day = _amount(text)
    times = _times(text)
    if for_a_day or (amount and times and _DIVIDED.search(text)):
        times = Range(1, 1)
    once = times is None and bool(_ONCE.search(text) or _ONCE_ONLY.search(text))
    return Dosage(amount, kind, by_weight, times, once, _days(text), routes_in(text))


def routes_in(text: str) -> frozenset[str]:
    """Return the ways of giving that a text names."""
    return frozenset(name for name, pattern in _ROUTES if pattern.search(text))


def _amount(text: str) -> tuple[Range | None, Kind, bool, bool]:
    """Return the range that holds every amount, its kind, and whether it is by weight and for a whole day."""
    found = [] if _NO_DOSE.search(text) else list(_AMOUNT.finditer(text))
    kinds = {(match["unit"].lower() in _IN_MILLIGRAMS, bool(match["weight"]), bool(match["day"])) for match in found}
    if len(kinds) != 1:
        return None, "mass", False, False
    [(mass, by_weight, for_a_day)] = kinds
    ends = [end for match in found for end in _ends(match)]
    return Range(min(ends), max(ends)), "mass" if mass else "units", by_weight, for_a_day


def _ends(match: re.Match[str]) -> list[float]:
    """Return both ends of an amount in mg or units: "500 mg - 1 g", "1.2-2 g"."""
    last = match["unit"].lower()
    pairs = ((match["low"], (match["low_unit"] or last).lower()), (match["high"], last))
    return [_number(number) * (_IN_MILLIGRAMS | _IN_UNITS)[unit] for number, unit in pairs if number]


def _times(text: str) -> Range | None:
    """Return how often a day: the range of all that is said of it."""
    if _WEEKLY.search(text):
        return None
    counts = [float(_number(part)) for match in _TIMES.finditer(text) for part in match.groups() if part]
    counts += [24 / float(part) for match in _HOURLY.finditer(text) for part in match.groups() if part and int(part)]
    counts += [float(count) for pattern, count in _LATIN if pattern.search(text)]
    if not counts and _DAILY.search(text):
        counts = [1.0]
    return Range(min(counts), max(counts)) if counts else None


def _days(text: str) -> Range | None:
    ends = [
        _number(part) * _DAYS[match[3].lower()]
        for match in _DURATION.finditer(text)
        if not _NOT_DURATION.search(text[: match.start()])
        for part in match.groups()[:2]
        if part
    ]
    return Range(min(ends), max(ends)) if ends else None


def _number(text: str) -> float:
    return float(_WORDS[text.lower()]) if text.lower() in _WORDS else float(text.replace(",", ""))
