"""The case store's schema, as named, ordered steps that the database records as they are applied.

A step is never changed once released; a new one is added at the end.
"""

from __future__ import annotations

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
