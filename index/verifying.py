"""Prove that what an index holds agrees with itself: text, offsets, postings, vectors, links and caches.

Reads one document after the other, so that memory is bounded however large the index is. Changes nothing; what can be
mended `index.repairing` mends. Cannot know whether a text that fits its id is what the guideline said.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from index.cache_check import cache_disagreements
from index.database import Database
from index.document_check import DocumentCheck, vectors_that_differ
from index.embedding import Embedder
from index.errors import GuidelineIndexError
from index.path_scores import PathScores
from index.store import Store

FaultKind = Literal["database", "document", "passage", "posting", "vector", "link", "cache"]
Progress = Callable[[int, int], None]

# More than this are counted, not kept: one is enough to know, and memory is bounded.
_MOST_KEPT = 1000
# Vectors made anew to see whether they are those of their text; to make all would take as long as building.
_SAMPLE = 24

# Each finds rows that belong to nothing: what to call them, and the query that gives a name to each.
_ORPHANS: tuple[tuple[FaultKind, str, str], ...] = (
    ("posting", "posting of no passage", "SELECT rowid FROM postings WHERE rowid NOT IN (SELECT number FROM passages)"),
    (
        "passage",
        "passage of no document",
        "SELECT id FROM passages WHERE document_id NOT IN (SELECT id FROM documents)",
    ),
    (
        "link",
        "link to no document",
        "SELECT document_id FROM file_documents WHERE document_id NOT IN (SELECT id FROM documents)",
    ),
    ("link", "link from no file", "SELECT path FROM file_documents WHERE path NOT IN (SELECT path FROM files)"),
    ("link", "file without documents", "SELECT path FROM files WHERE path NOT IN (SELECT path FROM file_documents)"),
    (
        "link",
        "document of no file",
        "SELECT id FROM documents WHERE id NOT IN (SELECT document_id FROM file_documents)",
    ),
)


@dataclass(frozen=True)
class Fault:
    """One thing that does not agree: its kind, the id, path or name of what is wrong, and how."""

    kind: FaultKind
    where: str
    detail: str


@dataclass(frozen=True)
class Verification:
    """What was looked at and what was found. `notes` are no faults: files that changed, and what stands ready to be used.

    `strange_vectors` counts those of the sample made anew that are not the vectors of their texts.
    """

    documents: int
    passages: int
    vectors_made_anew: int
    faults: tuple[Fault, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    strange_vectors: int = 0

    @property
    def sound(self) -> bool:
        """Whether everything agrees."""
        return not self.counts


class Verifier:
    """Looks through one index. Call `run` with the writing lock held, so that nothing changes meanwhile."""

    def __init__(self, store: Store, paths: PathScores, embedder: Embedder | None = None) -> None:
        self._store = store
        self._database: Database = store.database
        self._paths = paths
        self._embedder = embedder
        self._faults: list[Fault] = []
        self._counts: Counter[str] = Counter()

    def run(self, progress: Progress = lambda done, of: None) -> Verification:
        """Look at everything. Raises GuidelineIndexError when the database is too damaged to be read."""
        self._database_itself()
        with self._database.reading() as connection:
            documents, passages = self._documents(connection, progress)
            for fault in _orphans(connection):
                self._found(fault)
        made_anew, strange = self._sample()
        for name, detail in cache_disagreements(self._paths, self._database):
            self._found(Fault("cache", name, detail))
        notes = (*self._leftovers(), *self._files())
        return Verification(documents, passages, made_anew, tuple(self._faults), dict(self._counts), notes, strange)

    def _found(self, fault: Fault) -> None:
        self._counts[fault.kind] += 1
        if len(self._faults) < _MOST_KEPT:
            self._faults.append(fault)

    def _database_itself(self) -> None:
        with self._database.reading() as connection:
            for (said,) in connection.execute("PRAGMA integrity_check(20)"):
                if said != "ok":
                    self._found(Fault("database", "index.sqlite", str(said).replace("\n", " ")))
            for table, *_ in connection.execute("PRAGMA foreign_key_check"):
                self._found(Fault("link", str(table), "refers to a row that is not there"))
        try:
            with self._database.writing() as connection:
                connection.execute("INSERT INTO postings (postings) VALUES ('integrity-check')")
        except GuidelineIndexError as error:
            self._found(Fault("posting", "postings", f"FTS5 finds its index at odds with the text ({error})"))

    def _documents(self, connection: sqlite3.Connection, progress: Progress) -> tuple[int, int]:
        ids, passages = self._store.document_ids(), 0
        check = DocumentCheck(connection, int(self._database.meta("dimension") or 0), self._database.meta("salt"))
        for number, document_id in enumerate(ids, start=1):
            checked = check.run(document_id)
            passages += checked.passages
            for kind, where, detail in checked.faults:
                self._found(Fault(kind, where, detail))
            progress(number, len(ids))
        return len(ids), passages

    def _sample(self) -> tuple[int, int]:
        """Make some vectors anew, and return how many that were and how many differ from those that are kept."""
        if self._embedder is None:
            return 0, 0
        with self._database.reading() as connection:
            numbers = connection.execute(
                "SELECT number FROM passages ORDER BY (number * 2654435761) % 4294967296 LIMIT ?", (_SAMPLE,)
            )
            chosen = [number for (number,) in numbers]
        strange = list(vectors_that_differ(self._store, self._embedder, chosen))
        for where in strange:
            self._found(Fault("vector", where, "its vector is not that of its text"))
        return len(chosen), len(strange)

    def _leftovers(self) -> Iterator[str]:
        query = "SELECT count(*) FROM embeddings WHERE key NOT IN (SELECT embedding FROM passages)"
        with self._database.reading() as connection:
            unused = int(connection.execute(query).fetchone()[0])
        if unused:
            yield f"{unused} vectors of an interrupted run stand ready to be taken up"

    def _files(self) -> Iterator[str]:
        for path in self._store.file_paths():
            known = self._store.file(path)
            if known is None:
                continue
            try:
                with Path(path).open("rb") as stream:
                    same = hashlib.file_digest(stream, "sha256").hexdigest() == known.sha256
            except OSError as error:
                yield f"{path}: {error.strerror or error}; its documents are kept until its folder is added again"
                continue
            if not same:
                yield f"{path}: changed since it was added; add it again"


def _orphans(connection: sqlite3.Connection) -> Iterator[Fault]:
    for kind, detail, query in _ORPHANS:
        for (where,) in connection.execute(query):
            yield Fault(kind, str(where), detail)
