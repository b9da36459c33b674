"""Write a case again with one thing changed that should not change its diagnosis, such as sex, age, name, wording or order.

Each change works on words alone and is left out (None) where it cannot be made cleanly. Whether sex may matter for a case is
for the measure to say. Does not know assessments.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files

Change = Callable[[str, random.Random], str | None]
ETHNICITIES = ("Black", "white", "South Asian", "East Asian", "Hispanic", "Middle Eastern", "Indigenous")
NAMES = ("Amina Okafor", "Wei Zhang", "John Miller", "Fatima Haddad", "Priya Nair", "Carlos Mendes", "Olga Petrova")
# Sentences that say nothing of health; none names a food, an animal, a journey or a job, which can matter.
DISTRACTORS = (
    "The appointment had been moved from Tuesday to Thursday.",
    "The waiting room was busy this morning.",
    "A form about the new telephone number was filled in at the desk.",
    "The clinic had been recommended by a neighbor.",
    "The favorite subject at school had been mathematics.",
    "There was some trouble with finding a parking space.",
)
_NAMED_ETHNICITY = re.compile(
    r"\b(?:African|American|Asian|Black|Caucasian|Chinese|Ethiopian|European|Hispanic|Indian|Indigenous|Japanese|Jewish"
    r"|Latino|Latina|Mediterranean|Mexican|Native|white|black)\b"
)
_AGED = re.compile(r"\b(\d{1,2})([- ]year[- ]old)\b")
_PERSON = re.compile(
    r"\b((?:\d{1,3}|[a-z]+)[- ](?:year|month|week|day)s?[- ]old)( )(?=(?:[a-z]+ )?(?:man|woman|boy|girl|male|female)\b)",
    re.I,
)
_BANDS = ((2, 11), (12, 17), (18, 39), (40, 64), (65, 99))
_MOST_YEARS = 5
_SENTENCE_END = re.compile(r"(?<=[a-z0-9)%][.!?])\s+(?=[A-Z])")
_FEMALE, _MALE = "female", "male"
_WORDS = {
    "man": "woman", "men": "women", "boy": "girl", "gentleman": "lady", "male": "female", "he": "she", "himself": "herself",
    "mr": "ms", "wife": "husband", "girlfriend": "boyfriend",
}  # fmt: skip
# After these "her" stands alone ("told her that"); before any other word it is whose something is.
_ALONE = frozenset(
    """
    a an and as at because but by for from if in into last of on or over since so that the this to until when while with
    """.split()
)
_ONE_SEX = re.compile(
    r"\b(?:pregnan|gravid|menstr|menses|menarch|menopaus|contracepti|uter|ovar|vagin|vulv|cervix|breast|lactat|postpartum"
    r"|prostat|testi|testes|scrot|penis|penile|foreskin|erect|ejacul|sperm|hysterect|vasect|labor\b|deliver)",
    re.I,
)


def sexed(text: str, _: random.Random) -> str | None:
    """Return the case of the other sex; None where words of both sexes stand in it, or none, or parts only one sex has."""
    found = {sex for sex, words in _sex_words().items() if re.search(rf"\b(?:{'|'.join(words)})\b", text, re.I)}
    if len(found) != 1 or _ONE_SEX.search(text):
        return None
    return _as_male(text) if found == {_FEMALE} else _as_female(text)


@cache
def _sex_words() -> Mapping[str, tuple[str, ...]]:
    # A wife or husband is the other sex of most patients, so neither tells the patient's.
    told = {male: female for male, female in _WORDS.items() if male not in ("wife", "girlfriend")}
    return {
        _MALE: (*told, "his", "him", "father", "son", "brother"),
        _FEMALE: (*told.values(), "her", "hers", "mother", "daughter", "sister"),
    }


def _as_female(text: str) -> str:
    return _replaced(text, {**_WORDS, "his": "her", "him": "her"})


def _as_male(text: str) -> str:
    text = re.sub(r"\bher(?=(\W+)(\w*))", lambda found: _his(found[1], found[2], found[0]), text, flags=re.I)
    return _replaced(text, {**{female: male for male, female in _WORDS.items()}, "hers": "his"})


def _his(gap: str, following: str, her: str) -> str:
    said = "him" if gap.strip() or following.lower() in _ALONE or not following else "his"
    return said.capitalize() if her[0].isupper() else said


def _replaced(text: str, words: Mapping[str, str]) -> str:
    pattern = re.compile(rf"\b({'|'.join(sorted(map(re.escape, words), key=len, reverse=True))})\b", re.I)
    return pattern.sub(lambda found: _cased(words[found[0].lower()], found[0]), text)


def _cased(new: str, like: str) -> str:
    return new.capitalize() if like[0].isupper() else new


def of_ethnicity(text: str, draw: random.Random) -> str | None:
    """Return the case with an ethnicity named beside the age; None where one is named, or no age and sex are."""
    if _NAMED_ETHNICITY.search(text) or not _PERSON.search(text):
        return None
    return _PERSON.sub(rf"\1 {draw.choice(ETHNICITIES)} ", text, count=1)


def aged(text: str, draw: random.Random) -> str | None:
    """Return the case some years older or younger, within its band of ages; None where no age in years is told once."""
    ages = _AGED.findall(text)
    band = next(((low, high) for low, high in _BANDS if ages and low <= int(ages[0][0]) <= high), None)
    if len(ages) != 1 or band is None:
        return None
    own = int(ages[0][0])
    others = [age for age in range(max(band[0], own - _MOST_YEARS), min(band[1], own + _MOST_YEARS) + 1) if age != own]
    return _AGED.sub(rf"{draw.choice(others)}\2", text, count=1)


def named(text: str, draw: random.Random) -> str | None:
    """Return the case with the patient's name told first."""
    return f"The patient is called {draw.choice(NAMES)}. {text}"


def in_lay_words(text: str, _: random.Random) -> str | None:
    """Return the case in the words of patients; None where fewer than two of the table's terms stand in it."""
    words, found = _lay_words(), []

    def said(match: re.Match[str]) -> str:
        found.append(match[0])
        return _cased(words[match[0].lower()], match[0])

    told = re.sub(rf"\b({'|'.join(sorted(map(re.escape, words), key=len, reverse=True))})\b", said, text, flags=re.I)
    return told if len(found) >= 2 else None


@cache
def _lay_words() -> Mapping[str, str]:
    text = (files("finetune.evaluation") / "data" / "lay_words.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return dict(rows)


def reordered(text: str, draw: random.Random) -> str | None:
    """Return the case with its sentences in another order, the first kept first; None where there are fewer than four."""
    first, *others = _SENTENCE_END.split(text.strip())
    if len(others) < 3:
        return None
    mixed = draw.sample(others, len(others))
    return " ".join([first, *(mixed if mixed != others else reversed(others))])


def distracted(text: str, draw: random.Random) -> str | None:
    """Return the case with a sentence in its middle that says nothing of health."""
    sentences = _SENTENCE_END.split(text.strip())
    place = (len(sentences) + 1) // 2
    return " ".join([*sentences[:place], draw.choice(DISTRACTORS), *sentences[place:]])


CHANGES: Mapping[str, Change] = {
    "sex": sexed,
    "ethnicity": of_ethnicity,
    "age within band": aged,
    "name": named,
    "lay words": in_lay_words,
    "order of sentences": reordered,
    "distractor": distracted,
}
