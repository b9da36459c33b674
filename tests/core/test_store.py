from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from assistant.answer import Answer, AnswerSentence
from assistant.assessment import Assessment, Citation, CitedDocument, Provenance
from assistant.case import Case
from assistant.errors import StoreError
from assistant.store import CaseStore
from assistant.store_migrations import MIGRATIONS
from index.schema import migrate

CITATION = Citation(
    number=1, passage_id="d1-0000", quote="Rest.", start=0, end=5, document=CitedDocument(id="d1", title="Gout")
)


def assessment(narrative: str) -> Assessment:
    return Assessment(case=Case(narrative=narrative), provenance=Provenance(wardround="0", created="", model="none"))


def answer(text: str) -> Answer:
    return Answer(question="what now?", sentences=(AnswerSentence(text=text, citations=(1,)),), citations=(CITATION,))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "cases.sqlite"


@pytest.fixture
def store(file: Path):
    opened = CaseStore.open(file)
    yield opened
    opened.close()


def test_what_is_stored_comes_back_in_order_and_whole(store: CaseStore, file: Path):
    case = store.begin("case", "toe pain", assessment("toe pain"), {1: CITATION})
    assert store.add_turn(case, "question", "what now?", answer("Rest.")) == 2
    assert store.add_turn(case, "fact", "fever", assessment("toe pain\nfever"), {2: CITATION}) == 3
    other = CaseStore.open(file)
    loaded = other.load(case)
    other.close()
    assert [(turn.number, turn.kind, turn.text) for turn in loaded.turns] == [
        (1, "case", "toe pain"),
        (2, "question", "what now?"),
        (3, "fact", "fever"),
    ]
    assert loaded.turns[1].answer == answer("Rest.")
    assert loaded.assessment == assessment("toe pain\nfever")
    assert list(loaded.sources) == [1, 2]


def test_the_newest_assessment_counts_even_when_a_question_followed(store: CaseStore):
    case = store.begin("case", "toe pain", assessment("toe pain"))
    store.add_turn(case, "question", "what now?", answer("Rest."))
    assert store.load(case).assessment == assessment("toe pain")


def test_undo_takes_back_the_last_standing_turn_until_there_is_none(store: CaseStore):
    case = store.begin("case", "one", assessment("one"))
    store.add_turn(case, "fact", "two", assessment("two"))
    assert [store.undo(case), store.undo(case), store.undo(case)] == ["two", "one", None]
    assert store.load(case).turns == ()
    assert store.add_turn(case, "case", "three", assessment("three")) == 3, "numbers are not given twice"


def test_latest_is_the_case_that_was_talked_about_last(store: CaseStore):
    assert store.latest() is None
    first = store.begin("case", "one", assessment("one"))
    second = store.begin("case", "two", assessment("two"))
    assert store.latest() == second
    store.add_turn(first, "fact", "more", assessment("more"))
    assert store.latest() == first
    third = store.begin("case", "three", assessment("three"))
    store.undo(third)
    assert store.latest() == first


def test_a_clock_set_back_does_not_change_which_case_was_last(store: CaseStore, monkeypatch: pytest.MonkeyPatch):
    store.begin("case", "one", assessment("one"))
    monkeypatch.setattr("assistant.store._now", lambda: "1999-01-01T00:00:00.000+00:00")
    second = store.begin("case", "two", assessment("two"))
    assert store.latest() == second


def test_a_number_keeps_the_quote_it_was_first_given(store: CaseStore):
    case = store.begin("case", "one", assessment("one"), {1: CITATION})
    store.keep_sources(case, {1: CITATION.model_copy(update={"quote": "Run."}), 2: CITATION})
    assert [citation.quote for citation in store.load(case).sources.values()] == ["Rest.", "Rest."]


def test_an_unknown_case_is_named(store: CaseStore):
    with pytest.raises(StoreError, match="no stored case has the id 7"):
        store.load(7)


def test_a_turn_that_fails_half_way_leaves_nothing(store: CaseStore):
    case = store.begin("case", "one", assessment("one"))
    with pytest.raises(StoreError):
        store.add_turn(case, "riddle", "two", assessment("two"), {1: CITATION})  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        store.add_turn(case, "fact", "two", assessment("two"), {1: None})  # type: ignore[dict-item]
    with pytest.raises(StoreError):
        store.begin("riddle", "two", assessment("two"))  # type: ignore[arg-type]
    loaded = store.load(case)
    assert len(loaded.turns) == 1
    assert not loaded.sources
    with pytest.raises(StoreError):
        store.load(case + 1)


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_only_the_owner_can_read_the_file_and_its_log(store: CaseStore, file: Path):
    store.begin("case", "toe pain", assessment("toe pain"))
    kept = sorted(file.parent.glob("cases.sqlite*"))
    assert len(kept) >= 2, "the write-ahead log is a file too"
    assert {stat.S_IMODE(one.stat().st_mode) for one in kept} == {0o600}


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_a_store_that_others_could_read_is_shut_to_them_on_opening(file: Path):
    CaseStore.open(file).close()
    file.chmod(0o644)
    CaseStore.open(file).close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_in_memory_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    store = CaseStore.in_memory()
    case = store.begin("case", "toe pain", assessment("toe pain"))
    assert store.load(case).turns
    store.close()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("steps", range(len(MIGRATIONS)))
def test_every_older_store_opens_and_is_brought_up_to_date(file: Path, steps: int):
    file.parent.mkdir()
    old = sqlite3.connect(file, isolation_level=None)
    migrate(old, MIGRATIONS[:steps])
    if steps:
        old.execute("INSERT INTO cases (id, started) VALUES (5, '2026-01-01')")
        row = (5, 1, "case", "toe pain", assessment("toe pain").model_dump_json(by_alias=True), "2026-01-01")
        old.execute("INSERT INTO turns (case_id, number, kind, text, answer, created) VALUES (?, ?, ?, ?, ?, ?)", row)
    old.close()
    store = CaseStore.open(file)
    if steps:
        assert store.load(5).assessment == assessment("toe pain")
        store.keep_sources(5, {1: CITATION})
        assert store.load(5).sources == {1: CITATION}
    else:
        assert store.latest() is None
    store.close()


def test_a_store_of_a_newer_program_is_refused_and_left_alone(file: Path):
    CaseStore.open(file).close()
    newer = sqlite3.connect(file, isolation_level=None)
    newer.execute("INSERT INTO migrations VALUES ('9999-holograms', '2031-01-01')")
    newer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    newer.close()
    before = file.read_bytes()
    with pytest.raises(StoreError, match=r"newer Wardround \(step 9999-holograms\); update") as refused:
        CaseStore.open(file)
    assert refused.value.exit_code == 7
    assert "\n" not in str(refused.value)
    assert file.read_bytes() == before


def test_a_file_that_is_no_database_is_named_with_the_way_out(file: Path):
    file.parent.mkdir()
    file.write_text("these are not the cases you are looking for " * 40)
    with pytest.raises(StoreError, match=r"cases\.sqlite failed: .*move the file away"):
        CaseStore.open(file)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "data").write_text("a file, not a folder")
    with pytest.raises(StoreError, match=r"cannot write the case store .*--no-store"):
        CaseStore.open(tmp_path / "data" / "cases.sqlite")


def test_a_store_locked_by_another_program_says_so(file: Path, monkeypatch: pytest.MonkeyPatch):
    store = CaseStore.open(file)
    store._connection.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="close the other Wardround"):
        store.begin("case", "one", assessment("one"))
    other.execute("ROLLBACK")
    other.close()
    assert store.begin("case", "one", assessment("one")) == 1
    store.close()


def test_a_turn_written_by_a_hand_that_knew_no_shape_is_one_line(store: CaseStore):
    case = store.begin("case", "one", assessment("one"))
    store._connection.execute("UPDATE turns SET answer = '{}'")
    with pytest.raises(StoreError) as broken:
        store.load(case)
    assert "\n" not in str(broken.value)


def test_two_programs_that_open_a_new_store_at_once_both_can(file: Path):
    failures: list[Exception] = []
    ready = threading.Barrier(4)

    def open_it() -> None:
        ready.wait()
        try:
            CaseStore.open(file).close()
        except StoreError as error:
            failures.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


_WRITES_FOR_EVER = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from assistant.store import CaseStore
from core.test_store import CITATION, assessment
store = CaseStore.open(Path({file!r}))
case = store.begin("case", "0", assessment("0"), {{1: CITATION}})
for number in range(1, 100000):
    store.add_turn(case, "fact", str(number), assessment(str(number)), {{number + 1: CITATION}})
    print(number, flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("after", [1, 7, 40])
def test_kill_loses_at_most_the_turn_in_progress(file: Path, after: int):
    program = _WRITES_FOR_EVER.format(tests=str(Path(__file__).parents[1]), file=str(file))
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        said = [int(writer.stdout.readline()) for _ in range(after)]
        writer.kill()
        said += [int(line) for line in writer.stdout if line.endswith("\n")]
    store = CaseStore.open(file)
    loaded = store.load(1)
    store.close()
    kept = [int(turn.text) for turn in loaded.turns]
    assert kept == list(range(len(kept)))
    assert said[-1] <= kept[-1] <= said[-1] + 1, "all that was reported is there, and at most one turn more"
    assert list(loaded.sources) == [number + 1 for number in kept], "a turn and its quotes are stored together"


def test_checking_a_store_changes_nothing_of_it(tmp_path: Path):
    file = tmp_path / "cases.sqlite"
    CaseStore.open(file).close()
    file.chmod(0o644)
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    CaseStore.check(file)
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before
    assert file.stat().st_mode & 0o777 == 0o644
    (tmp_path / "noise.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match=r"noise\.sqlite failed"):
        CaseStore.check(tmp_path / "noise.sqlite")
