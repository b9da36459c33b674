"""Whether a gold answer is the name of a disease or problem at all, since exams also ask for tests, drugs and mechanisms.

Goes by the words alone, so that what is counted does not change with the index. Does not know whether a disease of this name
exists, and errs in both directions for a few names in a hundred.
"""

from __future__ import annotations

from functools import cache

from assistant.words import words
from finetune.matching.names import read_name
from finetune.matching.tables import lines

# A longer answer describes something; the longest names of diseases in common use have fewer words.
_MOST_WORDS = 10


def is_condition(name: str) -> bool:
    """Say whether a name looks like that of a disease or problem a patient has."""
    if not read_name(name) or "%" in name:
        return False
    said = words(name.replace("-", " "))
    marks = _marks()
    if len(said) > _MOST_WORDS or not marks["not"].isdisjoint(said):
        return False
    return not marks["word"].isdisjoint(said) or any(word.endswith(tuple(marks["suffix"])) for word in said)


@cache
def _marks() -> dict[str, frozenset[str]]:
    split = [line.split(" ", 1) for line in lines("condition_words.txt")]
    return {kind: frozenset(word for mark, word in split if mark == kind) for kind in ("suffix", "word", "not")}
