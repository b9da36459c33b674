"""The `wardround` program: one lazy command group, so that `--help` needs no model, no index and no heavy import."""

from __future__ import annotations

import contextlib
import logging
import os
import sys

import click

from assistant.cli.lazy import Lazy, LazyGroup
from assistant.errors import WardroundError

_COMMANDS = {
    "ask": "Assess one case, or a batch of cases.",
    "chat": "Talk about a case in the terminal.",
    "report": "Write a one-to-two-page report about a case.",
    "index": "Add, list, search and remove guideline documents.",
    "models": "List, download and choose language models.",
    "finetune": "Prepare, train, evaluate and export an adapter.",
    "evaluate": "Measure the differential on cases with a known diagnosis.",
    "doctor": "Check this installation and say what is missing.",
}
_LAZY = {name: Lazy(f"assistant.cli.{name}", "command", words) for name, words in _COMMANDS.items()}
# What a shell expects of a program that Ctrl-C, or a reader that had enough, ended.
STOPPED = 130
OUTPUT_CLOSED = 141


class _Program(LazyGroup):
    """The whole program: every expected error is one line and an exit code."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except WardroundError as error:
            click.echo(f"wardround: {error}", err=True)
            ctx.exit(error.exit_code)
        except click.exceptions.NoArgsIsHelpError:
            raise  # its message is the help text
        except click.UsageError as error:
            click.echo(f"wardround: {_in_one_line(error)}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("wardround: stopped; what was finished is kept", err=True)
            ctx.exit(STOPPED)
        except BrokenPipeError:
            _discard_output()
            ctx.exit(OUTPUT_CLOSED)


def _in_one_line(error: click.UsageError) -> str:
    said = " ".join(error.format_message().split()).rstrip(".")
    command = error.ctx.command_path if error.ctx is not None else "wardround"
    return f"{said[:1].lower()}{said[1:]}; see: {command} --help"


def _discard_output() -> None:
    """Let what is still buffered go nowhere: the reader is gone, and Python would complain of it at exit."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _log_level(verbose: int) -> int:
    """Return how much is logged: the flag decides, else the settings; settings in error are the command's to report."""
    if verbose:
        return logging.INFO if verbose == 1 else logging.DEBUG
    from assistant.settings import load_settings

    try:
        return logging.getLevelNamesMapping()[load_settings().log_level.upper()]
    except WardroundError:
        return logging.WARNING


@click.group(cls=_Program, lazy=_LAZY, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="wardround")
@click.option("-v", "--verbose", count=True, help="Say more on standard error; twice for everything.")
def main(verbose: int) -> None:
    """Wardround, a local diagnosis assistant for clinicians.

    Gives a ranked differential diagnosis and treatment suggestions for a case, each statement tied to a verbatim quote
    from the guidelines in your index. Nothing leaves this machine. A draft for review by a clinician, not a device.

    \b
    wardround ask "58-year-old man, crushing chest pain for an hour, sweating"
    wardround chat examples/chest-pain.txt
    wardround index add ~/guidelines
    """
    # Warnings of libraries are for us, not for a clinician: they are shown on request.
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(logging.NOTSET if verbose else logging.ERROR)
    logging.basicConfig(level=_log_level(verbose), format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
