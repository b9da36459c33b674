"""Progress of indexing on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from index.adding import AddProgress

# How often a long run says something where there is no terminal to draw a bar in.
_SECONDS_BETWEEN_LINES = 5.0


@contextmanager
def indexing_progress() -> Iterator[Callable[[AddProgress], None]]:
    """Show progress on standard error: a bar on a terminal, else a plain line every few seconds."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("indexing", total=None)
            yield lambda step: bar.update(task, total=1.0, completed=_share(step), description=_name(step))
        return
    last = time.monotonic()

    def line(step: AddProgress) -> None:
        nonlocal last
        if time.monotonic() - last > _SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            click.echo(f"{_share(step):4.0%}  {_name(step)}  {step.passages_done}/{step.passages} passages", err=True)

    yield line


def _share(step: AddProgress) -> float:
    within = step.passages_done / step.passages if step.passages else 0.0
    return (step.files_done + within) / step.files if step.files else 1.0


def _name(step: AddProgress) -> str:
    return Path(step.path).name if step.path else "indexing"
