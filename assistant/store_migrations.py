"""The case store's schema, as named, ordered steps that the database records as they are applied.

A step is never changed once released; a new one is added at the end.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

MIGRATIONS: tuple[tuple[str, str], ...] = (
    (
        "0001-cases-and-turns",
        """
        CREATE TABLE cases (id INTEGER PRIMARY KEY AUTOINCREMENT, started TEXT NOT NULL);
        CREATE TABLE turns (
            case_id INTEGER NOT NULL REFERENCES cases ON DELETE CASCADE,
            number INTEGER NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('case', 'fact', 'question')),
            text TEXT NOT NULL,
            answer TEXT NOT NULL,
            created TEXT NOT NULL,
            undone INTEGER NOT NULL DEFAULT 0,
            PRIMARY KEY (case_id, number)
        ) WITHOUT ROWID;
        """,
    ),
    (
        "0002-numbered-sources",
        """
        CREATE TABLE sources (
            case_id INTEGER NOT NULL REFERENCES cases ON DELETE CASCADE,
            number INTEGER NOT NULL,
            citation TEXT NOT NULL,
            PRIMARY KEY (case_id, number)
        ) WITHOUT ROWID;
        """,
    ),
    (
        # Clocks are set back, and two turns may fall into one millisecond: the order of turns needs a count of its own.
        "0003-order-of-turns",
        """
        ALTER TABLE turns ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX turns_place ON turns (place);
        """,
    ),
)


class NewerSchema(Exception):
    """The database records a step that this program does not know."""


def migrate(connection: sqlite3.Connection, steps: Sequence[tuple[str, str]] = MIGRATIONS) -> list[str]:
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
            for statement in filter(str.strip, script.split(";")):
                connection.execute(statement)
            connection.execute("INSERT INTO migrations VALUES (?, datetime('now'))", (name,))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return [name for name, _ in missing]


def missing_steps(
    connection: sqlite3.Connection, steps: Sequence[tuple[str, str]] = MIGRATIONS
) -> list[tuple[str, str]]:
    """Return the steps a database has not had. Raises NewerSchema when it has had one that is not known."""
    known = connection.execute("SELECT name FROM sqlite_master WHERE name = 'migrations'").fetchone()
    done = {name for (name,) in connection.execute("SELECT name FROM migrations")} if known else set()
    if unknown := sorted(done - {name for name, _ in steps}):
        raise NewerSchema(unknown[-1])
    return [(name, script) for name, script in steps if name not in done]
