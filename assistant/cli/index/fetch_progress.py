"""Progress of downloads on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from index.corpora.downloading import FetchProgress

# How often a long download says something where there is no terminal to draw a bar in.
_SECONDS_BETWEEN_LINES = 5.0


@contextmanager
def fetching_progress() -> Iterator[Callable[[FetchProgress], None]]:
    """Show a bar with bytes, speed and time left on a terminal, else a plain line every few seconds."""
    if sys.stderr.isatty():
        with _bar() as step:
            yield step
        return
    last = time.monotonic()

    def line(step: FetchProgress) -> None:
        nonlocal last
        if time.monotonic() - last > _SECONDS_BETWEEN_LINES:
            last = time.monotonic()
            of = f" of {megabytes(step.size)}" if step.size else ""
            click.echo(f"{megabytes(step.done)}{of}  {PurePosixPath(step.path).name}", err=True)

    yield line


@contextmanager
def _bar() -> Iterator[Callable[[FetchProgress], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("downloading", total=None)
        yield lambda step: bar.update(
            task, description=PurePosixPath(step.path).name, completed=step.done, total=step.size
        )


def megabytes(size: int) -> str:
    """Say a number of bytes in megabytes."""
    return f"{size / 1e6:.1f} MB"
