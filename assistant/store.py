"""The case store: every turn of every chat, in one SQLite file that survives a crash and a closed lid.

A turn is committed, and flushed to disk, before it is shown as done. Patients' words are kept, so the file is readable by
its owner only and what is deleted is overwritten. Knows turns. Does not know how one is answered or shown.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from assistant.answer import Answer
from assistant.assessment import Assessment, Citation
from assistant.errors import StoreError
from assistant.store_migrations import MIGRATIONS
from index.schema import NewerSchema, keep_log_ahead, migrate, missing_steps

TurnKind = Literal["case", "fact", "question"]
_IN_MEMORY = ":memory:"
# How long another program may be writing before it is said to be in the way, in seconds.
_PATIENCE = 10.0
_NO_SOURCES: Mapping[int, Citation] = MappingProxyType({})


@dataclass(frozen=True)
class Turn:
    """One turn of a chat: what the user said, and the assessment or the answer it led to."""

    number: int
    kind: TurnKind
    text: str
    answer: Assessment | Answer
    created: str


@dataclass(frozen=True)
class StoredCase:
    """A stored chat about one case: when it began, its standing turns in order, and its numbered quotes."""

    id: int
    started: str
    turns: tuple[Turn, ...]
    sources: Mapping[int, Citation]

    @property
    def assessment(self) -> Assessment | None:
        """The newest assessment, None before the first."""
        assessed = (turn.answer for turn in reversed(self.turns) if isinstance(turn.answer, Assessment))
        return next(assessed, None)


class CaseStore:
    """Chats in a database. Every method raises StoreError, saying what failed, when the database cannot do it."""

    def __init__(self, connection: sqlite3.Connection, name: str) -> None:
        self._connection = connection
        self._name = name

    @classmethod
    def open(cls, file: Path) -> CaseStore:
        """Open the store, making it where there is none. Raises StoreError when it cannot be used."""
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            # Made before SQLite makes it, so that nobody else can read it even for a moment.
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
            file.chmod(0o600)
        except OSError as error:
            raise StoreError(
                f"cannot write the case store {file}: {error.strerror}; set WARDROUND_DATA_FOLDER, or chat with --no-store"
            ) from error
        return cls._connected(str(file))

    @staticmethod
    def check(file: Path) -> None:
        """Look whether a store can be opened, changing nothing. Raises StoreError when it cannot."""
        with (
            _translated(str(file)),
            closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection,
        ):
            missing_steps(connection, MIGRATIONS)

    @classmethod
    def in_memory(cls) -> CaseStore:
        """Return a store that keeps nothing once it is closed."""
        return cls._connected(_IN_MEMORY)

    @classmethod
    def _connected(cls, name: str) -> CaseStore:
        with _translated(name):
            connection = sqlite3.connect(name, timeout=_PATIENCE, isolation_level=None)
            try:
                keep_log_ahead(connection, _PATIENCE)
                for pragma in ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
                    connection.execute(f"PRAGMA {pragma}")
                migrate(connection, MIGRATIONS)
            except BaseException:
                connection.close()
                raise
        return cls(connection, name)

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def begin(
        self, kind: TurnKind, text: str, answer: Assessment | Answer, sources: Mapping[int, Citation] = _NO_SOURCES
    ) -> int:
        """Store the first turn of a new case with the quotes it numbered, and return the id of the case."""
        with self._writing() as connection:
            case_id = int(connection.execute("INSERT INTO cases (started) VALUES (?)", (_now(),)).lastrowid or 0)
            _insert(connection, case_id, kind, text, answer, sources)
        return case_id

    def add_turn(
        self,
        case_id: int,
        kind: TurnKind,
        text: str,
        answer: Assessment | Answer,
        sources: Mapping[int, Citation] = _NO_SOURCES,
    ) -> int:
        """Store a turn of a case with the quotes it numbered, all or nothing, and return its number in the case."""
        with self._writing() as connection:
            return _insert(connection, case_id, kind, text, answer, sources)

    def keep_sources(self, case_id: int, sources: Mapping[int, Citation]) -> None:
        """Store the numbered quotes of a case; a number that is stored keeps its quote."""
        with self._writing() as connection:
            _insert_sources(connection, case_id, sources)

    def undo(self, case_id: int) -> str | None:
        """Mark the last standing turn of a case as undone, and return its text; None when there is none."""
        standing = "SELECT number, text FROM turns WHERE case_id = ? AND NOT undone ORDER BY number DESC LIMIT 1"
        with self._writing() as connection:
            last = connection.execute(standing, (case_id,)).fetchone()
            if last is None:
                return None
            connection.execute("UPDATE turns SET undone = 1 WHERE case_id = ? AND number = ?", (case_id, last[0]))
        return str(last[1])

    def latest(self) -> int | None:
        """Return the id of the case that was talked about last, None when there is none."""
        query = "SELECT case_id FROM turns WHERE NOT undone ORDER BY place DESC, created DESC, case_id DESC LIMIT 1"
        with _translated(self._name):
            row = self._connection.execute(query).fetchone()
        return None if row is None else int(row[0])

    def load(self, case_id: int) -> StoredCase:
        """Return a case with its standing turns. Raises StoreError when there is none of this id."""
        with _translated(self._name):
            case = self._connection.execute("SELECT started FROM cases WHERE id = ?", (case_id,)).fetchone()
            if case is None:
                raise StoreError(f"no stored case has the id {case_id}; 'wardround chat --resume' takes the last one")
            turns = self._connection.execute(
                "SELECT number, kind, text, answer, created FROM turns WHERE case_id = ? AND NOT undone ORDER BY number",
                (case_id,),
            ).fetchall()
            sources = self._connection.execute(
                "SELECT number, citation FROM sources WHERE case_id = ? ORDER BY number", (case_id,)
            ).fetchall()
            return StoredCase(
                id=case_id,
                started=str(case[0]),
                turns=tuple(_turn(*row) for row in turns),
                sources={int(number): Citation.model_validate_json(citation) for number, citation in sources},
            )

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Write all or nothing."""
        with _translated(self._name):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


def _insert(
    connection: sqlite3.Connection,
    case_id: int,
    kind: TurnKind,
    text: str,
    answer: Assessment | Answer,
    sources: Mapping[int, Citation],
) -> int:
    highest = connection.execute("SELECT max(number) FROM turns WHERE case_id = ?", (case_id,)).fetchone()[0]
    number = int(highest or 0) + 1
    connection.execute(
        "INSERT INTO turns (case_id, number, kind, text, answer, created, place)"
        " VALUES (?, ?, ?, ?, ?, ?, (SELECT coalesce(max(place), 0) + 1 FROM turns))",
        (case_id, number, kind, text, answer.model_dump_json(by_alias=True), _now()),
    )
    _insert_sources(connection, case_id, sources)
    return number


def _insert_sources(connection: sqlite3.Connection, case_id: int, sources: Mapping[int, Citation]) -> None:
    rows = [(case_id, number, citation.model_dump_json()) for number, citation in sources.items()]
    connection.executemany("INSERT OR IGNORE INTO sources VALUES (?, ?, ?)", rows)


def _turn(number: int, kind: TurnKind, text: str, answer: str, created: str) -> Turn:
    shape = Answer if kind == "question" else Assessment
    return Turn(number, kind, text, shape.model_validate_json(answer), created)


@contextmanager
def _translated(name: str) -> Iterator[None]:
    """Turn what SQLite and validation raise into one line that says what to do."""
    try:
        yield
    except NewerSchema as error:
        raise StoreError(f"{name} was written by a newer Wardround (step {error}); update Wardround") from error
    except (sqlite3.Error, ValueError) as error:
        reason = " ".join(str(error).split())[:160]
        raise StoreError(f"the case store {name} failed: {reason}; {_way_out(error)}") from error


def _way_out(error: Exception) -> str:
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_FULL:
        return "free some disk space, or chat with --no-store"
    if code is not None and code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "close the other Wardround that is writing to it and try again"
    if code is not None and code & 0xFF in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return "make it writable, set WARDROUND_DATA_FOLDER, or chat with --no-store"
    return "move the file away to begin a new one, or chat with --no-store"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
