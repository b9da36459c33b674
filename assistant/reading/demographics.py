"""Age, sex and pregnancy as a case states them.

Knows wording. Where two statements compete, the first age in the text and the most explicit word for sex win.
"""

from __future__ import annotations

import re
from typing import Literal

Sex = Literal["female", "male", "unknown"]

_NUMBER_WORDS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
]
_UNIT_YEARS = {"y": 1.0, "m": 1 / 12, "w": 7 / 365.25, "d": 1 / 365.25, "h": 1 / 8766}
_NUMBER = rf"(?P<n>\d+(?:\.\d+)?|{'|'.join(_NUMBER_WORDS)})"
_AGE_FORMS = (
    re.compile(rf"{_NUMBER}[\s-]*(?P<u>year|yr|month|mo|week|wk|day|hour)s?[\s-]*old", re.I),
    re.compile(r"\b(?P<n>\d+)\s*-?\s*(?P<u>y)(?:/?o|\.o\.)\b", re.I),
    re.compile(r"\b(?P<n>\d+)\s*(?P<u>y)r?s?\b[\s,/]*(?:old\s*)?(?:male|female|man|woman|[MF]\b)", re.I),
    re.compile(r"\b(?P<n>\d{1,3})\s?(?P<u>)(?:[MF])\b"),
    re.compile(rf"\b(?:aged?|age:|age is)\s*(?:of\s*)?{_NUMBER}\s*(?P<u>year|month|week|day)?", re.I),
    re.compile(r"\bin (?:his|her|their) (?:early |mid[- ]|late )?(?P<n>\d)(?P<u>)0'?s\b", re.I),
)
_ISO_AGE = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T\w+)?")
_NEWBORN = re.compile(r"\b(newborn|neonate|at birth|immediately after (delivery|birth))\b", re.I)
_FEMALE = re.compile(
    r"\b(woman|female|girl|lady|mother of|gravida|primigravida|G\dP\d|pregnant|waitress|housewife)\b|\b\d{1,3}\s?F\b",
    re.I,
)
_MALE = re.compile(r"\b(man|male|boy|gentleman)\b|\b\d{1,3}\s?M\b", re.I)
_SHE, _HE = re.compile(r"\b(she|her)\b", re.I), re.compile(r"\b(he|his|him)\b", re.I)
_NOT_PREGNANT = re.compile(
    r"not pregnant|negative (urine |serum )?pregnancy|pregnancy test (is|was|came back) negative|"
    r"hcg (is |was |test )?(is |was )?negative|negative (beta[- ]?)?(hcg|human chorionic)",
    re.I,
)
_PREGNANT = re.compile(
    r"\bpregnant\b|weeks'? (of )?(gestation|pregnan)|\d+[- ]weeks? pregnan|gestational age|"
    r"at \d+ weeks'? gestation|\bprimigravida\b|(first|second|third) trimester",
    re.I,
)


def age_years(text: str) -> float | None:
    """Return the patient's age in years, None when the text gives none."""
    found = [match for form in _AGE_FORMS for match in [form.search(text)] if match]
    if found:
        first = min(found, key=lambda match: match.start())
        return _years(first)
    return 0.0 if _NEWBORN.search(text) else None


def iso_age_years(text: str) -> float | None:
    """Return the years of an ISO 8601 duration ("P2Y3M") or of a plain number; None when it is neither."""
    match = _ISO_AGE.fullmatch(text.strip())
    if match and any(match.groups()):
        years, months, weeks, days = (int(part or 0) for part in match.groups())
        return years + months / 12 + weeks * 7 / 365.25 + days / 365.25
    return age_years(text) if not re.fullmatch(r"\d+(\.\d+)?", text.strip()) else float(text)


def sex(text: str) -> Sex:
    """Return the patient's sex: the first explicit word decides, pronouns only where there is none."""
    explicit = sorted(
        (match.start(), name)
        for name, match in (("female", _FEMALE.search(text)), ("male", _MALE.search(text)))
        if match
    )
    if explicit:
        return "female" if explicit[0][1] == "female" else "male"
    she, he = len(_SHE.findall(text)), len(_HE.findall(text))
    return "unknown" if she == he else ("female" if she > he else "male")


def pregnant(text: str, patient: Sex, years: float | None) -> bool | None:
    """Return whether the patient is pregnant; None when the text does not say."""
    if patient == "male" or (years is not None and not 9 <= years <= 60):
        return None
    if _NOT_PREGNANT.search(text):
        return False
    return True if _PREGNANT.search(text) else None


def _years(match: re.Match[str]) -> float:
    value = match["n"].lower()
    number = float(_NUMBER_WORDS.index(value) + 1 if value in _NUMBER_WORDS else value)
    if "0'" in match[0] or (match[0].rstrip("s").endswith("0") and match[0].lower().startswith("in ")):
        return number * 10 + 5
    unit = (match["u"] or "y")[0].lower()
    return number * _UNIT_YEARS[unit]
