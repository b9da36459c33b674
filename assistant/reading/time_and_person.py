"""Whether a value or a medicine named in a text is the patient's own and of now.

Knows wording around a stretch of text. Does not know values nor medicines.
"""

from __future__ import annotations

import re
from enum import Enum

_REACH = 140
_AGO = (
    r"(?:\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|several|few|some|many)\s+(?:more\s+)?"
    r"(?:hours?|days?|weeks?|months?|years?|decades?)\s+(?:ago|earlier|before|prior|previously|back)|"
    r"last\s+(?:week|month|year|visit|admission|pregnancy|spring|summer|winter|fall|autumn)"
)
_PAST = re.compile(
    rf"\b(?:{_AGO}|previous(?:ly)?|prior|at baseline|baseline|usual(?:ly)?|in the past|historical(?:ly)?|"
    rf"at (?:the time of )?discharge|before (?:surgery|the operation|pregnancy|treatment)|as a child|used to be|"
    rf"at (?:her|his|the) last (?:visit|appointment|check-?up)|when (?:he|she) was|first visit)\b",
    re.I,
)
_PAST_AFTER = re.compile(rf"[\s,(]*(?:{_AGO}|in the past|at baseline|previously|as a child|at discharge)\b", re.I)
# Nearer to the value than the words of the past, these bring the text back to now.
_NOW = re.compile(
    r"\b(?:now|today|currently|present(?:s|ed)? (?:with|to)|on (?:arrival|admission|examination|presentation|physical)|"
    r"vital signs|vitals|has|is|are|but|in the (?:clinic|office|emergency))\b",
    re.I,
)
PERSON = (
    r"mother|father|brother|sister|husband|wife|son|daughter|partner|sibling|twin|aunt|uncle|grandmother|grandfather|"
    r"boyfriend|girlfriend|donor|fetus|foetus|roommate|friend|cousin|parents?|family"
)
_OTHERS = re.compile(
    rf"\b(?:(?:{PERSON})(?:'|\u2019)s|maternal|fetal|foetal|(?:{PERSON}) (?:had|has|have) an?)\s+(?:\w+\s+){{0,2}}$",
    re.I,
)
_GOAL = re.compile(
    r"\b(?:if|unless|goals?|targets?|targeting|until|aim(?:ing)?|maintain(?:ing)?|keep(?:ing)?|titrate|should|recommend(?:ed)?|"
    r"threshold|cut-?off|normal range|reference range|normal value|normal is|call for|notify)\b[^;.)\n]{0,60}$",
    re.I,
)
_FLUID = (
    r"csf|cerebrospinal|spinal fluid|synovial|pleural|ascitic|peritoneal|pericardial|joint fluid|amniotic|lumbar puncture|"
    r"arthrocentesis|thoracentesis|paracentesis|joint aspira\w+|"
    r"aspirat(?:e|ion)|lavage|semen|sweat|stool|breast milk|gastric|drain"
)
_URINE_DIRECT = re.compile(r"\b(?:urine|urinary|urinalysis|spot|24-hour|24 hour)\b[\s:,-]*(?:\w+[\s:]+){0,2}$", re.I)
_FLUID_WORD = re.compile(rf"\b(?:{_FLUID})\b", re.I)
_HEADING = re.compile(
    rf"^[^\S\n]*(?:(?P<other>urine|urinalysis|{_FLUID})|(?P<blood>serum|blood|plasma|venous|arterial|cbc))\b[^\n\d]{{0,40}}$",
    re.I | re.M,
)
_BLOOD_WORD = re.compile(
    r"\b(?:serum|blood|plasma|venous|arterial|laboratory|peripheral|hematologic|hemoglobin|complete)\b", re.I
)
_SENTENCE_END = re.compile(r"[.?!]\s+(?=[A-Z])|\n\s*\n")


class Place(Enum):
    """Where a value belongs: the patient now, the patient in the past, or not the patient's blood or body at all."""

    NOW = "now"
    PAST = "past"
    ELSEWHERE = "elsewhere"


def place_of(text: str, start: int, end: int, gap: str = "", of_blood: bool = False) -> Place:
    """Return where the value at `text[start:end]` belongs; `gap` is the wording between its name and its number."""
    clause = _clause_before(text, start)
    if _OTHERS.search(clause) or _GOAL.search(clause) or re.search(r"\b(?:goal|target|should)\b", gap):
        return Place.ELSEWHERE
    if of_blood and _other_specimen(text, start):
        return Place.ELSEWHERE
    if _PAST_AFTER.match(text, end):
        return Place.PAST
    return Place.PAST if _is_past(clause) and not re.search(r"\b(?:is|are|now|today)\b", gap) else Place.NOW


def _clause_before(text: str, start: int) -> str:
    """Return what stands before in the same sentence, as far as it may say whose and when."""
    first = max(0, start - _REACH)
    before = text[first:start]
    # The capital that begins the next sentence may be the first letter of the name itself: "last week. T 39.9 C".
    ends = [found.end() for found in _SENTENCE_END.finditer(text[first : start + 1])]
    cut = max([*ends, before.rfind(";") + 1, before.rfind("\n") + 1])
    return before[cut:]


def _is_past(clause: str) -> bool:
    past = [found.end() for found in _PAST.finditer(clause)]
    return bool(past) and not _NOW.search(clause, past[-1])


def _other_specimen(text: str, start: int) -> bool:
    """Return whether a laboratory value is of urine, spinal fluid or another fluid rather than of blood."""
    before = text[max(0, start - 600) : start]
    if _URINE_DIRECT.search(before[-40:]):
        return True
    ends = [found.end() for found in _SENTENCE_END.finditer(before)]
    sentence = before[ends[-1] :] if ends else before
    fluid = [found.end() for found in _FLUID_WORD.finditer(sentence)]
    if fluid and "\n" not in sentence[fluid[-1] :] and not _BLOOD_WORD.search(sentence, fluid[-1]):
        return True
    headings = list(_HEADING.finditer(sentence))
    return bool(headings) and headings[-1]["other"] is not None
