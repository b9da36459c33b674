"""Editing a line on a terminal: history, completion of commands, a pasted text of many lines as one.

Knows prompt_toolkit. Does not know what a line means. The history file, readable by its owner only, holds a line only once
the case store holds it too.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.output import Output

from assistant.chat.commands import COMMANDS
from assistant.chat.lines import PROMPT
from assistant.errors import StoreError


class EditedLines:
    """Lines edited on a terminal; without a history file what was typed is forgotten at the end."""

    def __init__(self, history: Path | None, stream: Input | None = None, screen: Output | None = None) -> None:
        self.echoes = False
        self._kept = None if history is None else _KeptHistory.at(history)
        self._editor: PromptSession[str] = PromptSession(
            history=self._kept or InMemoryHistory(), completer=CommandCompleter(), input=stream, output=screen
        )

    def read(self) -> str | None:
        """Return the next line, None when the user leaves with Ctrl-D. Raises KeyboardInterrupt on Ctrl-C."""
        try:
            return self._editor.prompt(PROMPT)
        except EOFError:
            return None

    def keep(self, line: str) -> None:
        """Write a line to the history file, if there is one. Raises StoreError when that fails."""
        if self._kept is not None:
            self._kept.keep(line)


class _KeptHistory(FileHistory):
    """A history whose file grows by `keep` only, not by every line typed."""

    @classmethod
    def at(cls, file: Path) -> _KeptHistory:
        """Return the history in a file that only its owner can read."""
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
            file.chmod(0o600)
        except OSError as error:
            raise _unwritable(file, error) from error
        return cls(str(file))

    def store_string(self, string: str) -> None:
        """Do nothing: a line that led to nothing is not kept."""

    def keep(self, line: str) -> None:
        """Write a line to the file."""
        try:
            super().store_string(line)
        except OSError as error:
            raise _unwritable(Path(str(self.filename)), error) from error


class CommandCompleter(Completer):
    """Completes the name of a command, and the file name after /report."""

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Yield what the text before the cursor may become."""
        word, space, rest = document.text_before_cursor.partition(" ")
        if not space and word.startswith("/"):
            names = (f"/{name}" for name in COMMANDS)
            yield from (Completion(name, start_position=-len(word)) for name in names if name.startswith(word))
        elif word == "/report":
            path = Document(rest, len(rest))
            yield from PathCompleter(expanduser=True).get_completions(path, complete_event)


def _unwritable(file: Path, error: OSError) -> StoreError:
    return StoreError(f"cannot write the history {file}: {error.strerror}; chat with --no-store to keep none")
