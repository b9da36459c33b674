"""The default: one small model with two runtimes, each for the job it measured best at.

llama.cpp reads prompts and writes answers; transformers, on the same weights in float32, scores given continuations,
which llama.cpp cannot. The scorer costs seconds and half a gigabyte, so it is loaded on first use.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.models.gguf import GgufModel
from assistant.models.language_model import JsonSchema, Message, ModelIdentity
from assistant.models.transformers_model import TransformersModel


class EmbeddedModel:
    """A writer and a scorer of the same weights behind one `LanguageModel`."""

    def __init__(self, writer: GgufModel, scorer: TransformersModel, identity: ModelIdentity, *, weight: float) -> None:
        self.writer = writer
        self.scorer = scorer
        self.identity = identity
        self.weight = weight

    def warm(self) -> None:
        """Load the writer; the scorer waits until a case needs it, because most do not. Safe to run in a thread."""
        self.writer.warm()

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 256,
        schema: JsonSchema | None = None,
        stop: Sequence[str] = (),
    ) -> Iterator[str]:
        """Yield the writer's answer piece by piece; closing the iterator stops generation. Raises ModelError."""
        return self.writer.stream(messages, max_tokens=max_tokens, schema=schema, stop=stop)

    def scores(self, messages: Sequence[Message], continuations: Sequence[str]) -> list[float] | None:
        """Return the scorer's mean log-probability per token of each continuation."""
        return self.scorer.scores(messages, continuations)

    def close(self) -> None:
        """Free both."""
        self.writer.close()
        self.scorer.close()
