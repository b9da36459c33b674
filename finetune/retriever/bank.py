"""The passages of the index as a retriever meets them in training: their vectors, and which of them answer nothing here.

The side of the passages stays as it is, so a vector made once serves for every step, every passage of the index can be a
negative, and the hardest are found by searching the index anew with the query as it is understood by then. Knows vectors
and documents. Does not know how a query becomes a vector.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.errors import TrainingError
from finetune.retriever.pairs import Pair
from finetune.retriever.taught import Taught
from index.guideline_index import GuidelineIndex

# The very nearest are often right though not known to be; from here on they are wrong and still near.
_FIRST, _LAST = 2, 40
# SQLite's variables in one statement bound how many vectors are read at once.
_STEP = 500


class Bank:
    """The vectors of all passages that may be learnt from, with their documents."""

    def __init__(self, learnt: Taught, vectors: NDArray[np.float32]) -> None:
        import torch

        self._learnt = learnt
        self.vectors = torch.from_numpy(np.ascontiguousarray(vectors))
        passages = [(passage.id, document.number) for document in learnt.documents for passage in document.passages]
        self.place = {name: place for place, (name, _) in enumerate(passages)}
        self._document = torch.tensor([number for _, number in passages])

    @classmethod
    def of(cls, learnt: Taught, index: GuidelineIndex) -> Bank:
        """Read the vectors of an index."""
        names = [passage.id for document in learnt.documents for passage in document.passages]
        parts = [index.vectors_for(names[first : first + _STEP]) for first in range(0, len(names), _STEP)]
        return cls(learnt, np.concatenate(parts))

    @cached_property
    def related(self) -> tuple[frozenset[int], ...]:
        """For each document the numbers of those that share a name with it, its own among them."""
        named = self._learnt.by_key
        return tuple(
            frozenset(one.number for key in document.keys for one in named[key]) for document in self._learnt.documents
        )

    def negatives(self, queries: Any, batch: Sequence[Pair], count: int, near: int, draw: random.Random) -> Any:
        """Return the places of `count` passages for each query that do not answer it, as a tensor of queries by count.

        At most `near` are other sections of the query's own document. The others are of documents unrelated to any
        query of the batch, because the loss holds each negative against every query of it.
        """
        import torch

        scores = queries @ self.vectors.T
        barred = {number for pair in batch for number in self.related[pair.topic]}
        scores[:, torch.isin(self._document, torch.tensor(sorted(barred)))] = -torch.inf
        nearest = scores.topk(min(_LAST, len(self.place)), dim=1)
        rows = []
        for pair, found, values in zip(batch, nearest.indices.tolist(), nearest.values.tolist(), strict=True):
            own = [self.place[name] for name in draw.sample(pair.near, min(near, count, len(pair.near)))]
            others = [place for place, value in zip(found, values, strict=True) if value > -math.inf]
            rows.append(own + _some(others[_FIRST:] or others, count - len(own), draw))
        return torch.tensor(rows)

    def positives(self, batch: Sequence[Pair], draw: random.Random) -> Any:
        """Return the place of one answer to each query."""
        import torch

        return torch.tensor([self.place[pair.drawn(draw)] for pair in batch])


def _some(places: Sequence[int], count: int, draw: random.Random) -> list[int]:
    if count and not places:
        raise TrainingError(
            "too few conditions are described to tell one from another; name more sources, or lower batch"
        )
    return draw.sample(places, count) if len(places) >= count else draw.choices(places, k=count)
