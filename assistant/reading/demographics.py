"""Sex and pregnancy as a case states them, beside the age, which is read in `ages`.

Knows wording. Where two statements compete, the first explicit word for sex wins; words of a partner or of the woman who
bore the patient do not count. Does not know findings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from assistant.reading.ages import (
    BRINGS,
    RELATIVE,
    age_years,
    born_to,
    is_temperature,
    iso_age_years,
    sentence_before,
)

__all__ = ["Sex", "age_years", "iso_age_years", "pregnant", "sex"]

Sex = Literal["female", "male", "unknown"]

_WORDS = re.compile(
    r"\b(?:(?P<female>woman|female|girl|lady|gravida|primigravid\w*|multigravid\w*|multiparous|nulliparous|G\d\s?P\d+|waitress|"
    r"housewife|Mrs|Ms|post-?\s?menopausal)|(?P<male>man|male|boy|gentleman|bloke|lad|chap|Mr))\b",
    re.I,
)
_LETTER = re.compile(
    r"(?<![\w.])(?P<n>\d{1,3})\s?(?:[Yy](?:ears?|rs?)?[\s./-]*(?:[Oo](?:ld)?)?)?[\s/-]{0,2}(?P<after>[MF])\b(?!/)|"
    r"\b(?P<before>[MF])\s?/\s?\d{1,3}\b|\b[Ss]ex:?\s(?P<named>[MF])\b|"
    r"(?:\A|\n)\s*(?P<opening>[MF]),?\s?\d{1,3}\b|(?<=\w )\((?P<aside>[MF])\)"
)
_SOMEBODY_ELSE_BEFORE = re.compile(
    r"\b(?:(?:his|her|their) (?:\w+ )?|(?:sex|intercourse|contact|relationship) with (?:an?|another|one) (?:\w+ )?)$",
    re.I,
)
_SOMEBODY_ELSE_AFTER = re.compile(
    r"[\s-]+(?:sexual )?(?:partners?|friends?|pattern|siblings?|relatives?|sex|hormones?|donor|doctor|physician|nurse)\b",
    re.I,
)
_SHE, _HE = re.compile(r"\b(?:she|her|hers)\b", re.I), re.compile(r"\b(?:he|his|him)\b", re.I)
_HERS = re.compile(r"\b(?:vagin\w+|uter(?:us|ine)|ovar\w+|menstru\w+|menses|LMP|vulva\w*|pregnan\w+)\b", re.I)
_HIS = re.compile(r"\b(?:prostat\w+|testic\w+|test[ie]s|scrot\w+|penis|penile|foreskin|erectile)\b", re.I)
_SONS = frozenset(("son", "boy", "brother", "father", "husband"))
_DAUGHTERS = frozenset(("daughter", "girl", "sister", "mother", "wife"))

_POSTMENOPAUSAL = re.compile(r"\bpost-?\s?menopausal\b", re.I)
_NOT_PREGNANT = re.compile(
    r"\bnot (?:currently |now )?pregnant|n['\u2019]t pregnant|negative (?:(?:urine|serum|blood) )?pregnancy|"
    r"pregnancy tests? (?:(?:is|was|are|were|came back) )?negative|"
    r"\b(?:denies|no chance of|no possibility of) (?:being pregnant|pregnancy)|"
    r"hcg (?:(?:is|was|test|level) )*(?:negative|undetectable)|"
    r"negative (?:(?:urine|serum) )?(?:(?:beta|\u03b2)[- ]?)?(?:hcg|human chorionic)",
    re.I,
)
_PREGNANT = re.compile(
    r"\bpregnant\b|\d[- ]weeks?['\u2019]? (?:of )?(?:gestation|pregnan\w+)|\bat (?:about )?\d+(?:\s?\+\s?\d)? ?(?:weeks|wks)\b"
    r"(?! (?:of age|old|post|after|follow|later))|gestational age|\bprimigravida\b|"
    r"\bG\d\s?P\d(?:\+\d)?,?\s(?:at )?\d{1,2}(?:\+\d)?(?:/40|\s?(?:weeks|wks)(?! (?:post|after|ago)))\b|"
    r"(?<![\d/])(?!20/)(?:[4-9]|[1-3]\d|4[0-2])(?:\+\d)?/40\b|"
    r"hcg (?:(?:is|was|test|level) )*(?:positive|pos\b|\+ve)|positive (?:(?:urine|serum) )?(?:(?:beta|\u03b2)[- ]?)?hcg\b|"
    r"\bin (?:her|the|my) (?:first|second|third|1st|2nd|3rd) "
    r"trimester|pregnancy test (?:is|was|came back) positive|positive (?:urine )?pregnancy test|\b(?:this|current) pregnancy\b|"
    r"\bduring (?:her|the) pregnancy\b|\bin (?:her|the) \d+\w* week of (?:pregnancy|gestation)\b",
    re.I,
)
# Before the word, these take it to another time or person, or leave it open.
_NOT_NOW = re.compile(
    rf"\b(?:when|while|if|whether|become|became|becoming|get|getting|trying|(?:was|were|been)(?! (?:found|confirmed))|"
    rf"last|previous|prior|"
    rf"earlier|history of|ago|possibl[ey]|possibility|may be|could be|might be|"
    rf"born|delivered|planning|wants?|abortion|miscarr\w+|{RELATIVE})\b[^.;]{{0,30}}$",
    re.I,
)
# Where one of these stands before it in the same sentence, the pregnancy is over.
_AFTER_BIRTH = re.compile(
    r"\bpost-?partum\b|\b(?:after|since|following) (?:an? |the |her )?(?:\w+ ){0,2}(?:delivery|childbirth|giving birth)\b|"
    r"\b(?:gave|gives) birth\b|\bdeliver(?:ed|s) (?:an? |her )",
    re.I,
)


def sex(text: str) -> Sex:
    """Return the patient's sex: the first explicit word decides, pronouns only where there is none, then anatomy."""
    brought = BRINGS.search(text)
    if brought and (who := brought["who"].lower()) in _SONS | _DAUGHTERS:
        return "male" if who in _SONS else "female"
    explicit = min(_explicit(text), default=None)
    if explicit is not None:
        return explicit[1]
    for female, male in ((_SHE, _HE), (_HERS, _HIS)):
        hers, his = len(female.findall(text)), len(male.findall(text))
        if hers != his:
            return "female" if hers > his else "male"
    return "unknown"


def pregnant(text: str, patient: Sex, years: float | None) -> bool | None:
    """Return whether the patient is pregnant; None when the text does not say."""
    if patient == "male" or (years is not None and not 9 <= years <= 60):
        return None
    if _NOT_PREGNANT.search(text) or _POSTMENOPAUSAL.search(text):
        return False
    return True if any(_is_now(text, found.start()) for found in _PREGNANT.finditer(text)) else None


def _is_now(text: str, place: int) -> bool:
    before = sentence_before(text, place)
    return not (_NOT_NOW.search(before[-60:]) or _AFTER_BIRTH.search(before))


def _explicit(text: str) -> Iterator[tuple[int, Sex]]:
    """Yield where a word or letter tells the patient's sex, and which."""
    for found in _WORDS.finditer(text):
        before, after = text[max(0, found.start() - 60) : found.start()], text[found.end() : found.end() + 30]
        if not (
            _SOMEBODY_ELSE_BEFORE.search(before) or _SOMEBODY_ELSE_AFTER.match(after) or born_to(text, found.start())
        ):
            yield found.start(), "female" if found["female"] else "male"
    for found in _LETTER.finditer(text):
        letter = next(filter(None, (found[name] for name in _LETTER.groupindex if name != "n")))
        if found["after"] is None or not is_temperature(text, found):
            yield found.start(), "female" if letter == "F" else "male"
