"""The loop every training shares: make the steps that are not done yet, look how it goes, keep what can be taken up again.

Knows steps and when to do what. Does not know what a step learns.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune import checkpoints
from finetune.checkpoints import Point, RunState


@dataclass(frozen=True)
class Course:
    """Which run this is, where it is kept, and how often what is done; with several processes only one `keeps` it."""

    run: str
    folder: Path
    steps: int
    checkpoint_every: int
    validate_every: int
    keeps: bool = True


@dataclass(frozen=True)
class Work:
    """What a training brings to the loop: one step (its loss and how many tokens were read), its rate, and a check."""

    step: Callable[[int], tuple[float, int]]
    learning_rate: Callable[[int], float]
    validation_loss: Callable[[], float]


def follow(
    course: Course,
    work: Work,
    parameters: Mapping[str, Any],
    optimiser: Any,
    report: Callable[[Point, RunState], None],
) -> RunState:
    """Make all steps that are not done yet, keeping a checkpoint every so often, and return where it ended.

    Raises TrainingError when the folder holds a checkpoint of another run, or the disk refuses.
    """
    state = checkpoints.restore(course.folder, course.run, parameters, optimiser) or _begun(course, work)
    while state.step < course.steps:
        started = time.perf_counter()
        loss, tokens = work.step(state.step)
        number = state.step + 1
        last = number == course.steps
        checked = work.validation_loss() if last or number % course.validate_every == 0 else None
        rate = work.learning_rate(state.step)
        point = Point(step=number, loss=loss, learning_rate=rate, validation_loss=checked)
        state = RunState(
            run=state.run,
            step=number,
            seconds=state.seconds + time.perf_counter() - started,
            tokens=state.tokens + tokens,
            curve=(*state.curve, point),
        )
        if (last or number % course.checkpoint_every == 0) and course.keeps:
            checkpoints.save(course.folder, state, parameters, optimiser)
        report(point, state)
    return state


def _begun(course: Course, work: Work) -> RunState:
    first = Point(step=0, loss=None, learning_rate=0.0, validation_loss=work.validation_loss())
    return RunState(run=course.run, step=0, seconds=0.0, tokens=0, curve=(first,))
