from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from index.database import DATABASE_NAME, Database
from index.errors import GuidelineIndexError, IndexIncompatible, IndexMissing
from index.migrations import MIGRATIONS
from index.schema import migrate


def test_migrations_are_named_in_order_and_recorded_once(tmp_path: Path) -> None:
    names = [name for name, _ in MIGRATIONS]
    assert names == sorted(set(names))
    connection = sqlite3.connect(tmp_path / "x.sqlite", isolation_level=None)
    assert migrate(connection, MIGRATIONS) == names
    assert migrate(connection, MIGRATIONS) == []
    connection.close()


def test_a_database_at_an_older_step_is_brought_up_to_date(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "x.sqlite", isolation_level=None)
    migrate(connection, MIGRATIONS[:1])
    connection.execute("INSERT INTO documents VALUES ('a', 'Kept', '{}', 'text')")
    assert migrate(connection, MIGRATIONS) == [name for name, _ in MIGRATIONS[1:]]
    assert connection.execute("SELECT title FROM documents").fetchall() == [("Kept",)]
    connection.close()


def test_a_failed_step_leaves_nothing_behind(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "x.sqlite", isolation_level=None)
    migrate(connection, MIGRATIONS)
    broken = ("9999-broken", "CREATE TABLE half (a); CREATE TABLE half (a);")
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, (*MIGRATIONS, broken))
    connection.rollback()
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)
    connection.close()


def test_a_newer_database_is_refused_politely(tmp_path: Path) -> None:
    Database.open(tmp_path, create=True).close()
    connection = sqlite3.connect(tmp_path / DATABASE_NAME)
    connection.execute("INSERT INTO migrations VALUES ('9999-from-the-future', '')")
    connection.commit()
    connection.close()
    with pytest.raises(IndexIncompatible, match="newer Wardround"):
        Database.open(tmp_path)


def test_a_missing_or_damaged_database_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="wardround index add PATH"):
        Database.open(tmp_path)
    (tmp_path / DATABASE_NAME).write_bytes(b"this is not a database" * 100)
    with pytest.raises(GuidelineIndexError, match="cannot use"):
        Database.open(tmp_path)


def test_a_failed_transaction_leaves_the_old_state(tmp_path: Path) -> None:
    database = Database.open(tmp_path, create=True)

    def fail() -> None:
        with database.writing() as connection:
            connection.execute("INSERT INTO documents VALUES ('a', 'x', '{}', 'text')")
            database.advance()
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        fail()
    assert database.generation == 0
    with database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM documents").fetchone() == (0,)
    database.close()
