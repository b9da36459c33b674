"""`wardround finetune` for the retriever: train its query side, judge it, and copy it to where it ships.

A thin shell: everything is done in `finetune/retriever/`, imported when a command runs.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from assistant.cli.index.progress import indexing_progress
from assistant.errors import UsageError
from assistant.settings import Settings, load_settings
from assistant.terminal.counting import counting
from assistant.terminal.screen import steps

if TYPE_CHECKING:
    from finetune.retrieval.judged import JudgedSet
    from finetune.retriever.judging import RetrieverVerdict
    from finetune.retriever.training import Step
    from index.guideline_index import GuidelineIndex

# Judged queries of each type: enough for an interval of a few hundredths, and for a look.
FULL, QUICK = 300, 40


def is_retriever(folder: Path) -> bool:
    """Say whether the folder holds a trained retriever, rather than an adapter of the language model."""
    try:
        return "pairs_sha256" in json.loads((folder / "training.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        return False


def train(config: Path, mirror: Path | None, output: Path | None, steps: int | None, as_json: bool) -> None:
    """Train the query side as a recipe says, with progress, and say where it is and how it went."""
    from finetune.retriever import tuning
    from finetune.retriever.recipe import RetrieverRecipe

    recipe = RetrieverRecipe.read(config, output=output, steps=steps)
    settings = load_settings()
    # One display for all parts: two bars at once would draw over each other.
    with counting() as count:
        watching = tuning.Watching(
            indexing=lambda step: count(f"indexing {Path(step.path).name}", step.passages_done, step.passages),
            pairing=lambda done, total: count("documents made into pairs", done, total),
            training=lambda step: count(_said(step), step.point.step, step.steps),
        )
        record = tuning.train(recipe, settings, mirror or settings.data_mirror, watching)
    if as_json:
        click.echo(record.model_dump_json(indent=2))
        return
    click.echo(
        f"{recipe.output}: {record.curve[-1].step} steps in {record.seconds:.0f} s ({record.pairs_per_second:.0f} pairs a "
        f"second), validation loss {record.curve[0].validation_loss} -> {record.curve[-1].validation_loss}; next: "
        f"wardround finetune evaluate {recipe.output}"
    )


def evaluate(folder: Path, mirror: Path | None, limit: int, as_json: bool) -> None:
    """Ask held-out queries by the tuned and the untuned side, keep the verdict beside the adapter, and print it."""
    settings = load_settings()
    mirror = mirror or settings.data_mirror
    if mirror is None:
        raise UsageError("a retriever is judged on the open data sets: give --data or set WARDROUND_DATA_MIRROR")
    verdict = _judged(folder, mirror, limit, settings)
    if as_json:
        click.echo(verdict.model_dump_json(indent=2))
        return
    click.echo(f"{'search':<8}{'queries':<18}{'number':>7}{'untuned':>9}{'tuned':>8}   difference (95 % interval)")
    for gain in verdict.gains:
        click.echo(
            f"{gain.system:<8}{gain.type:<18}{gain.queries:>7}{gain.untuned:>9.3f}{gain.tuned:>8.3f}"
            f"   {gain.difference:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})"
        )
    click.echo(f"{verdict.verdict}: {verdict.why}")


def ship(folder: Path, output: Path, *, force: bool) -> None:
    """Copy an adapter that may ship, with its model card."""
    from finetune.retriever.shipping import ship as ship_it

    click.echo(f"{output}: {', '.join(ship_it(folder, output, force=force))}")


def _judged(folder: Path, mirror: Path, limit: int, settings: Settings) -> RetrieverVerdict:
    from finetune.retrieval.corpora import checked_mirror, folder_for, index_of_corpora
    from finetune.retriever import judging, tuning
    from finetune.retriever.query_side import read_record
    from finetune.retriever.recipe import RetrieverRecipe

    record, mirror = read_record(folder), checked_mirror(mirror)
    recipe = RetrieverRecipe.model_validate(record.recipe | {"output": folder})
    untuned = tuning.untuned(recipe, settings)
    place = folder_for(settings.cache_folder, untuned.passages).with_suffix(".starter")
    with indexing_progress() as progress:
        index = index_of_corpora(mirror, place, untuned.passages, with_starter=True, progress=progress)
    with steps("drawing queries and reading cases"):
        learnt = tuning.learnt_passages(recipe, index, mirror)
        judged = _held_out(index, mirror, limit, settings)
    index.close()
    with tempfile.TemporaryDirectory() as workspace, counting() as count:
        tuned = tuning.tuned(untuned, folder, Path(workspace), settings.threads)
        verdict = judging.compare(place, untuned.passages, tuned, judged, learnt, record.adapter_sha256, count)
    judging.keep(verdict, folder)
    return verdict


def _held_out(index: GuidelineIndex, mirror: Path, limit: int, settings: Settings) -> JudgedSet:
    from assistant.cli.evaluate_retrieval import case_reader
    from finetune.retrieval.building import Draw, build

    return build(index, mirror, Draw(part="held-out", limit=limit), case_reader(settings)).judged


def _said(step: Step) -> str:
    return f"loss {step.point.loss:.3f}, {step.pairs_per_second:.0f} pairs a second, {step.minutes_left:.0f} min left"
