"""How long a finding has lasted, or since when, in the words of the sentence that names it.

Knows wordings of time and where a clause ends. Does not turn them into days, nor knows which findings there are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Reach = Literal["before", "after", "either"]

_NUMBER = (
    r"(?:\d+(?:[.,]\d+)?(?:\s?(?:-|\u2013|to)\s?\d+)?|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    r"fifteen|twenty|thirty|several|some|many|a few|a couple of|a couple|half an|(?:one|two|three) to (?:two|three|four|five))"
)
_UNIT = r"(?:minute|min|hour|hr|day|night|week|wk|fortnight|month|year|yr|decade)s?"
_ABOUT = r"(?:(?:about|around|approximately|almost|nearly|roughly|over|at least|more than|less than) )*"
_AMOUNT = rf"{_ABOUT}{_NUMBER}[\s-]?(?:and a half )?{_UNIT}"
_PERIOD = rf"(?:the )?(?:entire |whole )?(?:past|last|previous|preceding)(?: (?:few|several|couple of|{_NUMBER}))?[\s-]{_UNIT}"
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_MOMENT = (
    r"(?:yesterday|today|birth|childhood|infancy|adolescence|adulthood|puberty|lunch(?:time)?|breakfast|dinner|midnight|noon|"
    rf"(?:yesterday|this|last) (?:morning|afternoon|evening|night|week|month|year|spring|summer|autumn|fall|winter|{_DAY})|"
    rf"{_DAY}|(?:early |late |mid-?)?{_MONTH}(?: (?:19|20)\d\d)?|(?:19|20)\d\d|"
    rf"(?:the )?age (?:of )?\d+|(?:he|she) was \w+(?: years old)?|{_AMOUNT} ago|"
    r"the (?:accident|fall|injury|operation|surgery|delivery|birth of (?:her|his) (?:\w+ )?(?:child|baby|son|daughter)))"
)


@dataclass(frozen=True)
class _Form:
    """A wording of time, and whether it belongs to what stands before it, after it, or on either side."""

    pattern: re.Pattern[str]
    reach: Reach


def _form(pattern: str, reach: Reach) -> _Form:
    return _Form(re.compile(rf"(?<![\w-]){pattern}(?!\w)", re.I), reach)


_NO_ILLNESS = r"age\b|gestation|life\b|pregnancy|labou?r|treatment|therapy|training|exercise|sleep|use\b|work"
_FORMS = (
    _form(rf"{_AMOUNT}['\u2019]?s?[\s-](?:long )?(?:history|course|hx)(?= of\b)", "after"),
    _form(
        rf"{_AMOUNT}['\u2019]?(?= of (?!{_NO_ILLNESS}))",
        "after",
    ),
    _form(
        rf"for (?:{_PERIOD}|{_AMOUNT}|(?:many |several )?{_UNIT}|a (?:long|short) time|a while)(?! (?:ago|old|prior))",
        "either",
    ),
    _form(rf"(?:over|during|in|within|throughout) (?:{_PERIOD}|{_AMOUNT})(?! (?:ago|of))", "either"),
    _form(rf"(?:ever )?since {_MOMENT}", "either"),
    _form(rf"(?:{_AMOUNT}) ago|(?:yesterday|last night|this morning|today|overnight)", "either"),
    _form(rf"(?:x|\u00d7)\s?\d+\s?(?:{_UNIT}|h|d|w|m|y|/7|/52|/12)", "before"),
    _form(rf"of {_AMOUNT}['\u2019]?(?: duration)", "before"),
    _form(rf"(?:lasting|lasted|lasts)(?: for)? (?:up to )?{_AMOUNT}", "before"),
    _form(r"all (?:day|night|week|morning)(?: long)?", "before"),
    _Form(re.compile(rf"(?<=\()\s*{_AMOUNT}\s*(?=\))", re.I), "before"),
)
_BARE_MOMENT = re.compile(r"(?:.* ago|yesterday|last night|this morning|today|overnight)", re.I)
_ONSET = re.compile(r"\b(?:start|beg[aiu]n|notic|develop|appear|first|onset|occur|woke|came on|present since)\w*", re.I)
# A duration does not reach over one of these: another clause, or another matter that lasts.
_END = re.compile(
    r"[;\n]|[.!?](?=\s|$)|,\s(?=(?:he|she|they|it|i|we|the|his|her|there|but|then|now)\b)|"
    r"\b(?:but|however|although|though|because|whereas|except|before|after|until|while|who)\b|"
    r"\band (?:he|she|they|it|i|we|has|have|had|is|are|was|were|the|his|her|then|now|(?:\w+ ){0,2}(?:for|since|\d))\b",
    re.I,
)
# Between a finding and the time after it, these bring up something else: "hypertension has had fever for 3 days".
_OTHER_FINDING = re.compile(
    r"\b(?:has|have|had)\b(?! (?:been|last|persist|continu|worsen|increas|progress|becom|grown|hurt|ached|spread|stayed))|"
    r"\b(?:presents|presented|comes?|came|complain\w*|reports?|developed|develops|experienc\w+)\b",
    re.I,
)
_OTHER_MATTER = re.compile(
    r"\b(?:treated|treatment|treating|given|took|taken|takes|taking|prescribed|received|receiving|used|using|"
    r"smok\w+|drank|drinks|drinking|worked|works|lived|lives|travel\w*|trip|went|visit\w*|stayed|married|"
    r"admitted|hospitali[sz]ed|incarcerated|vacation|on (?:an? )?(?:\w+ )?(?:medication|therapy|diet)|pregnant|seen|operated|"
    r"surgery)\b",
    re.I,
)
# In characters between a finding and its time; beyond, a text is not made of sentences.
_FARTHEST = 300
_OPENING = re.compile(r"(?:^|[.;:,]\s|\b(?:and|that|who|which|but)\s)\s*$")


@dataclass(frozen=True)
class _Time:
    start: int
    end: int
    reach: Reach


def duration_at(sentence: str, start: int, end: int) -> str:
    """Return the wording of time that belongs to the finding at `sentence[start:end]`, "" when its clause holds none."""
    times = [time for time in _times(sentence) if start - _FARTHEST < time.end and time.start < end + _FARTHEST]
    near = [
        (time.start - end if time.start >= end else start - time.end, time.start)
        for time in times
        if _belongs(sentence, time, start, end, times)
    ]
    if not near:
        return ""
    _, first = min(near)
    return next(sentence[time.start : time.end].strip() for time in times if time.start == first)


@lru_cache(maxsize=4096)
def _times(sentence: str) -> tuple[_Time, ...]:
    """Return the wordings of time in a sentence; of two that overlap, the first."""
    found = [
        _Time(match.start(), match.end(), form.reach)
        for form in _FORMS
        for match in form.pattern.finditer(sentence)
        if not _BARE_MOMENT.fullmatch(match[0]) or _ONSET.search(sentence)
    ]
    kept: list[_Time] = []
    for time in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or time.start >= kept[-1].end:
            kept.append(time)
    return tuple(kept)


def _belongs(sentence: str, time: _Time, start: int, end: int, times: Sequence[_Time]) -> bool:
    if time.start < end and start < time.end:
        return False
    follows = time.start >= end
    if time.reach == ("after" if follows else "before"):
        return False
    between = sentence[end : time.start] if follows else sentence[time.end : start]
    if _END.search(between) or any(_within(other, time, start, end) for other in times):
        return False
    if follows:
        return not (_OTHER_MATTER.search(between) or _OTHER_FINDING.search(between))
    return time.reach == "after" or (
        bool(_OPENING.search(sentence[: time.start])) and not _OTHER_MATTER.search(between)
    )


def _within(other: _Time, time: _Time, start: int, end: int) -> bool:
    """Say whether another wording of time stands between the two: it is the one that belongs there."""
    return other != time and min(end, time.end) <= other.start and other.end <= max(start, time.start)
