"""The chat's loop: read a line, show the reply as it comes, stop it on Ctrl-C, go on.

Knows lines in and lines out. Does not know what a line means: a session and the commands do.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing

from assistant.chat.actions import act
from assistant.chat.commands import parse
from assistant.chat.lines import PROMPT, Lines
from assistant.chat.session import Session
from assistant.errors import WardroundError
from assistant.terminal.chat_view import note
from assistant.terminal.line import BLANK, Line
from assistant.terminal.screen import Screen, Step, steps

HOW_TO_LEAVE = "To leave, press Ctrl-D or type /quit."
STOPPED = "Stopped; nothing of this turn is kept."


class Loop:
    """Runs a session on a screen until its lines end or the user leaves."""

    def __init__(self, session: Session, lines: Lines, screen: Screen) -> None:
        self._session = session
        self._lines = lines
        self._screen = screen
        self._step: Step = lambda name: None
        self.failed: WardroundError | None = None

    def run(self, first: str = "") -> None:
        """Take `first` as the first line if it is one, then line after line."""
        line: str | None = first.strip()
        if line:
            self._screen.show([Line(line, lead=PROMPT)])
            self._turn(line)
        while (line := self._next()) is not None and self._turn(line):
            pass

    def _next(self) -> str | None:
        """Return the next line with something in it, None when the user leaves."""
        while True:
            try:
                line = self._lines.read()
            except KeyboardInterrupt:
                if self._lines.echoes:
                    raise
                self._screen.show([note(HOW_TO_LEAVE)])
                continue
            if line is None:
                return None
            if line.strip():
                break
        if self._lines.echoes:
            self._screen.show([Line(line, lead=PROMPT)])
        return line.strip()

    def _turn(self, line: str) -> bool:
        """Answer one line; return whether the chat goes on."""
        before = self._session.kept
        try:
            command = parse(line)
            if command is not None and command.name == "quit":
                return False
            with closing(self._reply(line)) as reply:
                self._show(reply)
        except KeyboardInterrupt:
            self._screen.show([note(STOPPED if self._session.kept == before else "Stopped.")])
        except WardroundError as error:
            self.failed = error
            self._screen.show([Line(f"{error}", lead="!")])
        if self._session.kept > before:
            self._lines.keep(line)
        self._screen.show([BLANK])
        return True

    def _reply(self, line: str) -> Generator[Line, None, None]:
        command = parse(line)
        if command is None:
            return self._session.say(line, self._progress)
        return act(command, self._session, self._progress)

    def _show(self, reply: Iterator[Line]) -> None:
        """Show each line as soon as it is there, and what is being done while there is none."""
        while True:
            with steps("thinking") as self._step:
                line = next(reply, None)
            if line is None:
                return
            self._screen.show([line])

    def _progress(self, name: str) -> None:
        self._step(name)
