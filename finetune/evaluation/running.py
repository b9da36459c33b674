"""One evaluation from end to end: every measure's items judged or remembered, one table of figures at the end.

Knows measures, folders and errors. Does not know data sets or terminals.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from assistant.assistant import Assistant
from assistant.errors import UsageError
from finetune.evaluation.keeping import ERROR, OutcomeFile
from finetune.evaluation.measure import Figure, Item, Measure, Outcome
from finetune.evaluation.remembering import RememberingAssistant
from finetune.evaluation.system import System, judge_key

# Shows how many of many are done: what is counted, how many, how many already; then one call each, with a note.
Counting = Callable[[str, int, int], AbstractContextManager[Callable[[str], None]]]
_ORDER_SEED = 11


@runtime_checkable
class Detailed(Protocol):
    """A measure with more to tell than figures, such as the points of a curve; goes into the JSON."""

    def details(self, outcomes: Sequence[Outcome], seed: int) -> Mapping[str, Any]:
        """Return JSON values by name."""
        ...


@dataclass(frozen=True)
class Plan:
    """What is asked for: the data sets, how many items of each measure (None for all), the seed of the draw."""

    mirror: Path | None
    limit: int | None
    seed: int


@dataclass(frozen=True)
class Result:
    """What one measure found; `skipped` says why it did not run, `errors` which items could not be judged, by id."""

    measure: str
    figures: tuple[Figure, ...] = ()
    items: int = 0
    seconds: float = 0.0
    errors: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    skipped: str = ""


def run(
    measures: Sequence[Measure], assistant: Assistant, plan: Plan, folder: Path, counting: Counting
) -> Iterator[Result]:
    """Yield each measure's result as it is known; what was judged before in this folder is not judged again.

    An item that cannot be used is told among the errors and tried again by the next run; any other error ends the run.
    Raises UsageError where the folder holds outcomes of another system.
    """
    System.of(assistant).claim(folder)
    remembering = RememberingAssistant.of(assistant, folder)
    try:
        for measure in measures:
            yield _run_one(measure, remembering, plan, folder, counting)
    finally:
        remembering.put_down()


def _run_one(measure: Measure, assistant: Assistant, plan: Plan, folder: Path, counting: Counting) -> Result:
    if getattr(measure, "needs_model", False) and assistant.model is None:
        return Result(measure.name, skipped="it measures the language model, and none is in use")
    if plan.mirror is None and getattr(measure, "needs_data", True):
        return Result(measure.name, skipped="no data sets; give --data FOLDER or set WARDROUND_DATA_MIRROR")
    try:
        items = measure.items(plan.mirror or Path(), plan.limit, plan.seed)
    except UsageError as error:
        return Result(measure.name, skipped=str(error))
    limit = "all" if plan.limit is None else str(plan.limit)
    kept = OutcomeFile(folder / f"{measure.name}-{limit}-seed{plan.seed}-{judge_key(plan.mirror)}.jsonl")
    outcomes = list(_judged(measure, items, assistant, kept, counting))
    judged = [one for one in outcomes if ERROR not in one]
    return Result(
        measure=measure.name,
        figures=tuple(measure.figures(judged, plan.seed)),
        items=len(judged),
        seconds=round(sum(float(one.get("seconds", 0.0)) for one in outcomes), 1),
        errors={str(one["id"]): str(one[ERROR]) for one in outcomes if ERROR in one},
        details=measure.details(judged, plan.seed) if isinstance(measure, Detailed) else {},
    )


def _judged(
    measure: Measure, items: Sequence[Item], assistant: Assistant, kept: OutcomeFile, counting: Counting
) -> Iterator[Outcome]:
    """Yield the outcomes in the order of the items; judged in a mixed order, so that the time to go is told rightly."""
    known = {item.id: kept.get(item.id) for item in items}
    missing = [item for item in items if known[item.id] is None]
    random.Random(_ORDER_SEED).shuffle(missing)  # noqa: S311 - an order, not a secret
    if missing:
        with counting(measure.name, len(items), len(items) - len(missing)) as one_more:
            for item in missing:
                known[item.id] = kept.keep(item.id, _judge(measure, item, assistant))
                one_more(item.id)
    yield from (outcome for item in items if (outcome := known[item.id]) is not None)


def _judge(measure: Measure, item: Item, assistant: Assistant) -> Outcome:
    started = time.perf_counter()
    try:
        outcome = measure.judge(item, assistant)
    except UsageError as error:
        # This item cannot be used. Any other error is of the system, and would be of every item.
        outcome = {ERROR: str(error)}
    return {**outcome, "seconds": round(time.perf_counter() - started, 3)}
