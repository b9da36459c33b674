"""One writer at a time: a lock file in the index folder, freed by the system when its holder dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import GuidelineIndexError, IndexBusy


@contextmanager
def writing_lock(folder: Path) -> Iterator[None]:
    """Hold the lock. Raises IndexBusy at once when another process has it."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / "writing.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise IndexBusy(f"another process is writing to {folder}; wait for it and try again") from error
    except OSError as error:
        raise GuidelineIndexError(f"cannot write to {folder}: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()
