"""`wardround finetune`: prepare examples, train an adapter, evaluate it, export it; and fit the ranking's weights.

A thin shell: everything is done in `finetune/`, imported when a command runs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from assistant.cli import finetune_retriever
from assistant.errors import TrainingError, UsageError
from assistant.settings import load_settings

if TYPE_CHECKING:
    from finetune.comparing import Comparison
    from finetune.examples import DataCard, Example
    from finetune.training import Step

_FILE = click.Path(path_type=Path)


@click.group("finetune")
def command() -> None:
    """Adapt the language model to cases with a known diagnosis, and find out whether it helped.

    \b
    wardround finetune prepare --cases cases.jsonl --licence "CC BY 4.0" --output runs/data
    wardround finetune train --config finetune/configs/default.yaml
    wardround finetune evaluate runs/default-adapter
    wardround finetune export runs/default-adapter --output runs/exported
    """


@command.command()
@click.option("--cases", "file", type=_FILE, help="JSON lines or CSV of cases with a gold diagnosis.")
@click.option("--output", type=_FILE, required=True, help="The folder of prepared data.")
@click.option("--licence", default="", help="The licence the cases are under; kept with every example.")
@click.option("--limit", type=click.IntRange(2), help="A seeded random sample of this many cases.")
@click.option("--seed", type=int, default=7, show_default=True)
@click.option("--show", type=click.IntRange(0), default=0, help="Print this many examples as the model sees them.")
@click.option("--json", "as_json", is_flag=True, help="Print the data card as JSON.")
def prepare(
    file: Path | None, output: Path, licence: str, limit: int | None, seed: int, show: int, as_json: bool
) -> None:
    """Turn cases into examples, through the assistant exactly as it is served. Without --cases, only --show.

    \b
    wardround finetune prepare --cases vignettes.csv --licence MIT --output runs/data --show 3
    wardround finetune prepare --output runs/data --show 3
    """
    from finetune.examples import PreparedData

    if file is not None:
        from assistant.assistant import Assistant
        from finetune import preparing

        with Assistant.open(load_settings(), use_model=False) as assistant, _bar("cases") as advance:
            preparing.prepare(assistant, file, output, licence=licence, limit=limit, seed=seed, progress=advance)
    elif not show:
        raise UsageError("give --cases FILE to prepare data, or --show N to look at what is prepared")
    data = PreparedData.open(output)
    if as_json:
        click.echo(data.card.model_dump_json(indent=2))
    else:
        _say_card(data.card)
    for example in data.examples("train")[:show]:
        _show(example)


@command.command()
@click.option("--config", type=_FILE, required=True, help="The recipe: finetune/configs/default.yaml is one.")
@click.option("--data", type=_FILE, help="Prepared data, instead of the recipe's.")
@click.option("--output", type=_FILE, help="The adapter's folder, instead of the recipe's.")
@click.option("--steps", type=click.IntRange(1), help="How many steps, instead of the recipe's.")
@click.option("--json", "as_json", is_flag=True, help="Print the training record as JSON.")
@click.option("--task", type=click.Choice(("adapter", "retriever")), default="adapter", show_default=True)
def train(config: Path, data: Path | None, output: Path | None, steps: int | None, as_json: bool, task: str) -> None:
    """Train an adapter; run again after an interruption, it goes on where it was.

    With --task retriever it is the search that learns: queries of the guideline index, from open data sets (--data).

    \b
    wardround finetune train --config finetune/configs/default.yaml
    wardround finetune train --task retriever --config finetune/configs/retriever.yaml --data ~/open-data
    """
    if task == "retriever":
        finetune_retriever.train(config, data, output, steps, as_json)
        return
    from finetune import training
    from finetune.recipe import Recipe

    recipe = Recipe.read(config, data=data, output=output, steps=steps)
    with _bar("steps") as advance:
        record = training.train(recipe, load_settings(), lambda step: advance(step.point.step, step.steps, _said(step)))
    if as_json:
        click.echo(record.model_dump_json(indent=2))
        return
    first, last = record.curve[0], record.curve[-1]
    click.echo(
        f"{recipe.output}: {last.step} steps on {record.examples} examples in {record.seconds:.0f} s "
        f"({record.tokens_per_second:.0f} tokens a second); validation loss {first.validation_loss} -> "
        f"{last.validation_loss}; next: wardround finetune evaluate {recipe.output}"
    )


@command.command()
@click.argument("adapter", type=_FILE)
@click.option("--data", type=_FILE, help="The prepared data it was trained on; the recipe's folder where not given.")
@click.option("--quick", is_flag=True, help="A few cases only: minutes, and wide intervals.")
@click.option("--json", "as_json", is_flag=True, help="Print every figure, its interval and the verdict as JSON.")
def evaluate(adapter: Path, data: Path | None, quick: bool, as_json: bool) -> None:
    """Run base and adapter on the same held-out cases and say whether the adapter may ship.

    \b
    wardround finetune evaluate runs/default-adapter --quick
    """
    if finetune_retriever.is_retriever(adapter):
        limit = finetune_retriever.QUICK if quick else finetune_retriever.FULL
        finetune_retriever.evaluate(adapter, data, limit, as_json)
        return
    from assistant.assistant import Assistant
    from assistant.terminal.screen import steps
    from finetune.adapter_folder import read_record
    from finetune.comparing import compare
    from finetune.examples import PreparedData

    settings = load_settings()
    prepared = PreparedData.open(data or Path(read_record(adapter).recipe["data"]))
    with Assistant.open(settings, use_model=False) as assistant, steps("evaluating") as progress:
        comparison = compare(assistant, adapter, prepared, settings, quick=quick, progress=progress)
    if as_json:
        click.echo(comparison.model_dump_json(indent=2))
    else:
        _say_comparison(comparison)


@command.command()
@click.argument("adapter", type=_FILE)
@click.option("--output", type=_FILE, required=True, help="The folder to write; it must not exist.")
@click.option("--force", is_flag=True, help="Export without a 'ship' verdict; the manifest says so.")
def export(adapter: Path, output: Path, force: bool) -> None:
    """Write a folder the assistant can serve, with a manifest; only what evaluation lets ship.

    \b
    wardround finetune export runs/default-adapter --output runs/exported
    """
    if finetune_retriever.is_retriever(adapter):
        finetune_retriever.ship(adapter, output, force=force)
        return
    from finetune import exporting

    manifest = exporting.export(adapter, output, load_settings(), force=force)
    parity = "" if manifest.parity is None else f"; both runtimes answer alike over {manifest.parity.agreement:.0%}"
    click.echo(f"{output}: {', '.join(manifest.files)}{parity}")
    click.echo(f"serve it with: wardround models use {manifest.base_spec}+adapter={output}")


@command.command()
@click.option("--cases", "file", type=_FILE, required=True, help="JSON lines or CSV of cases with a gold diagnosis.")
@click.option("--limit", type=click.IntRange(2), help="A seeded random sample of this many cases.")
@click.option("--seed", type=int, default=7, show_default=True)
@click.option("--write", type=_FILE, help="Write the weights file here, in the form of assistant/data/ranking.yaml.")
@click.option(
    "--keep-weights", is_flag=True, help="Leave the order as it is: fit what makes likelihoods of scores alone."
)
@click.option("--ablate", is_flag=True, help="Also fit without each source of evidence, to see what it is worth.")
@click.option("--json", "as_json", is_flag=True, help="Print the fit as JSON.")
def ranking(
    file: Path, limit: int | None, seed: int, write: Path | None, keep_weights: bool, ablate: bool, as_json: bool
) -> None:
    """Fit and calibrate what orders the differential, and say how well it carries over to unseen cases.

    \b
    wardround finetune ranking --cases vignettes.csv --write assistant/data/ranking.yaml
    """
    from dataclasses import asdict

    from assistant.assistant import Assistant
    from assistant.ranking import load_weights
    from finetune.cases import read_cases
    from finetune.gold import GoldMatcher
    from finetune.ranking import choices, fitting, writing

    current = load_weights()
    names = list(current.weights)
    cases = read_cases(file, limit=limit, seed=seed)
    data = []
    with Assistant.open(load_settings(), use_model=False) as assistant, _bar("cases") as advance:
        matcher = GoldMatcher(assistant.index.conditions().values())
        for choice in choices.choices(assistant, cases, matcher, names):
            data.append(choice)
            advance(len(data), len(cases))
    by_hand = {name: current.weights[name] for name in (names if keep_weights else fitting.BY_HAND)}
    fitted = fitting.fit(data, names, by_hand, coverage=current.coverage, seed=seed)
    writing.describe(fitted, lambda line: click.echo(line, err=True))
    for source, left_out in fitting.SOURCES.items() if ablate else ():
        rest = fitting.fit(fitting.without(data, names, left_out), names, by_hand, seed=seed)
        click.echo(f"without {source}: first {rest.top1:.1%}, among five {rest.top5:.1%}", err=True)
    text = writing.as_yaml(fitted, current)
    click.echo(json.dumps(asdict(fitted), indent=2) if as_json else text, nl=as_json)
    _keep(text, write)


@command.command()
@click.option("--cases", "file", type=_FILE, required=True, help="JSON lines of cases as HPO ids with a gold OMIM id.")
@click.option("--seed", type=int, default=7, show_default=True, help="Of the split into two halves of the diseases.")
@click.option("--write", type=_FILE, help="Write the weights file here, in the form of index/phenotypes/weights.yaml.")
def phenotypes(file: Path, seed: int, write: Path | None) -> None:
    """Fit the weights that rank diseases by annotated phenotypes, and judge them on the other half of the diseases.

    \b
    wardround finetune phenotypes --cases phenopackets.jsonl --write index/phenotypes/weights.yaml
    """
    from assistant.models.catalogue import phenotypes_file
    from finetune import phenotype_fit
    from finetune.cases import read_cases
    from index.phenotypes import PhenotypeKnowledge

    knowledge = PhenotypeKnowledge.from_file(phenotypes_file(load_settings()))
    with _bar("cases") as advance:
        fitted = phenotype_fit.fit(knowledge, read_cases(file), seed=seed, advance=advance)
    text = fitted.as_yaml()
    click.echo(text, nl=False)
    _keep(text, write)


def _keep(text: str, file: Path | None) -> None:
    """Write a weights file where one was asked for. Raises TrainingError when that cannot be done."""
    if file is not None:
        try:
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise TrainingError(f"cannot write {file}: {error.strerror}; choose another --write") from error


@contextmanager
def _bar(what: str) -> Iterator[Callable[..., None]]:
    """Show progress on standard error: a bar on a terminal, else a plain line every few seconds."""
    from assistant.terminal.screen import steps

    if not sys.stderr.isatty():
        with steps() as say:
            yield lambda done, total, said="": say(f"{what} {done} of {total} {said}".rstrip())
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns: tuple[Any, ...] = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.fields[said]}"), console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=None, said="")
        yield lambda done, total, said="": bar.update(task, completed=done, total=total, said=said)


def _said(step: Step) -> str:
    validation = "" if step.point.validation_loss is None else f", validation {step.point.validation_loss:.3f}"
    return f"loss {step.point.loss:.3f}{validation}, {step.tokens_per_second:.0f} tokens/s"


def _say_card(card: DataCard) -> None:
    click.echo(
        f"{card.cases} cases ({card.duplicates_removed} duplicates removed, {card.unreadable} unreadable); the known "
        f"diagnosis is among the candidates of {card.gold_among_candidates}; {card.held_out_cases} cases held out"
    )
    for part, counts in card.examples.items():
        kinds = ", ".join(f"{count} {prompt}" for prompt, count in counts.items())
        click.echo(f"{part}: {card.diagnoses[part]} diagnoses; examples: {kinds or 'none'}")


def _show(example: Example) -> None:
    click.secho(f"\n{example.id}  {example.licence}", dim=True)
    for message in example.messages:
        click.echo(f"{message.role}: {message.content}")
    click.echo("assistant: " + click.style(example.completion, fg="green", bold=True))


def _say_comparison(comparison: Comparison) -> None:
    click.echo(f"{'figure':<36}{'cases':>6}{'base':>8}{'adapter':>9}   difference (95 % interval)")
    for figure in comparison.figures:
        by = figure.difference
        click.echo(
            f"{figure.name:<36}{figure.cases:>6}{figure.base:>8.1%}{figure.adapter:>9.1%}"
            f"   {by.value:+.1%} ({by.low:+.1%} to {by.high:+.1%})"
        )
    click.echo(f"{comparison.verdict}: {comparison.why}")
