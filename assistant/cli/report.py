"""`wardround report`: a report about one case, to paste into a record."""

from __future__ import annotations

from pathlib import Path

import click

from assistant.errors import UsageError
from assistant.settings import load_settings


@click.command()
@click.argument("case")
@click.option(
    "-o",
    "--output",
    "file",
    required=True,
    type=click.Path(path_type=Path),
    help="A file ending in .md, .html or .json.",
)
@click.option("--force", is_flag=True, help="Replace the file if it is there already.")
@click.option("--model", help="Another language model than the one in use; see 'wardround models list'.")
@click.option("--no-model", is_flag=True, help="Index and code only, without a language model.")
def command(case: str, file: Path, force: bool, model: str | None, no_model: bool) -> None:
    """Assess CASE and write a report of one to two pages: a text, the name of a text file, or - for standard input.

    \b
    wardround report case.txt -o report.md
    wardround report "70-year-old woman, sudden weakness of the right arm" -o report.html
    """
    from assistant.assistant import Assistant
    from assistant.case_input import case_text
    from assistant.report.writing import check_target, write_report
    from assistant.terminal.screen import steps

    if model is not None and no_model:
        raise UsageError("--model and --no-model cannot be given together: choose one")
    check_target(file, force=force)
    text, settings = case_text(case), load_settings()
    with (
        steps("opening the index") as step,
        Assistant.open(settings, model=model, use_model=not no_model) as assistant,
    ):
        assessment = assistant.assess(assistant.read(text), progress=step)
    write_report(assessment, file, force=force)
    click.echo(f"report written to {file}")
