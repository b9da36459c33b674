"""Make the arrays of a lexicon from FTS5's own postings.

FTS5's vocabulary table tells every token of every passage in the order of stems, so that stems and tokens are the same by
construction. Everything is streamed: memory holds one block of tokens, whatever the size of the index. Knows postings
and arrays; does not know when a lexicon is made or where it is kept.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.blocks import Numbers
from index.errors import GuidelineIndexError
from index.lexicon import ARRAYS, FACTS, FORMAT, K1, length_damping, read_array, sizes, stem_hash

Progress = Callable[[int, int], None]

# Tokens or postings in memory at a time: 32 MB as 64-bit numbers.
_BLOCK = 4_000_000
# The places of FTS5's columns, in the order of the weights, by the length of their names: the cheapest thing to ask.
_COLUMNS = {len(name): place for place, name in enumerate(("title", "headings", "text"))}
_WIDTH = 16


@dataclass(frozen=True)
class Postings:
    """The postings of some stems: how many each has, and of each the passage, the weighted frequency and the tokens."""

    hashes: NDArray[np.uint64]
    counts: NDArray[np.int64]
    numbers: Numbers
    frequencies: NDArray[np.float32]
    tokens: NDArray[np.int64]

    @classmethod
    def joined(cls, blocks: Sequence[Postings]) -> Postings:
        """Put the postings of different stems one after the other."""
        return cls(
            np.concatenate([np.empty(0, np.uint64), *(block.hashes for block in blocks)]),
            np.concatenate([np.empty(0, np.int64), *(block.counts for block in blocks)]),
            np.concatenate([np.empty(0, np.int64), *(block.numbers for block in blocks)]),
            np.concatenate([np.empty(0, np.float32), *(block.frequencies for block in blocks)]),
            np.concatenate([np.empty(0, np.int64), *(block.tokens for block in blocks)]),
        )


def read_postings(
    connection: sqlite3.Connection, table: str, weights: Sequence[float], progress: Progress | None = None
) -> Iterator[Postings]:
    """Yield the postings of an FTS5 table with the columns title, headings and text, stems in FTS5's order."""
    for kind in ("row", "instance"):
        connection.execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.{table}_{kind} USING fts5vocab(main, {table}, {kind})"
        )
    stems = connection.execute(f"SELECT term, cnt FROM temp.{table}_row").fetchall()  # noqa: S608 - a constant
    hashes = np.fromiter((stem_hash(stem) for stem, _ in stems), np.uint64, len(stems))
    ends = np.cumsum(np.fromiter((count for _, count in stems), np.int64, len(stems)))
    query = f"SELECT doc * {_WIDTH} + length(col) FROM temp.{table}_instance"  # noqa: S608 - a constant
    tokens = chain.from_iterable(connection.execute(query))
    done = first = 0
    while first < len(stems):
        last = max(first + 1, int(np.searchsorted(ends, done + _BLOCK, side="right")))
        block = np.fromiter(islice(tokens, int(ends[last - 1]) - done), np.int64)
        yield _postings(block, hashes[first:last], np.diff(ends[first:last], prepend=done), weights)
        first, done = last, int(ends[last - 1])
        if progress:
            progress(done, int(ends[-1]))


def _postings(
    block: NDArray[np.int64], hashes: NDArray[np.uint64], token_counts: NDArray[np.int64], weights: Sequence[float]
) -> Postings:
    """Count the tokens of a block, which come by stem and then by passage."""
    weight_at = np.zeros(_WIDTH, np.float32)
    for length, place in _COLUMNS.items():
        weight_at[length] = weights[place]
    numbers, of_stem = block // _WIDTH, np.repeat(np.arange(len(hashes)), token_counts)
    new = np.ones(len(block), bool)
    new[1:] = (numbers[1:] != numbers[:-1]) | (of_stem[1:] != of_stem[:-1])
    starts = np.flatnonzero(new)
    return Postings(
        hashes,
        np.bincount(of_stem[starts], minlength=len(hashes)),
        numbers[starts],
        np.add.reduceat(weight_at[block % _WIDTH], starts) if len(starts) else np.empty(0, np.float32),
        np.diff(starts, append=len(block)),
    )


def build_lexicon(
    folder: Path,
    connection: sqlite3.Connection,
    numbers: Numbers,
    weights: Sequence[float],
    progress: Progress | None = None,
) -> None:
    """Write the lexicon of all passages, whose numbers are given sorted, into a new folder.

    Raises GuidelineIndexError when there are postings of other passages.
    """
    with LexiconWriter(folder, numbers) as writer:
        for block in read_postings(connection, "postings", weights, progress):
            places = np.searchsorted(numbers, block.numbers)
            if not np.array_equal(numbers.take(places, mode="clip"), block.numbers):
                raise GuidelineIndexError("there are postings of passages that are gone; run: wardround index verify")
            writer.count_tokens(places, block.tokens)
            writer.write(block.hashes, block.counts, places, block.frequencies)
        writer.finish(weights)


class LexiconWriter:
    """Writes the arrays of a lexicon block by block; only what there is one of a passage or a stem is kept in memory."""

    def __init__(self, folder: Path, numbers: Numbers, lengths: NDArray[np.int64] | None = None) -> None:
        self._folder = folder
        self._numbers = numbers
        self._lengths = np.zeros(len(numbers), np.int64) if lengths is None else lengths
        self._hashes: list[NDArray[np.uint64]] = []
        self._counts: list[NDArray[np.int64]] = []

    def __enter__(self) -> LexiconWriter:
        self._folder.mkdir()
        self._places = (self._folder / "places").open("wb")
        self._gains = (self._folder / "gains").open("wb")
        return self

    def __exit__(self, *failure: object) -> None:
        self._places.close()
        self._gains.close()

    def count_tokens(self, places: NDArray[np.int64], tokens: NDArray[np.int64]) -> None:
        """Add to the lengths of the passages at these places."""
        np.add.at(self._lengths, places, tokens)

    def write(
        self,
        hashes: NDArray[np.uint64],
        counts: NDArray[np.int64],
        places: NDArray[np.int64],
        frequencies: NDArray[np.float32],
    ) -> None:
        """Write the postings of the next stems: how many each has, then where they are and their frequencies."""
        self._hashes.append(hashes)
        self._counts.append(counts)
        places.astype("<i4").tofile(self._places)
        frequencies.astype("<f4").tofile(self._gains)

    def finish(self, weights: Sequence[float]) -> None:
        """Turn frequencies into gains, now that all lengths are known, and write what is left."""
        self._places.close()
        self._gains.close()
        hashes = np.concatenate([np.empty(0, np.uint64), *self._hashes])
        counts = np.concatenate([np.zeros(1, np.int64), *self._counts])
        order = np.argsort(hashes)
        average = float(self._lengths.sum() / max(1, len(self._lengths)))
        self._saturate(average)
        arrays = {
            "numbers": self._numbers,
            "lengths": self._lengths,
            "hashes": hashes[order],
            "slots": order,
            "starts": np.cumsum(counts),
        }
        for name, array in arrays.items():
            array.astype(ARRAYS[name]).tofile(self._folder / name)
        facts = {"format": FORMAT, "weights": list(weights), "average_length": average, "sizes": sizes(self._folder)}
        (self._folder / FACTS).write_text(json.dumps(facts), encoding="utf-8")

    def _saturate(self, average: float) -> None:
        damping = length_damping(self._lengths, average)
        places, gains = read_array(self._folder, "places"), read_array(self._folder, "gains", "r+")
        for first in range(0, len(places), _BLOCK):
            step = slice(first, first + _BLOCK)
            gains[step] *= (K1 + 1) / (gains[step] + damping[places[step]])
