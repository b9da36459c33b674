"""How many weeks a pregnancy has lasted, as a case states it; which trimester a medicine's risk belongs to depends on it.

Knows wording. Does not know whether the patient is pregnant, nor medicines.
"""

from __future__ import annotations

import re

# 45 weeks is the latest that a pregnancy lasts.
_LONGEST = 45.0
_WEEKS = re.compile(
    r"\b(?P<w>\d{1,2})(?:\s?\+\s?(?P<d>[0-6])|(?:\s(?P<sevenths>[1-6])/7))?\s?(?:-\s?)?"
    r"(?:weeks?|wks?)(?:['\u2019]s?|s)?[\s-]+(?:of |into (?:her |the )?)?(?:pregnan\w+|gestation\w*|gravid)|"
    r"\b(?:gestation(?:al age)?|pregnan\w+)\s(?:of|at|is|was|:)\s?(?:about )?(?P<w2>\d{1,2})\s?(?:\+\s?(?P<d2>[0-6]))?|"
    r"\bG\d\s?P\d(?:\+\d)?,?\s(?:at )?(?P<w3>\d{1,2})(?:\s?\+\s?(?P<d3>[0-6]))?\s?(?:/40|weeks|wks)|"
    r"\b(?:at|now) (?:about )?(?P<w4>\d{1,2})(?:\s?\+\s?(?P<d4>[0-6]))?\s?(?:weeks|wks)\b"
    r"(?! (?:of age|old|post|after|ago|later))|"
    r"(?<![\d/])(?P<w5>\d{1,2})(?:\+(?P<d5>[0-6]))?/40\b",
    re.I,
)
_MONTHS = re.compile(
    r"\b(?P<m>\d|one|two|three|four|five|six|seven|eight|nine)[\s-]+months?[\s-]+(?:pregnant|gravid|gestation)", re.I
)
_NUMBERS = {word: place for place, word in enumerate("one two three four five six seven eight nine".split(), 1)}
_TRIMESTER = re.compile(r"\b(?P<t>first|second|third|1st|2nd|3rd)[\s-]trimester", re.I)
# The middle of each, in weeks.
_MIDDLE = {"first": 7.0, "1st": 7.0, "second": 21.0, "2nd": 21.0, "third": 34.0, "3rd": 34.0}
_WEEKS_A_MONTH = 4.345


def gestation_weeks(narrative: str) -> float | None:
    """Return the weeks of gestation that a text states, the middle of a trimester where only that is; None if neither is."""
    for found in _WEEKS.finditer(narrative):
        weeks, days = (next((part for name in names if (part := found[name])), None) for names in _GROUPS)
        total = float(weeks or 0) + float(days or 0) / 7
        if 0 < total <= _LONGEST:
            return total
    if month := _MONTHS.search(narrative):
        return _WEEKS_A_MONTH * (_NUMBERS.get(month["m"].lower()) or int(month["m"]))
    trimester = _TRIMESTER.search(narrative)
    return _MIDDLE[trimester["t"].lower()] if trimester else None


_GROUPS = (("w", "w2", "w3", "w4", "w5"), ("d", "sevenths", "d2", "d3", "d4", "d5"))
