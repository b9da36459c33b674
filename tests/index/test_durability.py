"""Kill the indexing process at random moments; the index must hold the old or the new state of each document, and heal."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes import HashingEmbedder

from index.guideline_index import GuidelineIndex
from index.search import Query

pytestmark = pytest.mark.slow

_TESTS = str(Path(__file__).parents[1])
_SEED = 20240229
# Kills for each kind of work; together fifty.
_KILLS = {"add": 26, "remove": 8, "rebuild": 8, "cache": 8}

# One process that is warm, and forks a child for each kill: importing everything anew would take most of the time.
_SERVER = """
import os, signal, sys, time
from pathlib import Path
sys.path.append(sys.argv[1])
import faiss
from fakes import HashingEmbedder
from index.guideline_index import GuidelineIndex
from index.search import Query

def write_slowly(index, name, *more):
    data = faiss.serialize_index(index).tobytes()
    with open(name, "wb") as file:
        for start in range(0, len(data), 2000):
            file.write(data[start : start + 2000])
            file.flush()
            time.sleep(0.003)

class Slow(HashingEmbedder):
    def embed(self, texts, progress=None):
        time.sleep(0.004)
        return super().embed(texts, progress)

def work(what, folder, notes):
    if what == "rebuild":
        GuidelineIndex.open(folder).rebuild(Slow(name="other"))
        return
    if what == "cache":
        faiss.write_index = write_slowly
    index = GuidelineIndex.create(folder, Slow())
    if what == "add":
        index.add([notes])
    elif what == "remove":
        for name in ("a", "b"):
            index.remove(notes / name)
    index.search(Query(text="fever"))

for line in sys.stdin:
    what, folder, notes = line.rstrip("\\n").split("\\t")
    child = os.fork()
    if not child:
        os.setpgid(0, 0)
        print(os.getpid(), flush=True)
        try:
            work(what, Path(folder), Path(notes))
            code = 0
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            code = 1
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class _Server:
    def __init__(self) -> None:
        command = [sys.executable, "-c", _SERVER, _TESTS]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, what: str, folder: Path, notes: Path, kill_after: float | None = None) -> tuple[int, float]:
        """Do a piece of work in a child, killed after some seconds; return its exit code and how long it ran."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{what}\t{folder}\t{notes}\n")
        self.process.stdin.flush()
        child = int(self.process.stdout.readline())
        start = time.monotonic()
        if kill_after is not None:
            time.sleep(kill_after)
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        return int(self.process.stdout.readline()), time.monotonic() - start


@pytest.fixture(scope="module")
def server():
    started = _Server()
    with started.process:
        yield started
        started.process.kill()


def _write(notes: Path, number: int, version: int) -> None:
    file = notes / ("a" if number % 2 else "b") / f"note-{number:02d}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = "\n".join(f"- Sign {number}.{line} of edition {version} with fever and pain." for line in range(12))
    file.write_text(f"# Disease {number}\n\n## Presentation\n{lines}\n\n## Treatment\n- Drug {number * version} mg.\n")


def _old_and_new(notes: Path) -> None:
    """Bring a folder of forty notes from its old to its new state: ten change, five go, five come."""
    for number in range(10):
        _write(notes, number, 2)
    for number in range(10, 15):
        (notes / ("a" if number % 2 else "b") / f"note-{number:02d}.md").unlink()
    for number in range(40, 45):
        _write(notes, number, 2)


def _state(index: GuidelineIndex) -> dict[str, str]:
    return {document.path: document.text for document in index.documents()}


def _content(folder: Path, embedder: HashingEmbedder) -> list[tuple[object, ...]]:
    """Return everything a reader can see of an index, without what depends on the order of work."""
    index = GuidelineIndex.open(folder, embedder)
    content: list[tuple[object, ...]] = []
    for document in sorted(index.documents(), key=lambda one: one.id):
        passages = index.passages_of(document.id)
        vectors = index.vectors_for([passage.id for passage in passages])
        content.append((document, tuple(passages), vectors.tobytes()))
    index.close()
    return content


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An index of the old state of a folder, and the folder in its new state."""
    home = tmp_path_factory.mktemp("before")
    notes = home / "notes"
    for number in range(40):
        _write(notes, number, 1)
    index = GuidelineIndex.create(home / "index", HashingEmbedder())
    index.add([notes])
    index.search(Query(text="fever"))
    index.close()
    _old_and_new(notes)
    return home / "index", notes


def _killed_often(
    server: _Server, what: str, before: tuple[Path, Path], home: Path, check: Callable[[Path], object]
) -> int:
    """Kill the work at random moments of its course, half of the time going on from where the last kill left it."""
    index, notes = before
    chance = random.Random(f"{_SEED} {what}")  # noqa: S311 - nothing secret depends on it
    shutil.copytree(index, home / "whole")
    code, seconds = server.run(what, home / "whole", notes)
    assert code == 0
    landed = 0
    for number in range(_KILLS[what]):
        folder = home / "killed"
        if number % 2 == 0:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(index, folder)
        code, _ = server.run(what, folder, notes, chance.uniform(0.0, seconds))
        assert code in (0, 1 if what == "remove" else 0, -signal.SIGKILL)
        landed += code == -signal.SIGKILL
        check(folder)
    return landed


def _sound_cache(index: GuidelineIndex) -> bool:
    return index.verify().sound and len(list(index.folder.glob("vectors-*"))) == 1


def _sound(folder: Path, embedder: HashingEmbedder | None) -> GuidelineIndex:
    index = GuidelineIndex.open(folder, embedder)
    found = index.verify()
    assert found.sound, found
    return index


def test_killed_while_adding_leaves_each_document_old_or_new(
    server: _Server, before: tuple[Path, Path], tmp_path: Path
) -> None:
    old = GuidelineIndex.open(before[0])
    was = _state(old)
    old.close()

    def check(folder: Path) -> None:
        index = _sound(folder, HashingEmbedder())
        now = _state(index)
        for path, text in now.items():
            new = Path(path).read_text() if Path(path).exists() else None
            assert text == was.get(path) or (new is not None and new.split("\n")[4] in text), path
        assert set(was) - set(now) <= {path for path in was if not Path(path).exists()}
        index.close()

    landed = _killed_often(server, "add", before, tmp_path, check)
    assert landed > _KILLS["add"] // 2
    assert server.run("add", tmp_path / "killed", before[1])[0] == 0
    fresh = GuidelineIndex.create(tmp_path / "fresh", HashingEmbedder())
    fresh.add([before[1]])
    fresh.close()
    assert _content(tmp_path / "killed", HashingEmbedder()) == _content(tmp_path / "fresh", HashingEmbedder())


def test_killed_while_removing_leaves_all_or_nothing_of_a_folder(
    server: _Server, before: tuple[Path, Path], tmp_path: Path
) -> None:
    def check(folder: Path) -> None:
        index = _sound(folder, HashingEmbedder())
        left = [Path(document.path).parent.name for document in index.documents()]
        assert (left.count("a"), left.count("b")) in ((20, 20), (0, 20), (0, 0))
        index.close()

    assert _killed_often(server, "remove", before, tmp_path, check) > 0


def test_killed_while_rebuilding_keeps_one_embedder_for_all(
    server: _Server, before: tuple[Path, Path], tmp_path: Path
) -> None:
    def check(folder: Path) -> None:
        index = _sound(folder, None)
        embedder = HashingEmbedder(name=index.embedder_identity.split("@")[0])
        index.close()
        _sound(folder, embedder).close()

    assert _killed_often(server, "rebuild", before, tmp_path, check) > 0


def test_killed_while_writing_the_cache_leaves_a_whole_one_or_none(
    server: _Server, before: tuple[Path, Path], tmp_path: Path
) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(before[0], bare)
    for cache in bare.glob("vectors-*"):
        cache.unlink()

    def check(folder: Path) -> None:
        index = _sound(folder, HashingEmbedder())
        assert index.search(Query(text="fever"))[0].dense is not None
        assert _sound_cache(index)
        index.close()
        for cache in folder.glob("vectors-*"):
            cache.unlink()

    assert _killed_often(server, "cache", (bare, before[1]), tmp_path, check) > _KILLS["cache"] // 2
