"""The index database's schema, as named, ordered steps that the database records as they are applied.

A step is never changed once released; a new one is added at the end.
"""

from __future__ import annotations

import sqlite3

MIGRATIONS: tuple[tuple[str, str], ...] = (
    (
        "0001-documents",
        """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        INSERT INTO meta VALUES ('generation', '0');
        CREATE TABLE files (
            path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, sha256 TEXT NOT NULL,
            read_as TEXT NOT NULL
        );
        CREATE TABLE documents (id TEXT PRIMARY KEY, title TEXT NOT NULL, facts TEXT NOT NULL, text TEXT NOT NULL);
        CREATE TABLE file_documents (
            path TEXT NOT NULL REFERENCES files ON DELETE CASCADE,
            document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
            PRIMARY KEY (path, document_id)
        ) WITHOUT ROWID;
        CREATE INDEX file_documents_by_document ON file_documents (document_id);
        """,
    ),
    (
        "0002-passages",
        """
        CREATE TABLE embeddings (key BLOB PRIMARY KEY, vector BLOB NOT NULL);
        CREATE TABLE passages (
            number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
            document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
            heading_path TEXT NOT NULL, page INTEGER, start_offset INTEGER NOT NULL, end_offset INTEGER NOT NULL,
            embedding BLOB NOT NULL
        );
        CREATE INDEX passages_by_document ON passages (document_id);
        CREATE INDEX passages_by_embedding ON passages (embedding);
        CREATE VIRTUAL TABLE postings USING fts5(
            title, headings, text, tokenize = 'porter unicode61 remove_diacritics 2'
        );
        """,
    ),
)


class NewerSchema(Exception):
    """The database records a step that this program does not know."""


def migrate(connection: sqlite3.Connection) -> list[str]:
    """Apply the missing steps, each in a transaction of its own, and return their names.

    Raises NewerSchema when the database has steps that this program does not know.
    """
    connection.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied TEXT NOT NULL)")
    done = {name for (name,) in connection.execute("SELECT name FROM migrations")}
    if unknown := sorted(done - {name for name, _ in MIGRATIONS}):
        raise NewerSchema(unknown[-1])
    missing = [(name, script) for name, script in MIGRATIONS if name not in done]
    for name, script in missing:
        record = f"INSERT INTO migrations VALUES ('{name}', datetime('now'));"  # noqa: S608 - names are constants above
        connection.executescript(f"BEGIN IMMEDIATE; {script} {record} COMMIT;")
    return [name for name, _ in missing]
