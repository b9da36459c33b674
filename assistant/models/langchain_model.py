"""Any LangChain chat model behind `LanguageModel`, for those who already have one.

LangChain promises no way to hold every model to a schema, so the schema goes into the prompt and the answer is checked.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from assistant.errors import ModelError
from assistant.models.language_model import JsonSchema, Message, ModelIdentity
from assistant.models.stop_words import StopWords

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

_LOG = logging.getLogger(__name__)
_ASK_FOR_JSON = "Answer with one JSON object and nothing else. It must fulfil this JSON Schema:\n"
_TRIES = 2


class LangChainModel:
    """A `BaseChatModel`; temperature and most tokens are set on the chat model itself, where each has its own names."""

    def __init__(self, chat: BaseChatModel, name: str = "", *, weight: float = 0.5) -> None:
        self.chat = chat
        self.weight = weight
        self.identity = ModelIdentity(name=name or type(chat).__name__, kind="langchain")

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 256,
        schema: JsonSchema | None = None,
        stop: Sequence[str] = (),
    ) -> Iterator[str]:
        """Yield the answer piece by piece; with a schema, in one piece once it is checked, or nothing if it never fits.

        `max_tokens` counts pieces, the nearest that all LangChain models share. Raises ModelError.
        """
        if schema is not None:
            return self._checked(messages, schema, max_tokens)
        return self._pieces(_to_langchain(messages), max_tokens, stop)

    def scores(self, messages: Sequence[Message], continuations: Sequence[str]) -> list[float] | None:
        """Return None: LangChain models do not score given continuations."""
        return None

    def _pieces(self, messages: list[BaseMessage], limit: int, stop: Sequence[str] = ()) -> Iterator[str]:
        words = StopWords(stop)
        try:
            for number, chunk in enumerate(self.chat.stream(messages)):
                shown = words.feed(chunk.text)
                if shown:
                    yield shown
                if words.reached or number + 1 >= limit:
                    break
        except Exception as error:  # every integration raises its own kinds
            raise ModelError(f"{self.identity.name} failed: {type(error).__name__}: {error}") from error
        rest = words.rest()
        if rest:
            yield rest

    def _checked(self, messages: Sequence[Message], schema: JsonSchema, limit: int) -> Iterator[str]:
        asked = [
            *messages[:-1],
            Message(messages[-1].role, f"{messages[-1].content}\n\n{_ASK_FOR_JSON}{json.dumps(schema)}"),
        ]
        for _ in range(_TRIES):
            answer = first_object("".join(self._pieces(_to_langchain(asked), limit)), schema)
            if answer:
                yield answer
                return
        _LOG.warning("%s gave no JSON that fulfils the schema; its answer is not used", self.identity.name)


def first_object(text: str, schema: JsonSchema) -> str:
    """Return the first JSON object in a text that fulfils the schema, as JSON; "" when there is none."""
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

    validator, decoder = Draft202012Validator(dict(schema)), json.JSONDecoder()
    start = text.find("{")
    while start >= 0:
        try:
            found, _ = decoder.raw_decode(text, start)
        except ValueError:
            found = None
        if isinstance(found, dict) and validator.is_valid(found):
            return json.dumps(found, ensure_ascii=False)
        start = text.find("{", start + 1)
    return ""


def _to_langchain(messages: Sequence[Message]) -> list[BaseMessage]:
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    kinds = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
    return [kinds[message.role](content=message.content) for message in messages]
