"""What the world does to an index: full disks, folders that may not be written, other writers, older and newer programs."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes import HashingEmbedder
from filelock import FileLock
from sample_files import write_note

from index.database import DATABASE_NAME
from index.errors import GuidelineIndexError, IndexIncompatible, IndexMissing
from index.guideline_index import GuidelineIndex
from index.migrations import MIGRATIONS
from index.schema import migrate
from index.search import Query
from index.vectors import VectorIndex


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    write_note(tmp_path / "notes", "Gout")
    return write_note(tmp_path / "notes", "Asthma").parent


@pytest.fixture
def index(tmp_path: Path, notes: Path) -> Iterator[GuidelineIndex]:
    opened = GuidelineIndex.create(tmp_path / "index", HashingEmbedder())
    opened.add([notes])
    yield opened
    opened.close()


def _one_line(work: Callable[[], object], *words: str) -> None:
    with pytest.raises(GuidelineIndexError) as caught:
        work()
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def _long_note(notes: Path) -> None:
    body = "\n".join(f"- Sign number {number} of a long illness with fever." for number in range(5_000))
    (notes / "long.md").write_text(f"# Long illness\n\n## Presentation\n{body}\n")


def test_a_full_disk_is_one_line_and_costs_only_what_was_not_finished(index: GuidelineIndex, notes: Path) -> None:
    pages = index._database._connection.execute("PRAGMA page_count").fetchone()[0]
    index._database._connection.execute(f"PRAGMA max_page_count = {pages + 20}")
    _long_note(notes)
    _one_line(lambda: index.add([notes]), "the disk is full", "run the command again")
    assert index.verify().sound
    assert index.search(Query(text="podagra"))[0].document.title in ("Gout", "Asthma")
    index._database._connection.execute("PRAGMA max_page_count = 1000000")
    assert index.add([notes]).added == 1
    assert index.verify().sound


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")
def test_a_disk_that_is_really_full_is_one_line(tmp_path: Path, notes: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["/bin/mount", "-t", "tmpfs", "-o", "size=600k", "none", disk], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount here: {mounted.stderr.decode().strip()}")
    try:
        index = GuidelineIndex.create(disk / "index", HashingEmbedder())
        index.add([notes])
        _long_note(notes)
        _one_line(lambda: index.add([notes]), "full")
        index.close()
        reopened = GuidelineIndex.open(disk / "index", HashingEmbedder())
        assert len(list(reopened.documents())) == 2
        assert reopened.search(Query(text="podagra"))
        reopened.close()
    finally:
        subprocess.run(["/bin/umount", "-l", disk], check=True)


def test_a_cache_that_cannot_be_written_costs_only_time(
    index: GuidelineIndex, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for cache in index.folder.glob("vectors-*"):
        cache.unlink()

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(VectorIndex, "write", fail)
    reader = GuidelineIndex.open(index.folder, HashingEmbedder())
    with caplog.at_level(logging.WARNING):
        assert reader.search(Query(text="podagra"))[0].dense is not None
    assert "No space left" in caplog.text
    reader.close()


def test_an_index_that_may_not_be_written_is_one_line(
    index: GuidelineIndex, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_note(notes, "Measles")
    index._database._connection.execute("PRAGMA query_only = ON")
    _one_line(lambda: index.add([notes]), "may not be written", "WARDROUND_DATA_FOLDER")
    assert index.search(Query(text="podagra"))

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(FileLock, "acquire", fail)
    _one_line(lambda: index.add([notes]), "cannot write to", "Read-only file system")


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    _one_line(lambda: GuidelineIndex.create(tmp_path / "file" / "index", HashingEmbedder()), "cannot open")


def test_a_file_that_may_not_be_looked_at_is_not_taken_for_gone(
    index: GuidelineIndex, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exists = Path.exists

    def denied(path: Path) -> bool:
        if path.name == "gout.md":
            raise PermissionError(errno.EACCES, "Permission denied")
        return exists(path)

    monkeypatch.setattr(Path, "exists", denied)
    assert index.add([notes]).removed_stale == 0


def test_an_index_that_a_stopped_process_only_began_counts_as_missing(tmp_path: Path) -> None:
    GuidelineIndex.create(tmp_path, HashingEmbedder()).close()
    connection = sqlite3.connect(tmp_path / DATABASE_NAME)
    with connection:
        connection.execute("DELETE FROM meta WHERE name IN ('embedder', 'dimension')")
    connection.close()
    with pytest.raises(IndexMissing, match="wardround index add PATH"):
        GuidelineIndex.open(tmp_path, HashingEmbedder())
    GuidelineIndex.create(tmp_path, HashingEmbedder()).close()
    GuidelineIndex.open(tmp_path, HashingEmbedder()).close()


def _schema(folder: Path) -> list[tuple[str, str]]:
    connection = sqlite3.connect(folder / DATABASE_NAME)
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()
    connection.close()
    return rows


def _at_step(folder: Path, steps: int, whole: Path) -> None:
    """Make a database as a program made it that knew only the first steps, with what the whole one holds."""
    folder.mkdir()
    connection = sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)
    migrate(connection, MIGRATIONS[:steps])
    connection.execute("ATTACH ? AS whole", (str(whole / DATABASE_NAME),))
    query = "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'postings_%' AND name <> 'migrations'"
    for (table,) in connection.execute(query).fetchall():
        if not table.startswith("sqlite_"):
            columns = ", ".join(row[1] for row in connection.execute(f"PRAGMA main.table_info({table})"))
            if table == "postings":
                columns = f"rowid, {columns}"
            connection.execute(f"INSERT OR REPLACE INTO main.{table} ({columns}) SELECT {columns} FROM whole.{table}")  # noqa: S608
    connection.close()


@pytest.mark.parametrize("steps", range(1, len(MIGRATIONS) + 1))
def test_a_database_of_any_older_step_opens_and_is_like_a_new_one(
    index: GuidelineIndex, tmp_path: Path, steps: int
) -> None:
    _at_step(tmp_path / "older", steps, index.folder)
    older = GuidelineIndex.open(tmp_path / "older", HashingEmbedder())
    assert [document.title for document in older.documents()] == ["Asthma", "Gout"]
    found = older.verify()
    assert found.sound or older.repair(found).sound
    assert (
        older.search(Query(text="podagra"))[0].document.title == index.search(Query(text="podagra"))[0].document.title
    )
    older.close()
    assert _schema(tmp_path / "older") == _schema(index.folder)


@pytest.mark.parametrize("steps", range(1, len(MIGRATIONS) + 1))
def test_a_newer_database_is_refused_and_left_alone(
    index: GuidelineIndex, tmp_path: Path, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    index._database.empty_log()
    shutil.copytree(index.folder, tmp_path / "newer")
    before = _schema(tmp_path / "newer")
    monkeypatch.setattr("index.migrations.MIGRATIONS", MIGRATIONS[: steps - 1])
    with pytest.raises(IndexIncompatible, match="newer Wardround"):
        GuidelineIndex.open(tmp_path / "newer")
    assert _schema(tmp_path / "newer") == before


def test_many_programs_may_open_a_new_index_at_once(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; sys.path.append(sys.argv[2]); from fakes import HashingEmbedder;"
        "from index.guideline_index import GuidelineIndex; GuidelineIndex.create(Path(sys.argv[1]), HashingEmbedder()).close()"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "index"), str(Path(__file__).parents[1])]
    started = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(4)]
    assert [(process.communicate()[1], process.returncode) for process in started] == [(b"", 0)] * 4


def _edition(notes: Path, edition: int) -> None:
    for name in ("one", "two", "three"):
        parts = "\n".join(f"## Part {part}\n- Edition {edition} of {name} names fever.\n" for part in range(5))
        (notes / f"{name}.md").write_text(f"# Disease {name}\n\n{parts}")


def _mixtures(index: GuidelineIndex) -> int:
    """Return in how many documents of one search passages of two editions stand side by side."""
    editions: dict[str, set[str]] = {}
    for hit in index.search(Query(text="edition names fever"), 50):
        editions.setdefault(hit.document.title, set()).add(hit.passage.text.split("Edition ")[1][0])
        assert hit.document.text[hit.passage.start : hit.passage.end] == hit.passage.text
    assert set(editions) == {"Disease one", "Disease two", "Disease three"}
    return sum(len(seen) > 1 for seen in editions.values())


_READER = """
import sys, time
from pathlib import Path
sys.path += sys.argv[2:4]
from fakes import HashingEmbedder
from index.guideline_index import GuidelineIndex
from test_index_errors import _mixtures
index = GuidelineIndex.open(Path(sys.argv[1]), HashingEmbedder())
print("reading", flush=True)
end, rounds, mixed = time.monotonic() + 6, 0, 0
while time.monotonic() < end:
    mixed += _mixtures(index)
    rounds += 1
print(rounds, mixed)
"""


@pytest.mark.slow
def test_readers_see_the_old_or_the_new_state_while_one_writes(tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    _edition(notes, 1)
    writer = GuidelineIndex.create(tmp_path / "index", HashingEmbedder())
    writer.add([notes])
    here = Path(__file__).parent
    command = [sys.executable, "-c", _READER, str(tmp_path / "index"), str(here), str(here.parent)]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "reading\n"
    stop, mixed, failures = threading.Event(), [0], []

    def read() -> None:
        index = GuidelineIndex.open(tmp_path / "index", HashingEmbedder())
        try:
            while not stop.is_set():
                mixed[0] += _mixtures(index)
        except BaseException as error:
            failures.append(error)
        finally:
            index.close()

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    end, editions = time.monotonic() + 5, 0
    while time.monotonic() < end:
        editions += 1
        _edition(notes, editions % 9 + 1)
        assert not writer.add([notes]).failed
    stop.set()
    for thread in threads:
        thread.join()
    told = [process.communicate()[0].split() for process in processes]
    assert editions > 1
    assert failures == []
    assert mixed == [0]
    assert all(int(rounds) > 5 and mixtures == "0" for rounds, mixtures in told)
    writer.close()
