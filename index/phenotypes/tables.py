"""The compiled tables in memory: which diseases a term is annotated for, how often, and what stands above a term.

Knows numbers of terms and diseases. Does not know their names, nor how a disease is scored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Rows = NDArray[np.int32]


@dataclass(frozen=True)
class TermTable:
    """A sparse table by term: the diseases (rows, ascending) that have an entry for it, and its values."""

    offsets: NDArray[np.int64]
    rows: Rows
    values: NDArray[np.float32]

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]], name: str, terms: int) -> TermTable:
        """Turn the archive's compressed rows (one a disease) into compressed columns (one a term)."""
        lengths = _lengths(arrays[f"{name}_offsets"].astype(np.int64))
        columns = arrays[f"{name}_columns"].astype(np.int64)
        order = np.argsort(columns, kind="stable")
        counts = np.bincount(columns, minlength=terms)
        return cls(
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)[order],
            arrays[f"{name}_values"].astype(np.float32)[order],
        )

    def column(self, term: int) -> tuple[Rows, NDArray[np.float32]]:
        """Return the diseases that have an entry for a term, and the entries."""
        start, end = self.offsets[term], self.offsets[term + 1]
        return self.rows[start:end], self.values[start:end]

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many diseases have an entry for each term."""
        return _lengths(self.offsets)

    @property
    def terms(self) -> Rows:
        """The term of each entry."""
        return np.repeat(np.arange(len(self.offsets) - 1, dtype=np.int32), self.counts)

    def by_disease(self, weights: NDArray[np.floating], diseases: int) -> Vector:
        """Return the sum of one weight an entry over each disease."""
        return np.bincount(self.rows, weights=weights, minlength=diseases).astype(np.float64)


@dataclass(frozen=True)
class Hierarchy:
    """The ancestors of each term, itself included, as a compressed sparse list."""

    offsets: NDArray[np.int64]
    ancestors: Rows

    def above(self, term: int) -> Rows:
        """Return the ancestors of a term and itself."""
        return self.ancestors[self.offsets[term] : self.offsets[term + 1]]

    def below(self, term: int) -> NDArray[np.int64]:
        """Return the descendants of a term and itself."""
        places = np.flatnonzero(self.ancestors == term)
        return np.searchsorted(self.offsets, places, side="right") - 1


def _lengths(offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    found: NDArray[np.int64] = offsets[1:] - offsets[:-1]
    return found
