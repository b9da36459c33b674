"""What a measure is: items of a data set, one judged outcome each, and the figures of the table that outcomes add up to.

An outcome is one flat JSON object, written as soon as it is known, so that a run goes on where it was stopped. Knows shapes
only. Does not know any data set, nor how a run is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from assistant.assistant import Assistant

Outcome = Mapping[str, Any]


@dataclass(frozen=True)
class Figure:
    """One figure of the table with its 95 % interval: shares in [0, 1], other figures in `unit`.

    `target` is what was set out to be reached, in the same unit, and `least` says which way is good: True where the value
    must be at least the target, False where at most.
    """

    measure: str
    name: str
    value: float
    low: float
    high: float
    items: int
    unit: str = ""
    target: float | None = None
    least: bool = True

    @property
    def is_reached(self) -> bool | None:
        """Whether the target is reached; None where there is none."""
        if self.target is None:
            return None
        return self.value >= self.target if self.least else self.value <= self.target


@dataclass(frozen=True)
class Item:
    """One thing to be judged: its id, stable between runs, and what the measure that made it needs to judge it."""

    id: str
    content: Any


class Measure(Protocol):
    """A row or several of the table."""

    @property
    def name(self) -> str:
        """The name the command line knows it by, such as "phenopackets"."""
        ...

    def items(self, mirror: Path, limit: int | None, seed: int) -> Sequence[Item]:
        """Return the items, or a seeded random sample of them; raises UsageError where the data set is not there."""
        ...

    def judge(self, item: Item, assistant: Assistant) -> Outcome:
        """Return the outcome of one item: flat and JSON-able; the runner adds "id" and "seconds"."""
        ...

    def figures(self, outcomes: Sequence[Outcome], seed: int) -> Sequence[Figure]:
        """Return what the outcomes add up to, with intervals by bootstrap over items."""
        ...
