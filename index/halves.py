"""Vectors at half precision in a file of their own, to compare a few hundred passages with a question at once.

A cosine from them is right to four decimals. To read as many vectors from the database would take most of a search, and far
longer where they are not in memory. Knows numbers and rows; does not know how the passages were proposed.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.blocks import NumberedVectors, Numbers

_NUMBERS, _ROWS = "numbers", "halves"


class Halves:
    """The vectors of passages by number, sorted."""

    def __init__(self, numbers: Numbers, rows: NDArray[np.float16]) -> None:
        self.numbers = numbers
        self._rows = rows

    @classmethod
    def of(cls, size: int, dimension: int) -> Halves:
        """Make room in memory for so many vectors."""
        return cls(np.zeros(size, np.int64), np.zeros((size, dimension), np.float16))

    @classmethod
    def read(cls, folder: Path, dimension: int) -> Halves | None:
        """Map the vectors of a folder into memory; None when they are missing or damaged."""
        try:
            numbers = np.fromfile(folder / _NUMBERS, "<i8")
            if not len(numbers) or (folder / _ROWS).stat().st_size != len(numbers) * dimension * 2:
                return None
            return cls(numbers, np.asarray(np.memmap(folder / _ROWS, "<f2", "r", shape=(len(numbers), dimension))))
        except (OSError, ValueError):
            return None

    def write(self, folder: Path) -> None:
        """Write them into a folder."""
        self.numbers.astype("<i8").tofile(folder / _NUMBERS)
        self._rows.astype("<f2", copy=False).tofile(folder / _ROWS)

    def put(self, place: int, block: NumberedVectors) -> int:
        """Put a block of vectors at a place and return the place after it."""
        after = place + len(block[0])
        self.numbers[place:after], self._rows[place:after] = block
        return after

    def until(self, place: int) -> Halves:
        """Return what was put before a place."""
        return Halves(self.numbers[:place], self._rows[:place])

    def changed(self, removed: Numbers, added: Iterable[NumberedVectors]) -> Halves:
        """Return them without some and with others, which are numbered above all there are."""
        kept = ~np.isin(self.numbers, removed)
        blocks = list(added)
        numbers = np.concatenate([self.numbers[kept], *(numbers for numbers, _ in blocks)])
        return Halves(numbers, np.concatenate([self._rows[kept], *(rows.astype(np.float16) for _, rows in blocks)]))

    def cosines(self, vector: NDArray[np.float32], wanted: Numbers) -> dict[int, float]:
        """Return the cosines of a unit vector with those of these passages, as far as they are here, best first."""
        wanted = np.unique(wanted)
        places = np.searchsorted(self.numbers, wanted)
        here = self.numbers.take(places, mode="clip") == wanted
        # Not by a matrix product: for so few rows, waking the threads of one takes longer than the work.
        cosines = np.einsum("ij,j->i", self._rows[places[here]].astype(np.float32), vector)
        order = np.argsort(-cosines, kind="stable")
        return dict(zip(wanted[here][order].tolist(), cosines[order].tolist(), strict=True))
