"""What the index database holds of the standing of its documents: their facts, and what users said of them.

Knows tables. Does not know how a standing follows from the facts, which `index.standing` decides.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence

from index.database import Database
from index.document import Document, Trust
from index.standing import Edition, Statement, date_key, family

_FACTS = "document_id, title, issuer, published, jurisdiction, condition, superseded_by, supersedes, withdrawn"
# The same words as in the partial index, without which SQLite would not use it.
_SPEAKING = "superseded_by <> '' OR supersedes <> '' OR withdrawn <> ''"
_OF_SEVERAL_DATES = (
    "(issuer, opening) IN (SELECT issuer, opening FROM editions WHERE issuer <> '' AND published <> ''"
    " GROUP BY issuer, opening HAVING min(published) <> max(published))"
)
_STEP = 900


class Editions:
    """The facts about documents by which their standing is judged, kept beside them by the database itself."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def telling(self) -> list[Edition]:
        """Return the documents whose standing may be other than current, and those they refer to.

        These are the ones that name another document, were withdrawn, or share an issuer and the first word of a title with
        one of another date. In most indexes they are few, and found without reading the others.
        """
        with self._database.reading() as connection:
            found = [*_select(connection, _SPEAKING), *_select(connection, _OF_SEVERAL_DATES)]
            names = {name for one in found for name in (one.superseded_by, *one.supersedes)}
            names |= {
                name for row in connection.execute("SELECT document_id, superseded_by FROM statements") for name in row
            }
            found += _called(connection, sorted(names - {""}))
        return list({one.id: one for one in found}.values())

    def of(self, ids: Iterable[str]) -> list[Edition]:
        """Return the facts of these documents, of those that exist."""
        wanted = list(dict.fromkeys(ids))
        with self._database.reading() as connection:
            return [
                one for step in _steps(wanted) for one in _select(connection, f"document_id IN ({_marks(step)})", step)
            ]

    def topics(self, ids: Iterable[str]) -> dict[str, str]:
        """Return what these documents are about, by document id: a key that all names of editions of it share."""
        return {one.id: family(one.condition) for one in self.of(ids) if one.condition}

    def trusted(self, trust: Trust, conditions: Sequence[str] = ()) -> list[Edition]:
        """Return the documents of a level of trust, in the order of their ids: all, or those about a condition so named."""
        names = [name.lower() for name in conditions][:_STEP]
        about = f" AND lower(condition) IN ({_marks(names)})" if names else ""
        with self._database.reading() as connection:
            return _select(connection, f"trust = ?{about} ORDER BY document_id", [trust, *names])

    def count(self) -> int:
        """Return how many documents there are."""
        return sum(self.count_by_trust().values())

    def count_by_trust(self) -> dict[str, int]:
        """Return how many documents there are of each level of trust."""
        with self._database.reading() as connection:
            return dict(
                connection.execute("SELECT trust, count(*) FROM editions GROUP BY trust ORDER BY trust").fetchall()
            )

    def statements(self) -> dict[str, Statement]:
        """Return what users said of documents, by document id."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT document_id, status, superseded_by, withdrawn FROM statements")
            return {name: Statement(*said) for name, *said in rows}

    def state(self, document_id: str, said: Statement | None) -> None:
        """Keep what a user said of a document in the place of what was said before; None forgets it."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM statements WHERE document_id = ?", (document_id,))
            if said is not None:
                connection.execute("INSERT INTO statements VALUES (?, ?, ?, ?)", (document_id, *said))
            self._database.advance()


def carry_statements(connection: sqlite3.Connection, path: str, documents: Sequence[Document]) -> None:
    """Let what a user said of a file's documents hold for their corrected text: same title and date, another id.

    Call it before the old documents are deleted, in the transaction that replaces them.
    """
    rows = connection.execute(
        "SELECT title, published, status, statements.superseded_by, statements.withdrawn FROM statements"
        " JOIN editions USING (document_id) JOIN file_documents USING (document_id) WHERE path = ?",
        (path,),
    )
    said = {(title, date_key(published)): statement for title, published, *statement in rows}
    for document in documents:
        if known := said.get((document.title, date_key(document.published))):
            connection.execute("INSERT OR IGNORE INTO statements VALUES (?, ?, ?, ?)", (document.id, *known))


def _select(connection: sqlite3.Connection, condition: str, values: Sequence[str] = ()) -> list[Edition]:
    rows = connection.execute(f"SELECT {_FACTS} FROM editions WHERE {condition}", tuple(values))  # noqa: S608 - constants
    return [
        Edition(name, title, issuer, published, place, condition, newer, tuple(json.loads(older or "[]")), withdrawn)
        for name, title, issuer, published, place, condition, newer, older, withdrawn in rows
    ]


def _called(connection: sqlite3.Connection, names: Sequence[str]) -> list[Edition]:
    """Return the documents that have one of these ids or titles."""
    folded = [name.strip().lower() for name in names]
    return [
        one
        for first in range(0, len(names), _STEP // 2)
        for ids, titles in [(names[first : first + _STEP // 2], folded[first : first + _STEP // 2])]
        for one in _select(
            connection, f"document_id IN ({_marks(ids)}) OR lower(title) IN ({_marks(titles)})", [*ids, *titles]
        )
    ]


def _steps(values: Sequence[str]) -> list[Sequence[str]]:
    return [values[first : first + _STEP] for first in range(0, len(values), _STEP)]


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
