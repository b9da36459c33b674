"""The words of a query: which count, how they are put to FTS5, and which of them a passage holds.

No text whatever can break the FTS5 expression, because only word characters ever reach it, and those in quotes.
"""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache

from index.spelling import variants

# How FTS5 cuts the postings' text into stems.
TOKENIZER = "porter unicode61 remove_diacritics 2"
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
    kept = [
        word for word in given if not _STOP_WORDS.issuperset(_parts(word)) and (len(word) > 1 or not word.isascii())
    ]
    return tuple((kept or given)[:_MOST_TERMS])


def _parts(word: str) -> tuple[str, ...]:
    """Return what is searched of a word: of "crohn's" and "o'brien" the part that tells, and not a phrase of two words."""
    parts = word.split("'")
    return tuple(part for part in parts if len(part) > 1) or tuple(parts)


@lru_cache(maxsize=20_000)
def _spellings(term: str) -> tuple[str, ...]:
    return tuple(spelling for part in _parts(term) for spelling in (part, *variants(part)))


def spellings(terms: Iterable[str]) -> tuple[str, ...]:
    """Return what is searched for the terms, each in all its spellings, and each once."""
    return tuple(dict.fromkeys(spelling for term in terms for spelling in _spellings(term)))


def match_expression(terms: Sequence[str]) -> str:
    """Return an FTS5 expression that any of the terms, in any of its spellings, fulfils."""
    return " OR ".join(f'"{spelling}"' for spelling in spellings(terms))


class Stemmer:
    """Stems words exactly as the postings do, by asking FTS5 itself in a database in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, tuple[str, ...]] = {}
        self._connection = sqlite3.connect(":memory:", check_same_thread=False)
        self._connection.executescript(
            f"CREATE VIRTUAL TABLE stemmed USING fts5(word, tokenize = '{TOKENIZER}');"
            "CREATE VIRTUAL TABLE stems USING fts5vocab(stemmed, instance);"
        )

    def stems(self, given: Iterable[str]) -> dict[str, str]:
        """Return the stem of each word; the first, where FTS5 takes it for several words, and itself where for none."""
        return {word: tokens[0] if tokens else word for word, tokens in self.tokens(given).items()}

    def tokens(self, given: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return the stems FTS5 makes of each word: one, but for rare characters that are not of words to it."""
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
        self._known |= dict.fromkeys(unknown, ())
        for number, stem in self._connection.execute("SELECT doc, term FROM stems ORDER BY doc, offset"):
            self._known[unknown[number]] += (stem,)


@cache
def stemmer() -> Stemmer:
    """Return the process's stemmer."""
    return Stemmer()


def matched_terms(terms: Sequence[str], text: str) -> tuple[str, ...]:
    """Return those query terms that a text holds, in whatever form or spelling, in the order of the query."""
    held = set(stemmer().stems(words(text)).values())
    return tuple(term for term, stems in _sought(tuple(terms)) if not held.isdisjoint(stems))


@lru_cache(maxsize=64)
def _sought(terms: tuple[str, ...]) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return the terms with the stems of their spellings; asked again for each passage that a search returns."""
    stems = stemmer().stems(spellings(terms))
    return tuple((term, frozenset(stems[spelling] for spelling in _spellings(term))) for term in terms)
