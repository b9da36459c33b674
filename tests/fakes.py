"""Stand-ins that need no weights, shared by the tests: deterministic, fast, and honest about being asked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.models.language_model import JsonSchema, Message, ModelIdentity


class HashingEmbedder:
    """A bag of words, each hashed to one of `dimension` places; equal words give similar vectors. Counts its texts."""

    def __init__(self, dimension: int = 64, name: str = "hashing") -> None:
        self.dimension = dimension
        self.identity = f"{name}@{dimension:012x}"
        self.embedded = 0

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                vectors[row, int.from_bytes(hashlib.sha256(word.encode()).digest()[:4]) % self.dimension] += 1.0
        self.embedded += len(texts)
        if progress:
            progress(len(texts))
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: NDArray[np.float32] = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
        return unit


class MuteModel:
    """A language model that says nothing and has no opinion; counts how often it was asked."""

    def __init__(self, weight: float = 0.5) -> None:
        self.identity = ModelIdentity(name="mute", kind="fake")
        self.weight = weight
        self.asked = 0

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 256,
        schema: JsonSchema | None = None,
        stop: Sequence[str] = (),
    ) -> Iterator[str]:
        self.asked += 1
        yield from ()

    def scores(self, messages: Sequence[Message], continuations: Sequence[str]) -> list[float] | None:
        return None


class ScriptedModel:
    """A language model that gives the answers it was handed, in order and in small pieces; then it is mute.

    `prompts` holds what it was asked, `schemas` what it was held to, `closed` how many answers were given up half-way.
    """

    def __init__(self, answers: Sequence[str] = (), *, weight: float = 0.5, piece: int = 3) -> None:
        self.identity = ModelIdentity(name="scripted", kind="fake")
        self.weight = weight
        self.prompts: list[tuple[Message, ...]] = []
        self.schemas: list[JsonSchema | None] = []
        self.closed = 0
        self._answers = list(answers)
        self._piece = piece

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 256,
        schema: JsonSchema | None = None,
        stop: Sequence[str] = (),
    ) -> Iterator[str]:
        self.prompts.append(tuple(messages))
        self.schemas.append(schema)
        answer = self._answers.pop(0) if self._answers else ""
        done = False
        try:
            for start in range(0, len(answer), self._piece):
                yield answer[start : start + self._piece]
            done = True
        finally:
            self.closed += not done

    def scores(self, messages: Sequence[Message], continuations: Sequence[str]) -> list[float] | None:
        return None
