"""What reasoning needs from any language model, and nothing more.

A model is given chat messages and yields text, optionally held to a JSON Schema; it may also score given
continuations. Knows no runtime: the kinds live beside this file, each behind the same protocol.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

JsonSchema = Mapping[str, Any]


@dataclass(frozen=True)
class Message:
    """One turn of a chat prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True)
class ModelIdentity:
    """What a report must name to be checkable: model, runtime, hash of the weights, adapter."""

    name: str
    kind: str
    sha256: str = ""
    adapter: str = ""


@runtime_checkable
class LanguageModel(Protocol):
    """A chat model behind one contract, whatever runs it. All calls are greedy (temperature 0)."""

    @property
    def identity(self) -> ModelIdentity:
        """Name, kind, hash and adapter."""

    @property
    def weight(self) -> float:
        """How far its ranking of candidates is trusted, in [0, 1]; 0 means its scores are not asked for."""

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 256,
        schema: JsonSchema | None = None,
        stop: Sequence[str] = (),
    ) -> Iterator[str]:
        """Yield the answer piece by piece; closing the iterator stops generation.

        Where `schema` is given the whole answer is JSON that fulfils it, unless `max_tokens` cut it short.
        Raises `ModelError` when the model cannot answer.
        """

    def scores(self, messages: Sequence[Message], continuations: Sequence[str]) -> list[float] | None:
        """Return the mean log-probability per token of each continuation, or None where this kind cannot score."""


def complete(
    model: LanguageModel,
    messages: Sequence[Message],
    *,
    max_tokens: int = 256,
    schema: JsonSchema | None = None,
    stop: Sequence[str] = (),
) -> str:
    """Return the whole streamed answer as one string."""
    return "".join(model.stream(messages, max_tokens=max_tokens, schema=schema, stop=stop))
