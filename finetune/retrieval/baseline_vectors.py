"""Vectors of a baseline, kept on disk by the text they were made of, so that they are made once and not every time.

Knows texts, an embedder and a folder. Does not know passages or systems.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.embedding import Embedder

Progress = Callable[[int, int], None]
_KEY_BYTES = 16
# A stopped run loses at most this many.
_BETWEEN_SAVES = 2048


def vectors_of(
    texts: Sequence[str], embedder: Embedder, folder: Path, progress: Progress | None = None
) -> NDArray[np.float32]:
    """Return a row a text, from the cache or from the embedder; `progress` is told how many of how many are made."""
    identity = hashlib.sha256(embedder.identity.encode()).hexdigest()[:12]
    file = folder / f"text-vectors-{identity}-{embedder.dimension}.npy"
    known = _read(file, embedder.dimension)
    keys = [hashlib.sha256(text.encode()).digest()[:_KEY_BYTES] for text in texts]
    # Like lengths together: a batch is as slow as its longest text.
    missing = sorted(
        {key: text for key, text in zip(keys, texts, strict=True) if key not in known}.items(), key=_length
    )
    for first in range(0, len(missing), _BETWEEN_SAVES):
        step = missing[first : first + _BETWEEN_SAVES]
        made = embedder.embed([text for _, text in step], _told(progress, first, len(missing)))
        known |= {key: row for (key, _), row in zip(step, made, strict=True)}
        _write(file, known)
    return np.array([known[key] for key in keys], np.float32).reshape(len(keys), embedder.dimension)


def _length(item: tuple[bytes, str]) -> int:
    return len(item[1])


def _told(progress: Progress | None, before: int, total: int) -> Callable[[int], None] | None:
    if progress is None:
        return None
    done = before

    def told(count: int) -> None:
        nonlocal done
        done += count
        progress(done, total)

    return told


def _read(file: Path, dimension: int) -> dict[bytes, NDArray[np.float32]]:
    """Return the vectors of a file by key; none when it is missing or not one of ours."""
    try:
        rows = np.load(file, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return {}
    if rows.dtype != _row_type(dimension) or rows.ndim != 1:
        return {}
    return {bytes(key): vector for key, vector in zip(rows["key"], rows["vector"], strict=True)}


def _write(file: Path, known: dict[bytes, NDArray[np.float32]]) -> None:
    """Write all vectors under a temporary name and swap it in."""
    rows = np.empty(len(known), _row_type(len(next(iter(known.values())))))
    rows["key"] = [np.frombuffer(key, np.uint8) for key in known]
    rows["vector"] = list(known.values())
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.stem}.{os.getpid()}.npy")
    try:
        np.save(temporary, rows, allow_pickle=False)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def _row_type(dimension: int) -> np.dtype[np.void]:
    return np.dtype([("key", np.uint8, _KEY_BYTES), ("vector", "<f4", dimension)])
