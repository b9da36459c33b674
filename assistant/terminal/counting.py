"""Progress of work that is counted, on standard error: a bar on a terminal, else a plain line every few seconds.

Does not know what is counted.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

# How often a long run says something where there is no terminal to draw a bar in.
_SECONDS_BETWEEN_LINES = 5.0

Counted = Callable[[str, int, int], None]


@contextmanager
def counting() -> Iterator[Counted]:
    """Give a function that is told what is being done, how much of it is done, and of how much."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("", total=None)
            yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)
        return
    last = time.monotonic()

    def line(what: str, done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last > _SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            click.echo(f"{what}: {done} of {total}", err=True)

    yield line
