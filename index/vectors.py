"""Nearest vectors by FAISS, of a kind chosen by size: whole vectors, or the signs of their numbers with a second look.

Knows vectors and passage numbers. Does not know the database, nor when an index is out of date. Never pickled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.blocks import NumberedVectors, Numbers
from index.halves import Halves

# Comparing with each of 20,000 vectors of 384 numbers takes two cores about as long as FTS5 takes for the words.
_MOST_COMPARED = 20_000
# Vectors in a block of codes that are compared together.
_TOGETHER = 32
_SIGNS = "signs.faiss"


@dataclass(frozen=True)
class Plan:
    """How vectors are kept and searched."""

    exact: bool

    @classmethod
    def for_size(cls, passages: int) -> Plan:
        """Choose by the number of passages; `index.benchmarks scale` measures what the choice costs and keeps."""
        return cls(passages <= _MOST_COMPARED)

    @property
    def spare(self) -> int:
        """How many times more passages are taken than wanted, so that the nearest are among them: as measured."""
        return 1 if self.exact else 2

    @property
    def reason(self) -> str:
        """What was chosen and why, in a line."""
        if self.exact:
            return f"whole vectors, each compared: up to {_MOST_COMPARED:,} passages that takes a few milliseconds"
        return (
            "one bit a number (RaBitQ), each passage compared, and the best of them at half precision: above"
            f" {_MOST_COMPARED:,} passages whole vectors take too long"
        )


class VectorIndex:
    """The vectors of passages by number, searched by inner product, which for unit vectors is the cosine.

    `halves` are there where the index holds signs: the best it finds are compared by them.
    """

    def __init__(self, faiss_index: Any, halves: Halves | None = None) -> None:
        self._index = faiss_index
        self._halves = halves
        self.plan = Plan(halves is None)

    @classmethod
    def build(cls, size: int, dimension: int, blocks: Iterable[NumberedVectors]) -> VectorIndex:
        """Make an index of `size` vectors from blocks of them, by number."""
        import faiss

        if Plan.for_size(size).exact:
            index = cls(faiss.IndexIDMap(faiss.IndexFlatIP(dimension)))
            index._append(blocks)
            return index
        signs = faiss.IndexRaBitQFastScan(dimension, faiss.METRIC_INNER_PRODUCT, _TOGETHER)
        index, place = cls(faiss.IndexIDMap(signs), Halves.of(size, dimension)), 0
        for block in blocks:
            if not signs.is_trained:
                # Signs are taken around the middle of the vectors, which one block tells well enough.
                signs.train(np.ascontiguousarray(block[1]))
            place = index.halves.put(place, block)
            index._append([block])
        index._halves = index.halves.until(place)
        return index

    @classmethod
    def read(cls, place: Path, dimension: int) -> VectorIndex | None:
        """Read what `write` made; None when it is missing, damaged or of another dimension."""
        import faiss

        halves = Halves.read(place, dimension) if place.is_dir() else None
        file = place / _SIGNS if halves else place
        if not file.is_file():
            return None
        try:
            index: Any = faiss.read_index(str(file))
        except RuntimeError:
            return None
        if index.d != dimension or (halves and index.ntotal != len(halves.numbers)):
            return None
        return cls(index, halves)

    def write(self, place: Path) -> None:
        """Write the index: a file, or a folder where there are halves. Raises OSError, RuntimeError."""
        import faiss

        if self._halves is None:
            faiss.write_index(self._index, str(place))
            return
        place.mkdir()
        faiss.write_index(self._index, str(place / _SIGNS))
        self._halves.write(place)

    @property
    def halves(self) -> Halves:
        """The vectors at half precision. Raises ValueError where whole vectors are compared."""
        if self._halves is None:
            raise ValueError("this index holds whole vectors")
        return self._halves

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def fits(self, size: int) -> bool:
        """Say whether an index of this size would be of this kind."""
        return Plan.for_size(size) == self.plan

    def exact_vectors(self) -> NumberedVectors | None:
        """Return the numbers and vectors that are held at full precision, None where they are held as signs and halves."""
        import faiss

        if not self.plan.exact:
            return None
        flat: Any = faiss.downcast_index(self._index.index)
        matrix = faiss.vector_to_array(flat.codes).view(np.float32).reshape(len(self), self._index.d)
        return faiss.vector_to_array(self._index.id_map), matrix

    def numbers(self) -> Numbers:
        """Return the numbers of the passages, sorted."""
        import faiss

        return np.sort(faiss.vector_to_array(self._index.id_map))

    def change(self, removed: Numbers, added: Iterable[NumberedVectors]) -> None:
        """Take passages out and put others in, which are numbered above all there are."""
        blocks = list(added)
        if len(removed):
            self._index.remove_ids(np.ascontiguousarray(removed))
        self._append(blocks)
        if self._halves is not None:
            self._halves = self._halves.changed(removed, blocks)

    def _append(self, blocks: Iterable[NumberedVectors]) -> None:
        for numbers, vectors in blocks:
            self._index.add_with_ids(np.ascontiguousarray(vectors), np.ascontiguousarray(numbers))

    def nearest(self, vector: NDArray[np.float32], limit: int) -> dict[int, float]:
        """Return the numbers of the nearest passages with their cosine, nearest first."""
        limit = min(limit, len(self))
        if not limit:
            return {}
        query = vector.reshape(1, -1).astype(np.float32)
        scores, numbers = self._search(query, min(limit * self.plan.spare, len(self)))
        found = numbers[0] >= 0
        if self._halves is None:
            return dict(zip(numbers[0][found].tolist(), scores[0][found].tolist(), strict=True))
        return dict(islice(self._halves.cosines(query[0], numbers[0][found]).items(), limit))

    def _search(self, query: NDArray[np.float32], limit: int) -> tuple[NDArray[np.float32], Numbers]:
        """Search with one thread: one question keeps no more than one busy, yet would wait for all to be woken."""
        import faiss

        threads = faiss.omp_get_max_threads()
        faiss.omp_set_num_threads(1)
        try:
            scores, numbers = self._index.search(query, limit)
        finally:
            faiss.omp_set_num_threads(threads)
        return scores, numbers
