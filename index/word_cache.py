"""The lexicon of an index folder, kept in step with the database: opened, changed by what came and went, or built.

A small index has none: FTS5 alone answers as quickly. Where one cannot be kept, FTS5 answers too, only slower.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from index.blocks import Change, Numbers, passage_numbers
from index.cache_files import CacheFiles
from index.database import Database
from index.errors import GuidelineIndexError
from index.lexicon import Lexicon
from index.lexicon_building import Progress, build_lexicon
from index.lexicon_changing import change_lexicon, postings_of_rows
from index.store import COLUMN_WEIGHTS

# FTS5 alone answers a case of fifty words in some ten milliseconds up to here.
MOST_WITHOUT = 20_000
# Indexing a passage once more costs about as much as reading its tokens back, so that large changes gain nothing.
_LARGE_CHANGE = 0.2

_log = logging.getLogger(__name__)


class WordCache:
    """The words of the passages, ready to be searched, at any generation of the database."""

    def __init__(self, folder: Path, database: Database, most_without: int = MOST_WITHOUT) -> None:
        self.folder = folder
        self.files = CacheFiles(folder, "words")
        self._database = database
        self._most_without = most_without
        self._generation = -1
        self._lexicon: Lexicon | None = None

    def at(self, generation: int, progress: Progress | None = None) -> Lexicon | None:
        """Return the lexicon of a generation, None when FTS5 should be asked.

        Call it in a reading transaction, so that the generation is that of what is read. `progress` is told how many of
        how many tokens were read, where one is built.
        """
        if self._generation != generation:
            self._lexicon = self._open(generation) or self._make(generation, progress)
            self._generation = generation
        return self._lexicon

    def reason(self, passages: int) -> str:
        """Return what answers by words in an index of this size, and why, in a line."""
        if passages <= self._most_without:
            return f"FTS5 alone: up to {self._most_without:,} passages it answers in some ten milliseconds"
        return f"postings as arrays, with the scores of FTS5: above {self._most_without:,} passages FTS5 takes longer"

    def clear(self) -> None:
        """Delete every lexicon, so that the next search builds one from the postings."""
        self._generation, self._lexicon = -1, None
        self.files.clear()

    def _open(self, generation: int) -> Lexicon | None:
        return Lexicon.open(self.files.at(generation), COLUMN_WEIGHTS)

    def _make(self, generation: int, progress: Progress | None) -> Lexicon | None:
        numbers = passage_numbers(self._database)
        if len(numbers) <= self._most_without:
            return None
        try:
            with self.files.making(generation) as place, self._database.reading() as connection:
                if not self._changed(place, generation, numbers):
                    build_lexicon(place, connection, numbers, COLUMN_WEIGHTS, progress)
        except (OSError, GuidelineIndexError) as error:
            _log.warning("cannot make %s (%s); searching by words is slower without", self.files.at(generation), error)
            return None
        return self._open(generation)

    def _changed(self, place: Path, generation: int, numbers: Numbers) -> bool:
        """Write an older lexicon brought up to date, unless there is none or that is not worth while."""
        newest = self.files.newest_before(generation)
        old = Lexicon.open(newest, COLUMN_WEIGHTS) if newest else None
        if old is None:
            return False
        change = Change.between(old.numbers, numbers)
        if not change.only_appends(old.numbers) or change.size > len(numbers) * _LARGE_CHANGE:
            return False
        rows = self._rows(change.added)
        change_lexicon(place, old, change, postings_of_rows(rows, COLUMN_WEIGHTS), COLUMN_WEIGHTS)
        return True

    def _rows(self, added: Numbers) -> Iterator[tuple[int, str, str, str]]:
        if len(added):
            query = "SELECT rowid, title, headings, text FROM postings WHERE rowid >= ? ORDER BY rowid"
            with self._database.reading() as connection:
                yield from connection.execute(query, (int(np.min(added)),))
