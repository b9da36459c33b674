"""Medicines that are named and that the list of medicines does not know, so that silence is not taken for safety.

A word is taken for a medicine by the stem of its international name, or by a dose that follows it where a medicine is
taken. Does not know what such a medicine is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from assistant.assessment import Diagnosis
from assistant.case import Case
from assistant.reading.formulary import named_in
from assistant.reading.tables import lines

_SAID = "{name} is not in the list of medicines: its interactions and other cautions were not checked."
# A shorter word with such an ending is another word: "April".
_SHORTEST = 7
_WORD = re.compile(r"[A-Za-z][A-Za-z-]+")
# Words that end like a medicine and are none given to a patient.
_OTHERS = frozenset(
    ("somatostatin", "cystatin", "thrombostatin", "concentrations", "phenytoin-like", "antitoin", "gelsolin")
)
_DOSED = re.compile(
    r"\b(?:takes?|taking|on|uses?|using|prescribed|started|given|receiv(?:es|ing)|medications?:?|treated with|and|with|,)\s+"
    r"(?P<name>[A-Za-z][a-z]{4,})\s+\d[\d.,]*\s?(?:mg|mcg|\u00b5g|micrograms?|milligrams?|units?|IU)\b(?!\s?/\s?d?[lL]\b)"
)
# What may stand before a dose and is no name: "a daily dose of about 5 mg".
_NOT_NAMES = frozenset(
    "about approximately around daily twice dose doses tablet tablets total only another additional initial every oral "
    "intravenous roughly nearly under below above exactly maximum nightly weekly glucose sodium potassium calcium creatinine "
    "cholesterol haemoglobin hemoglobin bilirubin urea protein albumin lactate troponin ferritin least until after "
    "before increased reduced decreased inject children adults infants patients over".split()
)


def not_checked(case: Case, differential: Sequence[Diagnosis]) -> tuple[str, ...]:
    """Return a sentence for each medicine, of the patient or suggested, that no rule could be applied to."""
    texts = [case.narrative, *(one.text for diagnosis in differential for one in diagnosis.treatment)]
    names = (name for text in texts for name in unlisted_in(text))
    once = {name.lower(): name for name in reversed(list(names))}
    return tuple(_SAID.format(name=name) for name in reversed(once.values()))


def unlisted_in(text: str) -> Iterator[str]:
    """Yield the medicines of a text that the list does not know, in its order."""
    known = [(one.start, one.end) for one in named_in(text)]
    dosed = {found.start("name") for found in _DOSED.finditer(text) if found["name"].lower() not in _NOT_NAMES}
    for word in _WORD.finditer(text):
        listed = any(word.start() < end and start < word.end() for start, end in known)
        if not listed and (word.start() in dosed or _has_stem(word[0].lower())):
            yield word[0]


def _has_stem(word: str) -> bool:
    return len(word) >= _SHORTEST and word not in _OTHERS and _stems().search(word) is not None


@cache
def _stems() -> re.Pattern[str]:
    given = [stem for line in lines("medicine_stems.txt") for stem in line.split()]
    endings = "|".join(stem.removeprefix("-") for stem in given if stem.startswith("-"))
    beginnings = "|".join(stem.removesuffix("-") for stem in given if stem.endswith("-"))
    return re.compile(rf"^(?:{beginnings})[a-z]{{4,}}$|(?:{endings})s?$")
