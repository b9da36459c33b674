"""The words of a query: which count, how they are put to FTS5, and which of them a passage holds.

No text whatever can break the FTS5 expression, because only word characters ever reach it, and those in quotes.
"""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from functools import cache

from index.spelling import variants

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
_MOST_TERMS = 150
_MOST_STEMS = 50_000
_STOP_WORD_LIST = (
    "a about above after again all also am an and any are as at be because been before being below between both"
    " but by can could did do does doing down during each few for from further had has have having he her here"
    " hers him his how i if in into is it its itself just may me might more most my no nor not of off on once"
    " only or other our out over own per same she should so some such than that the their them then there these"
    " they this those through to too under until up upon very was we were what when where which while who whom"
    " why will with would you your yours patient patients presents presented presenting reports reported says"
    " said man woman year years old"
)
_STOP_WORDS = frozenset(_STOP_WORD_LIST.split())


def words(text: str) -> list[str]:
    """Return the lower-case words of a text."""
    return [word.replace("\u2019", "'") for word in _WORD.findall(text.lower())]


def query_terms(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the distinct words worth searching, in order; all words when nothing but stop words was given."""
    given = list(dict.fromkeys(word for text in texts for word in words(text)))
    kept = [word for word in given if word not in _STOP_WORDS and (len(word) > 1 or not word.isascii())]
    return tuple((kept or given)[:_MOST_TERMS])


def match_expression(terms: Sequence[str]) -> str:
    """Return an FTS5 expression that any of the terms, in any of its spellings, fulfils."""
    spellings = dict.fromkeys(spelling for term in terms for spelling in (term, *variants(term)))
    return " OR ".join(f'"{spelling}"' for spelling in spellings)


class Stemmer:
    """Stems words exactly as the postings do, by asking FTS5 itself in a database in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, str] = {}
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.executescript(
            "CREATE VIRTUAL TABLE stemmed USING fts5(word, tokenize = 'porter unicode61 remove_diacritics 2');"
            "CREATE VIRTUAL TABLE stems USING fts5vocab(stemmed, instance);"
        )

    def stems(self, given: Iterable[str]) -> dict[str, str]:
        """Return the stem of each word."""
        wanted = dict.fromkeys(given)
        with self._lock:
            if len(self._known) > _MOST_STEMS:
                self._known.clear()
            if unknown := [word for word in wanted if word not in self._known]:
                self._learn(unknown)
            return {word: self._known[word] for word in wanted}

    def _learn(self, unknown: Sequence[str]) -> None:
        self._connection.execute("DELETE FROM stemmed")
        self._connection.executemany("INSERT INTO stemmed (rowid, word) VALUES (?, ?)", enumerate(unknown))
        self._known |= {word: word for word in unknown}
        for number, stem in self._connection.execute("SELECT doc, term FROM stems WHERE offset = 0"):
            self._known[unknown[number]] = stem


@cache
def stemmer() -> Stemmer:
    """Return the process's stemmer."""
    return Stemmer()


def matched_terms(terms: Sequence[str], text: str) -> tuple[str, ...]:
    """Return those query terms that a text holds, in whatever form or spelling, in the order of the query."""
    held = set(stemmer().stems(words(text)).values())
    spellings = {term: (term, *variants(term)) for term in terms}
    stems = stemmer().stems(spelling for group in spellings.values() for spelling in group)
    return tuple(term for term, group in spellings.items() if any(stems[spelling] in held for spelling in group))
