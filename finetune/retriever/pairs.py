"""A pair: something that may be asked, and the passages that answer it. Drawn evenly, the same for the same seed.

Knows pairs and chance. Does not know how a query is worded, nor how pairs are learnt.
"""

from __future__ import annotations

import hashlib
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from assistant.errors import TrainingError

Kind = Literal["question", "title", "narrative", "findings"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# A draw that meets the topic of another pair of its batch is made again, this often at most.
_ATTEMPTS = 50


@dataclass(frozen=True)
class Answer:
    """A passage that answers, and how much more often than others it is drawn."""

    passage_id: str
    weight: float = 1.0


@dataclass(frozen=True)
class Pair:
    """A query with its answers; `near` are passages of the same document that do not answer it.

    `topic` is the number of the document it was made of: of a batch no two pairs are about related documents.
    """

    query: str
    answers: tuple[Answer, ...]
    kind: Kind
    source: str
    topic: int
    near: tuple[str, ...] = ()

    def drawn(self, draw: random.Random) -> str:
        """Return one of the answers."""
        return draw.choices(self.answers, [answer.weight for answer in self.answers])[0].passage_id


@dataclass(frozen=True)
class Mix:
    """How often each kind of query is drawn, and within it each source; what is not named is drawn as often as 1."""

    kinds: Mapping[str, float]
    sources: Mapping[str, float]


class Pairs:
    """All pairs, from which batches are drawn: first a kind, then a source, then a topic, then a pair."""

    def __init__(self, pairs: Iterable[Pair], mix: Mix) -> None:
        self.all = tuple(pairs)
        self._mix = mix
        if not self.all:
            raise TrainingError("the sources of the recipe give no pairs; name more of them")

    @cached_property
    def _groups(self) -> dict[str, dict[str, dict[int, list[Pair]]]]:
        groups: dict[str, dict[str, dict[int, list[Pair]]]] = defaultdict(
            lambda: defaultdict(lambda: defaultdict(list))
        )
        for pair in self.all:
            groups[pair.kind][pair.source][pair.topic].append(pair)
        return groups

    @cached_property
    def _topics(self) -> dict[tuple[str, str], list[int]]:
        return {
            (kind, source): list(topics) for kind, of_kind in self._groups.items() for source, topics in of_kind.items()
        }

    def batch(self, step: int, size: int, seed: int, related: Sequence[frozenset[int]]) -> list[Pair]:
        """Return the pairs of a step (from 0), a pure function of its number and the seed.

        `related` holds for each document those that are about the same; a batch has no two of them.
        """
        draw = random.Random(f"{seed}/{step}")  # noqa: S311 - an order, not a secret
        taken: set[int] = set()
        batch: list[Pair] = []
        for _ in range(size * _ATTEMPTS):
            if len(batch) == size:
                break
            pair = self._draw(draw)
            if pair.topic not in taken:
                batch.append(pair)
                taken |= related[pair.topic]
        if len(batch) < 2:
            raise TrainingError("the pairs are about a single topic; nothing can be told apart")
        return batch

    def _draw(self, draw: random.Random) -> Pair:
        kind = _weighted(draw, list(self._groups), self._mix.kinds)
        source = _weighted(draw, list(self._groups[kind]), self._mix.sources)
        topic = draw.choice(self._topics[kind, source])
        return draw.choice(self._groups[kind][source][topic])

    @property
    def sha256(self) -> str:
        """The hash of all pairs, in order."""
        digest = hashlib.sha256()
        for pair in self.all:
            digest.update(repr(pair).encode())
        return digest.hexdigest()

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many pairs there are of each kind, by source."""
        return {
            kind: {source: sum(map(len, topics.values())) for source, topics in of_kind.items()}
            for kind, of_kind in sorted(self._groups.items())
        }


def _weighted(draw: random.Random, names: Sequence[str], weights: Mapping[str, float]) -> str:
    shares = [weights.get(name, 1.0) for name in names]
    return draw.choices(names, shares)[0] if sum(shares) > 0 else draw.choice(names)


def divided(pairs: Sequence[Pair], share: float, topics: Sequence[str]) -> tuple[list[Pair], list[Pair]]:
    """Divide pairs into those that teach and those that check, by a hash of what the topic of a document is called."""

    def checks(pair: Pair) -> bool:
        digest = hashlib.sha256(f"check {topics[pair.topic]}".encode()).digest()
        return int.from_bytes(digest[:4]) < share * 2**32

    return [pair for pair in pairs if not checks(pair)], [pair for pair in pairs if checks(pair)]
