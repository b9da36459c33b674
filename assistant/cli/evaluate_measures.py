"""`wardround evaluate [NAMES]`: run measures on the open data sets, or `--cases` on a file of one's own.

A thin shell: everything is done in `finetune/evaluation/`, imported when the command runs.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.errors import UsageError
from assistant.settings import Settings, load_settings

if TYPE_CHECKING:
    from finetune.evaluation.running import Result

_PATH = click.Path(path_type=Path)
_MIRROR = "WARDROUND_DATA_MIRROR"
_STDOUT = "-"


@click.command("measures")
@click.argument("names", nargs=-1)
@click.option("--data", "mirror", type=_PATH, help=f"The folder of the open data sets [{_MIRROR}].")
@click.option("--limit", type=click.IntRange(1), help="A seeded random sample of this many items of each measure.")
@click.option("--seed", type=int, default=7, show_default=True, help="Of the draw and of the intervals.")
@click.option("--no-model", is_flag=True, help="Index and code only.")
@click.option("--model", "spec", help="Another model than the one in use.")
@click.option(
    "--json",
    "json_file",
    is_flag=False,
    flag_value=_STDOUT,
    metavar="FILE",
    help="Write everything as JSON to a file, or with - to standard output instead of the table.",
)
@click.option("--resume", type=_PATH, help="Keep outcomes in this folder instead of one in the cache.")
@click.option("--readme", type=_PATH, help="Write the table between the two evaluation marks of this file.")
@click.option("--from", "kept", type=_PATH, help="Measure nothing: take the figures from the JSON of a run.")
@click.option("--cases", type=_PATH, help="Measure on your own cases: JSON lines or CSV with gold diagnoses.")
@click.option("--output", type=_PATH, help="With --cases: one JSON line a case with what was found.")
@click.option("--list", "listing", is_flag=True, help="Say which measures there are.")
@click.pass_context
def measures_command(
    ctx: click.Context,
    names: tuple[str, ...],
    mirror: Path | None,
    limit: int | None,
    seed: int,
    no_model: bool,
    spec: str | None,
    json_file: str | None,
    resume: Path | None,
    readme: Path | None,
    kept: Path | None,
    cases: Path | None,
    output: Path | None,
    listing: bool,
) -> None:
    """Run the measures named, or all, and print one table.

    A measure whose data set is not in the folder is left out with a line that says so. With --cases a file of your own is
    measured instead: how often the known diagnosis is first, among five, among ten.

    \b
    wardround evaluate measures --list
    wardround evaluate measures vignettes clinic --data ~/open-data --limit 60
    wardround evaluate measures --from evaluation.json --readme README.md
    wardround evaluate measures --cases own.jsonl --output outcomes.jsonl
    """
    settings = load_settings()
    if listing:
        _list()
    elif cases is not None:
        if names or resume or readme or kept or mirror:
            raise UsageError("--cases goes with --limit, --seed, --no-model, --model, --output and --json only")
        _own_cases(cases, limit, seed, no_model, spec, output, json_file, settings)
    elif output is not None:
        raise UsageError("--output goes with --cases; outcomes of measures are kept in the folder of --resume")
    elif kept is not None:
        from finetune.evaluation.table import read_json

        _show(read_json(kept), json_file, readme)
    else:
        told = _run(names, mirror or settings.data_mirror, limit, seed, no_model, spec, resume, settings)
        _show(told, json_file, readme)
        if not told["measures"]:
            ctx.exit(UsageError.exit_code)


def _list() -> None:
    from finetune.evaluation.registry import ENTRIES

    for entry in ENTRIES:
        click.echo(f"{entry.name:14} {entry.words}")


def _run(
    names: tuple[str, ...],
    mirror: Path | None,
    limit: int | None,
    seed: int,
    no_model: bool,
    spec: str | None,
    resume: Path | None,
    settings: Settings,
) -> dict[str, Any]:
    from assistant.assistant import Assistant
    from assistant.terminal.screen import counting
    from finetune.evaluation.registry import chosen
    from finetune.evaluation.running import Plan, run
    from finetune.evaluation.system import System
    from finetune.evaluation.table import as_json

    entries = chosen(names)
    if mirror is not None and not mirror.is_dir():
        raise UsageError(f"{mirror} is no folder; give the folder of the open data sets with --data")
    plan = Plan(mirror, limit, seed)
    with Assistant.open(settings, model=spec, use_model=not no_model) as assistant:
        system = System.of(assistant)
        folder = resume or settings.cache_folder / "evaluation" / system.key
        results = []
        for result in run([entry.load() for entry in entries], assistant, plan, folder, counting):
            results.append(result)
            _say_troubles(result)
        return as_json(results, system, plan)


def _say_troubles(result: Result) -> None:
    if result.skipped:
        click.echo(f"{result.measure}: left out, {result.skipped}", err=True)
    if result.errors:
        item, error = next(iter(result.errors.items()))
        click.echo(f"{result.measure}: {len(result.errors)} items could not be judged, first {item}: {error}", err=True)


def _show(told: dict[str, Any], json_file: str | None, readme: Path | None) -> None:
    from finetune.evaluation.table import figures_of, table, write_json, write_section

    figures = figures_of(told)
    if json_file == _STDOUT:
        click.echo(json.dumps(told, indent=1, ensure_ascii=False))
    else:
        for line in table(figures) if figures else ():
            click.echo(line)
        if json_file:
            write_json(told, Path(json_file))
    if readme is not None:
        write_section(readme, figures)


def _own_cases(
    file: Path,
    limit: int | None,
    seed: int,
    no_model: bool,
    spec: str | None,
    output: Path | None,
    json_file: str | None,
    settings: Settings,
) -> None:
    from assistant.assistant import Assistant
    from assistant.terminal.screen import counting
    from finetune.cases import read_cases
    from finetune.evaluation.diagnosing import matcher_of
    from finetune.evaluation.differential import describe, run, summarise
    from finetune.evaluation.table import write_json

    cases = read_cases(file, limit=limit, seed=seed)
    outcomes = []
    with Assistant.open(settings, model=spec, use_model=not no_model) as assistant:
        assistant.warm()
        with counting("cases", len(cases), 0) as one_more:
            for outcome, _ in run(assistant, cases, matcher_of(assistant)):
                outcomes.append(outcome)
                one_more(outcome.id)
    if output is not None:
        lines = "".join(json.dumps(asdict(one)) + "\n" for one in outcomes)
        try:
            output.write_text(lines, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"cannot write {output}: {error.strerror}") from error
    evaluation = summarise(outcomes, seed=seed)
    if json_file == _STDOUT:
        click.echo(json.dumps(evaluation.as_json(), indent=2))
        return
    describe(evaluation, click.echo)
    if json_file:
        write_json(evaluation.as_json(), Path(json_file))
