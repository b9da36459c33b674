"""Which examples each step sees: shuffled anew each epoch, and grouped by length so that little is padding.

A pure function of seed and step, so that a run taken up again sees what it would have seen.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

# Batches are cut from windows of this many batches sorted by length: wide enough to save padding, narrow enough to mix.
_WINDOW = 8


def batch_of_step(step: int, lengths: Sequence[int], size: int, seed: int) -> list[int]:
    """Return the positions of the examples that the step (from 0) sees."""
    epoch, place = divmod(step, -(-len(lengths) // size))
    return _epoch(lengths, size, f"{seed}/{epoch}")[place]


def _epoch(lengths: Sequence[int], size: int, seed: str) -> list[list[int]]:
    """Return one pass over all examples as batches, in an order that says nothing of their lengths."""
    draw = random.Random(seed)  # noqa: S311 - an order, not a secret
    order = list(range(len(lengths)))
    draw.shuffle(order)
    wide = size * _WINDOW
    windows = [sorted(order[start : start + wide], key=lengths.__getitem__) for start in range(0, len(order), wide)]
    # Only the last batch may be short: the windows before the last are whole multiples of the size.
    batches = [window[start : start + size] for window in windows for start in range(0, len(window), size)]
    draw.shuffle(batches)
    return batches
