"""Words as evidence is compared: content words, stemmed, with British and American spelling made one.

Knows English words. Does not know medicine beyond spelling.
"""

from __future__ import annotations

import re
from functools import lru_cache

import snowballstemmer

_WORD = re.compile(r"[a-z0-9]+(?:[.,]\d+)*(?:%)?")
_SPELLING = re.compile(r"ae|(?<=rh)oe|oe(?=a|[a-z]{2})|(?<=[a-z]{3})our(?=s?\b)")
_STEMMER = snowballstemmer.stemmer("english")
# The stemmer changes no English word with such an end; asking it all the same makes loading a big dictionary slow.
_UNSTEMMED = tuple("abfhjkopquvwxz")

STOP_WORDS = frozenset(
    """
    a about after all also am an and any are as at be been before being between both but by can could did do does
    done during each either etc few for from further had has have having he her here hers him his how i if in into
    is it its just may me might more most much must my of off on once one only or other our out over own per same
    she should since so some such than that the their them then there these they this those through to too under
    until up upon us very was we were what when where which while who whom why will with within would you your yet
    patient patients man woman male female year old years age aged history reports report reported presents
    present presented presenting complaint complaints complains denies says states noted notes note shows show
    showed seen given including include includes often usually typically commonly sometimes several day days week
    weeks month months hour hours ago last recent recently physician doctor clinic department emergency room
    hospital comes brought
    """.split()
)
NEGATIONS = frozenset(
    """
    no not never without avoid none neither nor cannot except unless stop contraindicated
    """.split()
)
_NUMBER_WORDS = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "ten": "10"}


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return the stem of one lower-case word, with spelling made American ("haemorrhages" -> "hemorrhag")."""
    american = _SPELLING.sub(lambda match: "or" if match[0] == "our" else "e", word)
    return american if american.endswith(_UNSTEMMED) else str(_STEMMER.stemWord(american))


def words(text: str) -> list[str]:
    """Return the lower-case words and numbers of a text, possessives dropped."""
    return _WORD.findall(text.lower().replace("'s", "").replace("\u2019s", ""))


@lru_cache(maxsize=65536)
def content_sequence(text: str) -> tuple[str, ...]:
    """Return the stems of the words that carry content, in order; stop words and negations are left out."""
    return tuple(stem(word) for word in words(text) if word not in STOP_WORDS and word not in NEGATIONS)


@lru_cache(maxsize=65536)
def content_stems(text: str) -> frozenset[str]:
    """Return the same stems as a set."""
    return frozenset(content_sequence(text))


@lru_cache(maxsize=65536)
def name_key(name: str) -> str:
    """Return a key under which two spellings of one name are equal ("Crohn's disease", "disease, Crohn")."""
    return " ".join(sorted({stem(word) for word in words(name) if word not in ("of", "the", "and", "due", "to", "in")}))


def numbers(text: str) -> frozenset[str]:
    """Return the numbers of a text as written, number words included."""
    found = {word.rstrip("%") for word in words(text) if word[0].isdigit()}
    return frozenset(found | {_NUMBER_WORDS[word] for word in words(text) if word in _NUMBER_WORDS})


def negated(text: str) -> bool:
    """Say whether a text holds a negation or a warning against something."""
    return any(word in NEGATIONS for word in words(text))
