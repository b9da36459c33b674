"""The index database's schema, as named, ordered steps that the database records as they are applied.

A step is never changed once released; a new one is added at the end.
"""

from __future__ import annotations

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
    (
        "0003-standing",
        """
        CREATE TABLE editions (
            document_id TEXT PRIMARY KEY, title TEXT NOT NULL, issuer TEXT NOT NULL, published TEXT NOT NULL,
            jurisdiction TEXT NOT NULL, trust TEXT NOT NULL, condition TEXT NOT NULL, superseded_by TEXT NOT NULL,
            supersedes TEXT NOT NULL, withdrawn TEXT NOT NULL, opening TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX editions_by_opening ON editions (issuer, opening, published);
        CREATE INDEX editions_speaking ON editions (document_id)
            WHERE superseded_by <> '' OR supersedes <> '' OR withdrawn <> '';
        CREATE VIEW edition_facts AS SELECT
            id AS document_id, title,
            coalesce(json_extract(facts, '$.issuer'), '') AS issuer,
            coalesce(json_extract(facts, '$.published'), '') AS published,
            coalesce(json_extract(facts, '$.jurisdiction'), '') AS jurisdiction,
            coalesce(json_extract(facts, '$.trust'), 'unknown') AS trust,
            coalesce(json_extract(facts, '$.condition.name'), '') AS condition,
            coalesce(json_extract(facts, '$.superseded_by'), '') AS superseded_by,
            coalesce(json_extract(facts, '$.supersedes'), '') AS supersedes,
            coalesce(json_extract(facts, '$.withdrawn'), '') AS withdrawn,
            rtrim(substr(bare, 1, instr(bare || ' ', ' ') - 1), ':;.,') AS opening
        FROM (SELECT *, ltrim(lower(title), ' 0123456789-:.,()') AS bare FROM documents);
        INSERT INTO editions SELECT * FROM edition_facts;
        CREATE TRIGGER editions_added AFTER INSERT ON documents BEGIN
            INSERT INTO editions SELECT * FROM edition_facts WHERE document_id = new.id;
        END;
        CREATE TRIGGER editions_changed AFTER UPDATE ON documents BEGIN
            DELETE FROM editions WHERE document_id = old.id;
            INSERT INTO editions SELECT * FROM edition_facts WHERE document_id = new.id;
        END;
        CREATE TRIGGER editions_removed AFTER DELETE ON documents BEGIN
            DELETE FROM editions WHERE document_id = old.id;
        END;
        CREATE TABLE statements (
            document_id TEXT PRIMARY KEY, status TEXT NOT NULL, superseded_by TEXT NOT NULL, withdrawn TEXT NOT NULL
        ) WITHOUT ROWID;
        """,
    ),
)
