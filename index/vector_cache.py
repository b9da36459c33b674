"""The FAISS file of an index folder, kept in step with the database: read, changed by what came and went, or built.

The file is named for the generation it holds and for the embedder, and is swapped in by a rename. A passage more or less
costs reading and writing the file once; only growth that wants another kind of index costs building it anew.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path

from index.blocks import Change, NumberedVectors, Numbers, passage_numbers, vector_blocks
from index.cache_files import CacheFiles
from index.database import Database
from index.vectors import VectorIndex

_log = logging.getLogger(__name__)


class VectorCache:
    """The vectors of the passages, ready to be searched, at any generation of the database."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder = folder
        self._database = database
        self._key = (-1, 0)
        self._index: VectorIndex | None = None

    def at(self, generation: int, dimension: int) -> VectorIndex:
        """Return the vectors of a generation: from memory, from its file, from an older file, or else from the database.

        Call it in a reading transaction, so that the generation is that of what is read.
        """
        if self._index is None or self._key != (generation, dimension):
            file = self.files.at(generation)
            self._index = self._read(file, dimension) or self._make(generation, dimension)
            self._key = (generation, dimension)
        return self._index

    @property
    def files(self) -> CacheFiles:
        """Where the caches of today's embedder stand."""
        identity = hashlib.sha256(self._database.meta("embedder").encode()).hexdigest()[:8]
        return CacheFiles(self.folder, "vectors", f"-{identity}")

    def clear(self) -> None:
        """Delete every cache, so that the next search builds one from the database."""
        self._index = None
        self.files.clear()

    def _read(self, file: Path, dimension: int) -> VectorIndex | None:
        index = VectorIndex.read(file, dimension)
        return index if index is not None and len(index) == self._count() else None

    def _count(self) -> int:
        with self._database.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM passages").fetchone()[0])

    def _make(self, generation: int, dimension: int) -> VectorIndex:
        files, numbers = self.files, passage_numbers(self._database)
        index = self._changed(files.newest_before(generation), dimension, numbers) or self._built(dimension, numbers)
        try:
            with files.making(generation) as place:
                index.write(place)
        except (OSError, RuntimeError) as error:
            _log.warning("cannot keep %s (%s); the next start will make it again", files.at(generation), error)
            return index
        return VectorIndex.read(files.at(generation), dimension) or index

    def _built(self, dimension: int, numbers: Numbers) -> VectorIndex:
        return VectorIndex.build(len(numbers), dimension, vector_blocks(self._database, dimension))

    def _changed(self, file: Path | None, dimension: int, numbers: Numbers) -> VectorIndex | None:
        """Return an older index brought up to date, None when that is not possible or not worth while."""
        index = VectorIndex.read(file, dimension) if file else None
        if index is None or not index.fits(len(numbers)):
            return None
        held = index.numbers()
        change = Change.between(held, numbers)
        if not change.only_appends(held) or change.size > len(numbers) / 2:
            return None
        index.change(change.removed, self._vectors(dimension, change.added))
        return index if len(index) == len(numbers) else None

    def _vectors(self, dimension: int, added: Numbers) -> Iterator[NumberedVectors]:
        return vector_blocks(self._database, dimension, int(added[0]) - 1) if len(added) else iter(())
