"""The program as a whole: quick help, every command documented, errors in one line."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from assistant.cli import main

# Imports that cost more than the whole answer of `--help` may take.
_HEAVY = ("torch", "transformers", "numpy", "faiss", "pydantic", "rich", "langchain_core", "httpx", "yaml")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from assistant.cli import main\n"
        "try: main(['--help'])\n"
        f"finally: print('HEAVY', sorted(set(sys.modules) & set({_HEAVY!r})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "HEAVY []" in done.stdout
    assert "wardround ask" in done.stdout


@pytest.mark.slow
def test_help_answers_within_seven_tenths_of_a_second() -> None:
    program = Path(sys.executable).with_name("wardround")
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run([program, "--help"], capture_output=True, check=True)
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 0.7


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name in group.list_commands(click.Context(group)):
        yield (*path, name)
        inner = group.get_command(click.Context(group), name)
        if isinstance(inner, click.Group):
            yield from _commands(inner, (*path, name))


@pytest.mark.parametrize("path", list(_commands(main)), ids=" ".join)
def test_every_command_has_help_with_an_example_on_a_line_of_its_own(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(main, [*path, "--help"])
    assert shown.exit_code == 0
    examples = [line for line in shown.stdout.splitlines()[1:] if f"wardround {' '.join(path)}" in line]
    assert examples
    assert all(line.startswith("  ") and line.count("wardround ") <= 2 for line in examples)
    assert "\b" not in shown.stdout
    assert "\\b" not in shown.stdout


def test_an_unknown_command_is_one_line() -> None:
    result = CliRunner().invoke(main, ["diagnose"])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert result.stderr.startswith("wardround: no such command 'diagnose'")


def test_a_group_without_a_command_shows_its_help() -> None:
    result = CliRunner().invoke(main, ["index"])
    assert "Commands:" in result.output
    assert "Traceback" not in result.output


def test_the_setting_decides_how_much_is_logged_and_the_flag_overrides_it(
    own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    levels: list[int] = []
    monkeypatch.setattr(logging, "basicConfig", lambda **options: levels.append(options["level"]))

    @click.command()
    def nothing() -> None:
        pass

    monkeypatch.setattr("assistant.cli.doctor.command", nothing)
    monkeypatch.setenv("WARDROUND_LOG_LEVEL", "error")
    CliRunner().invoke(main, ["doctor"])
    CliRunner().invoke(main, ["-v", "doctor"])
    CliRunner().invoke(main, ["-vv", "doctor"])
    monkeypatch.setenv("WARDROUND_LOG_LEVEL", "loud")
    CliRunner().invoke(main, ["doctor"])
    assert levels == [logging.ERROR, logging.INFO, logging.DEBUG, logging.WARNING]
