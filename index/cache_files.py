"""Files beside the database that can be made again from it, each named for the generation it was made from.

One is made under a temporary name and swapped in by a rename, so that a reader finds a whole one or none. Knows names
and renames. Does not know what is in a cache.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# A cache that is half made after this long, in seconds, was left by a process that died.
_ABANDONED = 3600


@dataclass(frozen=True)
class CacheFiles:
    """The caches of one kind in an index folder: files or folders called `kind-generation` and an ending."""

    folder: Path
    kind: str
    ending: str = ""

    def at(self, generation: int) -> Path:
        """Return where the cache of a generation stands, or would stand."""
        return self.folder / f"{self.kind}-{generation}{self.ending}"

    def newest_before(self, generation: int) -> Path | None:
        """Return the cache of the last generation before this one, None when there is none."""
        numbered = {self._generation(place): place for place in self._all()}
        older = [number for number in numbered if number < generation]
        return numbered[max(older)] if older and max(older) >= 0 else None

    @contextmanager
    def making(self, generation: int) -> Iterator[Path]:
        """Give a temporary place, which becomes the cache of a generation, and the only one, if nothing fails."""
        place = self.at(generation)
        temporary = self.folder / f".{place.name}.{os.getpid()}-{threading.get_native_id()}.tmp"
        try:
            yield temporary
            _settle(temporary)
            if place.is_dir() or temporary.is_dir():
                _delete(place)
            temporary.replace(place)
        finally:
            _delete(temporary)
        self.clear(keep=place)

    def clear(self, keep: Path | None = None) -> None:
        """Delete the caches of this kind but one, and what processes that died left of theirs."""
        for place in self._all():
            if place != keep:
                _delete(place)
        for place in self.folder.glob(f".{self.kind}-*.tmp"):
            if keep is None or _age(place) > _ABANDONED:
                _delete(place)

    def _all(self) -> list[Path]:
        return list(self.folder.glob(f"{self.kind}-*"))

    def _generation(self, place: Path) -> int:
        """Return the generation in a name, -1 where the name is of something else."""
        number = place.name.removeprefix(f"{self.kind}-").removesuffix(self.ending)
        return int(number) if place.name.endswith(self.ending) and number.isdecimal() else -1


def size_on_disk(place: Path) -> int:
    """Return the bytes of a file, or of the files of a folder; 0 when it is not there."""
    files = place.rglob("*") if place.is_dir() else [place]
    return sum(file.stat().st_size for file in files if file.is_file())


def _settle(place: Path) -> None:
    """See that what was written is on the disk before it gets its name, so that a power cut leaves no half of it."""
    for file in place.rglob("*") if place.is_dir() else [place]:
        with file.open("rb") as stream:
            os.fsync(stream.fileno())


def _age(place: Path) -> float:
    try:
        return time.time() - place.stat().st_mtime
    except OSError:
        return 0.0


def _delete(place: Path) -> None:
    """Delete what can be: a file that another process holds open, where that forbids it, is left for the next time."""
    try:
        if place.is_dir():
            shutil.rmtree(place, ignore_errors=True)
        else:
            place.unlink(missing_ok=True)
    except OSError:
        return
