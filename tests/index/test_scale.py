from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from passage_corpora import unit_vectors

from index.benchmarks.growing import grow
from index.benchmarks.likeness import HashedWords, Likeness
from index.benchmarks.scale import Row
from index.benchmarks.scale_command import as_text, scale_command
from index.benchmarks.searching import nearest_exactly, questions
from index.benchmarks.seeds import starter_seed
from index.database import Database
from index.store import Store

_TEXTS = [
    f"{'fever and cough with a rash ' * 3} {word} {word}" for word in ("gout", "sepsis", "otitis", "angina", "croup")
]


def _likeness() -> Likeness:
    return Likeness(_TEXTS, HashedWords(_TEXTS, 32).embed(_TEXTS))


def test_made_up_passages_are_as_long_as_real_ones_with_words_as_frequent() -> None:
    texts = _likeness().texts(0, 2000)
    assert {len(text.split()) for text in texts} == {len(text.split()) for text in _TEXTS}
    said, real = (Counter(" ".join(corpus).split()) for corpus in (texts, _TEXTS))
    for word in ("fever", "and", "gout"):
        assert said[word] / said.total() == pytest.approx(real[word] / real.total(), rel=0.1)
    assert len(set(texts)) > 1900


def test_made_up_vectors_are_as_near_to_each_other_as_real_ones() -> None:
    real = unit_vectors(800, 64)
    likeness = Likeness(["text"] * 800, real)
    vectors = likeness.vectors(0, 800)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert np.array_equal(likeness.vectors(0, 800), vectors)
    assert not np.array_equal(likeness.vectors(800, 800), vectors)
    assert _nearness(vectors) == pytest.approx(_nearness(real), abs=0.1)


def _nearness(vectors: NDArray[np.float32]) -> float:
    return float(np.mean(np.sort(vectors @ vectors.T, axis=1)[:, -2]))


def test_growing_goes_on_where_it_stood_and_exact_search_is_exact(tmp_path: Path) -> None:
    likeness = _likeness()
    grow(tmp_path, likeness, 5_000)
    grow(tmp_path, likeness, 5_000)
    grow(tmp_path, likeness, 5_001)
    database = Database.open(tmp_path)
    try:
        store = Store(database)
        assert store.count("passages") == store.count("embeddings") == 10_000
        asked = questions(["fever", "gout and rash"], likeness.vectors(77, 2))
        vectors = np.concatenate([likeness.vectors(0, 5_000), likeness.vectors(5_000, 5_000)])
        for question, found in zip(asked, nearest_exactly(store, asked), strict=True):
            cosines = vectors @ question.vector
            assert list(found)[:10] == (np.argsort(-cosines)[:10] + 1).tolist()
    finally:
        database.close()


@pytest.mark.slow
def test_a_seed_asks_questions_of_both_lengths() -> None:
    seed = starter_seed(8)
    assert len(seed.short) == len(seed.long) == 8
    assert max(len(text.split()) for text in seed.short) < 20
    assert {len(text.split()) for text in seed.long} == {130}
    assert len(seed.texts) == len(seed.vectors) > 1000


@pytest.mark.slow
def test_memory_and_time_stay_bounded_as_an_index_grows_and_little_is_missed(tmp_path: Path) -> None:
    """The bounds grow with the index as they do up to a million passages, from what the program itself takes."""
    command = ["--passages", "30000", "--passages", "60000", "--queries", "20", "--folder", str(tmp_path), "--json"]
    result = CliRunner().invoke(scale_command, command, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    rows = [Row.model_validate(row) for row in json.loads(result.stdout)]
    assert [row.passages for row in rows] == [30_000, 60_000]
    for row in rows:
        for figures in (row.searches.short, row.searches.long):
            # Vectors of hashed words are sparse, which their signs tell apart less well than those of an embedder.
            assert figures.recall_dense >= 0.85
            assert figures.recall_hybrid >= 0.97
            assert figures.words.p50 < figures.fts5.p50
        # Kilobytes a passage: the database with its vectors of 1.5 KB, the two caches, and what is in memory.
        assert row.database_mb * 1024 < 8 * row.passages
        assert (row.vectors_mb + row.words_mb) * 1024 < 2 * row.passages
        assert row.caches.peak_mb < 500 + 3 * row.passages / 1024
        assert row.searches.peak_mb < 500 + 2 * row.passages / 1024
        assert row.searches.open_seconds < 2.0
    small, large = rows
    # Twice the passages take no more than three times as long, whatever the machine.
    assert large.growth.seconds / large.written < 3 * small.growth.seconds / small.written
    assert large.searches.long.paths.p50 < 5 + 3 * small.searches.long.paths.p50
    # A file more costs much less than making the caches anew.
    made = large.caches.vectors_seconds + large.caches.words_seconds
    assert large.caches.update_seconds < made
    assert "| 30,000 | 60,000 |" in as_text(rows)
