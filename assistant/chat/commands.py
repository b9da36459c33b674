"""The commands of the chat: their names, what each takes, and what the help says.

Knows wording. Does not know what a command does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from assistant.errors import UsageError

CommandName = Literal["case", "differential", "sources", "report", "undo", "new", "help", "quit"]
COMMANDS: tuple[CommandName, ...] = get_args(CommandName)
HELP: tuple[tuple[str, str], ...] = (
    ("/case", "the case as understood; /case text shows how each word was read"),
    ("/differential", "the differential in full: evidence, tests, treatment, sources"),
    ("/sources N", "quote number N, word for word, and where it stands; without N all of them"),
    ("/report FILE", "write the report to FILE.md, .html or .json; add --force to replace a file"),
    ("/undo", "take the last turn back"),
    ("/new", "put this case away and begin another; /new CASE begins at once"),
    ("/help", "this list"),
    ("/quit", "leave; everything said is kept and 'wardround chat --resume' goes on with it"),
)


@dataclass(frozen=True)
class Command:
    """A command and what stands behind it on the line."""

    name: CommandName
    argument: str = ""


def parse(line: str) -> Command | None:
    """Return the command a line is, None when it is none. Raises UsageError for a command there is not."""
    stripped = line.strip()
    if not stripped.startswith("/"):
        return None
    word, _, rest = stripped[1:].partition(" ")
    for name in COMMANDS:
        if word.lower() == name:
            return Command(name, rest.strip())
    raise UsageError(f"there is no command /{word}; there are {', '.join('/' + name for name in COMMANDS)}")
