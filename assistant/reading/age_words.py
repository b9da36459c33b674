"""Ages that are not one number with a unit: "3/12 old", "1 year 3 months old", "P2Y6M", "day 3 of life", "a teenager".

Knows wordings and the years they stand for. Does not know whose age it is; `ages` decides that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from assistant.reading.tables import rows

_PARTS = {"y": 1.0, "m": 1 / 12, "w": 7 / 365.25, "d": 1 / 365.25}
_OVER = {"12": 1 / 12, "52": 7 / 365.25, "7": 1 / 365.25}
_UNIT = r"(?:years?|yrs?|y|months?|mos?|m|weeks?|wks?|w|days?|d)"
_FRACTION = re.compile(r"(?<![\w./])(?P<n>\d{1,2})/(?P<over>12|52|7)(?![\d/])(?=[\s-]*(?:old|of age)\b)", re.I)
_COMPOUND = re.compile(
    r"(?<![\w.])(?P<n>\d{1,2})[\s-]*(?P<first>y(?:ears?|rs?)?|m(?:onths?|os?)?|w(?:ee)?ks?)[\s,-]*(?:and )?[\s-]*"
    r"(?P<more>\d{1,2})[\s-]*(?P<second>m(?:onths?|os?)?|w(?:ee)?ks?|d(?:ays?)?)(?:[\s-]*(?:old|of age)\b|(?=\s[MF]\b))",
    re.I,
)
_SHORT = re.compile(r"(?<![\w.])(?P<n>\d{1,2})[\s-]?(?P<first>mo|m|wk|w)s?[\s/-](?=[MF]\b(?!/))", re.I)
_ISO = re.compile(r"\bage:?\s*(?=P\d)P(?:(?P<y>\d+)Y)?(?:(?P<m>\d+)M)?(?:(?P<w>\d+)W)?(?:(?P<d>\d+)D)?\b", re.I)
_DAY_OF_LIFE = re.compile(
    r"\bday (?:of life )?#?(?P<n>\d{1,2})(?: of life)\b|\bDOL ?#?(?P<dol>\d{1,2})\b|\bday of life (?P<of>\d{1,2})\b",
    re.I,
)
_RANGE = re.compile(
    r"(?<![\w.])(?P<n>\d{2})\s?(?:-|\u2013|to)\s?(?P<more>\d{2})[\s-]*(?:years?|yrs?)[\s-]*(?:old|of age)\b", re.I
)
_TURNED = re.compile(r"\b(?:he|she|patient) (?:has )?(?:just |recently )?turned (?P<n>\d{1,3})\b", re.I)
_NOT_THE_PATIENT = re.compile(
    r"\b(?:as an?|since|during|(?:his|her|their|my|with an?|of an?) (?:\w+ )?|when (?:he|she) was an?|for an?|like an?) ?$",
    re.I,
)
# A word for an age beside one of these is a thing's or another's: "infant formula", "the baby was delivered by".
_OF_A_THING = re.compile(
    r"['\u2019]s\b|[\s-]+(?:formula|food|seat|monitor|onset|pregnancy|mother|son|daughter|brother|sister)\b", re.I
)


def numbered_ages(text: str) -> Iterator[tuple[re.Match[str], float]]:
    """Yield the ages given in numbers of two parts, or otherwise than `ages` knows, with the years they are."""
    for match in _COMPOUND.finditer(text):
        second = float(match["more"]) * _PARTS[match["second"][0].lower()]
        yield match, float(match["n"]) * _PARTS[match["first"][0].lower()] + second
    for match in _FRACTION.finditer(text):
        yield match, float(match["n"]) * _OVER[match["over"]]
    for match in _SHORT.finditer(text):
        yield match, float(match["n"]) * _PARTS[match["first"][0].lower()]
    for match in _ISO.finditer(text):
        yield match, sum(float(match[unit] or 0) * size for unit, size in _PARTS.items())
    for match in _DAY_OF_LIFE.finditer(text):
        yield match, float(match["n"] or match["dol"] or match["of"]) / 365.25
    for match in _RANGE.finditer(text):
        yield match, (float(match["n"]) + float(match["more"])) / 2
    for match in _TURNED.finditer(text):
        yield match, float(match["n"])


def age_in_words(text: str) -> float | None:
    """Return the years that the first word for an age stands for, None where there is no such word of the patient."""
    found = [
        (match.start(), years)
        for years, pattern in _words()
        for match in pattern.finditer(text)
        if not _NOT_THE_PATIENT.search(text, max(0, match.start() - 40), match.start())
        and not _OF_A_THING.match(text, match.end())
    ]
    return min(found)[1] if found else None


@cache
def _words() -> tuple[tuple[float, re.Pattern[str]], ...]:
    return tuple(
        (float(years), re.compile(rf"(?<![\w-])(?:{wording})(?!\w)", re.I))
        for years, wording in rows("age_words.tsv", 2)
    )
