"""Which candidates the documents about the leading ones name as alternatives: what a clinician would also think of.

A guideline says what a condition is mistaken for. Knows names and differential sections. Does not score anything else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.disease_names import keys
from assistant.evidence import Dossier
from assistant.ranking import Ranked
from assistant.words import stem, words

LEADING = 3


def alternatives(leading: Sequence[Ranked], others: Sequence[Ranked]) -> list[float]:
    """Return for each of `others` in how far the leading candidates' documents name it, each by its share: [0, 1].

    A candidate that leads itself counts as named by the rest of them only.
    """
    total = sum(one.likelihood.score for one in leading)
    named = [
        (one, one.likelihood.score / total if total else 0.0, list(_heads(one.examined.known)) if one.examined else [])
        for one in leading
    ]
    return [
        sum(
            share
            for one, share, heads in named
            if one.candidate.condition.name != other.candidate.condition.name and _is_named(other, heads)
        )
        for other in others
    ]


def _heads(known: Dossier) -> Iterator[frozenset[str]]:
    """Yield the words of each differential sentence up to its colon, which is where it names the other condition."""
    for quote in known.of("differential"):
        yield frozenset(stem(word) for word in words(quote.text.split(":")[0]))


def _is_named(other: Ranked, heads: Sequence[frozenset[str]]) -> bool:
    names = [frozenset(key.split()) for key in keys(other.candidate.condition)]
    return any(name <= head for name in names for head in heads)
