"""Bring an SQLite file to its schema, by named, ordered steps that it records as they are applied.

Knows SQLite. Does not know what any step is about; the index and the case store each have their own.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence

Steps = Sequence[tuple[str, str]]


class NewerSchema(Exception):
    """The database records a step that this program does not know."""


def migrate(connection: sqlite3.Connection, steps: Steps) -> list[str]:
    """Apply the missing steps, all or nothing, and return their names; two programs may do it at once.

    Raises NewerSchema when the database has steps that this program does not know; then nothing is changed.
    """
    if not missing_steps(connection, steps):
        return []
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied TEXT NOT NULL)")
        missing = missing_steps(connection, steps)
        for name, script in missing:
            for statement in _statements(script):
                connection.execute(statement)
            connection.execute("INSERT INTO migrations VALUES (?, datetime('now'))", (name,))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return [name for name, _ in missing]


def missing_steps(connection: sqlite3.Connection, steps: Steps) -> list[tuple[str, str]]:
    """Return the steps a database has not had. Raises NewerSchema when it has had one that is not known."""
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").fetchone()
    done = {name for (name,) in connection.execute("SELECT name FROM migrations")} if known else set()
    if unknown := sorted(done - {name for name, _ in steps}):
        raise NewerSchema(unknown[-1])
    return [(name, script) for name, script in steps if name not in done]


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script one by one: a trigger holds several that end in a semicolon, but is one."""
    statement = ""
    for part in script.split(";"):
        statement += f"{part};"
        if sqlite3.complete_statement(statement):
            if statement.strip(" \n;"):
                yield statement
            statement = ""


def keep_log_ahead(connection: sqlite3.Connection, patience: float) -> None:
    """Turn the write-ahead log on, waiting at most `patience` seconds for other programs.

    SQLite does not wait for others by itself when it does this for the first time.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
