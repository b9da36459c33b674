from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.vectors import VectorCache, VectorIndex


def _unit(count: int, dimension: int = 16, seed: int = 0) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(count, dimension))
    unit: NDArray[np.float32] = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def test_nearest_agrees_with_brute_force() -> None:
    vectors, numbers = _unit(500), np.arange(500, dtype=np.int64) * 7 + 3
    index = VectorIndex.build(numbers, vectors)
    for query in _unit(20, seed=1):
        similarities = vectors @ query
        best = np.argsort(-similarities)[:10]
        found = index.nearest(query, 10)
        assert list(found) == numbers[best].tolist()
        assert list(found.values()) == pytest.approx(similarities[best].tolist(), abs=1e-5)


class _Blobs:
    def __init__(self, count: int) -> None:
        self.asked = 0
        self._content = np.arange(count, dtype=np.int64), _unit(count)

    def __call__(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        self.asked += 1
        return self._content


def test_the_cache_is_built_once_a_generation_and_old_files_go(tmp_path: Path) -> None:
    blobs = _Blobs(20)
    VectorCache(tmp_path).at(3, 20, 16, blobs)
    again = VectorCache(tmp_path)
    assert len(again.at(3, 20, 16, blobs)) == 20
    assert blobs.asked == 1
    again.at(4, 20, 16, blobs)
    assert blobs.asked == 2
    assert [file.name for file in tmp_path.iterdir()] == ["vectors-4.faiss"]


@pytest.mark.parametrize("damage", [b"", b"not faiss at all", None])
def test_a_damaged_or_stale_cache_is_built_again(tmp_path: Path, damage: bytes | None) -> None:
    VectorCache(tmp_path).at(1, 5, 16, _Blobs(5))
    if damage is not None:
        (tmp_path / "vectors-1.faiss").write_bytes(damage)
    blobs = _Blobs(20)
    assert len(VectorCache(tmp_path).at(1, 20, 16, blobs)) == 20
    assert blobs.asked == 1


def test_an_unwritable_folder_only_costs_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    missing = tmp_path / "not there"
    assert len(VectorCache(missing).at(1, 5, 16, _Blobs(5))) == 5
    assert "will build it again" in caplog.text


def test_an_empty_index_finds_nothing() -> None:
    index = VectorIndex.build(np.empty(0, np.int64), np.empty((0, 16), np.float32))
    assert index.nearest(_unit(1)[0], 5) == {}
