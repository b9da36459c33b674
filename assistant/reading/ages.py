"""The patient's age as a case states it, in the many ways ages are written.

Knows wording. What is told of a relative, or of the time of an event ("died at age 52", "menarche at 13"), is not the
patient's age; of those left the first in the text wins. Does not know sex nor findings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.reading.age_words import age_in_words, numbered_ages

_ONES = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_DECADES = "twenties|thirties|forties|fifties|sixties|seventies|eighties|nineties"
_VALUES = {word: number for number, word in enumerate(f"{_ONES}|{_TEENS}".split("|"), 1)}
_VALUES |= {word: number * 10 for number, word in enumerate(_TENS.split("|"), 2)}
_VALUES |= {word: number * 10 for number, word in enumerate(_DECADES.split("|"), 2)}
_UNIT_YEARS = {"y": 1.0, "m": 1 / 12, "w": 7 / 365.25, "d": 1 / 365.25, "h": 1 / 8766}
_OLDEST = 125
# "In his forties" is taken as the middle of the decade, or of its early or late part.
_PART_OF_DECADE = {"e": 2, "m": 5, "l": 8, "": 5}
# A number before F from here on is a temperature unless the text opens with it.
_FAHRENHEIT = 94

_NUMBER = rf"(?P<n>\d{{1,3}}(?:\.\d+)?|(?:{_TENS})(?:[- ](?:{_ONES}))?|{_TEENS}|{_ONES})"
_HALF = r"(?P<half>\s?\u00bd|[\s-]1/2|[\s-]and[\s-]a[\s-]half)?"
_UNIT = r"(?P<u>years?|yrs?|months?|mos?|weeks?|wks?|days?|hours?|hrs?)"
_SEXED = r"(?:female|male|woman|man|girl|boy|lady|gentleman)"
_BUILD = r"(?:obese|overweight|thin|slim|tall|fit|healthy|well|frail|diabetic|pregnant|black|white|asian)"
_ABOUT = r"(?:approx(?:imately|\.)?|about|around|~|c\.)"
_MEASURED = r"(?:/|kg|cm|%|weeks?|months?|days?|hours?|min)"
_NAMED = rf"(?:{_SEXED}|patient|person|child|infant|baby|(?:Mr|Mrs|Ms|Miss)\.?\s\w+)"
_PRONOUN = r"(?:he is|she is|patient is|he's|she's|i am|i'm|i\u2019m)"
_PART = r"in (?:his|her|their|my) (?:(?P<part>early|mid|late)[- ]?)?"
_FORMS = tuple(
    re.compile(form, flags)
    for form, flags in (
        (rf"(?<![\w.\u2013])(?<!\d-){_NUMBER}{_HALF}[\s-]*{_UNIT}[\s-]*(?:old|of age)\b", re.I),
        (rf"(?<![\w.\u2013])(?<!\d-){_NUMBER}[\s-]*(?P<u>y)(?:ear|r)?s?[\s./-]*o(?:ld)?(?=[MF]?\b)", re.I),
        (
            rf"(?<![\w.\u2013])(?<!\d-){_NUMBER}[\s-]*(?P<u>y)(?:ears?|rs?)?[\s,./-]+(?:{_BUILD}\s)?(?:{_SEXED}|[mf])\b",
            re.I,
        ),
        (r"(?<![\w.])(?P<n>\d{1,3})\s?[/-]?\s?(?P<letter>[MF])\b(?!/)", 0),
        (r"\b[MF]\s?/\s?(?P<n>\d{1,3})\b", 0),
        (r"(?:\A|\n)\s*[MF],?\s?(?P<n>\d{1,3})\b(?!\s?(?:/|kg|cm|%))", 0),
        (rf"\b{_SEXED},? (?:aged? )?{_ABOUT} ?{_NUMBER}\b(?!\s?{_MEASURED})", re.I),
        (rf"\b(?:aged?|age:|age is)\s*(?:of\s*)?{_NUMBER}\b(?!\s?%)(?:[\s-]*{_UNIT}\b)?", re.I),
        (rf"\b{_PRONOUN} {_NUMBER}(?=,|\.(?!\d)|\sand\b|\syears?\b(?!\s(?:into|after|post|since))|\s*$)", re.I),
        (rf"\b{_NAMED}(?:\s\w+)?,\s{_NUMBER}(?=,|\.(?!\d))", re.I),
        (rf"\b{_NAMED} of {_NUMBER}\b(?!\s(?:weeks?|months?|days?)\b)", re.I),
        (rf"\b{_PART}(?P<n>\d)0['\u2019]?s\b", re.I),
        (rf"\b{_PART}(?P<n>{_DECADES})\b", re.I),
    )
)
_ISO_AGE = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T\w+)?")
_NEWBORN = re.compile(
    r"\b(?:newborn|neonate|(?:baby|infant) (?:is|was) (?:born|delivered)|"
    r"(?:immediately|shortly|minutes|hours) after (?:delivery|birth))\b",
    re.I,
)

RELATIVE = (
    r"(?:(?:grand|step)?(?:mother|father|son|daughter|parent|child(?=ren))s?|moms?|mums?|dads?|brothers?|sisters?|siblings?|"
    r"husband|wife|spouse|partner|aunt|uncle|cousin|nephew|niece|boyfriend|girlfriend|roommate|friend|donor|children|kids)"
)
# Somebody brings, or writes about, a child or other person in her care, who is the patient.
BRINGS = re.compile(
    r"(?:^\s*my |\b(?:brings?|brought|bringing|calls? (?:about|regarding)|comes? (?:in )?about)(?: in)? "
    r"(?:her|his|their|my) )(?:[\w-]+ ){0,5}?(?P<who>son|boy|daughter|girl|brother|sister|child|baby|infant|"
    r"mother|father|wife|husband)\b",
    re.I,
)
_EVENT_BEFORE = re.compile(
    r"\b(?:at|since|by|until|till|before|under|over|after|menarche|menopause|onset|diagnosed|than|between|"
    r"when (?:he|she|they|i) was|(?:he|she|they) (?:was|were|had been)|(?:he|she|they) turned)"
    r"\s+(?:about\s|around\s|approximately\s|the\s|his\s|her\s|their\s)*$",
    re.I,
)
_BORN_TO = re.compile(
    r"\b(?:born|deliver(?:ed|y|s)|birth|newborn)\b.*\b(?:to|by|from) (?:an?|her|his)\s(?:[\w-]+\s)*$", re.I | re.S
)
_RELATIVE_BEFORE = re.compile(rf"\b{RELATIVE}\b(?P<between>[^.;]{{0,40}})$", re.I)
_TELLS = re.compile(
    r"\b(?:of|brings?|brought|says?|said|reports?|states?|notes?|notic\w+|that|because|about|presents?|"
    r"comes?|came|sees?|and (?:he|she)|"
    r"with (?:her|his|their)|to the|is here)\b",
    re.I,
)
_RELATIVE_AFTER = re.compile(rf"[\s-]+(?:\w+[\s-]){{0,2}}{RELATIVE}\b", re.I)
_TOLD_ABOUT = re.compile(r"\b(?:about|regarding) (?:her|his|their|my)\s$", re.I)
_POSSESSIVE = re.compile(r"\b(?:his|her|their|whose|my)\s(?:[\w-]+\s)?$", re.I)
_THING_AFTER = re.compile(
    r"[\s-]+(?:(?!with\b)\w+\s)?(?:rash|wound|scar|fracture|injury|bruise|laceration|lesion|marriage|ulcer|bite)\b",
    re.I,
)
_HEAT_BEFORE = re.compile(r"(?:temp\w*|fever|\bT|\u00b0|degrees?|\bof|\bto|\bat|\bis|\bwas)[\s:=]*$", re.I)
_SENTENCE_END = re.compile(r"[.;?!]\s+(?=[A-Z])|\n")


def age_years(text: str) -> float | None:
    """Return the patient's age in years, None when the text gives none."""
    ages = list(_ages(text))
    brought = BRINGS.search(text)
    within = [match for match in ages if brought and brought.start() < match.start() < brought.end()]
    first = next(iter(within or ages), None)
    for match, years in sorted(numbered_ages(text), key=lambda one: one[0].start()):
        if (first is None or match.start() <= first.start() < match.end()) and not _of_something_else(text, match):
            return years
    if first is not None:
        return _years(first)
    return 0.0 if _NEWBORN.search(text) else age_in_words(text)


def iso_age_years(text: str) -> float | None:
    """Return the years of an ISO 8601 duration ("P2Y3M") or of a plain number; None when it is neither."""
    match = _ISO_AGE.fullmatch(text.strip())
    if match and any(match.groups()):
        years, months, weeks, days = (int(part or 0) for part in match.groups())
        return years + months / 12 + weeks * 7 / 365.25 + days / 365.25
    return age_years(text) if not re.fullmatch(r"\d+(\.\d+)?", text.strip()) else float(text)


def born_to(text: str, place: int) -> bool:
    """Say whether the person named at a place is the one who bore the patient: "delivered to a 30-year-old woman"."""
    return _BORN_TO.search(sentence_before(text, place)) is not None


def _ages(text: str) -> Iterator[re.Match[str]]:
    """Yield the ages that may be the patient's, in the order of the text; the longest first where they start alike."""
    found = [match for form in _FORMS for match in form.finditer(text)]
    for match in sorted(found, key=lambda one: (one.start(), -one.end())):
        if _years(match) <= _OLDEST and not _of_something_else(text, match):
            yield match


def _of_something_else(text: str, match: re.Match[str]) -> bool:
    before, after = sentence_before(text, match.start()), text[match.end() : match.end() + 40]
    if _EVENT_BEFORE.search(before) or _THING_AFTER.match(after) or _BORN_TO.search(before):
        return True
    if match.groupdict().get("letter") and is_temperature(text, match):
        return True
    brought = BRINGS.search(text)
    if brought and brought.start() < match.start() < brought.end():
        return False
    relative = _RELATIVE_BEFORE.search(before)
    own_child = re.match(r"\s*my\b", text, re.I)
    if relative and not own_child and not _TELLS.search(relative["between"]):
        return True
    return bool(_POSSESSIVE.search(before) and _RELATIVE_AFTER.match(after) and not _TOLD_ABOUT.search(before))


def is_temperature(text: str, match: re.Match[str]) -> bool:
    """Say whether a number (`n`) before a letter is degrees Fahrenheit rather than "a woman of that age"."""
    before = sentence_before(text, match.start())
    heat = bool(_HEAT_BEFORE.search(before)) or (
        float(match["n"]) >= _FAHRENHEIT and bool(text[: match.start()].strip())
    )
    return match[0].endswith("F") and heat


def sentence_before(text: str, place: int) -> str:
    """Return the part of the sentence that stands before a place, its last words where it is long."""
    before = text[max(0, place - 160) : place]
    ends = [found.end() for found in _SENTENCE_END.finditer(before)]
    return before[ends[-1] :] if ends else before


def _years(match: re.Match[str]) -> float:
    groups = match.groupdict()
    tens, _, ones = groups["n"].lower().replace("-", " ").partition(" ")
    number = float(_VALUES[tens] + _VALUES.get(ones, 0)) if tens in _VALUES else float(tens)
    if "part" in groups:
        return number * (1 if tens in _VALUES else 10) + _PART_OF_DECADE[(groups["part"] or "")[:1].lower()]
    unit = (groups.get("u") or "y")[0].lower()
    return (number + (0.5 if groups.get("half") else 0)) * _UNIT_YEARS[unit]
