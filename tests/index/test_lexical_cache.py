from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from passage_corpora import open_store, put, unit_vectors

from index.blocks import Change, passage_numbers
from index.database import Database
from index.lexicon import ARRAYS, FACTS, Lexicon, stem_counts
from index.lexicon_building import build_lexicon
from index.lexicon_changing import change_lexicon, postings_of_rows
from index.migrations import MIGRATIONS
from index.schema import migrate
from index.store import COLUMN_WEIGHTS, Store
from index.terms import match_expression, query_terms
from index.word_cache import WordCache

_VOCABULARY = (
    "anaemia anemia iron deficiency deficiencies fever febrile fevers Crohn's crohn disease disease's the of and a pain"
    " painful chest diarrhoea diarrhea ménière o'brien vomiting vomits 10 mg"
).split()
_TEXT = st.lists(st.sampled_from(_VOCABULARY), max_size=12).map(" ".join)
_ROW = st.tuples(_TEXT, _TEXT, _TEXT)
_QUERY = st.lists(st.sampled_from(_VOCABULARY), min_size=1, max_size=8).map(" ".join)


def _posted(rows: dict[int, tuple[str, str, str]]) -> Store:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    migrate(connection, MIGRATIONS)
    statement = "INSERT INTO postings (rowid, title, headings, text) VALUES (?, ?, ?, ?)"
    connection.executemany(statement, [(number, *row) for number, row in rows.items()])
    return Store(Database(connection, Path(":memory:")))


def _lexicon(store: Store, numbers: list[int], folder: Path) -> Lexicon:
    with store.database.reading() as connection:
        build_lexicon(folder, connection, np.array(numbers, np.int64), COLUMN_WEIGHTS)
    lexicon = Lexicon.open(folder, COLUMN_WEIGHTS)
    assert lexicon is not None
    return lexicon


def _agrees(lexicon: Lexicon, store: Store, query: str, limit: int) -> None:
    terms = query_terms([query])
    stems = stem_counts(terms)
    assert stems is not None
    expected = store.match(match_expression(terms), 10_000)
    scores = lexicon.scores(stems)
    found = scores.best(limit)
    assert found == pytest.approx({number: expected[number] for number in found}, rel=1e-5)
    assert len(found) == min(limit, len(expected))
    # The worst that was returned is no worse, but for rounding, than the best that was not.
    left = [score for number, score in expected.items() if number not in found]
    assert not left or min(found.values()) >= max(left) * (1 - 1e-5)
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert scores.of([*expected, 999_999, -1]) == pytest.approx(expected, rel=1e-5)


@settings(max_examples=60, deadline=None)
@given(st.lists(_ROW, min_size=1, max_size=40), st.lists(_QUERY, min_size=1, max_size=5), st.integers(1, 50))
def test_scores_are_those_of_fts5(rows: list[tuple[str, str, str]], queries: list[str], limit: int) -> None:
    posted = {3 * place + 2: row for place, row in enumerate(rows)}
    with tempfile.TemporaryDirectory() as folder:
        store = _posted(posted)
        lexicon = _lexicon(store, list(posted), Path(folder) / "words")
        for query in queries:
            _agrees(lexicon, store, query, limit)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(_ROW, min_size=1, max_size=30),
    st.lists(_ROW, max_size=20),
    st.sets(st.integers(1, 30)),
    st.lists(_QUERY, min_size=1, max_size=5),
)
def test_a_changed_lexicon_is_that_of_the_passages_there_are(
    rows: list[tuple[str, str, str]], more: list[tuple[str, str, str]], gone: set[int], queries: list[str]
) -> None:
    old = dict(enumerate(rows, start=1))
    added = dict(enumerate(more, start=len(rows) + 1))
    now = {number: row for number, row in old.items() if number not in gone} | added
    change = Change.between(np.array(list(old)), np.array(list(now), np.int64))
    with tempfile.TemporaryDirectory() as folder:
        before = _lexicon(_posted(old), list(old), Path(folder) / "before")
        new = postings_of_rows([(number, *row) for number, row in added.items()], COLUMN_WEIGHTS)
        change_lexicon(Path(folder) / "after", before, change, new, COLUMN_WEIGHTS)
        after = Lexicon.open(Path(folder) / "after", COLUMN_WEIGHTS)
        store = _posted(now)
        assert after is not None
        assert after.numbers.tolist() == list(now)
        for query in queries if now else ():
            _agrees(after, store, query, 10)


def test_a_large_lexicon_finds_the_best_without_sorting_all(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    # More passages than there are rows to look at first times the limit, and words as uneven as those of a language.
    words = np.array([f"w{number}" for number in range(400)])
    shares = 1 / np.arange(1, 401)
    shares /= shares.sum()
    rows = {n: ("", "", " ".join(random.choice(words, 12, p=shares))) for n in range(1, 6001)}
    store = _posted(rows)
    lexicon = _lexicon(store, list(rows), tmp_path / "words")
    for _ in range(20):
        _agrees(lexicon, store, " ".join(random.choice(words, 6, p=shares)), 20)


def test_words_fts5_takes_for_a_phrase_are_left_to_it() -> None:
    assert stem_counts(["crohn's", "fevers", "fever"]) == {"crohn": 1, "fever": 2}
    # A letter of New Tai Lue parts the word for FTS5, not for Python.
    assert stem_counts(["ab\u19b0cd"]) is None


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "index")
    for place in range(6):
        texts = [f"fever and cough number {place} {n}" for n in range(5)]
        put(store, f"file {place}", texts, unit_vectors(5, seed=place))
    yield store
    store.database.close()


def _at(cache: WordCache, store: Store) -> Lexicon | None:
    with store.database.reading():
        return cache.at(store.database.generation)


def _cache(store: Store, tmp_path: Path, most_without: int = 0) -> WordCache:
    return WordCache(tmp_path / "index", store.database, most_without)


def test_a_small_index_has_no_lexicon(store: Store, tmp_path: Path) -> None:
    assert _at(_cache(store, tmp_path, 30), store) is None
    assert not list((tmp_path / "index").glob("words-*"))


def test_the_lexicon_follows_the_passages_and_old_ones_go(store: Store, tmp_path: Path) -> None:
    cache = _cache(store, tmp_path)
    first = _at(cache, store)
    put(store, "file 2", ["rash on the fingers"], unit_vectors(1, seed=9))
    second = _at(cache, store)
    assert first is not None
    assert second is not None
    assert second.numbers.tolist() == passage_numbers(store.database).tolist()
    for query in ("fever number 3", "rash", "cough of the fingers"):
        _agrees(second, store, query, 10)
    # What was mapped before is still whole for who searches it.
    assert len(first.scores({"fever": 1}).best(100)) == 30
    assert [place.name for place in (tmp_path / "index").glob("words-*")] == [f"words-{store.database.generation}"]


def test_it_is_made_once_for_all_processes(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _at(_cache(store, tmp_path), store) is not None
    monkeypatch.setattr("index.word_cache.build_lexicon", lambda *_: pytest.fail("built again"))
    assert _at(_cache(store, tmp_path), store) is not None


@pytest.mark.parametrize("damage", [*ARRAYS, FACTS])
def test_a_damaged_lexicon_is_made_anew(store: Store, tmp_path: Path, damage: str) -> None:
    _at(_cache(store, tmp_path), store)
    file = tmp_path / "index" / f"words-{store.database.generation}" / damage
    file.write_bytes(file.read_bytes()[:-2])
    lexicon = _at(_cache(store, tmp_path), store)
    assert lexicon is not None
    _agrees(lexicon, store, "fever number 3", 10)


def test_where_it_cannot_be_kept_fts5_is_asked(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("index.word_cache.build_lexicon", full)
    assert _at(_cache(store, tmp_path), store) is None
    assert "No space left" in caplog.text
    assert not [place for place in (tmp_path / "index").iterdir() if "words" in place.name]


def test_postings_of_passages_that_are_gone_are_left_to_verifying(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with store.database.writing() as connection:
        connection.execute("INSERT INTO postings (rowid, title, headings, text) VALUES (999, '', '', 'fever')")
    assert _at(_cache(store, tmp_path), store) is None
    assert "wardround index verify" in caplog.text
