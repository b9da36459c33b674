"""Turn a JSON Schema into the grammar that holds a model's answer to it.

llguidance reads the schema in both local runtimes (llama.cpp's wheel has it built in), so both allow the same texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.errors import ModelError
from assistant.models.language_model import JsonSchema

if TYPE_CHECKING:
    import torch

# One line with single spaces: free white space costs a third more tokens, and small models wander off in it.
_LAYOUT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}


def with_layout(schema: JsonSchema) -> dict[str, Any]:
    """Return the schema with the note by which llguidance writes compact JSON; other engines ignore it."""
    return {**schema, "x-guidance": _LAYOUT}


class Constraint:
    """Which tokens may come next, so that the whole text fulfils a schema."""

    def __init__(self, tokenizer: Any, schema: JsonSchema) -> None:
        from llguidance import LLMatcher

        grammar = LLMatcher.grammar_from_json_schema(with_layout(schema))
        self._matcher = LLMatcher(tokenizer, grammar, log_level=0)
        self._check()

    def mask(self, logits: torch.Tensor) -> torch.Tensor:
        """Return the logits of one step with every token that breaks the schema at minus infinity."""
        import numpy as np
        import torch

        allowed = np.unpackbits(np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8), bitorder="little")
        self._check()
        keep = torch.zeros(logits.shape[-1], dtype=torch.bool)
        size = min(len(allowed), len(keep))
        keep[:size] = torch.from_numpy(allowed[:size].astype(bool))
        return logits.masked_fill(~keep.to(logits.device), float("-inf"))

    def accept(self, token: int) -> bool:
        """Take the chosen token; returns False once the text is complete."""
        self._matcher.consume_token(token)
        self._check()
        return not self._matcher.is_stopped()

    def _check(self) -> None:
        if self._matcher.is_error():
            said = self._matcher.get_error().splitlines()[0]
            raise ModelError(f"the answer cannot be held to its JSON Schema: {said}; simplify the schema")


def token_table(tokenizer: Any, size: int) -> Any:
    """Return llguidance's view of a tokenizer whose model has `size` logits; it takes a second, so keep it."""
    from llguidance.hf import from_tokenizer

    return from_tokenizer(tokenizer, n_vocab=size)
