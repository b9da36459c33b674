from __future__ import annotations

from pathlib import Path

import pytest
from corpus_server import CONTENT, PATH, pinned, sample_corpus, serving
from filelock import FileLock

from index.corpora.fetching import fetch
from index.errors import DownloadFailed


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    file = tmp_path / "mirror" / PATH
    file.parent.mkdir(parents=True)
    file.write_bytes(CONTENT)
    return tmp_path / "mirror"


def test_a_mirror_is_read_where_it_is(tmp_path: Path, mirror: Path) -> None:
    assert fetch(sample_corpus(pinned()), tmp_path / "cache", [tmp_path / "none", mirror]) == (mirror / PATH,)
    assert not (tmp_path / "cache" / PATH).exists()


def test_what_is_kept_is_a_mirror_itself(tmp_path: Path, mirror: Path) -> None:
    kept = tmp_path / "kept"
    assert fetch(sample_corpus(pinned()), kept, [mirror], keep=True) == (kept / PATH,)
    assert fetch(sample_corpus(pinned()), tmp_path / "cache", [kept]) == (kept / PATH,)
    assert fetch(sample_corpus(pinned()), kept, [kept], keep=True) == (kept / PATH,)


def test_a_mirror_goes_before_a_download_and_what_is_here_before_both(tmp_path: Path, mirror: Path) -> None:
    with serving() as server:
        corpus = sample_corpus(server.file())
        fetch(corpus, tmp_path / "cache", [mirror])
        assert server.behaviour.asked == []
        assert fetch(corpus, tmp_path / "cache") == (tmp_path / "cache" / PATH,)
        fetch(corpus, tmp_path / "cache", [mirror])
        fetch(corpus, tmp_path / "cache")
    assert server.behaviour.asked == [None]


def test_a_file_here_that_is_not_the_pinned_one_is_fetched_anew(tmp_path: Path) -> None:
    target = tmp_path / PATH
    target.parent.mkdir()
    target.write_bytes(CONTENT[::-1])
    with serving() as server:
        fetch(sample_corpus(server.file()), tmp_path)
    assert target.read_bytes() == CONTENT


def test_a_mirror_with_another_file_is_refused_and_left_alone(tmp_path: Path, mirror: Path) -> None:
    (mirror / PATH).write_bytes(CONTENT[::-1])
    with pytest.raises(DownloadFailed, match="is not the pinned file"):
        fetch(sample_corpus(pinned()), tmp_path / "cache", [mirror])
    assert (mirror / PATH).read_bytes() == CONTENT[::-1]


@pytest.mark.parametrize(
    ("known", "advice"),
    [
        ({}, "from a mirror folder only.*WARDROUND_DATA_MIRROR"),
        ({"comes_with": "wardround models get hpo"}, "get it with: wardround models get hpo"),
    ],
)
def test_a_file_that_cannot_be_had_says_how_it_can(tmp_path: Path, known: dict[str, str], advice: str) -> None:
    with pytest.raises(DownloadFailed, match=advice):
        fetch(sample_corpus(pinned(**known)), tmp_path)


def test_two_fetches_of_one_corpus_do_not_mix(tmp_path: Path, mirror: Path) -> None:
    with FileLock(tmp_path / ".sample.lock"), pytest.raises(DownloadFailed, match="another process is fetching sample"):
        fetch(sample_corpus(pinned()), tmp_path, [mirror])


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, mirror: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(DownloadFailed, match="cannot write to"):
        fetch(sample_corpus(pinned()), tmp_path / "taken" / "below", [mirror])
