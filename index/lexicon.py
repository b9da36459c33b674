"""Score passages by words from arrays on disk: what FTS5's postings say, in a form that answers in milliseconds.

FTS5 visits one posting at a time, which over a million passages takes a long query seconds. Here the postings of a stem
are two arrays, mapped into memory, and adding them to the scores is one call a stem. The scores are those of FTS5's own
bm25() to the rounding of float32. Knows stems, passage numbers and scores; does not know how the arrays are made.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from index.terms import spellings, stemmer

# As SQLite's documentation gives them for bm25() of FTS5; the last is what a word in more than half of all counts.
K1, B, LEAST_IDF = 1.2, 0.75, 1e-6
FORMAT = 1
FACTS = "facts.json"
# The arrays, a file each: one number a passage, a stem or a posting.
ARRAYS = {
    "numbers": "<i8",
    "lengths": "<i4",
    "hashes": "<u8",
    "slots": "<i8",
    "starts": "<i8",
    "places": "<i4",
    "gains": "<f4",
}
# Rows of passages whose best is looked at first, when the best of all are sought.
_ROWS = 128
_LEAST = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True)
class WordScores:
    """The BM25 scores of all passages for one query."""

    numbers: NDArray[np.int64]
    scores: NDArray[np.float32]

    def best(self, limit: int) -> dict[int, float]:
        """Return the best passages that hold any of the words, by number, best first, the lower number first of equals."""
        places = np.flatnonzero(self.scores >= max(self._floor(limit), _LEAST))
        order = np.argsort(-self.scores[places], kind="stable")[:limit]
        return self._at(places[order])

    def _floor(self, limit: int) -> float:
        """Return a score that at least `limit` passages reach, found without sorting them all."""
        width = len(self.scores) // _ROWS
        if width < limit:
            return 0.0
        highest = self.scores[: width * _ROWS].reshape(_ROWS, width).max(axis=0)
        return float(np.partition(highest, width - limit)[width - limit])

    def of(self, numbers: Iterable[int]) -> dict[int, float]:
        """Return the scores of these passages, of those that hold any of the words."""
        wanted = np.fromiter(numbers, np.int64)
        places = np.searchsorted(self.numbers, wanted)
        places = places[places < len(self.numbers)] if len(wanted) else places
        found = places[np.isin(self.numbers[places], wanted)]
        return self._at(found[self.scores[found] > 0])

    def _at(self, places: NDArray[np.int64]) -> dict[int, float]:
        return dict(zip(self.numbers[places].tolist(), self.scores[places].tolist(), strict=True))


class Lexicon:
    """The postings of an index as arrays: for each stem, the places of the passages that hold it, and what it adds."""

    def __init__(self, folder: Path, average_length: float, arrays: Mapping[str, NDArray[Any]]) -> None:
        self.folder = folder
        self.average_length = average_length
        self.numbers: NDArray[np.int64] = arrays["numbers"]
        self.lengths: NDArray[np.int32] = arrays["lengths"]
        self.hashes: NDArray[np.uint64] = arrays["hashes"]
        self.slots: NDArray[np.int64] = arrays["slots"]
        self.starts: NDArray[np.int64] = arrays["starts"]
        self.places: NDArray[np.int32] = arrays["places"]
        self.gains: NDArray[np.float32] = arrays["gains"]

    @classmethod
    def open(cls, folder: Path, weights: Sequence[float]) -> Lexicon | None:
        """Map the arrays of a folder; None when they are missing, damaged, or of another format or column weights."""
        try:
            facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
            if (facts["format"], facts["weights"], facts["sizes"]) != (FORMAT, list(weights), sizes(folder)):
                return None
            return cls(folder, float(facts["average_length"]), {name: read_array(folder, name) for name in ARRAYS})
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def scores(self, stems: Mapping[str, int]) -> WordScores:
        """Return the scores of all passages for stems, each counted as often as the query says it in other words."""
        total = np.zeros(len(self.numbers), np.float32)
        for slot, times in self._slots(stems):
            start, end = int(self.starts[slot]), int(self.starts[slot + 1])
            if end > start:
                gain = self.gains[start:end] * np.float32(times * self._idf(end - start))
                np.add.at(total, self.places[start:end].astype(np.intp), gain)
        return WordScores(self.numbers, total)

    def _slots(self, stems: Mapping[str, int]) -> list[tuple[int, int]]:
        wanted = np.array([stem_hash(stem) for stem in stems], np.uint64)
        found = np.searchsorted(self.hashes, wanted)
        return [
            (int(self.slots[place]), times)
            for place, wish, times in zip(found.tolist(), wanted, stems.values(), strict=True)
            if place < len(self.hashes) and self.hashes[place] == wish
        ]

    def _idf(self, holding: int) -> float:
        idf = math.log((len(self.numbers) - holding + 0.5) / (holding + 0.5))
        return idf if idf > 0 else LEAST_IDF


def length_damping(lengths: NDArray[Any], average: float) -> NDArray[np.float32]:
    """Return what BM25 adds to a frequency below the line, for passages of these lengths."""
    return (K1 * (1 - B + B * lengths / max(average, 1e-9))).astype(np.float32)


def read_array(folder: Path, name: str, mode: Literal["r", "r+"] = "r") -> NDArray[Any]:
    """Map an array of a lexicon into memory."""
    file = folder / name
    if not file.stat().st_size:
        return np.empty(0, ARRAYS[name])
    return np.asarray(np.memmap(file, ARRAYS[name], mode))


def sizes(folder: Path) -> dict[str, int]:
    """Return the size of each array's file. Raises OSError when one is missing."""
    return {name: (folder / name).stat().st_size for name in ARRAYS}


def stem_hash(stem: str) -> int:
    """Return the number a stem is kept under; among a million stems two alike are one chance in thirty million."""
    return int.from_bytes(hashlib.blake2b(stem.encode(), digest_size=8).digest())


def stem_counts(terms: Iterable[str]) -> dict[str, int] | None:
    """Return the stems FTS5 would look up for the words of a query, each with how many of the spellings have it.

    None when FTS5 would take one of them for a phrase, which only its own postings can answer.
    """
    tokens = stemmer().tokens(spellings(terms))
    if any(len(found) > 1 for found in tokens.values()):
        return None
    return dict(Counter(stem for found in tokens.values() for stem in found))
