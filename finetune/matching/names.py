"""A disease's name as it is compared: without accents, spelling, word order, and with brackets understood.

Two names are the same when the whole of one is the whole, or what stands outside or inside of brackets, of the other. Knows
wording. Does not know synonyms or codes.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from assistant.words import stem
from assistant.words import words as words_of
from finetune.matching.tables import head_words, neutral_words, word_variants

_BRACKETS = re.compile(r"\s*[(\[]([^)\]]*)[)\]]")
_LEAD = re.compile(
    r"^(?:(?:the )?(?:most )?(?:likely|probable|suspected|possible|presumed) (?:diagnosis(?: is|:)? )?|diagnosis: )+",
    re.I,
)
# "Spastic paraplegia 45" is also called "spastic paraplegia type 45".
_DROPPED = frozenset(("of", "the", "and", "due", "to", "in", "by", "from", "type"))
_ABBREVIATION = re.compile(r"[A-Z][A-Za-z0-9-]{1,7}")
# In brackets these say which of several diseases is meant, so the gold's may not be left out.
_QUALIFIES = re.compile(
    r"\d|\b(?:type|stage|acute|chronic|primary|secondary|congenital|benign|malignant|with|without|due|non|left|right|adult"
    r"|childhood|neonatal|recessive|dominant|linked)\b",
    re.I,
)
# A number, or a number with a letter, is what numbered kinds of one disease differ in.
_NUMBERED = re.compile(r"\d+[a-z]?")
# Words of exam keys that no name of a disease has: a sentence, or the patient instead of the diagnosis.
_SENTENCE = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|should|would|will|this|these|presents|started)\b"
    r"|\d+[- ](?:year|month|week|day)s?[- ]old",
    re.I,
)
# A misspelt word is long enough that no other word is likely to be meant.
_LEAST_MISSPELT = 7

Key = tuple[str, ...]


@dataclass(frozen=True)
class Name:
    """A name ready to be compared: all its words, and the shorter forms that brackets give it."""

    whole: Key
    shorter: frozenset[Key] = frozenset()
    inside: frozenset[Key] = frozenset()
    words: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.whole)

    @property
    def forms(self) -> frozenset[Key]:
        """All forms under which it may be known."""
        return frozenset(key for key in (self.whole, *self.shorter, *self.inside) if key)


@lru_cache(maxsize=65536)
def read_name(text: str) -> Name:
    """Return a name in the form that is compared; an empty one for a sentence, or for a patient instead of a disease."""
    plain = unicodedata.normalize("NFKD", text.replace("\u2013", "-").replace("\u2019", "'"))
    plain = _LEAD.sub("", "".join(char for char in plain if not unicodedata.combining(char)).strip())
    if _SENTENCE.search(plain):
        return Name(())
    outside = _BRACKETS.sub(" ", plain).strip()
    inside = [part.strip() for part in _BRACKETS.findall(plain) if outside]
    # Brackets in the middle belong to what follows them: "Multiple endocrine neoplasia (MEN) 2A" is not MEN.
    last = inside[-1:] if plain.endswith((")", "]")) else []
    return Name(
        whole=key_of(plain),
        shorter=frozenset(_some(outside)) if inside and not any(map(_qualifies, inside)) else frozenset(),
        inside=frozenset(key for part in last if not _qualifies(part) for key in _some(part)),
        words=_words(plain),
    )


def _some(text: str) -> list[Key]:
    key = key_of(text)
    return [key] if key else []


def _qualifies(part: str) -> bool:
    """Say whether what stands in brackets makes another disease of it: "(type 2)" does, "(STEMI)" and "(hives)" do not."""
    return not _ABBREVIATION.fullmatch(part) and _QUALIFIES.search(part) is not None


def _words(text: str) -> tuple[str, ...]:
    told = " ".join(words_of(text.replace("-", " ")))
    # Twice, because one rewriting makes the wording that another one waits for: mitral (valve) insufficiency.
    for pattern, new in (*word_variants(), *word_variants()):
        told = pattern.sub(new, told)
    return tuple(word for word in told.split() if word not in _DROPPED)


def key_of(text: str) -> Key:
    """Return the stems of a name's words, sorted: equal for "Crohn's disease" and "disease of Crohn".

    Numbers keep their order, for "complex 2 deficiency, type 4" is not "complex 4 deficiency, type 2".
    """
    said = _words(text)
    plain = sorted(stem(word) for word in said if not _NUMBERED.fullmatch(word))
    return (*plain, *(word for word in said if _NUMBERED.fullmatch(word)))


def same(one: Name, other: Name) -> bool:
    """Say whether two names are the same but for spelling, word order and brackets."""
    return bool(one and other) and (one.whole in other.forms or other.whole in one.forms)


def narrower(answer: Name, gold: Name) -> bool:
    """Say whether an answer is the gold name with more said of the same disease: how acute, how bad, which number."""
    for wanted in {gold.whole, *gold.shorter}:
        for given in {answer.whole, *answer.shorter}:
            more = Counter(given) - Counter(wanted)
            if wanted and more and Counter(wanted) < Counter(given) and all(_is_neutral(word) for word in more):
                return True
    return False


def broader(answer: Name, gold: Name) -> bool:
    """Say whether an answer says less than the gold: all its words are the gold's, which has more that are not neutral."""
    for given in answer.forms:
        less = Counter(gold.whole) - Counter(given)
        if given and Counter(given) < Counter(gold.whole) and not all(word in _neutral_stems() for word in less):
            return True
    return False


def numbered_apart(one: Name, other: Name) -> bool:
    """Say whether two names have different numbers: kinds of one series, whatever a list of synonyms says."""
    given, wanted = ([word for word in name.whole if _NUMBERED.fullmatch(word)] for name in (one, other))
    return bool(given and wanted and given != wanted)


def _is_neutral(word: str) -> bool:
    return word in _neutral_stems() or _NUMBERED.fullmatch(word) is not None


@lru_cache(maxsize=1)
def _neutral_stems() -> frozenset[str]:
    return frozenset(stem(word) for word in neutral_words())


def close(one: Name, other: Name) -> bool:
    """Say whether two names differ by a slip of the pen in one long word, or by "disease", "syndrome" or "infection".

    A slip is a letter too many, too few, or two exchanged; one letter for another may be another disease (macrocytic,
    microcytic), and so may two such words ("Cushing disease", "Cushing syndrome"), of which only one name may have one.
    """
    return bool(one and other) and (_lacks_head(one, other) or _lacks_head(other, one) or _misspelt(one, other))


def _lacks_head(longer: Name, shorter: Name) -> bool:
    more = set(longer.words) - set(shorter.words)
    return len(more) == 1 and more <= head_words() and set(shorter.words) < set(longer.words)


def _misspelt(one: Name, other: Name) -> bool:
    given, wanted = set(one.words) - set(other.words), set(other.words) - set(one.words)
    if len(given) != 1 or len(wanted) != 1:
        return False
    first, second = sorted((given.pop(), wanted.pop()), key=len)
    return min(len(first), len(second)) >= _LEAST_MISSPELT and first[0] == second[0] and _one_slip(first, second)


def _one_slip(shorter: str, longer: str) -> bool:
    if len(longer) == len(shorter) + 1:
        return any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer)))
    if len(longer) != len(shorter):
        return False
    apart = [place for place, (a, b) in enumerate(zip(shorter, longer, strict=True)) if a != b]
    return (
        len(apart) == 2
        and apart[1] == apart[0] + 1
        and shorter[apart[0]] == longer[apart[1]]
        and shorter[apart[1]] == longer[apart[0]]
    )
