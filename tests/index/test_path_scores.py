"""Both paths of a large index: what either proposes has the exact scores of both, as a small index gives them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from passage_corpora import open_store, put, unit_vectors

from index.path_scores import PathScores
from index.store import Store
from index.word_cache import WordCache

_TERMS = ("fever", "rash")
_CANDIDATES = 5


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    for place in range(30):
        texts = [
            f"fever {'and rash ' * (n % 3)} seen {place} {n}" if n % 2 else f"cough {place} {n}" for n in range(10)
        ]
        put(store, f"file {place}", texts, unit_vectors(10, seed=place))
    yield store
    store.database.close()


@pytest.mark.parametrize("worth_a_thread", [0, 300_000])
def test_what_one_path_of_a_large_index_proposes_has_the_score_of_the_other_too(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, worth_a_thread: int
) -> None:
    monkeypatch.setattr("index.vectors._MOST_COMPARED", 100)
    monkeypatch.setattr("index.path_scores._WORTH_A_THREAD", worth_a_thread)
    paths = PathScores(tmp_path, store)
    paths.words = WordCache(tmp_path, store.database, most_without=0)
    # That of a passage far down by words: FTS5, asked for the best alone, would not know its score.
    vector = unit_vectors(10, seed=20)[9]
    with store.database.reading():
        generation = store.database.generation
        found = paths.both(_TERMS, vector, generation, _CANDIDATES)
        proposed = {*list(found.lexical)[:_CANDIDATES], *list(found.dense)[:_CANDIDATES]}
        exact = paths.scores_of(proposed, _TERMS, vector, generation)
    assert len(proposed) > _CANDIDATES
    assert proposed <= set(found.dense)
    assert {n: found.dense[n] for n in proposed} == pytest.approx(exact.dense, abs=1e-3)
    assert {n: found.lexical[n] for n in proposed if n in found.lexical} == pytest.approx(exact.lexical, rel=1e-5)
    assert list(found.dense.values()) == sorted(found.dense.values(), reverse=True)


def test_a_small_index_scores_more_than_it_proposes(store: Store, tmp_path: Path) -> None:
    vector = unit_vectors(1, seed=7)[0]
    paths = PathScores(tmp_path, store)
    with store.database.reading():
        found = paths.both(_TERMS, vector, store.database.generation, _CANDIDATES)
        numbers, vectors = store.vectors(len(vector), list(found.dense))
    assert len(found.lexical) == 5 * 20
    assert len(found.dense) == 5 * 20
    cosines = dict(zip(numbers.tolist(), (vectors @ vector).tolist(), strict=True))
    assert found.dense == pytest.approx(cosines, abs=1e-5)
    assert np.all(np.diff(list(found.dense.values())) <= 0)
