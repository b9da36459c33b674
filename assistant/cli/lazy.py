"""A command group that imports a command's module only when that command is run, so that `--help` is instant."""

from __future__ import annotations

import importlib
from typing import Any, NamedTuple

import click


class Lazy(NamedTuple):
    """Where a command lives, and what it does in a few words."""

    module: str
    name: str
    words: str


class LazyGroup(click.Group):
    """A group whose commands are given as `lazy={name: Lazy(...)}`."""

    def __init__(self, *args: Any, lazy: dict[str, Lazy], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order they are told of."""
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command, None where there is none of this name."""
        if cmd_name not in self.lazy:
            return None
        where = self.lazy[cmd_name]
        command = getattr(importlib.import_module(where.module), where.name)
        assert isinstance(command, click.Command)  # noqa: S101 - a programming error, found by the tests
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, where.words) for name, where in self.lazy.items()])
