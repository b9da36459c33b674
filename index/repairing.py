"""Mend what `index.verifying` found: everything that follows from the documents' text is made again from it.

Text that is damaged itself is taken out with the record of its file, so that adding the file again reads it anew. Each step
is a transaction, so that a stopped run leaves an index that can be repaired again.
"""

from __future__ import annotations

import sqlite3

from index.document_check import DocumentCheck, Finding, unusable
from index.embedding import Embedder
from index.errors import GuidelineIndexError
from index.findable import FindablePassage, findable
from index.path_scores import PathScores
from index.rebuilding import Rebuilding
from index.splitting import split
from index.store import Store, insert_passage, passage_of
from index.verifying import Verification

_BATCH = 128
# In this order, because each may leave rows that the next finds.
_FORGET_ORPHANS = (
    "DELETE FROM documents WHERE id NOT IN (SELECT document_id FROM file_documents)",
    "DELETE FROM passages WHERE document_id NOT IN (SELECT id FROM documents)",
    "DELETE FROM file_documents WHERE document_id NOT IN (SELECT id FROM documents)",
    "DELETE FROM file_documents WHERE path NOT IN (SELECT path FROM files)",
    "DELETE FROM files WHERE path NOT IN (SELECT path FROM file_documents)",
    "DELETE FROM postings WHERE rowid NOT IN (SELECT number FROM passages)",
)


class Repairer:
    """Mends one index, with the writing lock held. Without an embedder, vectors that are wrong are left out."""

    def __init__(self, store: Store, paths: PathScores, embedder: Embedder | None = None) -> None:
        self._store = store
        self._database = store.database
        self._paths = paths
        self._embedder = embedder

    def run(self, found: Verification) -> None:
        """Mend everything that can be. Raises GuidelineIndexError when the database file itself is damaged."""
        if found.counts.get("database"):
            self._rebuild_indexes()
        self._paths.clear()
        if not self._postings_hold():
            self._new_postings()
        with self._database.writing() as connection:
            for statement in _FORGET_ORPHANS:
                connection.execute(statement)
            self._database.advance()
        for document_id in self._store.document_ids():
            self._mend(document_id)
        with self._database.writing():
            self._store.drop_unused_embeddings()
            self._database.advance()
        self._embed_missing()
        if self._embedder and found.strange_vectors:
            Rebuilding(self._store, self._embedder).run()

    def _rebuild_indexes(self) -> None:
        try:
            with self._database.writing() as connection:
                connection.execute("REINDEX")
        except GuidelineIndexError as error:
            raise GuidelineIndexError(
                f"{error}; the file itself is damaged: move it away and add the documents again"
            ) from error

    def _postings_hold(self) -> bool:
        try:
            with self._database.writing() as connection:
                connection.execute("INSERT INTO postings (postings) VALUES ('integrity-check')")
        except GuidelineIndexError:
            return False
        return True

    def _new_postings(self) -> None:
        """Make the postings again from nothing; what each document lacks then is posted as it is mended."""
        with self._database.writing() as connection:
            [made] = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'postings'").fetchone()
            connection.execute("DROP TABLE postings")
            connection.execute(made)

    def _mend(self, document_id: str) -> None:
        with self._database.writing() as connection:
            check = DocumentCheck(connection, int(self._database.meta("dimension") or 0), self._store.salt)
            faults = check.run(document_id).faults
            if any(kind == "document" for kind, _, _ in faults):
                self._forget(connection, document_id)
            elif faults:
                self._make_again(connection, document_id, faults)
                self._database.advance()

    def _forget(self, connection: sqlite3.Connection, document_id: str) -> None:
        gave_it = "SELECT path FROM file_documents WHERE document_id = ?"
        for (path,) in connection.execute(gave_it, (document_id,)).fetchall():
            self._store.remove_files([path])
        self._store.remove_document(document_id)

    def _make_again(self, connection: sqlite3.Connection, document_id: str, faults: tuple[Finding, ...]) -> None:
        document = self._store.document(document_id)
        if document is None:
            return
        rows = self._store.passage_rows_of(document_id)
        # Words that are not those posted may as well be the fault of the passage: its offsets or headings were changed.
        wrong = any(kind in ("passage", "posting") for kind, _, _ in faults)
        passages = split(document) if wrong else [passage_of(row, document) for row in rows]
        marks = [(row.number,) for row in rows]
        connection.executemany("DELETE FROM postings WHERE rowid = ?", marks)
        connection.execute("DELETE FROM passages WHERE document_id = ?", (document_id,))
        for found in findable(document, passages):
            insert_passage(connection, found, self._store.salt)
            self._forget_unusable(connection, found)

    def _forget_unusable(self, connection: sqlite3.Connection, found: FindablePassage) -> None:
        key = found.key(self._store.salt)
        row = connection.execute("SELECT vector FROM embeddings WHERE key = ?", (key,)).fetchone()
        if row and unusable(row[0], int(self._database.meta("dimension") or 0)):
            connection.execute("DELETE FROM embeddings WHERE key = ?", (key,))

    def _embed_missing(self) -> None:
        query = "SELECT number FROM passages WHERE embedding NOT IN (SELECT key FROM embeddings) LIMIT ?"
        while self._embedder is not None:
            with self._database.reading() as connection:
                numbers = [number for (number,) in connection.execute(query, (_BATCH,))]
            if not numbers:
                return
            texts: dict[bytes, str] = {}
            for row in self._store.passage_rows(numbers).values():
                if document := self._store.document(row.document_id):
                    [found] = findable(document, [passage_of(row, document)])
                    texts[found.key(self._store.salt)] = found.embedded
            vectors = self._embedder.embed(list(texts.values()))
            self._store.add_embeddings(dict(zip(texts, vectors, strict=True)))
