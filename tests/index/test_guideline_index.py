from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from fakes import HashingEmbedder
from hypothesis import given
from hypothesis import strategies as st
from sample_files import write_note, write_pdf

from index.adding import AddProgress
from index.errors import EmbedderError, IndexBusy, IndexIncompatible, IndexMissing, UnknownPassage
from index.guideline_index import GuidelineIndex
from index.reading import DocumentDefaults
from index.search import Query
from index.store import Store


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    write_note(folder)
    (folder / "asthma.md").write_text(
        "# Asthma\n## Presentation\n- Wheeze and nocturnal cough.\n## Treatment\n- Salbutamol."
    )
    (folder / "measles.txt").write_text("Measles\n\nFever, coryza, conjunctivitis and Koplik spots precede the rash.")
    return folder


@pytest.fixture
def embedder() -> HashingEmbedder:
    return HashingEmbedder()


@pytest.fixture
def index(tmp_path: Path, notes: Path, embedder: HashingEmbedder) -> Iterator[GuidelineIndex]:
    opened = GuidelineIndex.create(tmp_path / "index", embedder)
    opened.add([notes])
    yield opened
    opened.close()


def test_search_finds_by_words_and_meaning_and_says_why(index: GuidelineIndex) -> None:
    [first, *_] = index.search(Query(text="wheezing and a cough at night", phrases=("wheeze", "nocturnal cough")))
    assert first.document.title == "Asthma"
    assert first.passage.heading_path == ("Presentation",)
    assert first.matched_terms == ("wheeze", "nocturnal", "cough")
    assert first.lexical is not None
    assert first.lexical > 0
    assert first.dense is not None
    assert 0 < first.score <= 1


def test_synonyms_of_the_condition_are_searched(index: GuidelineIndex) -> None:
    assert index.search(Query(text="podagra"))[0].document.title == "Gout"


def test_hits_come_best_first_and_no_more_than_asked(index: GuidelineIndex) -> None:
    hits = index.search(Query(text="fever joint treatment cough"), limit=3)
    assert len(hits) == 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@given(text=st.text(max_size=60), phrase=st.text(max_size=20))
def test_no_query_breaks_the_search(text: str, phrase: str, shared_index: GuidelineIndex) -> None:
    for hit in shared_index.search(Query(text=text, phrases=(phrase,)), 3):
        assert 0.0 <= hit.score <= 1.0


@pytest.fixture(scope="module")
def shared_index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuidelineIndex]:
    folder = tmp_path_factory.mktemp("shared")
    opened = GuidelineIndex.create(folder / "index", HashingEmbedder())
    opened.add([write_note(folder / "notes")])
    yield opened
    opened.close()


def test_every_passage_is_a_slice_of_its_document(index: GuidelineIndex) -> None:
    documents = list(index.documents())
    assert [document.title for document in documents] == ["Asthma", "Gout", "Measles"]
    for document in documents:
        assert index.document(document.id) == document
        for passage in index.passages_of(document.id):
            assert passage.text == document.text[passage.start : passage.end]
            assert index.passage(passage.id) == passage


def test_conditions_are_known_without_their_texts(index: GuidelineIndex) -> None:
    assert {condition.name for condition in index.conditions().values()} == {"Gout"}


def test_vectors_are_those_of_the_embedder(index: GuidelineIndex, embedder: HashingEmbedder) -> None:
    [document] = [document for document in index.documents() if document.title == "Asthma"]
    first, second = index.passages_of(document.id)
    vectors = index.vectors_for([second.id, first.id, second.id])
    expected = embedder.embed(
        ["Asthma > Treatment: - Salbutamol.", "Asthma > Presentation: - Wheeze and nocturnal cough."]
    )
    assert np.allclose(vectors, expected[[0, 1, 0]])
    assert np.allclose(np.linalg.norm(index.embed_query("any words")), 1.0)


def test_unchanged_files_are_not_embedded_again(index: GuidelineIndex, notes: Path, embedder: HashingEmbedder) -> None:
    embedded, generation = embedder.embedded, index.generation
    os.utime(notes / "gout.md", (1, 1))
    report = index.add([notes])
    assert (report.added, report.unchanged, report.embedded) == (0, 3, 0)
    assert (embedder.embedded, index.generation) == (embedded, generation)


def test_a_changed_file_replaces_its_documents_and_embeds_only_what_is_new(
    index: GuidelineIndex, notes: Path, embedder: HashingEmbedder
) -> None:
    before = embedder.embedded
    (notes / "asthma.md").write_text(
        "# Asthma\n## Presentation\n- Wheeze and nocturnal cough.\n## Treatment\n- Prednisolone."
    )
    report = index.add([notes])
    assert (report.added, report.unchanged) == (1, 2)
    assert embedder.embedded == before + 1
    texts = [passage.text for document in index.documents() for passage in index.passages_of(document.id)]
    assert "- Prednisolone." in texts
    assert "- Salbutamol." not in texts


def test_other_facts_about_the_same_file_are_taken_without_embedding(
    index: GuidelineIndex, notes: Path, embedder: HashingEmbedder
) -> None:
    before = embedder.embedded
    index.add([notes], DocumentDefaults(issuer="WHO", trust="guideline"))
    assert embedder.embedded == before
    assert {(document.issuer, document.trust) for document in index.documents()} == {("WHO", "guideline")}


def test_repeated_text_is_embedded_once(tmp_path: Path, embedder: HashingEmbedder) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same.md").write_text("# Same\n## One\nText here.\n## One\nText here.")
    index = GuidelineIndex.create(tmp_path / "index", embedder)
    report = index.add([tmp_path / "a", tmp_path / "b"])
    assert (report.added, embedder.embedded, index.document_count) == (2, 1, 1)
    assert index.remove(tmp_path / "a") == 0
    assert index.document_count == 1
    assert index.remove(tmp_path / "b") == 1
    assert index.passage_count == 0
    index.close()


def test_files_that_are_gone_are_taken_out(index: GuidelineIndex, notes: Path) -> None:
    (notes / "gout.md").unlink()
    report = index.add([notes])
    assert (report.removed_stale, report.unchanged) == (1, 2)
    assert "Gout" not in {document.title for document in index.documents()}


def test_a_folder_named_from_another_is_the_same_folder(
    index: GuidelineIndex, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(index.folder)
    (notes / "gout.md").unlink()
    report = index.add([Path("../notes")])
    assert (report.removed_stale, report.unchanged, report.added) == (1, 2, 0)
    assert index.remove("../notes") == 2


def test_what_is_no_regular_file_is_not_waited_for(index: GuidelineIndex, notes: Path) -> None:
    os.mkfifo(notes / "pipe.md")
    report = index.add([notes, Path("~no-such-user/notes")])
    assert {failed.path.name for failed in report.failed} == {"pipe.md", "notes"}
    assert report.unchanged == 3


def test_a_bad_file_is_reported_and_the_others_are_indexed(index: GuidelineIndex, notes: Path) -> None:
    (notes / "broken.pdf").write_bytes(b"nonsense")
    (notes / "empty.txt").write_bytes(b"")
    write_pdf(notes / "good.pdf", [["Tetanus causes trismus."]])
    (notes / "gout.md").write_text("---\ntitle: [\n---\n")
    report = index.add([notes])
    assert {failed.path.name for failed in report.failed} == {"broken.pdf", "empty.txt", "gout.md"}
    assert report.added == 1
    assert index.search(Query(text="podagra"))[0].document.title == "Gout"


@pytest.mark.parametrize("by", ["document", "file", "folder"])
def test_what_is_removed_leaves_no_trace_on_either_path(index: GuidelineIndex, notes: Path, by: str) -> None:
    index.search(Query(text="podagra"))
    gout = next(document for document in index.documents() if document.title == "Gout")
    passage = index.passages_of(gout.id)[0]
    removed = index.remove({"document": gout.id, "file": notes / "gout.md", "folder": notes}[by])
    assert removed == (3 if by == "folder" else 1)
    hits = index.search(Query(text=passage.text, phrases=("podagra", "crystals", "naproxen")), limit=50)
    assert gout.id not in {hit.document.id for hit in hits}
    with pytest.raises(UnknownPassage):
        index.passage(passage.id)
    raw = b"".join(file.read_bytes() for file in index.folder.glob("index.sqlite*"))
    assert b"birefringent" not in raw
    assert b"podagra" not in raw


def test_unknown_ids_are_named(index: GuidelineIndex) -> None:
    for look_up in (index.passage, index.document, index.passages_of, index.remove):
        with pytest.raises(UnknownPassage, match="no-such-id"):
            look_up("no-such-id")
    with pytest.raises(UnknownPassage, match="no-such-id"):
        index.vectors_for(["no-such-id"])


def test_a_missing_index_names_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="wardround index add PATH"):
        GuidelineIndex.open(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_another_embedder_is_refused_until_the_index_is_rebuilt(index: GuidelineIndex) -> None:
    other = HashingEmbedder(32, "other")
    with pytest.raises(IndexIncompatible, match="wardround index rebuild"):
        GuidelineIndex.open(index.folder, other)
    plain = GuidelineIndex.open(index.folder)
    assert plain.search(Query(text="podagra"))[0].dense is None
    with pytest.raises(EmbedderError):
        plain.embed_query("x")
    assert plain.rebuild(other) == plain.passage_count
    plain.close()
    reopened = GuidelineIndex.open(index.folder, other)
    assert reopened.search(Query(text="podagra"))[0].document.title == "Gout"
    assert reopened.vectors_for([reopened.search(Query(text="podagra"))[0].passage.id]).shape == (1, 32)
    reopened.close()


def test_a_second_reader_sees_what_another_connection_wrote(index: GuidelineIndex, notes: Path) -> None:
    reader = GuidelineIndex.open(index.folder, HashingEmbedder())
    reader.search(Query(text="podagra"))
    write_note(notes, "Pseudogout", "other")
    index.add([notes])
    assert "Pseudogout" in {hit.document.title for hit in reader.search(Query(text="pseudogout crystals"))}
    reader.close()


def test_threads_may_search_at_the_same_time(index: GuidelineIndex) -> None:
    queries = ["podagra", "wheeze", "koplik spots"] * 10
    with ThreadPoolExecutor(6) as pool:
        titles = list(pool.map(lambda text: index.search(Query(text=text))[0].document.title, queries))
    assert titles == ["Gout", "Asthma", "Measles"] * 10


def test_progress_is_told(index: GuidelineIndex, notes: Path) -> None:
    steps: list[AddProgress] = []
    write_note(notes, "Cholera", "new")
    index.add([notes], progress=steps.append)
    assert steps[-1].files_done == steps[-1].files == 4
    assert any(step.passages_done == step.passages > 0 for step in steps)


def test_no_half_of_a_file_is_seen_when_writing_fails(
    index: GuidelineIndex, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generation = index.generation
    monkeypatch.setattr("index.store.insert_passage", lambda *_: (_ for _ in ()).throw(RuntimeError("power cut")))
    (notes / "gout.md").write_text("# Gout\nQuite other text.")
    with pytest.raises(RuntimeError, match="power cut"):
        index.add([notes])
    assert index.generation == generation
    assert index.search(Query(text="podagra"))[0].document.title == "Gout"


_HOLD = """
import sys, time
from pathlib import Path
from index.writing_lock import writing_lock
with writing_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_one_process_writes_at_a_time_and_a_killed_one_frees_the_lock(index: GuidelineIndex, notes: Path) -> None:
    command = [sys.executable, "-c", _HOLD, str(index.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "held"
        for write in (lambda: index.add([notes]), lambda: index.remove("x")):
            with pytest.raises(IndexBusy, match="another process is writing"):
                write()
        assert index.search(Query(text="podagra"))
        holder.send_signal(signal.SIGKILL)
    assert index.add([notes]).unchanged == 3


_DIE = """
import os, signal, sys
from pathlib import Path
import index.store
from index.guideline_index import GuidelineIndex
sys.path.append(sys.argv[3])
from fakes import HashingEmbedder
insert = index.store.insert_passage
def insert_then_die(*given):
    insert(*given)
    os.kill(os.getpid(), signal.SIGKILL)
index.store.insert_passage = insert_then_die
GuidelineIndex.open(Path(sys.argv[1]), HashingEmbedder()).add([Path(sys.argv[2])])
"""


def test_a_process_killed_while_writing_leaves_the_old_state(index: GuidelineIndex, notes: Path) -> None:
    passages = index.passage_count
    index.close()
    write_note(notes, "Cholera", "new")
    tests = str(Path(__file__).parents[1])
    killed = subprocess.run([sys.executable, "-c", _DIE, str(index.folder), str(notes), tests], check=False)
    assert killed.returncode == -signal.SIGKILL
    reopened = GuidelineIndex.open(index.folder, HashingEmbedder())
    assert reopened.passage_count == passages
    assert Store(reopened._database).count("documents") == 3
    assert reopened.add([notes]).added == 1
    assert reopened.search(Query(text="cholera"))[0].document.title == "Cholera"
    reopened.close()
