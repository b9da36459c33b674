from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from passage_corpora import IDENTITY, open_store, put, unit_vectors

from index.blocks import NumberedVectors, Numbers, passage_numbers, vector_blocks
from index.cache_files import size_on_disk
from index.store import Store
from index.vector_cache import VectorCache
from index.vectors import Plan, VectorIndex

_DIMENSION = 128


def _built(numbers: Numbers, vectors: NDArray[np.float32]) -> VectorIndex:
    blocks = zip(np.array_split(numbers, 3), np.array_split(vectors, 3), strict=True)
    return VectorIndex.build(len(numbers), vectors.shape[1], blocks)


def _exact(vectors: NDArray[np.float32], query: NDArray[np.float32], limit: int) -> list[int]:
    return [int(place) for place in np.argsort(-(vectors @ query), kind="stable")[:limit]]


@pytest.fixture
def _signs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the signs of vectors from a hundred passages on, as a large index does."""
    monkeypatch.setattr("index.vectors._MOST_COMPARED", 100)


def test_nearest_agrees_with_brute_force() -> None:
    vectors, numbers = unit_vectors(500), np.arange(500, dtype=np.int64) * 7 + 3
    index = _built(numbers, vectors)
    assert index.plan.exact
    for query in unit_vectors(20, seed=1):
        best = _exact(vectors, query, 10)
        found = index.nearest(query, 10)
        assert list(found) == numbers[best].tolist()
        assert list(found.values()) == pytest.approx((vectors @ query)[best].tolist(), abs=1e-5)


@pytest.mark.usefixtures("_signs")
def test_signs_and_halves_find_the_nearest_with_their_cosines() -> None:
    vectors, numbers = unit_vectors(5000, 384), np.arange(5000, dtype=np.int64) * 3 + 1
    index = _built(numbers, vectors)
    assert not index.plan.exact
    recalls = []
    for query in unit_vectors(50, 384, seed=1):
        best = numbers[_exact(vectors, query, 10)].tolist()
        found = index.nearest(query, 100)
        assert len(found) == 100
        assert list(found.values()) == sorted(found.values(), reverse=True)
        recalls.append(len(set(best) & set(list(found)[:10])) / 10)
        cosines = vectors[(np.array(list(found)) - 1) // 3] @ query
        assert list(found.values()) == pytest.approx(cosines.tolist(), abs=1e-4)
    assert np.mean(recalls) >= 0.97


@pytest.mark.usefixtures("_signs")
def test_halves_know_the_cosines_of_any_passages_there_are() -> None:
    vectors, numbers = unit_vectors(300), np.arange(300, dtype=np.int64) * 3 + 1
    halves = _built(numbers, vectors).halves
    wanted = np.array([898, 1, 4, 2, 4, 5000, -1])
    expected = vectors[[299, 0, 1]] @ vectors[7]
    found = halves.cosines(vectors[7], wanted)
    assert found == pytest.approx(dict(zip((898, 1, 4), expected.tolist(), strict=True)), abs=1e-4)


@pytest.mark.parametrize("passages", [0, 1, 20_000, 20_001, 100_000, 1_000_000])
def test_the_kind_is_chosen_by_size_and_says_why(passages: int) -> None:
    plan = Plan.for_size(passages)
    assert plan.exact == (passages <= 20_000)
    assert "20,000 passages" in plan.reason
    assert ("one bit" in plan.reason) != plan.exact


def test_a_large_index_takes_a_small_part_of_the_memory_of_its_vectors(tmp_path: Path) -> None:
    vectors = unit_vectors(20_500, 384)
    index = _built(np.arange(20_500, dtype=np.int64), vectors)
    index.write(tmp_path / "file")
    assert (tmp_path / "file" / "signs.faiss").stat().st_size < vectors.nbytes / 20
    assert size_on_disk(tmp_path / "file") < vectors.nbytes * 0.6


@settings(max_examples=30, deadline=None)
@given(st.booleans(), st.sets(st.integers(0, 299)), st.integers(0, 150), st.integers(0, 5))
def test_a_changed_index_holds_what_there_is_now(signs: bool, gone: set[int], more: int, seed: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("index.vectors._MOST_COMPARED", 100 if signs else 20_000)
        vectors = unit_vectors(300 + more, seed=seed)
        index = _built(np.arange(300, dtype=np.int64), vectors[:300])
    removed = np.array(sorted(gone), np.int64)
    added = np.arange(300, 300 + more, dtype=np.int64)
    index.change(removed, [(added, vectors[300:])] if more else [])
    expected = [number for number in range(300 + more) if number not in gone]
    assert index.numbers().tolist() == expected
    assert set(index.nearest(vectors[0], 1000)) == set(expected)
    # What was moved to another place is still found under its own number.
    for number in expected[::29]:
        assert number in index.nearest(vectors[number], 5)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    for place in range(30):
        put(store, f"file {place}", [f"text {place} {n}" for n in range(10)], unit_vectors(10, seed=place))
    yield store
    store.database.close()


def _at(cache: VectorCache, store: Store) -> VectorIndex:
    with store.database.reading():
        return cache.at(store.database.generation, _DIMENSION)


def _files(folder: Path) -> list[Path]:
    return list(folder.glob("vectors-*"))


def _all_vectors(store: Store) -> NumberedVectors:
    numbers, vectors = zip(*vector_blocks(store.database, _DIMENSION), strict=True)
    return np.concatenate(numbers), np.concatenate(vectors)


def _finds_what_there_is(index: VectorIndex, store: Store) -> None:
    numbers, vectors = _all_vectors(store)
    assert index.numbers().tolist() == numbers.tolist() == passage_numbers(store.database).tolist()
    for number, vector in list(zip(numbers.tolist(), vectors, strict=True))[::17]:
        assert number in index.nearest(vector, 3)


@pytest.mark.parametrize("most_compared", [100, 20_000])
def test_the_cache_follows_the_passages_without_building_anew(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most_compared: int
) -> None:
    monkeypatch.setattr("index.vectors._MOST_COMPARED", most_compared)
    _finds_what_there_is(_at(VectorCache(tmp_path, store.database), store), store)
    monkeypatch.setattr(VectorIndex, "build", lambda *_: pytest.fail("built anew"))
    _finds_what_there_is(_at(VectorCache(tmp_path, store.database), store), store)
    cache = VectorCache(tmp_path, store.database)
    put(store, "file 3", ["another text"], unit_vectors(1, seed=99))
    put(store, "file 31", ["one more", "and one more"], unit_vectors(2, seed=98))
    _finds_what_there_is(_at(cache, store), store)
    store.remove_files(["file 7"])
    _finds_what_there_is(_at(cache, store), store)
    assert [f"-{store.database.generation}-" in file.name for file in _files(tmp_path)] == [True]


def test_vectors_of_another_embedder_are_never_taken_over(store: Store, tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, store.database)
    before = _at(cache, store)
    with store.database.writing() as connection:
        turned = [
            (np.roll(np.frombuffer(v, "<f4"), 1).tobytes(), k)
            for k, v in connection.execute("SELECT * FROM embeddings")
        ]
        connection.executemany("UPDATE embeddings SET vector = ? WHERE key = ?", turned)
        store.database.set_meta("embedder", f"other-{IDENTITY}")
        store.database.advance()
    after = _at(cache, store)
    vector = _all_vectors(store)[1][0]
    assert max(after.nearest(vector, 1).values()) == pytest.approx(1.0, abs=1e-5)
    assert max(before.nearest(vector, 1).values()) < 0.99
    assert len(_files(tmp_path)) == 1


@pytest.mark.parametrize("most_compared", [100, 20_000])
@pytest.mark.parametrize("damage", [0, 10, -1, -100])
def test_a_damaged_file_is_built_again(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: int, most_compared: int
) -> None:
    monkeypatch.setattr("index.vectors._MOST_COMPARED", most_compared)
    _at(VectorCache(tmp_path, store.database), store)
    (place,) = _files(tmp_path)
    for file in sorted(place.rglob("*")) or [place]:
        whole = file.read_bytes()
        file.write_bytes(whole[:damage])
        assert VectorIndex.read(place, _DIMENSION) is None
        file.write_bytes(whole)
    file.write_bytes(whole[:damage])
    _finds_what_there_is(_at(VectorCache(tmp_path, store.database), store), store)


def test_a_file_of_another_number_of_passages_is_not_believed(store: Store, tmp_path: Path) -> None:
    _at(VectorCache(tmp_path, store.database), store)
    with store.database.writing() as connection:
        connection.execute("DELETE FROM passages WHERE number % 3 = 0")
    _finds_what_there_is(_at(VectorCache(tmp_path, store.database), store), store)


def test_an_unwritable_folder_only_costs_time(store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    missing = tmp_path / "not there"
    _finds_what_there_is(_at(VectorCache(missing, store.database), store), store)
    assert "will make it again" in caplog.text


def test_an_empty_index_finds_nothing() -> None:
    index = VectorIndex.build(0, _DIMENSION, [])
    assert index.nearest(unit_vectors(1)[0], 5) == {}
    assert len(index.numbers()) == 0
