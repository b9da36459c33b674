"""Tell whether one embedder ranks as well as another, by how well the heading of a passage finds its text.

The passages are their own judgement, so any corpus will do: the question is the title and headings, what must be found is
the text under them without either. Knows vectors and nDCG. Does not know how embedders differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]

_DEPTH = 10
_JOINT = ": "


class KnownItems:
    """Questions and texts, and which texts answer which question."""

    def __init__(self, passages: Sequence[str]) -> None:
        pairs = [passage.split(_JOINT, 1) for passage in passages if _JOINT in passage]
        self.texts = [text for _, text in pairs]
        places: dict[str, list[int]] = {}
        for place, (heading, _) in enumerate(pairs):
            places.setdefault(heading, []).append(place)
        self.questions = list(places)
        self.answers = list(places.values())

    def ndcg(self, embed: Embed) -> NDArray[np.float64]:
        """Return the nDCG at 10 of each question."""
        if not self.questions:
            return np.zeros(0)
        scores = embed(self.questions) @ embed(self.texts).T
        ranked = np.argsort(-scores, axis=1, kind="stable")[:, :_DEPTH]
        gains = 1.0 / np.log2(np.arange(2, _DEPTH + 2))
        found = [np.isin(row, right) @ gains[: len(row)] for row, right in zip(ranked, self.answers, strict=True)]
        best = np.array([gains[: len(right)].sum() for right in self.answers])
        result: NDArray[np.float64] = np.array(found) / best
        return result
