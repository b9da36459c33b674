"""The `wardround` program: one lazy command group, so that `--help` needs no model, no index and no heavy import."""

from __future__ import annotations

import importlib
import logging
import sys

import click

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


class _LazyGroup(click.Group):
    """A group that imports a command's module only when that command is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command = importlib.import_module(f"assistant.cli.{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101 - a programming error, found by the tests
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except WardroundError as error:
            click.echo(f"wardround: {error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("wardround: stopped; what was finished is kept", err=True)
            ctx.exit(130)
        except BrokenPipeError:
            sys.stderr.close()
            ctx.exit(141)


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
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
    level = {0: logging.WARNING, 1: logging.INFO}.get(verbose, logging.DEBUG)
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
