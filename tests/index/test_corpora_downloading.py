from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from corpus_server import CONTENT, Behaviour, serving
from hypothesis import given, settings
from hypothesis import strategies as st

from index.corpora.catalogue import CorpusFile
from index.corpora.downloading import FetchProgress, download
from index.errors import DownloadFailed


def _quiet(step: FetchProgress) -> None:
    pass


def _part(folder: Path, file: CorpusFile) -> Path:
    return folder / f"corpus.bin.{file.sha256[:8]}.part"


def test_a_file_arrives_whole_and_progress_ends_at_its_size(tmp_path: Path) -> None:
    steps: list[FetchProgress] = []
    with serving() as server:
        download(server.file(), tmp_path / "new" / "corpus.bin", steps.append)
    assert (tmp_path / "new" / "corpus.bin").read_bytes() == CONTENT
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["corpus.bin"]
    assert steps[-1] == FetchProgress("sample/corpus.bin", len(CONTENT), len(CONTENT))
    assert [step.done for step in steps] == sorted(step.done for step in steps)


def test_a_file_of_unknown_size_arrives_too(tmp_path: Path) -> None:
    with serving() as server:
        download(server.file(size=None), tmp_path / "corpus.bin", _quiet)
    assert (tmp_path / "corpus.bin").read_bytes() == CONTENT


def test_a_cut_download_goes_on_where_it_stopped(tmp_path: Path) -> None:
    target = tmp_path / "corpus.bin"
    with serving(Behaviour(cut_after=100_000)) as server:
        file = server.file()
        with pytest.raises(DownloadFailed, match="run the same command again to go on"):
            download(file, target, _quiet)
        assert not target.exists()
        kept = _part(tmp_path, file).stat().st_size
        assert 0 < kept <= 100_000
        server.behaviour.cut_after = None
        download(file, target, _quiet)
    assert target.read_bytes() == CONTENT
    assert server.behaviour.asked == [None, f"bytes={kept}-"]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, len(CONTENT)), st.booleans(), st.booleans())
def test_from_any_kept_part_the_same_file_comes(
    tmp_path_factory: pytest.TempPathFactory, kept: int, knows_ranges: bool, size_is_known: bool
) -> None:
    folder = tmp_path_factory.mktemp("resumed")
    with serving(Behaviour(knows_ranges=knows_ranges)) as server:
        file = server.file(size=len(CONTENT) if size_is_known else None)
        _part(folder, file).write_bytes(CONTENT[:kept])
        download(file, folder / "corpus.bin", _quiet)
    assert (folder / "corpus.bin").read_bytes() == CONTENT


def test_a_whole_kept_part_is_not_fetched_again(tmp_path: Path) -> None:
    with serving() as server:
        _part(tmp_path, server.file()).write_bytes(CONTENT)
        download(server.file(), tmp_path / "corpus.bin", _quiet)
    assert server.behaviour.asked == []
    assert (tmp_path / "corpus.bin").read_bytes() == CONTENT


def test_a_wrong_hash_leaves_nothing(tmp_path: Path) -> None:
    with serving(Behaviour(content=CONTENT[:-1] + b"!")) as server:
        with pytest.raises(DownloadFailed, match="is not the pinned file") as raised:
            download(server.file(), tmp_path / "corpus.bin", _quiet)
        assert server.file().sha256[:16] in str(raised.value)
    assert "\n" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_a_spoiled_part_is_thrown_away_and_the_next_call_succeeds(tmp_path: Path) -> None:
    with serving() as server:
        _part(tmp_path, server.file()).write_bytes(b"x" * 1000)
        with pytest.raises(DownloadFailed, match="is not the pinned file"):
            download(server.file(), tmp_path / "corpus.bin", _quiet)
        download(server.file(), tmp_path / "corpus.bin", _quiet)
    assert (tmp_path / "corpus.bin").read_bytes() == CONTENT


def test_more_than_the_file_should_have_is_refused_unread(tmp_path: Path) -> None:
    with serving(Behaviour(content=CONTENT * 20)) as server, pytest.raises(DownloadFailed, match="more than the"):
        download(server.file(), tmp_path / "corpus.bin", _quiet)
    [part] = tmp_path.iterdir()
    assert part.stat().st_size == 0


@pytest.mark.parametrize(("status", "advice"), [(404, "no longer there"), (500, "try again later"), (403, "mirror")])
def test_a_refusal_names_its_status_and_a_way_out(tmp_path: Path, status: int, advice: str) -> None:
    with serving(Behaviour(status=status)) as server, pytest.raises(DownloadFailed, match=advice) as raised:
        download(server.file(), tmp_path / "corpus.bin", _quiet)
    assert str(status) in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_nobody_at_the_address(tmp_path: Path) -> None:
    with serving() as server:
        file = server.file()
    with pytest.raises(DownloadFailed, match=r"cannot reach 127\.0\.0\.1 .*--mirror"):
        download(file, tmp_path / "corpus.bin", _quiet)


def test_another_range_than_was_asked_for_is_not_written(tmp_path: Path) -> None:
    with serving(Behaviour(wrong_range=True)) as server:
        part = _part(tmp_path, server.file())
        part.write_bytes(CONTENT[:1000])
        with pytest.raises(DownloadFailed, match="another part"):
            download(server.file(), tmp_path / "corpus.bin", _quiet)
    assert part.read_bytes() == CONTENT[:1000]


@pytest.mark.parametrize("place", ["http://example.org/corpus.bin", "ftp://example.org/x", "file:///etc/passwd"])
def test_a_redirect_to_an_unsafe_place_is_not_followed(tmp_path: Path, place: str) -> None:
    with serving(Behaviour(redirect=place)) as server, pytest.raises(DownloadFailed):
        download(server.file(), tmp_path / "corpus.bin", _quiet)
    assert list(tmp_path.iterdir()) == []


def test_a_redirect_within_this_machine_is_followed_but_not_for_ever(tmp_path: Path) -> None:
    with serving() as server, serving(Behaviour(redirect=server.url)) as first:
        download(first.file(), tmp_path / "corpus.bin", _quiet)
        first.behaviour.redirect = first.url
        with pytest.raises(DownloadFailed, match="redirects more than"):
            download(first.file(), tmp_path / "again.bin", _quiet)
    assert (tmp_path / "corpus.bin").read_bytes() == CONTENT


def test_a_full_disk_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def full(self: Path, mode: str = "r", *more: Any, **options: Any) -> Any:
        if self.suffix == ".part" and ("w" in mode or "+" in mode):
            raise OSError(errno.ENOSPC, "No space left on device")
        return opened(self, mode, *more, **options)

    monkeypatch.setattr(Path, "open", full)
    with serving() as server, pytest.raises(DownloadFailed, match="No space left on device; make room") as raised:
        download(server.file(), tmp_path / "corpus.bin", _quiet)
    assert "\n" not in str(raised.value)


# A process that a shell started in the background ignores Ctrl-C, and so would its children.
_DOWNLOAD = """
import signal
import sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from pathlib import Path
from index.corpora.catalogue import CorpusFile
from index.corpora.downloading import download
download(CorpusFile.model_validate_json(sys.argv[1]), Path(sys.argv[2]), lambda step: None)
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_stopped_at_any_moment_it_can_be_taken_up(tmp_path: Path, sent: signal.Signals) -> None:
    target = tmp_path / "corpus.bin"
    with serving(Behaviour(slow=True)) as server:
        file = server.file()
        command = [sys.executable, "-c", _DOWNLOAD, file.model_dump_json(), str(target)]
        with subprocess.Popen(command, cwd=os.getcwd(), stderr=subprocess.DEVNULL) as process:  # noqa: PTH109
            part, deadline = _part(tmp_path, file), time.monotonic() + 20
            while not (part.exists() and part.stat().st_size) and time.monotonic() < deadline:
                time.sleep(0.02)
            process.send_signal(sent)
            assert process.wait(20) != 0
        assert not target.exists()
        assert 0 < part.stat().st_size < len(CONTENT)
        assert CONTENT.startswith(part.read_bytes())
        server.behaviour.slow = False
        download(file, target, _quiet)
    assert target.read_bytes() == CONTENT
    assert str(server.behaviour.asked[-1]).startswith("bytes=")
