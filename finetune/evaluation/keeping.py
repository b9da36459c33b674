"""The outcomes of a run, kept as they become known, so that a stopped run goes on where it was.

One JSON line an item, flushed to the disk at once. A line cut short by a kill is ignored and its item judged again. Knows
lines. Does not know what they say.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assistant.errors import UsageError

ERROR = "error"


class OutcomeFile:
    """The outcomes of one measure in one file, by item id; the last line about an item counts."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._known = self._read()

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            lines = self.file.read_bytes().split(b"\n")
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise UsageError(f"cannot read {self.file}: {error.strerror}; give another --resume FOLDER") from error
        found = (_outcome(line) for line in lines)
        return {str(one["id"]): one for one in found if one is not None}

    def get(self, item: str) -> dict[str, Any] | None:
        """Return the outcome of an item, None where it is not known or ended in an error worth another try."""
        found = self._known.get(item)
        return None if found is None or ERROR in found else found

    def keep(self, item: str, outcome: Mapping[str, Any]) -> dict[str, Any]:
        """Write an outcome down and return it as it will be read again.

        Raises UsageError where it cannot be written, such as on a full disk; what was written stays.
        """
        line = json.dumps({"id": item, **outcome}, ensure_ascii=False, sort_keys=True).encode()
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("ab") as stream:
                # After a line cut short this begins a new one.
                stream.write((b"\n" if _is_cut(self.file) else b"") + line + b"\n")
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise UsageError(f"cannot write {self.file}: {error.strerror}; give another --resume FOLDER") from error
        kept: dict[str, Any] = json.loads(line)
        self._known[item] = kept
        return kept


def _outcome(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "id" in found else None


def _is_cut(file: Path) -> bool:
    if not file.stat().st_size:
        return False
    with file.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) != b"\n"
