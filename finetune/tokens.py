"""Turn an example into token ids and labels: the prompt as it is served, the completion, and the token that ends a turn.

Only the completion and the end are learnt. Prompt and completion are tokenised apart, because serving does so: the
prompt ends where the model begins to write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.models.transformers_model import chat_text
from finetune.examples import Example

if TYPE_CHECKING:
    import torch

IGNORED = -100
_MARK = "COMPLETION"


@dataclass(frozen=True)
class Encoded:
    """An example in tokens: `prompt` is read, `completion` (the end of the turn included) is learnt."""

    prompt: tuple[int, ...]
    completion: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.completion)

    @property
    def labels(self) -> tuple[int, ...]:
        """One label a token: IGNORED for the prompt."""
        return (IGNORED,) * len(self.prompt) + self.completion


def encode(example: Example, tokenizer: Any, end: int) -> Encoded:
    """Return the example in tokens."""
    prompt = tokenizer(chat_text(tokenizer, example.messages), add_special_tokens=False)["input_ids"]
    completion = tokenizer(example.completion, add_special_tokens=False)["input_ids"]
    return Encoded(tuple(prompt), (*completion, end))


def end_of_turn(tokenizer: Any) -> int:
    """Return the token with which the chat template closes an answer, or the end of text where it closes with words."""
    if getattr(tokenizer, "chat_template", None):
        turns = [{"role": "user", "content": "Q"}, {"role": "assistant", "content": _MARK}]
        tail = str(tokenizer.apply_chat_template(turns, tokenize=False)).rpartition(_MARK)[2]
        ids = tokenizer(tail, add_special_tokens=False)["input_ids"]
        if ids and ids[0] in tokenizer.all_special_ids:
            return int(ids[0])
    return int(tokenizer.eos_token_id)


@dataclass(frozen=True)
class Tensors:
    """A batch padded on the left, so that all completions end together and only their logits need be computed."""

    ids: torch.Tensor
    mask: torch.Tensor
    labels: torch.Tensor

    @property
    def learnt(self) -> int:
        """How many of the last positions hold a label in some row."""
        return self.labels.shape[1]


def tensors(batch: Sequence[Encoded], device: Any) -> Tensors:
    """Return a batch as tensors; `labels` covers the last positions only, as many as the longest completion has."""
    import torch

    longest = max(len(one) for one in batch)
    learnt = max(len(one.completion) for one in batch)
    ids = [[*([0] * (longest - len(one))), *one.prompt, *one.completion] for one in batch]
    mask = [[*([0] * (longest - len(one))), *([1] * len(one))] for one in batch]
    labels = [[*([IGNORED] * (learnt - len(one.completion))), *one.completion] for one in batch]
    return Tensors(*(torch.tensor(values, device=device) for values in (ids, mask, labels)))
