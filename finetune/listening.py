"""Hear what the assistant asks a language model about a case: the very prompts it serves, without answering them.

Knows the contract of a language model and the templates. Does not know what a good answer would be.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.models.language_model import JsonSchema, Message, ModelIdentity
from prompts import Prompt, load, names

_SLOT = re.compile(r"\\\{([a-z_]+)\\\}")


@dataclass(frozen=True)
class Asked:
    """One request: its template and version, the texts it was filled in with, and the messages as they were sent.

    `choices` are the continuations to be scored, `schema` what the answer was to be held to.
    """

    prompt: str
    version: str
    inputs: Mapping[str, str]
    messages: tuple[Message, ...]
    choices: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None


class Listener:
    """A language model that says nothing, has no opinion, and remembers every request.

    It is trusted beyond measure, so that every leading candidate is put to it, and not only those who could take the lead.
    """

    def __init__(self, weight: float = 100.0) -> None:
        self.identity = ModelIdentity(name="listener", kind="none")
        self.weight = weight
        self.asked: list[Asked] = []

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 256,
        schema: JsonSchema | None = None,
        stop: Sequence[str] = (),
    ) -> Iterator[str]:
        """Remember the request and yield nothing."""
        self.asked.append(_asked(messages, schema=schema))
        return iter(())

    def scores(self, messages: Sequence[Message], continuations: Sequence[str]) -> list[float] | None:
        """Remember the request and return None, so that an order is asked for too."""
        self.asked.append(_asked(messages, choices=tuple(continuations)))
        return None


def _asked(messages: Sequence[Message], *, choices: tuple[str, ...] = (), schema: JsonSchema | None = None) -> Asked:
    system, user = messages[0].content, messages[-1].content
    for name in names():
        prompt = load(name)
        inputs = _inputs(prompt, user) if prompt.system.strip() == system else None
        if inputs is not None:
            return Asked(name, prompt.version, inputs, tuple(messages), choices, schema)
    raise ValueError(f"no template of prompts/ renders {system[:60]!r}")


def _inputs(prompt: Prompt, user: str) -> dict[str, str] | None:
    """Return what a rendered user turn was filled in with, or None when another template made it.

    Where two slots stand on neighbouring lines, only the second may hold several lines.
    """
    pattern = _SLOT.sub(r"(?P<\1>.*?)", re.escape(prompt.user.strip()))
    found = re.fullmatch(pattern, user, re.DOTALL)
    return None if found is None else found.groupdict()
