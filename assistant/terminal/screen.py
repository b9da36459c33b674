"""Put lines on a screen, a pipe or into a string: wrapping, colour where there is a terminal, and signs of progress.

Knows rich. Does not know what the lines say.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from assistant.terminal.line import Line

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 80
_WIDEST = 110
_STYLES = {"": "", "heading": "bold underline", "danger": "bold white on red", "strong": "bold", "quiet": "dim"}
_MARK = r"\[\d+\]"
# How often long work says something where no spinner can turn.
_SECONDS_BETWEEN_LINES = 3.0

Step = Callable[[str], None]


class Screen:
    """Writes lines to standard output, as wide as the terminal is up to what reads well."""

    def __init__(self, console: Console, width: int = 0) -> None:
        self.console = console
        self.width = width or (min(console.width, _WIDEST) if console.is_terminal else WIDTH)

    @classmethod
    def standard(cls) -> Screen:
        """Return the screen on standard output; a character it cannot show becomes a question mark."""
        return cls(_console(sys.stdout))

    def show(self, lines: Iterable[Line]) -> None:
        """Print the lines."""
        for line in lines:
            self._show(line)

    def say(self, text: str) -> None:
        """Print one paragraph."""
        self.show([Line(text)])

    def _show(self, line: Line) -> None:
        from rich.text import Text

        lead = line.lead.ljust(line.hang) if line.lead or line.hang else ""
        lead += " " if lead and not lead.endswith(" ") else ""
        before = " " * line.indent + lead
        body = Text(line.text, style=_STYLES[line.style])
        body.highlight_regex(_MARK, "cyan")
        width = max(self.width - len(before), 20)
        for position, part in enumerate(body.wrap(self.console, width) or [Text("")]):
            part.rstrip()
            start = before if position == 0 else " " * len(before)
            shown = Text.assemble((start, _STYLES["strong"]), part) if part.plain else Text(start.rstrip())
            self.console.print(shown, soft_wrap=True)


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    class PipeConsole(Console):
        def on_broken_pipe(self) -> None:
            """Leave it to the program what a closed pipe means; rich would end it as failed."""
            raise BrokenPipeError

    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    return PipeConsole(file=stream, highlight=False, markup=False, emoji=False)


def as_text(lines: Iterable[Line], width: int = WIDTH) -> str:
    """Return the lines as they look on a screen without colour."""
    from rich.console import Console

    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False, markup=False, emoji=False, force_terminal=False)
    Screen(console, width).show(lines)
    return out.getvalue()


@contextmanager
def steps(doing: str = "") -> Iterator[Step]:
    """Show on standard error what is being done: a spinner on a terminal, else a plain line every few seconds."""
    console = _console(sys.stderr)
    if console.is_terminal:
        with console.status(f"{doing}…") as status:
            yield lambda step: status.update(f"{step}…")
    else:
        say = _now_and_then(console)
        yield lambda step: say(f"{step}…")


@contextmanager
def counting(things: str, total: int, done: int = 0) -> Iterator[Step]:
    """Show on standard error how many of many are done: a bar on a terminal, else a plain line every few seconds.

    Each call of what is yielded counts one more, with a note about it.
    """
    console = _console(sys.stderr)
    if console.is_terminal:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn(things),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}"),
        )
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(things, total=total, completed=done, note="")
            yield lambda note: bar.update(task, advance=1, note=note)
    else:
        yield _plain_count(console, things, total, done)


def _plain_count(console: Console, things: str, total: int, done: int) -> Step:
    say = _now_and_then(console)

    def one_more(note: str) -> None:
        nonlocal done
        done += 1
        say(f"{done} of {total} {things}, {note}")

    return one_more


def _now_and_then(console: Console) -> Step:
    """Return what prints a line unless it printed one moments ago."""
    last = time.monotonic()

    def say(text: str) -> None:
        nonlocal last
        if time.monotonic() - last >= _SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            console.print(text)

    return say
