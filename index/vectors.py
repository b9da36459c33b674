"""Nearest vectors by FAISS: a cache beside the database, made from its blobs and made again whenever in doubt.

The cache carries the generation it was built from in its name and is swapped in atomically. Never pickled.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Blobs = Callable[[], tuple[NDArray[np.int64], NDArray[np.float32]]]

_log = logging.getLogger(__name__)


class VectorIndex:
    """A flat inner-product index over passage numbers: exact, and fast enough for a few hundred thousand passages."""

    def __init__(self, faiss_index: Any) -> None:
        self._index = faiss_index

    @classmethod
    def build(cls, numbers: NDArray[np.int64], vectors: NDArray[np.float32]) -> VectorIndex:
        """Make the index in memory."""
        import faiss

        index = faiss.IndexIDMap2(faiss.IndexFlatIP(vectors.shape[1]))
        index.add_with_ids(np.ascontiguousarray(vectors), numbers)
        return cls(index)

    @classmethod
    def read(cls, file: Path, size: int, dimension: int) -> VectorIndex | None:
        """Read a cache; None when it is missing, damaged or of another size."""
        import faiss

        if not file.is_file():
            return None
        try:
            index = faiss.read_index(str(file))
        except RuntimeError:
            return None
        return cls(index) if (index.ntotal, index.d) == (size, dimension) else None

    def write(self, file: Path) -> None:
        """Write the cache under a temporary name and swap it in."""
        import faiss

        temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
        try:
            faiss.write_index(self._index, str(temporary))
            temporary.replace(file)
        finally:
            temporary.unlink(missing_ok=True)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def nearest(self, vector: NDArray[np.float32], limit: int) -> dict[int, float]:
        """Return the numbers of the nearest passages with their cosine similarity, nearest first."""
        limit = min(limit, len(self))
        if not limit:
            return {}
        scores, numbers = self._index.search(vector.reshape(1, -1).astype(np.float32), limit)
        return {int(number): float(score) for number, score in zip(numbers[0], scores[0], strict=True) if number >= 0}


class VectorCache:
    """The FAISS file of an index folder, kept in step with the generation of the database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._generation = -1
        self._index: VectorIndex | None = None

    def at(self, generation: int, size: int, dimension: int, blobs: Blobs) -> VectorIndex:
        """Return the vectors of a generation, from memory, from the file, or else built from the blobs."""
        if self._index is None or self._generation != generation:
            file = self.folder / f"vectors-{generation}.faiss"
            self._index = VectorIndex.read(file, size, dimension) or self._build(file, blobs)
            self._generation = generation
        return self._index

    def _build(self, file: Path, blobs: Blobs) -> VectorIndex:
        index = VectorIndex.build(*blobs())
        try:
            index.write(file)
            self.clear(keep=file)
        except (OSError, RuntimeError) as error:
            _log.warning("cannot keep %s (%s); the next start will build it again", file, error)
        return index

    def clear(self, keep: Path | None = None) -> None:
        """Delete the files of other generations."""
        for file in self.folder.glob("vectors-*.faiss"):
            if file != keep:
                file.unlink(missing_ok=True)
