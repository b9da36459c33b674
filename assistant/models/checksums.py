"""Check files against known SHA-256 hashes, once per change of the file.

A hash is remembered with the file's size and modification time in `checksums.json` beside the files, because hashing
the default models takes half a second that every start of the program would pay.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from assistant.errors import ModelMissing

_FILE = "checksums.json"


class Checksums:
    """The hashes of the files below one folder, remembered in `memory` (beside the files where none is given)."""

    def __init__(self, folder: Path, memory: Path | None = None) -> None:
        self.folder = folder
        self._file = memory or folder / _FILE
        self._memory = _read(self._file)

    def sha256(self, path: str) -> str:
        """Return the hash of a file below the folder, from memory while size and time are as they were."""
        file = self.folder / path
        state = file.stat()
        known = self._memory.get(path)
        if isinstance(known, list) and known[:2] == [state.st_size, state.st_mtime_ns]:
            return str(known[2])
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        self._memory[path] = [state.st_size, state.st_mtime_ns, digest]
        self._save()
        return digest

    def verify(self, path: str, expected: str) -> None:
        """Raise ModelMissing, and remove the file, unless it has the hash it must have."""
        found = self.sha256(path)
        if found != expected:
            (self.folder / path).unlink()
            raise ModelMissing(
                f"{self.folder / path} has SHA-256 {found[:12]}…, not {expected[:12]}…; "
                "it was removed, run 'wardround models get'"
            )

    def _save(self) -> None:
        temporary = self._file.with_suffix(f".{os.getpid()}")
        # A read-only folder costs the memory, not the check.
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(json.dumps(self._memory), encoding="utf-8")
            temporary.replace(self._file)


def _read(file: Path) -> dict[str, Any]:
    try:
        memory = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return memory if isinstance(memory, dict) else {}
