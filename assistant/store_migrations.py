"""The case store's schema, as named, ordered steps that the database records as they are applied.

A step is never changed once released; a new one is added at the end.
"""

from __future__ import annotations

import sqlite3

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
)


class NewerSchema(Exception):  # noqa: N818 - carries a name to its one caller, which raises StoreError
    """The database records a step that this program does not know."""


def migrate(connection: sqlite3.Connection) -> list[str]:
    """Apply the missing steps, each in a transaction of its own, and return their names.

    Raises NewerSchema when the database has steps that this program does not know.
    """
    connection.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied TEXT NOT NULL)")
    applied = []
    for name, script in MIGRATIONS:
        if name not in _done(connection):
            record = f"INSERT INTO migrations VALUES ('{name}', datetime('now'));"  # noqa: S608 - names are constants above
            connection.executescript(f"BEGIN IMMEDIATE; {script} {record} COMMIT;")
            applied.append(name)
    return applied


def _done(connection: sqlite3.Connection) -> set[str]:
    done = {name for (name,) in connection.execute("SELECT name FROM migrations")}
    if unknown := sorted(done - {name for name, _ in MIGRATIONS}):
        raise NewerSchema(unknown[-1])
    return done
