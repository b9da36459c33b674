"""The folder of a tuned query side that ships: the adapter, its record, its verdict, and a model card made of them.

Knows files and what must hold for them to ship. Does not train or judge.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from assistant.errors import TrainingError
from assistant.models.adapter import ADAPTER_WEIGHTS, CONFIG
from finetune.adapter_folder import RECORD
from finetune.retriever.judging import ALL, EVALUATION, RetrieverVerdict, read_verdict
from finetune.retriever.query_side import RetrieverRecord, read_record

CARD = "MODEL_CARD.md"
_KEPT = (ADAPTER_WEIGHTS, CONFIG, RECORD, EVALUATION)


def ship(folder: Path, target: Path, *, force: bool = False) -> tuple[str, ...]:
    """Copy an adapter that may ship to `target`, with a model card, and return the names of the files.

    Raises TrainingError when it was not evaluated or may not ship, unless forced, and when the target cannot be written.
    """
    record, verdict = read_record(folder), read_verdict(folder)
    if verdict is None or verdict.adapter_sha256 != record.adapter_sha256:
        raise TrainingError(f"{folder} was not evaluated; run 'wardround finetune evaluate {folder}' first")
    if verdict.verdict != "ship" and not force:
        raise TrainingError(f"{folder} may not ship: {verdict.why}; --force overrides this, and the card says so")
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name in _KEPT:
            shutil.copyfile(folder / name, target / name)
        (target / CARD).write_text(model_card(record, verdict), encoding="utf-8")
    except OSError as error:
        raise TrainingError(f"cannot write {target}: {error.strerror}; choose another --output") from error
    return (*_KEPT, CARD)


def model_card(record: RetrieverRecord, verdict: RetrieverVerdict) -> str:
    """Return the model card of an adapter: what it is, what it was made of, how good it is, and where it ends."""
    return "\n".join((_ABOUT, *_made_of(record), *_how_good(verdict), _LIMITS))


_ABOUT = """\
# Query side of the retriever, tuned to clinical questions and cases

A LoRA adapter for the sentence embedder that searches of the guideline index go through. Only queries pass through it:
passages are embedded by the untuned weights, so an index made before stays valid, and the untuned query side can be used
on it at any time. It maps short clinical questions, section titles, case narratives and lists of findings nearer to the
passages that answer them.

It finds text. It does not diagnose, and a passage it ranks first is not thereby right or current.
"""

_LIMITS = """\
## Limits

- English only. Trained on the texts above, on cases made of them by rule, and on what published or made-up patients are
  said to have; not on notes as clinicians type them.
- The judged queries come from the same kinds of source as the training, apart from the vignettes, which were never
  trained on. No name of their topics was learnt from; wording, style and neighbouring conditions were.
- The vignettes are examination questions in American English; gains on them may not carry over to real notes.
- Rare diseases are described in the training texts far more often than they are met in practice.
- Queries longer than 256 word pieces are cut.
"""


def _made_of(record: RetrieverRecord) -> list[str]:
    recipe, last = record.recipe, record.curve[-1]
    lora = recipe["lora"]
    rows = [
        f"| {one.what} | {one.licence} | {one.documents:,} | {one.documents_held_out:,} | {one.passages:,} | {one.pairs:,} "
        f"| `{one.sha256[:16]}` |"
        for one in record.sources
    ]
    kinds = ", ".join(f"{sum(counts.values()):,} {kind}" for kind, counts in record.pairs.items())
    return [
        "## Made of",
        "",
        f"Base: {record.base}{_licence(recipe)}, weights SHA-256 `{record.base_sha256}`.  ",
        f"Adapter: SHA-256 `{record.adapter_sha256}`, rank {lora['rank']}, alpha {lora['alpha']}, on "
        f"{', '.join(lora['targets'])}.",
        "",
        "| source | licence | documents | held out | passages | pairs | SHA-256 |",
        "| --- | --- | ---: | ---: | ---: | ---: | --- |",
        *rows,
        "",
        f"Pairs: {kinds} (SHA-256 `{record.pairs_sha256[:16]}`); {record.validation_pairs:,} more check the training. "
        f"Passages that can be negatives: {record.passages:,}. No text of any source is in this folder.",
        "",
        f"{recipe['steps']} steps of {recipe['batch']} pairs in {record.seconds / 60:.0f} minutes on a CPU, "
        f"{recipe['negatives']} hard negatives a pair found by searching the index anew at each step, "
        f"MultipleNegativesRankingLoss with scale {recipe['scale']:g}, learning rate {recipe['learning_rate']:g}, seed "
        f"{recipe['seed']}. Validation loss {record.curve[0].validation_loss} -> {last.validation_loss} "
        f"with the whole change, of which {100 * recipe['strength']:g} % is kept.",
        "",
    ]


def _licence(recipe: dict[str, Any]) -> str:
    """Return the licence of the base where it is known: that of the default one."""
    return " (Apache-2.0)" if recipe["base"] == "default" else ""


def _how_good(verdict: RetrieverVerdict) -> list[str]:
    rows = [
        f"| {gain.system} | {gain.type} | {gain.queries} | {gain.untuned:.3f} | {gain.tuned:.3f} | {gain.difference:+.3f} "
        f"({gain.low:+.3f} to {gain.high:+.3f}) |"
        for gain in verdict.gains
    ]
    return [
        "## How good",
        "",
        f"nDCG@10 on topics that were held out of the training, over {verdict.passages:,} passages; "
        f"{verdict.queries_left_out} queries were left out because something near their topic had been learnt from. "
        f"Differences are paired, with 95 % bootstrap intervals. '{ALL}' is the mean of the types.",
        "",
        "| search | queries | number | untuned | tuned | difference |",
        "| --- | --- | ---: | ---: | ---: | --- |",
        *rows,
        "",
        f"Verdict: **{verdict.verdict}** ({verdict.why}).",
        "",
    ]
