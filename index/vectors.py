"""Nearest vectors by FAISS, of a kind chosen by size: exact comparison with every passage, or with the likeliest lists.

Knows vectors and passage numbers. Does not know the database, nor when an index is out of date. Never pickled.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.blocks import NumberedVectors, Numbers

Sample = Callable[[int], NDArray[np.float32]]

# Comparing with each of 20,000 vectors of 384 numbers takes two cores about as long as FTS5 takes for the words.
_MOST_COMPARED = 20_000
# FAISS asks for 39 vectors a list at the least to find where lists should lie; more than this gains nothing.
_LEARNT_FROM = 50
_ROUNDS = 8
# An index that grew this much since its lists were laid out is laid out anew.
_GROWTH = 2.0


@dataclass(frozen=True)
class Plan:
    """How vectors are kept: in lists of like ones, of which the nearest are searched, or, without lists, in one."""

    lists: int

    @classmethod
    def for_size(cls, passages: int) -> Plan:
        """Choose by the number of passages; `index.benchmarks scale` measures what the choice costs and keeps."""
        return cls(0 if passages <= _MOST_COMPARED else 1 << round(math.log2(4 * math.sqrt(passages))))

    @property
    def exact(self) -> bool:
        """Whether each search compares with every vector, at full precision."""
        return not self.lists

    @property
    def probes(self) -> int:
        """How many lists are searched: enough that of the ten nearest 99 in 100 are found, as measured."""
        return round(4 * math.sqrt(self.lists))

    @property
    def reason(self) -> str:
        """What was chosen and why, in a line."""
        if self.exact:
            return f"flat, exact: up to {_MOST_COMPARED:,} passages, comparing with each takes a few milliseconds"
        return (
            f"{self.lists:,} lists of 8-bit vectors, the nearest {self.probes} of them searched and the best compared"
            f" at full precision: above {_MOST_COMPARED:,} passages"
        )


class VectorIndex:
    """The vectors of passages by number, searched by inner product, which for unit vectors is the cosine."""

    def __init__(self, faiss_index: Any) -> None:
        self._index = faiss_index
        self.plan = Plan(getattr(faiss_index, "nlist", 0))
        if not self.plan.exact:
            faiss_index.nprobe = self.plan.probes
            if hasattr(faiss_index.invlists, "prefetch_nthread"):
                # Of lists that are in memory anyway, starting threads to fetch them takes most of a search.
                faiss_index.invlists.prefetch_nthread = 0

    @classmethod
    def build(cls, size: int, dimension: int, blocks: Iterable[NumberedVectors], sample: Sample) -> VectorIndex:
        """Make an index of `size` vectors from blocks of them; `sample` gives some at random to lay lists out by."""
        import faiss

        plan = Plan.for_size(size)
        index: Any
        if plan.exact:
            index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        else:
            index = faiss.IndexIVFScalarQuantizer(
                faiss.IndexFlatIP(dimension),
                dimension,
                plan.lists,
                faiss.ScalarQuantizer.QT_8bit,
                faiss.METRIC_INNER_PRODUCT,
            )
            index.cp.spherical, index.cp.niter, index.cp.min_points_per_centroid = True, _ROUNDS, 1
            index.train(sample(min(size, plan.lists * _LEARNT_FROM)))
        built = cls(index)
        built._append(blocks)
        return built

    @classmethod
    def read(cls, file: Path, dimension: int, *, mapped: bool = True) -> VectorIndex | None:
        """Read a file that `write` made; None when it is missing, damaged or of another dimension.

        Lists that are `mapped` stay on disk until they are searched, and cannot be changed.
        """
        import faiss

        if not file.is_file():
            return None
        try:
            index = faiss.read_index(str(file), faiss.IO_FLAG_MMAP if mapped else 0)
        except RuntimeError:
            return None
        return cls(index) if index.d == dimension else None

    def write(self, file: Path) -> None:
        """Write the index to a file. Raises RuntimeError when it cannot be written."""
        import faiss

        faiss.write_index(self._index, str(file))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def fits(self, size: int) -> bool:
        """Say whether an index of this size would be laid out much as this one is."""
        wanted = Plan.for_size(size)
        if wanted.exact or self.plan.exact:
            return wanted.exact and self.plan.exact
        return max(wanted.lists, self.plan.lists) <= _GROWTH * min(wanted.lists, self.plan.lists)

    def exact_vectors(self) -> NumberedVectors | None:
        """Return the numbers and vectors that are held at full precision, None where they are held in lists."""
        import faiss

        if not self.plan.exact:
            return None
        flat: Any = faiss.downcast_index(self._index.index)
        matrix = faiss.vector_to_array(flat.codes).view(np.float32).reshape(len(self), self._index.d)
        return faiss.vector_to_array(self._index.id_map), matrix

    def numbers(self) -> Numbers:
        """Return the numbers of the passages, sorted."""
        import faiss

        if self.plan.exact:
            return np.sort(faiss.vector_to_array(self._index.id_map))
        lists = self._index.invlists
        sizes = [lists.list_size(number) for number in range(self._index.nlist)]
        held = [faiss.rev_swig_ptr(lists.get_ids(number), size).copy() for number, size in enumerate(sizes) if size]
        return np.sort(np.concatenate(held)) if held else np.empty(0, np.int64)

    def change(self, removed: Numbers, added: Iterable[NumberedVectors]) -> None:
        """Take passages out and put others in; lists stay where they were laid out."""
        if len(removed):
            self._index.remove_ids(np.ascontiguousarray(removed))
        self._append(added)

    def _append(self, blocks: Iterable[NumberedVectors]) -> None:
        for numbers, vectors in blocks:
            self._index.add_with_ids(np.ascontiguousarray(vectors), np.ascontiguousarray(numbers))

    def nearest(self, vector: NDArray[np.float32], limit: int) -> dict[int, float]:
        """Return the numbers of the nearest passages with their similarity, nearest first.

        The similarity is the cosine where the plan is exact, and else the cosine to within about 0.01.
        """
        limit = min(limit, len(self))
        if not limit:
            return {}
        scores, numbers = self._index.search(vector.reshape(1, -1).astype(np.float32), limit)
        return {int(number): float(score) for number, score in zip(numbers[0], scores[0], strict=True) if number >= 0}
