"""Whether an adapter may ship: base and adapter through the same assistant, on the same cases, judged in pairs.

Knows figures, intervals and the verdict. Does not know how either model was made. The cases are those whose diagnoses no
training example had.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
from pydantic import ValidationError

from assistant import reasoning
from assistant.assistant import Assistant
from assistant.errors import TrainingError
from assistant.models.language_model import LanguageModel
from assistant.models.spec import open_model
from assistant.settings import Settings
from finetune.adapter_folder import read_record
from finetune.cases import GoldCase
from finetune.evaluation.differential import Share, case_of, run, share
from finetune.examples import Example, PreparedData
from finetune.gold import GoldMatcher
from index.document import Frozen

_Row = TypeVar("_Row")
Verdict = Literal["ship", "do not ship"]
EVALUATION = "evaluation.json"
# What an adapter is trained for: it must be better here, and worse nowhere.
DECIDING = "gold scored best of the candidates"
FIRST, AMONG_FIVE, UNREPEATED = "gold first", "gold among the first five", "no sentence repeated"
# A job that is not trained for, and that an adapter may have unlearnt.
SUMMARISED = "summary that the case supports"


@dataclass(frozen=True)
class Amount:
    """How many held-out examples are scored and how many cases are assessed; None for all."""

    scored: int | None
    assessed: int | None


FULL, QUICK = Amount(None, None), Amount(24, 6)


class Figure(Frozen):
    """One figure of both models on the same cases, and their difference with its 95 % interval."""

    name: str
    cases: int
    base: float
    adapter: float
    difference: Share


class Comparison(Frozen):
    """The table, the verdict, and what it was made with."""

    base: str
    adapter: str
    adapter_sha256: str
    data_sha256: str
    quick: bool
    figures: tuple[Figure, ...]
    verdict: Verdict
    why: str


Hits = Mapping[str, Sequence[float]]
Progress = Callable[[str], None]


def compare(
    assistant: Assistant,
    adapter: Path,
    data: PreparedData,
    settings: Settings,
    *,
    quick: bool = False,
    progress: Progress = lambda step: None,
) -> Comparison:
    """Measure base and adapter, write the comparison beside the adapter, and return it.

    Raises TrainingError when the adapter was trained on other data, and ModelMissing when the base is not here.
    """
    record = read_record(adapter)
    if record.data_sha256 != data.card_sha256:
        raise TrainingError(f"{adapter} was not trained on {data.folder}, so its held-out cases may have been learnt")
    amount = QUICK if quick else FULL
    base, adapted = (
        _measured(assistant, open_model(spec, settings), data, amount, progress)
        for spec in (record.base_spec, f"{record.base_spec}+adapter={adapter}")
    )
    comparison = judge(base, adapted).model_copy(
        update={
            "base": record.base,
            "adapter": adapter.name,
            "adapter_sha256": record.adapter_sha256,
            "data_sha256": data.card_sha256,
            "quick": quick,
        }
    )
    (adapter / EVALUATION).write_text(comparison.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return comparison


def judge(base: Hits, adapter: Hits, *, seed: int = 7) -> Comparison:
    """Return the table and the verdict: better where it counts, and worse nowhere, by intervals that exclude zero."""
    figures = tuple(_figure(name, base[name], adapter[name], np.random.default_rng(seed)) for name in base)
    worse = [figure.name for figure in figures if figure.difference.high < 0]
    deciding = next(figure for figure in figures if figure.name == DECIDING)
    if worse:
        verdict, why = "do not ship", f"worse than the base: {', '.join(worse)}"
    elif deciding.difference.low <= 0:
        verdict, why = "do not ship", f"no difference that excludes zero: {DECIDING}"
    else:
        verdict, why = "ship", f"better than the base: {DECIDING}; worse nowhere"
    return Comparison(
        base="", adapter="", adapter_sha256="", data_sha256="", quick=False, figures=figures, verdict=verdict, why=why
    )


def read_comparison(adapter: Path) -> Comparison | None:
    """Return the comparison written beside an adapter; None where there is none that can be read."""
    try:
        return Comparison.model_validate_json((adapter / EVALUATION).read_bytes())
    except (OSError, ValidationError):
        return None


def _figure(name: str, base: Sequence[float], adapter: Sequence[float], generator: np.random.Generator) -> Figure:
    differences = [after - before for before, after in zip(base, adapter, strict=True)]
    means = [round(float(np.mean(values)), 4) if values else 0.0 for values in (base, adapter)]
    return Figure(name=name, cases=len(base), base=means[0], adapter=means[1], difference=share(differences, generator))


def _measured(
    assistant: Assistant, model: LanguageModel, data: PreparedData, amount: Amount, progress: Progress
) -> Hits:
    """Return what one model scores on each held-out case, in the same order for every model."""
    held_out = data.held_out()
    cases = {case.id: case for case in held_out}
    examples = _sample(data.examples("validation", "weigh"), amount.scored, data.card.seed)
    serving = assistant.with_model(model)
    try:
        serving.warm()
        best = []
        for number, example in enumerate(examples, 1):
            progress(f"{_called(model)}: scoring {number} of {len(examples)}")
            best.append(_scored_best(serving, model, example, cases[example.case_id]))
        assessed = _sample(held_out, amount.assessed, data.card.seed)
        matcher = GoldMatcher(assistant.index.conditions().values())
        outcomes, summarised = [], []
        for outcome, assessment in run(serving, assessed, matcher):
            outcomes.append(outcome)
            own = assessment.summary not in ("", reasoning.brief(assessment.case).capitalize())
            summarised.append(float(own))
            progress(f"{_called(model)}: assessing {len(outcomes)} of {len(assessed)}")
    finally:
        close = getattr(model, "close", None)
        if close is not None:
            close()
    return {
        DECIDING: best,
        FIRST: [float(one.place == 1) for one in outcomes],
        AMONG_FIVE: [float(one.place is not None and one.place <= 5) for one in outcomes],
        SUMMARISED: summarised,
        UNREPEATED: [float(one.repeated_sentences == 0) for one in outcomes],
    }


def _called(model: LanguageModel) -> str:
    return f"{model.identity.name}{' with the adapter' if model.identity.adapter else ''}"


def _scored_best(assistant: Assistant, model: LanguageModel, example: Example, gold: GoldCase) -> float:
    """Return 1 when the served way of weighing gives the gold diagnosis the largest share, else 0."""
    opinions = reasoning.weigh(case_of(assistant, gold), example.choices, model)
    return float(bool(opinions) and max(opinions, key=lambda name: opinions[name]) == example.completion)


def _sample(rows: Sequence[_Row], limit: int | None, seed: int) -> list[_Row]:
    if limit is None or limit >= len(rows):
        return list(rows)
    kept = sorted(random.Random(seed).sample(range(len(rows)), limit))  # noqa: S311 - a sample, not a secret
    return [rows[place] for place in kept]
