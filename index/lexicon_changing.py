"""Write a lexicon again without the passages that went and with those that came, which is quicker than making it anew.

All scores are then those of the passages there are: nothing is left over of an older length or number of passages.
Knows arrays; does not know when a change is worth while.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.blocks import Change, Numbers
from index.lexicon import K1, Lexicon, length_damping
from index.lexicon_building import LexiconWriter, Postings, read_postings
from index.terms import TOKENIZER

_BLOCK = 4_000_000
# Column weights have no more than these.
_DECIMALS = 3


def change_lexicon(folder: Path, old: Lexicon, change: Change, added: Postings, weights: Sequence[float]) -> None:
    """Write the changed lexicon into a new folder; column weights have three decimals at the most.

    What was added is numbered above all there was, and so goes to the end of each stem's postings.
    """
    kept = ~np.isin(old.numbers, change.removed)
    numbers = np.concatenate([old.numbers[kept], change.added])
    lengths = np.concatenate([old.lengths[kept].astype(np.int64), np.zeros(len(change.added), np.int64)])
    hashes, new, keeping = _by_slot(old), _Added.of(old, added, numbers), _Keeping.of(old, kept)
    with LexiconWriter(folder, numbers, lengths) as writer:
        writer.count_tokens(np.searchsorted(numbers, added.numbers), added.tokens)
        for first, last in _blocks_of_slots(old.starts):
            block = _OldBlock.read(old, first, last, keeping)
            more = new.within(first, last)
            at = block.ends[more.slots - first]
            writer.write(
                hashes[first:last],
                np.diff(block.ends, prepend=0) + np.bincount(more.slots - first, minlength=last - first),
                np.insert(block.places, at, more.places),
                np.insert(block.frequencies, at, more.frequencies),
            )
        unknown = new.within(len(hashes), np.iinfo(np.int64).max)
        fresh = np.setdiff1d(added.hashes, old.hashes)
        writer.write(
            fresh, np.bincount(unknown.slots - len(hashes), minlength=len(fresh)), unknown.places, unknown.frequencies
        )
        writer.finish(weights)


@dataclass(frozen=True)
class _Added:
    """Postings that came, by the slot of their stem; stems not known before have the slots after the last, by hash."""

    slots: NDArray[np.int64]
    places: NDArray[np.int64]
    frequencies: NDArray[np.float32]

    @classmethod
    def of(cls, old: Lexicon, added: Postings, numbers: Numbers) -> _Added:
        fresh = np.setdiff1d(added.hashes, old.hashes)
        known = np.isin(added.hashes, old.hashes)
        slots = len(old.hashes) + np.searchsorted(fresh, added.hashes)
        slots[known] = old.slots[np.searchsorted(old.hashes, added.hashes[known])]
        slots = np.repeat(slots, added.counts)
        order = np.argsort(slots, kind="stable")
        return cls(slots[order], np.searchsorted(numbers, added.numbers)[order], added.frequencies[order])

    def within(self, first: int, last: int) -> _Added:
        low, high = np.searchsorted(self.slots, (first, last))
        return _Added(self.slots[low:high], self.places[low:high], self.frequencies[low:high])


@dataclass(frozen=True)
class _Keeping:
    """By old place: whether the passage is kept, its new place, and what BM25 added to its frequencies."""

    kept: NDArray[np.bool_]
    moved: NDArray[np.int64]
    damping: NDArray[np.float32]

    @classmethod
    def of(cls, old: Lexicon, kept: NDArray[np.bool_]) -> _Keeping:
        return cls(kept, np.cumsum(kept) - 1, length_damping(old.lengths, old.average_length))


@dataclass(frozen=True)
class _OldBlock:
    """What is kept of the postings of some slots, one after the other, and where those of each end."""

    places: NDArray[np.int64]
    frequencies: NDArray[np.float32]
    ends: NDArray[np.int64]

    @classmethod
    def read(cls, old: Lexicon, first: int, last: int, keeping: _Keeping) -> _OldBlock:
        start, end = int(old.starts[first]), int(old.starts[last])
        keep = keeping.kept[old.places[start:end]]
        counted = np.concatenate([np.zeros(1, np.int64), np.cumsum(keep)])
        places, gains = old.places[start:end][keep], old.gains[start:end][keep]
        # A gain is (K1 + 1) f / (f + damping); a frequency f is a sum of column weights, so that rounding gives it back.
        frequencies = np.round(gains * keeping.damping[places] / (K1 + 1 - gains), _DECIMALS).astype(np.float32)
        return cls(keeping.moved[places], frequencies, counted[old.starts[first + 1 : last + 1] - start])


def _by_slot(old: Lexicon) -> NDArray[np.uint64]:
    hashes = np.empty_like(old.hashes)
    hashes[old.slots] = old.hashes
    return hashes


def _blocks_of_slots(starts: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    first = 0
    while first < len(starts) - 1:
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + _BLOCK, side="right")) - 1)
        yield first, last
        first = last


def postings_of_rows(rows: Iterable[tuple[int, str, str, str]], weights: Sequence[float]) -> Postings:
    """Return the postings of a few passages, by letting FTS5 index them in a database in memory."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute(f"CREATE VIRTUAL TABLE postings USING fts5(title, headings, text, tokenize = '{TOKENIZER}')")
        connection.executemany("INSERT INTO postings (rowid, title, headings, text) VALUES (?, ?, ?, ?)", rows)
        return Postings.joined(list(read_postings(connection, "postings", weights)))
    finally:
        connection.close()
