"""`wardround ask`: assess one case, or a file of many."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import click

from assistant.errors import UsageError
from assistant.settings import load_settings

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.batch import BatchOutcome, Written

# Each option with those it cannot go with, and why.
_APART: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("--schema", ("CASE", "--batch", "--output", "--explain"), "the schema is the same for every case"),
    ("CASE", ("--batch", "--output"), "give one case, or a file of many"),
    ("--model", ("--no-model",), "choose one"),
    ("--explain", ("--json", "--batch", "--numbers", "--all", "--model"), "it shows how one text was read, no more"),
    ("--json", ("--numbers", "--all"), "JSON holds every score and every diagnosis"),
    ("--batch", ("--numbers", "--all"), "its JSON lines hold every score and every diagnosis"),
)


@dataclass(frozen=True)
class _Request:
    """What the command line asks for."""

    case: str | None
    as_json: bool
    schema: bool
    batch: Path | None
    output: Path | None
    model: str | None
    no_model: bool
    numbers: bool
    everything: bool
    explain: str | None

    def check(self) -> None:
        """Raise UsageError when two options contradict each other, or what they need is not there."""
        given = self._given()
        for one, others, why in _APART:
            for other in others:
                if {one, other} <= given:
                    raise UsageError(f"{one} and {other} cannot be given together: {why}")
        if "--batch" in given and "--output" not in given:
            raise UsageError("--batch needs --output OUT.jsonl, the file to write one line a case to")
        if "--output" in given and "--batch" not in given:
            raise UsageError("--output goes with --batch IN.jsonl; for one case use --json and redirect it to a file")
        if not given & {"CASE", "--batch", "--schema"}:
            raise UsageError("give a case: a text in quotes, a file name, or '-' for standard input; --batch for many")

    def _given(self) -> set[str]:
        names = {"case": "CASE", "as_json": "--json", "everything": "--all"}
        values = {names.get(name, f"--{name.replace('_', '-')}"): value for name, value in vars(self).items()}
        return {name for name, value in values.items() if value is not None and value is not False}


@click.command()
@click.argument("case", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the assessment as one JSON object, for programs.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of that object; needs no case.")
@click.option("--batch", type=click.Path(path_type=Path), help='Assess many cases: JSON lines {"id", "text"}.')
@click.option("--output", type=click.Path(path_type=Path), help="Where --batch writes one JSON line a case.")
@click.option("--model", help="Another language model than the one in use; see 'wardround models list'.")
@click.option("--no-model", is_flag=True, help="Index and code only, without a language model.")
@click.option("--numbers", is_flag=True, help="Show rank scores too; they are not calibrated chances.")
@click.option("--all", "everything", is_flag=True, help="Show every diagnosis in full.")
@click.option("--explain", type=click.Choice(["reading"]), help="Show how the text was read instead of assessing it.")
def command(**options: Any) -> None:
    """Assess CASE: a text in quotes, the name of a text file, or - for standard input.

    A batch that was interrupted goes on where it stopped when the same command is given again.

    \b
    wardround ask "58-year-old man, crushing chest pain for an hour, sweating"
    wardround ask case.txt --json
    wardround ask --batch cases.jsonl --output assessed.jsonl
    """
    request = _Request(**options)
    request.check()
    if request.schema:
        click.echo(json.dumps(_schema(), indent=2))
    elif request.batch is not None and request.output is not None:
        _ask_many(request, request.batch, request.output)
    else:
        _ask_one(request, request.case or "")


def _schema() -> dict[str, Any]:
    from assistant.assessment import Assessment

    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return dialect | Assessment.model_json_schema(mode="serialization")


def _ask_one(request: _Request, argument: str) -> None:
    from assistant.assistant import Assistant
    from assistant.case_input import case_text
    from assistant.citation_numbers import CitationNumbers
    from assistant.terminal.assessment_view import full_view
    from assistant.terminal.reading_view import reading_view
    from assistant.terminal.screen import Screen, steps

    text, settings = case_text(argument), load_settings()
    use_model = not (request.no_model or request.explain)
    with (
        steps("opening the index") as step,
        Assistant.open(settings, model=request.model, use_model=use_model) as assistant,
        nullcontext() if request.explain else assistant.warming(),
    ):
        case = assistant.read(text)
        assessment = None if request.explain else assistant.assess(case, progress=step)
    if assessment is None:
        Screen.standard().show(reading_view(case))
    elif request.as_json:
        click.echo(assessment.model_dump_json(by_alias=True, indent=2))
    else:
        view = full_view(assessment, CitationNumbers(), numbers=request.numbers, everything=request.everything)
        Screen.standard().show(view)


def _ask_many(request: _Request, inputs: Path, output: Path) -> None:
    from assistant.assistant import Assistant
    from assistant.batch import count_inputs, finished

    # Wrong files are named before the models are loaded, and a finished batch loads none.
    total, before = count_inputs(inputs), finished(inputs, output)
    outcomes: list[BatchOutcome] = []
    if before.cases < total:
        with Assistant.open(load_settings(), model=request.model, use_model=not request.no_model) as assistant:
            assistant.warm()
            outcomes = _run(assistant, inputs, output, total, before)
    click.echo(_summary(request, total, before, outcomes))
    if total and before.errors + sum(bool(outcome.error) for outcome in outcomes) == total:
        raise UsageError(f"no case of {inputs} could be assessed; each line of {output} says why")


def _run(assistant: Assistant, inputs: Path, output: Path, total: int, before: Written) -> list[BatchOutcome]:
    from assistant.batch import run_batch
    from assistant.terminal.screen import counting

    outcomes = []
    with counting("cases", total, before.cases) as done:
        for outcome in run_batch(assistant, inputs, output):
            outcomes.append(outcome)
            done(f"{outcome.seconds:.1f} s for case {outcome.id}" + (f": {outcome.error}" if outcome.error else ""))
    return outcomes


def _summary(request: _Request, total: int, before: Written, outcomes: list[BatchOutcome]) -> str:
    seconds = [outcome.seconds for outcome in outcomes if not outcome.error]
    typical = round(median(seconds), 2) if seconds else None
    errors = before.errors + sum(bool(outcome.error) for outcome in outcomes)
    if request.as_json:
        facts = {"cases": total, "done_before": before.cases, "errors": errors, "median_seconds": typical}
        return json.dumps(facts | {"output": str(request.output)}, indent=2)
    said = [f"{total - errors} of {total} cases assessed", f"{errors} errors"]
    said += [f"{before.cases} done before"] if before.cases else []
    said += [f"median {typical:.1f} s a case"] if typical is not None else []
    return f"{', '.join(said)}; written to {request.output}"
