"""The connection to the index database: opening, migrating, transactions, and facts about the whole index.

Knows SQLite. Does not know what a document or a passage is.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from index import migrations
from index.errors import GuidelineIndexError, IndexIncompatible, IndexMissing
from index.schema import NewerSchema, keep_log_ahead, migrate

DATABASE_NAME = "index.sqlite"
# How long another process may be writing before it is said to be in the way, in seconds.
_PATIENCE = 30.0
_WAYS_OUT = {
    sqlite3.SQLITE_FULL: "the disk is full; free some space and run the command again, what was finished is kept",
    sqlite3.SQLITE_READONLY: "it may not be written to; give yourself the right to write there, or name another folder"
    " with WARDROUND_DATA_FOLDER",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; see that the folder exists and may be read and written",
    sqlite3.SQLITE_PERM: "it may not be opened; see who may read and write it",
    sqlite3.SQLITE_BUSY: "another process is writing to it; wait for it and try again",
    sqlite3.SQLITE_LOCKED: "another process is writing to it; wait for it and try again",
    sqlite3.SQLITE_CORRUPT: "it is damaged; try: wardround index verify --repair, else move it away and add the documents"
    " again",
    sqlite3.SQLITE_NOTADB: "it is damaged or no index; move it away and add the documents again",
    sqlite3.SQLITE_IOERR: "the disk failed or is full; see to it and run the command again, what was finished is kept",
}


class Database:
    """One connection, shared by the threads of a process under a lock."""

    def __init__(self, connection: sqlite3.Connection, file: Path) -> None:
        self._connection = connection
        self._file = file
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
            connection = sqlite3.connect(file, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
        except (sqlite3.Error, OSError) as error:
            raise GuidelineIndexError(_explained(error, file)) from error
        try:
            keep_log_ahead(connection, _PATIENCE)
            # With a write-ahead log this can lose the last transaction in a power cut, but never half of one.
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")
            # 64 MB at the most: a large index looks up hundreds of vectors a search, and writes to many places at once.
            connection.execute("PRAGMA cache_size = -65536")
            migrate(connection, migrations.MIGRATIONS)
        except NewerSchema as error:
            connection.close()
            raise IndexIncompatible(f"{file} was made by a newer Wardround (step {error}); update Wardround") from error
        except (sqlite3.Error, OSError) as error:
            connection.close()
            raise GuidelineIndexError(_explained(error, file)) from error
        return cls(connection, file)

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()

    def empty_log(self) -> None:
        """Move what is in the write-ahead log into the database, so that deleted text is not left in it."""
        with self._lock:
            try:
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except sqlite3.Error as error:
                raise GuidelineIndexError(_explained(error, self._file)) from error

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
                # A full disk may have ended the transaction already.
                if self._connection.in_transaction:
                    with suppress(sqlite3.Error):
                        self._connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise GuidelineIndexError(_explained(error, self._file)) from error
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


def _explained(error: sqlite3.Error | OSError, file: Path) -> str:
    """Return what went wrong with the database and what to do, in one line."""
    if isinstance(error, OSError):
        return f"cannot open {file}: {error.strerror or error}; see that the folder may be read and written"
    code = getattr(error, "sqlite_errorcode", None)
    way_out = _WAYS_OUT.get(code & 0xFF) if code is not None else None
    return (
        f"cannot use {file}: {way_out or 'move it away and add the documents again'} ({' '.join(str(error).split())})"
    )
