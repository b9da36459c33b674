"""The connection to the index database: opening, migrating, transactions, and facts about the whole index.

Knows SQLite. Does not know what a document or a passage is.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import GuidelineIndexError, IndexIncompatible, IndexMissing
from index.migrations import NewerSchema, migrate

DATABASE_NAME = "index.sqlite"


class Database:
    """One connection, shared by the threads of a process under a lock."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.RLock()

    @classmethod
    def open(cls, folder: Path, *, create: bool = False) -> Database:
        """Open the database of a folder. Raises IndexMissing, IndexIncompatible, GuidelineIndexError."""
        file = folder / DATABASE_NAME
        if not create and not file.is_file():
            raise IndexMissing(
                f"no index in {folder}; make one with: wardround index add --starter (the starter notes), or: wardround"
                " index add PATH"
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(file, timeout=30, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA journal_mode = WAL")
            # With a write-ahead log this can lose the last transaction in a power cut, but never half of one.
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")
            migrate(connection)
        except NewerSchema as error:
            raise IndexIncompatible(f"{file} was made by a newer Wardround (step {error}); update Wardround") from error
        except (sqlite3.Error, OSError) as error:
            raise GuidelineIndexError(
                f"cannot open {file}: {error}; move it away and add the documents again"
            ) from error
        return cls(connection)

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()

    def empty_log(self) -> None:
        """Move what is in the write-ahead log into the database, so that deleted text is not left in it."""
        with self._lock:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Hold one consistent state of the database over several queries."""
        with self._transaction("BEGIN DEFERRED") as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write all or nothing."""
        with self._transaction("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self._connection.in_transaction:
                yield self._connection
                return
            try:
                self._connection.execute(begin)
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException as error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise GuidelineIndexError(f"the index database failed: {error}") from error
                raise

    def meta(self, name: str) -> str:
        """Return a fact about the whole index, "" when it is not set."""
        with self.reading() as connection:
            row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return row[0] if row else ""

    def set_meta(self, name: str, value: str) -> None:
        """Set a fact about the whole index."""
        with self.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    @property
    def generation(self) -> int:
        """A number that grows with every change to the documents."""
        return int(self.meta("generation"))

    def advance(self) -> None:
        """Say that the documents changed. Call it in the transaction that changes them."""
        self.set_meta("generation", str(self.generation + 1))
