"""Files made from the database: whole or not there, and what others are still making is left to them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from index.cache_files import CacheFiles


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_one_that_is_made_takes_the_place_of_the_others_of_its_kind(tmp_path: Path) -> None:
    files = CacheFiles(tmp_path, "vectors", ".x")
    for name in ("vectors-3.x", "vectors-4.y", "words-3"):
        (tmp_path / name).write_text("old")
    assert files.newest_before(5) == tmp_path / "vectors-3.x"
    with files.making(5) as place:
        place.write_text("new")
        assert not files.at(5).exists()
    assert files.at(5).read_text() == "new"
    assert _names(tmp_path) == ["vectors-5.x", "words-3"]
    assert files.newest_before(5) is None


def test_a_failure_leaves_what_there_was(tmp_path: Path) -> None:
    files = CacheFiles(tmp_path, "words")
    files.at(1).write_text("old")

    def run_out_of_space() -> None:
        with files.making(2) as place:
            place.mkdir()
            (place / "half").write_text("of it")
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        run_out_of_space()
    assert _names(tmp_path) == ["words-1"]


def test_what_another_process_is_making_stays_and_what_a_dead_one_left_goes(tmp_path: Path) -> None:
    files = CacheFiles(tmp_path, "words")
    making, left = tmp_path / ".words-7.123-1.tmp", tmp_path / ".words-6.122-1.tmp"
    for folder in (making, left):
        folder.mkdir()
        (folder / "places").write_bytes(b"1")
    two_hours_ago = time.time() - 7200
    os.utime(left, (two_hours_ago, two_hours_ago))
    with files.making(8) as place:
        place.mkdir()
    assert _names(tmp_path) == [making.name, "words-8"]
    files.clear()
    assert _names(tmp_path) == []
