"""Reads which medicines a patient takes and what the patient is allergic to.

The words before and after a medicine decide: "takes", "allergic to", "stopped", "we will start". Knows wording. Does not
know what a medicine does; `assistant.cautions` weighs that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from assistant.case import Mention, Span
from assistant.reading.formulary import ALLERGEN, Named, named_in
from assistant.reading.tables import structure
from assistant.reading.time_and_person import PERSON
from index.sentences import sentence_spans

FILE = "medicine_context.yaml"
_HEADING = re.compile(r"^[^\S\n]*(?:#+\s*)?(?P<title>[A-Z][A-Za-z &/]{2,40}?)\s*:?[^\S\n]*$", re.M)
_SUBJECT = re.compile(r"\b(?:he|she|they|patient|who|i)\b", re.I)
_PERSON = re.compile(rf"\b(?:{PERSON})\b", re.I)
_NO_ALLERGY = re.compile(
    r"\b(?:(?:no|not|denies|without)\s+(?:\w+\s+){0,2}|family history of\s+(?:\w+\s+){0,3})$", re.I
)
_OBJECT = re.compile(r"\b(?:with|by|from|to|for|of)\s+(?:his|her|their|the)\s+(?:\w+\s+)?$", re.I)
_IN_THE_PAST = re.compile(r"(?:was|were|had|has|have|been)?\s*(?:taking|took|taken|used|tried|on)\b", re.I)
_NEVER_TAKEN = frozenset((ALLERGEN, "oxygen"))
_TAKING, _ALLERGY = "taking", "allergy"


@dataclass(frozen=True)
class _Context:
    """The compiled wordings of `medicine_context.yaml`."""

    cue: re.Pattern[str]
    ends: re.Pattern[str]
    allergy_after: re.Pattern[str]
    not_after: re.Pattern[str]
    past: re.Pattern[str]
    headings: dict[str, re.Pattern[str]]
    dose_after: re.Pattern[str]
    dose_before: re.Pattern[str]
    reaction: re.Pattern[str]


def read_medicines(text: str) -> tuple[tuple[Mention, ...], tuple[Mention, ...]]:
    """Return the medicines taken now and the allergies, each once, in the order of the text."""
    named = named_in(text)
    if not named:
        return (), ()
    taken: dict[str, Mention] = {}
    allergies: dict[str, Mention] = {}
    sections = [one for one in _HEADING.finditer(text) if not named_in(one["title"])]
    for start, end in sentence_spans(text):
        here = [one for one in named if start <= one.start < end]
        section = _section(sections, start) if here else ""
        for one in here:
            state = _state(text[start:end], one.start - start, one.end - start, section)
            if state == _ALLERGY:
                _add(allergies, one, _reaction(text, start, end, one))
            elif state == _TAKING and one.medicine.classes.isdisjoint(_NEVER_TAKEN):
                _add(taken, one, _dose(text, start, end, one))
    return tuple(taken.values()), tuple(allergies.values())


def _add(mentions: dict[str, Mention], named: Named, detail: str) -> None:
    name = named.medicine.name
    earlier = mentions.get(name)
    if earlier is None or (detail and not earlier.detail):
        mentions[name] = Mention(name=name, detail=detail, span=Span(start=named.start, end=named.end))


def _section(headings: Iterable[re.Match[str]], position: int) -> str:
    """Return what the heading above a place announces: "medications", "allergies", "plan", or nothing of these."""
    title = next((one["title"] for one in reversed(list(headings)) if one.start() <= position), "")
    return next((kind for kind, form in _context().headings.items() if form.fullmatch(title)), "")


def _state(sentence: str, start: int, end: int, section: str) -> str:
    """Return "taking", "allergy", or "" for a medicine that is denied, past, planned, another's or only talked about."""
    context = _context()
    if context.allergy_after.match(sentence, end):
        return "" if _NO_ALLERGY.search(sentence, 0, start) else _ALLERGY
    if context.not_after.match(sentence, end):
        return ""
    cue = _nearest_cue(sentence, start)
    if cue is None:
        return _without_cue(sentence, start, end, section)
    if _is_anothers(sentence[: cue.start()]):
        return ""
    kind = cue.lastgroup or ""
    if kind == _TAKING and (section == "plan" and not re.match(r"continue|.*tak(?:es|ing)|.*\bon\b", cue[0], re.I)):
        return ""
    if kind == _TAKING and _IN_THE_PAST.match(cue[0]) and context.past.search(_clause(sentence, start)):
        return ""
    return kind if kind in (_TAKING, _ALLERGY) else ""


def _nearest_cue(sentence: str, start: int) -> re.Match[str] | None:
    """Return the last cue before a medicine, None where another clause lies between."""
    context = _context()
    cue = max(context.cue.finditer(sentence, 0, start), key=lambda found: found.start(), default=None)
    if cue is None or context.ends.search(sentence, cue.end(), start):
        return None
    return cue


def _without_cue(sentence: str, start: int, end: int, section: str) -> str:
    if section == "allergies":
        return _ALLERGY
    if section == "medications":
        return _TAKING
    dosed = _context().dose_after.match(sentence, end)
    bare_line = not re.search(r"\w", sentence[:start]) and dosed is not None and bool(dosed[0].strip(" ,("))
    return _TAKING if bare_line and section != "plan" else ""


def _is_anothers(before: str) -> bool:
    """Return whether the subject is a relative: "her mother takes", but not "his mother says he takes"."""
    person = None
    for found in _PERSON.finditer(before):
        person = None if _OBJECT.search(before, 0, found.start()) else found
    if person is None:
        return False
    between = before[person.end() :].replace("which she", "").replace("which he", "")
    return not _SUBJECT.search(between) and len(between) < 50


def _clause(sentence: str, start: int) -> str:
    before = max(sentence.rfind(mark, 0, start) for mark in (";", " but ", " and is ", " and now "))
    after = [at for mark in (";", " but ", ", and ") if (at := sentence.find(mark, start)) >= 0]
    return sentence[max(before, 0) : min(after, default=len(sentence))]


def _dose(text: str, start: int, end: int, named: Named) -> str:
    context = _context()
    after = context.dose_after.match(text, named.end, end)
    words = " ".join(after[0].split()).strip(" ,(;:-") if after else ""
    before = context.dose_before.search(text, start, named.start)
    return " ".join(part for part in (before["dose"] if before else "", words) if part)


def _reaction(text: str, start: int, end: int, named: Named) -> str:
    """Return the reaction named right after an allergy, or in the cue itself ("rash with penicillin")."""
    reaction = _context().reaction
    stop = re.compile(r"[;.]|,\s*(?:and\s+)?(?=[A-Z])").search(text, named.end, end)
    after = reaction.search(text, named.end, min(stop.start() if stop else end, named.end + 60))
    if after and not named_in(text[named.end : after.start()]):
        return after[0].lower()
    cue = _nearest_cue(text[start:end], named.start - start)
    before = reaction.match(cue[0]) if cue else None
    return before[0].lower() if before else ""


@cache
def _context() -> _Context:
    raw = structure(FILE)
    kinds = "|".join(f"(?P<{kind}>{_any(words)})" for kind, words in raw["cues"].items())
    dose, often = raw["dose"], raw["frequency"]
    part = rf"(?:{dose}|\b(?:{often})\b)"
    return _Context(
        cue=re.compile(rf"(?<![\w'-])(?:{kinds})(?!\w)", re.I),
        ends=re.compile(rf"(?<!\w){_any(raw['ends'])}(?!\w)|;", re.I),
        allergy_after=re.compile(rf"\s?{_any(raw['allergy_after'])}(?!\w)", re.I),
        not_after=re.compile(rf"\s+{_any(raw['not_after'])}(?!\w)", re.I),
        past=re.compile(rf"(?<!\w){_any(raw['past'])}(?!\w)", re.I),
        headings={kind: re.compile(_any(words), re.I) for kind, words in raw["headings"].items()},
        dose_after=re.compile(rf"(?:[\s,(]*(?:(?:tablets?|inhaler|at|of|about|a)\s+)*{part})*", re.I),
        dose_before=re.compile(rf"(?P<dose>{dose}|\b(?:low|high)-dose|\bdaily)\s+(?:of\s+)?$", re.I),
        reaction=re.compile(rf"\b(?:{raw['reaction']})", re.I),
    )


def _any(words: Iterable[Any]) -> str:
    return f"(?:{'|'.join(words)})"
