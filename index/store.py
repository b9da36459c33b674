"""The index database: documents, passages, postings and vectors in one SQLite file, which is the truth.

Knows tables and transactions. Does not know how text was read or vectors were made, nor how hits are ranked.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from index.blocks import NumberedVectors, vectors_of
from index.database import Database
from index.document import Condition, Document, Passage
from index.editions import carry_statements
from index.findable import FindablePassage

# How much a word counts in the title and synonyms, in the headings, and in the text.
COLUMN_WEIGHTS = (4.0, 2.0, 1.0)
# SQLite's limit on variables in one statement was 999 for long.
_STEP = 900


@dataclass(frozen=True)
class FileState:
    """What was known of a file when it was read."""

    path: str
    size: int
    mtime_ns: int
    sha256: str
    read_as: str


class PassageRow(NamedTuple):
    """Where a passage stands; `passage_of` cuts its text from the document."""

    number: int
    id: str
    document_id: str
    heading_path: str
    page: int | None
    start: int
    end: int


class Store:
    """What is kept of files, documents, passages, postings and vectors."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @property
    def salt(self) -> str:
        """What sets the keys of today's vectors apart from those of vectors made before or still being made."""
        return self.database.meta("salt")

    def count(self, table: str) -> int:
        """Return the number of rows of "documents", "passages", "files" or "embeddings"."""
        if table not in ("documents", "passages", "files", "embeddings"):
            raise ValueError(f"no countable table is called {table!r}")
        with self.database.reading() as connection:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - checked above

    def file(self, path: str) -> FileState | None:
        """Return what was known of a file when it was read, None when it was not."""
        with self.database.reading() as connection:
            row = connection.execute("SELECT * FROM files WHERE path = ?", (path,)).fetchone()
        return FileState(*row) if row else None

    def file_paths(self) -> list[str]:
        """Return the paths of all files, sorted."""
        with self.database.reading() as connection:
            return [path for (path,) in connection.execute("SELECT path FROM files ORDER BY path")]

    def touch_file(self, state: FileState) -> None:
        """Note that a file whose content is unchanged has another time."""
        with self.database.writing() as connection:
            connection.execute("UPDATE files SET mtime_ns = ? WHERE path = ?", (state.mtime_ns, state.path))

    def replace_file(
        self, state: FileState, documents: Sequence[Document], passages: Iterable[FindablePassage]
    ) -> None:
        """Put a file's documents in the place of those it gave before, in one transaction."""
        with self.database.writing() as connection:
            carry_statements(connection, state.path, documents)
            self._forget_file(connection, state.path)
            values = (state.path, state.size, state.mtime_ns, state.sha256, state.read_as)
            connection.execute("INSERT INTO files VALUES (?, ?, ?, ?, ?)", values)
            fresh = set()
            for document in documents:
                facts = document.model_dump_json(exclude={"text", "id", "title"}, exclude_defaults=True)
                if _names_differ(connection, document):
                    _delete_passages(connection, document.id)
                    fresh.add(document.id)
                connection.execute(
                    "INSERT INTO documents VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET facts = excluded.facts",
                    (document.id, document.title, facts, document.text),
                )
                connection.execute("INSERT OR IGNORE INTO file_documents VALUES (?, ?)", (state.path, document.id))
            for found in passages:
                if found.passage.document_id in fresh:
                    insert_passage(connection, found, self.salt)
            self.database.advance()

    @staticmethod
    def _has_document(connection: sqlite3.Connection, document_id: str) -> bool:
        return connection.execute("SELECT 1 FROM documents WHERE id = ?", (document_id,)).fetchone() is not None

    def _forget_file(self, connection: sqlite3.Connection, path: str) -> int:
        """Delete a file and the documents that only it gave."""
        only_here = connection.execute(
            "SELECT document_id FROM file_documents AS mine WHERE path = ? AND NOT EXISTS"
            " (SELECT 1 FROM file_documents AS other"
            " WHERE other.document_id = mine.document_id AND other.path <> mine.path)",
            (path,),
        ).fetchall()
        for (document_id,) in only_here:
            _delete_document(connection, document_id)
        connection.execute("DELETE FROM files WHERE path = ?", (path,))
        return len(only_here)

    def remove_files(self, paths: Sequence[str]) -> int:
        """Delete files with the documents that only they gave; return how many documents that were."""
        with self.database.writing() as connection:
            removed = sum(self._forget_file(connection, path) for path in paths)
            if paths:
                self._tidy(connection)
        return removed

    def remove_document(self, document_id: str) -> bool:
        """Delete one document, and the files that gave no other; say whether there was one."""
        with self.database.writing() as connection:
            if not self._has_document(connection, document_id):
                return False
            _delete_document(connection, document_id)
            connection.execute("DELETE FROM files WHERE path NOT IN (SELECT path FROM file_documents)")
            self._tidy(connection)
        return True

    def _tidy(self, connection: sqlite3.Connection) -> None:
        """Leave nothing of deleted text behind in postings and vectors."""
        self.drop_unused_embeddings()
        connection.execute("INSERT INTO postings (postings) VALUES ('optimize')")
        self.database.advance()

    def document(self, document_id: str) -> Document | None:
        """Return a document with its text, None when there is none of this id."""
        found = list(self.documents([document_id]))
        return found[0] if found else None

    def document_ids(self) -> list[str]:
        """Return the ids of all documents, in the order of their titles."""
        with self.database.reading() as connection:
            return [i for (i,) in connection.execute("SELECT id FROM documents ORDER BY title COLLATE NOCASE, id")]

    def documents(self, ids: Sequence[str]) -> Iterator[Document]:
        """Yield the documents of these ids that exist, in the order of `ids`."""
        for first in range(0, len(ids), 50):
            step = ids[first : first + 50]
            with self.database.reading() as connection:
                query = f"SELECT id, title, facts, text FROM documents WHERE id IN ({_marks(step)})"  # noqa: S608
                rows = connection.execute(query, step).fetchall()
            found = {row[0]: row for row in rows}
            yield from (_document(found[document_id]) for document_id in step if document_id in found)

    def conditions(self) -> dict[str, Condition]:
        """Return the conditions of the documents that are about one, by document id, in the order of their names."""
        about = "SELECT id, json_extract(facts, '$.condition') AS about FROM documents"
        with self.database.reading() as connection:
            return {
                key: Condition.model_validate_json(facts)
                for key, facts in connection.execute(f"{about} WHERE about IS NOT NULL ORDER BY title")
            }

    def passage_rows(self, numbers: Sequence[int]) -> dict[int, PassageRow]:
        """Return the rows of these passages, by number; `passage_of` makes passages of them."""
        rows: dict[int, PassageRow] = {}
        with self.database.reading() as connection:
            for first in range(0, len(numbers), _STEP):
                step = numbers[first : first + _STEP]
                found = connection.execute(f"{_PASSAGE} WHERE number IN ({_marks(step)})", step)
                rows |= {row[0]: PassageRow(*row) for row in found}
        return rows

    def passage_row(self, passage_id: str) -> PassageRow | None:
        """Return the row of the passage of this id, None when there is none."""
        with self.database.reading() as connection:
            row = connection.execute(f"{_PASSAGE} WHERE id = ?", (passage_id,)).fetchone()
        return PassageRow(*row) if row else None

    def passage_rows_of(self, document_id: str) -> list[PassageRow]:
        """Return the rows of a document's passages, in order."""
        with self.database.reading() as connection:
            rows = connection.execute(f"{_PASSAGE} WHERE document_id = ? ORDER BY number", (document_id,))
            return [PassageRow(*row) for row in rows]

    def match(self, expression: str, limit: int) -> dict[int, float]:
        """Return the BM25 scores of the best passages for an FTS5 expression, by number, best (highest) first."""
        with self.database.reading() as connection:
            rows = connection.execute(
                "SELECT rowid, bm25(postings, ?, ?, ?) AS score FROM postings WHERE postings MATCH ?"
                " ORDER BY score, rowid LIMIT ?",
                (*COLUMN_WEIGHTS, expression, limit),
            )
            return {number: -score for number, score in rows}

    def missing_embeddings(self, keys: Iterable[bytes]) -> set[bytes]:
        """Return those keys that have no vector yet."""
        wanted = list(dict.fromkeys(keys))
        found: set[bytes] = set()
        with self.database.reading() as connection:
            for first in range(0, len(wanted), _STEP):
                step = wanted[first : first + _STEP]
                query = f"SELECT key FROM embeddings WHERE key IN ({_marks(step)})"  # noqa: S608
                found.update(key for (key,) in connection.execute(query, step))
        return set(wanted) - found

    def add_embeddings(self, vectors: Mapping[bytes, NDArray[np.float32]]) -> None:
        """Keep vectors by key. They are found only once a passage refers to them."""
        with self.database.writing() as connection:
            rows = [(key, vector.astype("<f4").tobytes()) for key, vector in vectors.items()]
            connection.executemany("INSERT OR IGNORE INTO embeddings VALUES (?, ?)", rows)

    def drop_unused_embeddings(self) -> None:
        """Delete the vectors that no passage refers to."""
        with self.database.writing() as connection:
            # Asked this way, SQLite reads keys from its indexes and no vectors: at a million passages 0.3 s, not 7.
            connection.execute(
                "DELETE FROM embeddings WHERE rowid IN (SELECT kept.rowid FROM embeddings AS kept"
                " WHERE NOT EXISTS (SELECT 1 FROM passages WHERE embedding = kept.key))"
            )

    def drop_all_embeddings(self) -> None:
        """Delete every vector, before all are made anew."""
        with self.database.writing() as connection:
            connection.execute("DELETE FROM embeddings")

    def vectors(self, dimension: int, numbers: Sequence[int]) -> NumberedVectors:
        """Return the vectors of these passages, as many of them as there are, by number."""
        return vectors_of(self.database, dimension, np.array(numbers, np.int64))


_PASSAGE = "SELECT number, id, document_id, heading_path, page, start_offset, end_offset FROM passages"


def passage_of(row: PassageRow, document: Document) -> Passage:
    """Make the passage of a row; its text is cut from the document, so that offsets hold by construction."""
    return Passage(
        id=row.id,
        document_id=document.id,
        heading_path=tuple(json.loads(row.heading_path)),
        page=row.page,
        start=row.start,
        end=row.end,
        text=document.text[row.start : row.end],
    )


def _document(row: Sequence[str]) -> Document:
    return Document.model_validate({**json.loads(row[2]), "id": row[0], "title": row[1], "text": row[3]})


def _names_differ(connection: sqlite3.Connection, document: Document) -> bool:
    """Say whether a document is new, or known under other names than those its passages are posted with."""
    query = "SELECT json_extract(facts, '$.condition') FROM documents WHERE id = ?"
    row = connection.execute(query, (document.id,)).fetchone()
    if row is None:
        return True
    known = Condition.model_validate_json(row[0]).synonyms if row[0] else ()
    return known != (document.condition.synonyms if document.condition else ())


def insert_passage(connection: sqlite3.Connection, found: FindablePassage, salt: str) -> None:
    """Write a passage with its postings, in the transaction of the caller."""
    passage = found.passage
    path = json.dumps(passage.heading_path, ensure_ascii=False)
    number = connection.execute(
        "INSERT INTO passages (id, document_id, heading_path, page, start_offset, end_offset, embedding)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (passage.id, passage.document_id, path, passage.page, passage.start, passage.end, found.key(salt)),
    ).lastrowid
    connection.execute(
        "INSERT INTO postings (rowid, title, headings, text) VALUES (?, ?, ?, ?)",
        (number, found.title, found.headings, found.text),
    )


def _delete_passages(connection: sqlite3.Connection, document_id: str) -> None:
    numbers = "SELECT number FROM passages WHERE document_id = ?"
    connection.execute(f"DELETE FROM postings WHERE rowid IN ({numbers})", (document_id,))  # noqa: S608 - a constant
    connection.execute("DELETE FROM passages WHERE document_id = ?", (document_id,))


def _delete_document(connection: sqlite3.Connection, document_id: str) -> None:
    _delete_passages(connection, document_id)
    connection.execute("DELETE FROM documents WHERE id = ?", (document_id,))


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
