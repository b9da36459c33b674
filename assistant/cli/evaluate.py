"""`wardround evaluate`: measure the differential on cases with a known diagnosis, and `evaluate retrieval` the search."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from assistant.cli.lazy import Lazy, LazyGroup
from assistant.settings import load_settings

_COMMANDS = {
    "retrieval": Lazy(
        "assistant.cli.evaluate_retrieval", "retrieval_command", "Measure how well searches find what answers them."
    ),
}


@click.group(cls=LazyGroup, lazy=_COMMANDS, invoke_without_command=True)
@click.option("--cases", "file", type=click.Path(path_type=Path), help="JSON lines or CSV with gold diagnoses.")
@click.option("--limit", type=int, help="A seeded random sample of this many cases.")
@click.option("--seed", type=int, default=7, show_default=True)
@click.option("--no-model", is_flag=True, help="Index and code only.")
@click.option("--model", "spec", help="Another model than the one in use.")
@click.option("--output", type=click.Path(path_type=Path), help="Write one JSON line a case with what was found.")
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    file: Path | None,
    limit: int | None,
    seed: int,
    no_model: bool,
    spec: str | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Run cases with a known diagnosis through the assistant and print how often it was found.

    \b
    wardround evaluate --cases vignettes.csv --limit 60
    wardround evaluate retrieval --data ~/open-data
    """
    if ctx.invoked_subcommand is not None:
        return
    if file is None:
        raise click.MissingParameter(ctx=ctx, param=ctx.command.params[0])
    _evaluate_cases(file, limit, seed, no_model, spec, output, as_json)


def _evaluate_cases(
    file: Path, limit: int | None, seed: int, no_model: bool, spec: str | None, output: Path | None, as_json: bool
) -> None:
    from rich.console import Console
    from rich.progress import track

    from assistant.assistant import Assistant
    from finetune.cases import read_cases
    from finetune.evaluation.differential import describe, run, summarise
    from finetune.gold import GoldMatcher

    cases = read_cases(file, limit=limit, seed=seed)
    outcomes = []
    with Assistant.open(load_settings(), model=spec, use_model=not no_model) as assistant:
        assistant.warm()
        matcher = GoldMatcher(assistant.index.conditions().values())
        running = run(assistant, cases, matcher)
        for outcome, _ in track(running, "cases", total=len(cases), console=Console(stderr=True)):
            outcomes.append(outcome)
    if output is not None:
        output.write_text("".join(json.dumps(asdict(one)) + "\n" for one in outcomes), encoding="utf-8")
    evaluation = summarise(outcomes, seed=seed)
    if as_json:
        click.echo(json.dumps(evaluation.as_json(), indent=2))
    else:
        describe(evaluation, click.echo)
