"""Where the lines of a chat come from: an editor on a terminal, or standard input read line by line.

Knows streams. Does not know what a line means, nor how one is edited.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Protocol, TextIO

PROMPT = "> "


class Lines(Protocol):
    """A source of lines; `echoes` where the transcript must repeat them because nobody typed them on the screen."""

    echoes: bool

    def read(self) -> str | None:
        """Return the next line, None at the end. Raises KeyboardInterrupt when it is interrupted."""

    def keep(self, line: str) -> None:
        """Be told that a line is kept in the case store. Raises StoreError when it cannot be kept here too."""


class PipedLines:
    """The lines of a stream."""

    def __init__(self, stream: TextIO) -> None:
        self.echoes = True
        self._stream = stream

    def read(self) -> str | None:
        """Return the next line, None at the end of the stream."""
        return self._stream.readline() or None

    def keep(self, line: str) -> None:
        """Do nothing: a stream has no history."""


def standard_lines(history: Path | None) -> Lines:
    """Return the editor where there is a terminal to edit on, else the lines of standard input."""
    if sys.stdin.isatty() and sys.stdout.isatty():
        from assistant.chat.line_editor import EditedLines

        return EditedLines(history)
    return PipedLines(sys.stdin)
