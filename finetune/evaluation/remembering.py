"""An assistant that assesses no case twice: several measures judge the same assessments.

Assessments are kept, compressed, in one SQLite file beside the outcomes. Knows cases and assessments. Does not know measures.
"""

from __future__ import annotations

import hashlib
import sqlite3
import zlib
from pathlib import Path

from pydantic import ValidationError

from assistant.assessment import Assessment
from assistant.assistant import Assistant, Progress
from assistant.case import Case
from assistant.errors import UsageError

FILE = "assessments.sqlite"


class RememberingAssistant(Assistant):
    """The same assistant, with a memory of what it answered; as good for one system only, so the folder must be its own.

    `provenance.seconds` of a remembered assessment is what it cost when it was made.
    """

    _memory: sqlite3.Connection

    @classmethod
    def of(cls, assistant: Assistant, folder: Path) -> RememberingAssistant:
        """Give an assistant a memory in a folder; `put_down` closes it.

        Raises UsageError where the folder cannot be written to.
        """
        remembering = cls.__new__(cls)
        remembering.__dict__.update(assistant.__dict__)
        try:
            memory = sqlite3.connect(folder / FILE, isolation_level=None)
            memory.execute("PRAGMA journal_mode=WAL")
            memory.execute("CREATE TABLE IF NOT EXISTS assessments (key TEXT PRIMARY KEY, assessment BLOB NOT NULL)")
        except sqlite3.Error as error:
            raise UsageError(f"cannot use {folder / FILE}: {error}; give another --resume FOLDER") from error
        remembering._memory = memory
        return remembering

    def assess(self, case: Case, *, summarise: bool = True, progress: Progress = lambda step: None) -> Assessment:
        """Return what was answered for this case, or answer it."""
        key = hashlib.sha256(f"{summarise} {case.model_dump_json()}".encode()).hexdigest()
        known = self._memory.execute("SELECT assessment FROM assessments WHERE key = ?", (key,)).fetchone()
        remembered = None if known is None else _unpacked(known[0])
        if remembered is not None:
            return remembered
        made = super().assess(case, summarise=summarise, progress=progress)
        packed = zlib.compress(made.model_dump_json().encode(), 6)
        self._memory.execute("INSERT OR REPLACE INTO assessments VALUES (?, ?)", (key, packed))
        return made

    def put_down(self) -> None:
        """Close the memory, not the assistant."""
        self._memory.close()


def _unpacked(packed: bytes) -> Assessment | None:
    """Return a remembered assessment; None where the file was damaged, so that it is made again."""
    try:
        return Assessment.model_validate_json(zlib.decompress(packed))
    except (zlib.error, ValidationError):
        return None
