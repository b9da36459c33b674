from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from fakes import HashingEmbedder
from sample_files import write_note

from index.database import DATABASE_NAME
from index.document import Passage
from index.errors import GuidelineIndexError, IndexBusy
from index.guideline_index import GuidelineIndex
from index.search import Query
from index.verifying import Verification
from index.writing_lock import writing_lock

Damage = Callable[[sqlite3.Connection], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    notes = tmp_path / "notes"
    for title in ("Gout", "Asthma", "Measles", "Cholera"):
        write_note(notes, title)
    index = GuidelineIndex.create(tmp_path / "index", HashingEmbedder())
    index.add([notes])
    index.search(Query(text="podagra"))
    index.close()
    return tmp_path / "index"


@pytest.fixture
def opened(folder: Path) -> Iterator[GuidelineIndex]:
    index = GuidelineIndex.open(folder, HashingEmbedder())
    yield index
    index.close()


def _damaged(folder: Path, damage: Damage | str) -> None:
    connection = sqlite3.connect(folder / DATABASE_NAME)
    with connection:
        damage(connection) if callable(damage) else connection.execute(damage)
    connection.close()


def _passages(index: GuidelineIndex) -> list[Passage]:
    return [passage for document in index.documents() for passage in index.passages_of(document.id)]


def _kinds(found: Verification) -> set[str]:
    return set(found.counts)


def test_a_sound_index_is_proved_so(opened: GuidelineIndex) -> None:
    steps: list[tuple[int, int]] = []
    found = opened.verify(lambda done, of: steps.append((done, of)))
    assert found.sound
    assert (found.faults, found.notes) == ((), ())
    assert (found.documents, found.passages) == (4, opened.passage_count)
    assert found.vectors_made_anew == opened.passage_count
    assert steps[-1] == (4, 4)


_FAULTS: list[tuple[str, str, Damage | str]] = [
    (
        "a changed letter",
        "document",
        "UPDATE documents SET text = replace(text, '500 mg', '900 mg') WHERE title = 'Gout'",
    ),
    ("a changed title", "document", "UPDATE documents SET title = 'Gowt' WHERE title = 'Gout'"),
    ("broken facts", "document", "UPDATE documents SET facts = '{\"trust\": \"oracle\"}' WHERE title = 'Gout'"),
    ("facts of another shape", "document", "UPDATE documents SET facts = '[1]' WHERE title = 'Gout'"),
    ("a moved start", "posting", "UPDATE passages SET start_offset = start_offset - 3 WHERE number = 2"),
    ("an end outside", "passage", "UPDATE passages SET end_offset = 99999 WHERE number = 2"),
    ("an early end", "posting", "UPDATE passages SET end_offset = end_offset - 4 WHERE number = 2"),
    ("an offset that is none", "passage", "UPDATE passages SET start_offset = 'x' WHERE number = 2"),
    ("another heading", "posting", "UPDATE passages SET heading_path = '[\"Contraindications\"]' WHERE number = 2"),
    ("headings that are none", "passage", "UPDATE passages SET heading_path = 'x' WHERE number = 2"),
    ("another page", "passage", "UPDATE passages SET page = 77 WHERE number = 2"),
    ("an overlap", "passage", "UPDATE passages SET start_offset = 5 WHERE number = 2"),
    ("a lost passage", "passage", "DELETE FROM passages WHERE number = 2"),
    ("a lost posting", "posting", "DELETE FROM postings WHERE rowid = 2"),
    ("other words posted", "posting", "UPDATE postings SET text = 'give colchicine' WHERE rowid = 2"),
    ("other names posted", "posting", "UPDATE postings SET title = 'Gout | sepsis' WHERE rowid = 2"),
    ("a ghost posting", "posting", "INSERT INTO postings (rowid, text) VALUES (999, 'ghost')"),
    ("words lost from postings", "posting", "DELETE FROM postings_data WHERE id > 10"),
    ("damaged postings", "posting", "UPDATE postings_content SET c2 = 'give colchicine' WHERE id = 2"),
    ("a lost vector", "vector", "DELETE FROM embeddings WHERE key = (SELECT embedding FROM passages WHERE number = 2)"),
    ("a vector of letters", "vector", "UPDATE embeddings SET vector = 'abc'"),
    ("a short vector", "vector", "UPDATE embeddings SET vector = x'00000000'"),
    ("a vector that is none", "vector", lambda c: _set_vectors(c, np.full(64, np.nan))),
    ("a long vector", "vector", lambda c: _set_vectors(c, np.full(64, 3.0))),
    ("vectors of other texts", "vector", lambda c: _set_vectors(c, np.eye(64)[5])),
    (
        "exchanged vectors",
        "vector",
        "UPDATE passages SET embedding = (SELECT embedding FROM passages WHERE number = 1)",
    ),
    ("a document of no file", "link", "DELETE FROM file_documents WHERE path LIKE '%gout.md'"),
    ("a link from nothing", "link", "INSERT INTO file_documents SELECT 'ghost', id FROM documents LIMIT 1"),
    ("a file that gave nothing", "link", "INSERT INTO files VALUES ('ghost', 0, 0, '', '')"),
    ("a link to nothing", "link", "INSERT INTO file_documents SELECT path, 'ghost' FROM files LIMIT 1"),
    ("a passage of nothing", "passage", "UPDATE passages SET document_id = 'ghost' WHERE number = 2"),
]


def _set_vectors(connection: sqlite3.Connection, vector: np.ndarray) -> None:
    connection.execute("UPDATE embeddings SET vector = ?", (vector.astype("<f4").tobytes(),))


@pytest.mark.parametrize(("kind", "damage"), [pytest.param(k, d, id=n) for n, k, d in _FAULTS])
def test_every_kind_of_damage_is_found_and_mended(
    folder: Path, tmp_path: Path, kind: str, damage: Damage | str
) -> None:
    whole = GuidelineIndex.open(folder)
    passages = _passages(whole)
    whole.close()
    _damaged(folder, damage)
    index = GuidelineIndex.open(folder, HashingEmbedder())
    found = index.verify()
    assert kind in _kinds(found), found
    assert index.verify().counts == found.counts  # looking changes nothing
    assert index.repair(found).sound
    # What could not be mended was taken out, and comes back when its file is read again.
    index.add([tmp_path / "notes"])
    assert index.verify().sound
    assert sorted(document.title for document in index.documents()) == ["Asthma", "Cholera", "Gout", "Measles"]
    assert _passages(index) == passages
    hit = index.search(Query(text="needle-shaped, negatively birefringent crystals"))[0]
    assert hit.lexical is not None
    assert hit.dense is not None
    index.close()


def test_a_cache_of_other_passages_is_found_and_made_again(opened: GuidelineIndex, folder: Path) -> None:
    import faiss

    [cache] = folder.glob("vectors-*")
    index = faiss.read_index(str(cache))
    vectors = np.eye(64, dtype=np.float32)[: index.ntotal]
    numbers = faiss.vector_to_array(index.id_map)
    for changed_numbers, changed_vectors in ((numbers, vectors), (numbers + 1, vectors)):
        changed = faiss.IndexIDMap2(faiss.IndexFlatIP(64))
        changed.add_with_ids(changed_vectors, changed_numbers)
        faiss.write_index(changed, str(cache))
        found = opened.verify()
        assert _kinds(found) == {"cache"}
        assert opened.repair(found).sound
        opened.search(Query(text="podagra"))
        assert opened.verify().sound
        [cache] = folder.glob("vectors-*")
    cache.write_bytes(b"not faiss")
    assert _kinds(opened.verify()) == {"cache"}


def test_without_its_embedder_vectors_stay_wrong_and_are_said_to_be(folder: Path) -> None:
    _damaged(folder, "DELETE FROM embeddings")
    index = GuidelineIndex.open(folder)
    after = index.repair(index.verify())
    assert _kinds(after) == {"vector"}
    index.close()


def test_files_that_changed_are_told_of_but_are_no_fault(opened: GuidelineIndex, tmp_path: Path) -> None:
    (tmp_path / "notes" / "gout.md").write_text("# Gout\nOther text.")
    (tmp_path / "notes" / "asthma.md").unlink()
    found = opened.verify()
    assert found.sound
    assert len(found.notes) == 2
    assert any("gout.md: changed" in note for note in found.notes)
    assert any("asthma.md: No such file" in note for note in found.notes)


def test_vectors_of_a_stopped_run_are_no_fault(opened: GuidelineIndex, folder: Path) -> None:
    _damaged(folder, "INSERT INTO embeddings VALUES (x'01', x'00')")
    found = opened.verify()
    assert found.sound
    assert "1 vectors of an interrupted run" in found.notes[0]


def test_a_table_at_odds_with_its_index_is_found_and_mended(opened: GuidelineIndex, folder: Path) -> None:
    _damaged(folder, "CREATE INDEX odd ON documents (title)")
    _damaged(folder, lambda c: _set_schema(c, "CREATE INDEX odd ON documents (title) WHERE 0"))
    _damaged(folder, "INSERT INTO documents SELECT 'odd', title, facts, text FROM documents LIMIT 1")
    _damaged(folder, lambda c: _set_schema(c, "CREATE INDEX odd ON documents (title)"))
    found = opened.verify()
    assert "database" in _kinds(found)
    assert opened.repair(found).sound


def _set_schema(connection: sqlite3.Connection, sql: str) -> None:
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_master SET sql = ? WHERE name = 'odd'", (sql,))
    [version] = connection.execute("PRAGMA schema_version").fetchone()
    connection.execute(f"PRAGMA schema_version = {version + 1}")


def test_a_damaged_file_is_one_line(opened: GuidelineIndex, folder: Path) -> None:
    opened.close()
    database = folder / DATABASE_NAME
    data = bytearray(database.read_bytes())
    data[4096 : len(data) // 2] = b"\xff" * (len(data) // 2 - 4096)
    database.write_bytes(data)

    def look() -> None:
        index = GuidelineIndex.open(folder, HashingEmbedder())
        try:
            found = index.verify()
            assert not found.sound
            index.repair(found)
        finally:
            index.close()

    with pytest.raises(GuidelineIndexError) as caught:
        look()
    assert "\n" not in str(caught.value)


def test_it_waits_for_no_other_writer(opened: GuidelineIndex) -> None:
    with writing_lock(opened.folder), pytest.raises(IndexBusy):
        opened.verify()
