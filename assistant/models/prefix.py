"""A prompt that a transformers model has read, kept so that what follows it need not read it again."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

# A prompt is read in steps of this many tokens: longer ones need memory for attention and logits that nobody looks at.
_STEP = 1024


@dataclass(frozen=True)
class ReadPrompt:
    """The tokens of a prompt, the model's memory of them, and its logits for the next token."""

    ids: tuple[int, ...]
    cache: Any
    logits: torch.Tensor

    @classmethod
    def after(cls, last: ReadPrompt | None, model: Any, ids: Sequence[int]) -> ReadPrompt:
        """Read a prompt, going on from `last` where both begin alike."""
        import torch
        from transformers import DynamicCache

        if not ids:
            raise ValueError("a prompt needs at least one token")
        # The last token is always read again, because its logits are what is asked for.
        shared = 0 if last is None or not _can_be_cut(last.cache) else min(_alike(last.ids, ids), len(ids) - 1)
        cache: Any = DynamicCache(config=model.config)
        if last is not None and shared:
            cache = last.cache
            _cut(cache, shared)
        device = model.get_input_embeddings().weight.device
        logits = None
        for start in range(shared, len(ids), _STEP):
            step = torch.tensor([ids[start : start + _STEP]], device=device)
            logits = model(input_ids=step, cache=cache, use_cache=True, logits_to_keep=1).logits
        assert logits is not None  # noqa: S101 - there is always at least one token to read
        return cls(tuple(ids), cache, logits[0, -1])

    def without_answer(self) -> ReadPrompt | None:
        """Return the prompt without what was written after it, or None where the memory cannot be cut."""
        if not _can_be_cut(self.cache):
            return None
        _cut(self.cache, len(self.ids))
        return self

    def scores(self, model: Any, continuations: Sequence[Sequence[int]]) -> list[float]:
        """Return the mean log-probability per token of each continuation, all read in one padded batch."""
        import torch

        longest = max(len(continuation) for continuation in continuations)
        padded = torch.tensor(
            [[*continuation, *([0] * (longest - len(continuation)))] for continuation in continuations],
            device=self.logits.device,
        )
        lengths = torch.tensor([len(continuation) for continuation in continuations], device=padded.device)
        real = torch.arange(longest, device=padded.device) < lengths[:, None]
        first = self.logits.expand(len(continuations), 1, -1)
        logits = (
            first if longest == 1 else torch.cat([first, self._following(model, padded[:, :-1], real[:, :-1])], dim=1)
        )
        chosen = torch.log_softmax(logits.float(), dim=-1).gather(2, padded[:, :, None])[:, :, 0]
        means: list[float] = ((chosen * real).sum(dim=1) / lengths).tolist()
        return means

    def _following(self, model: Any, padded: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
        """Return the logits after each token of a batch that goes on from this prompt."""
        import torch

        cache = copy.deepcopy(self.cache)
        cache.batch_repeat_interleave(len(padded))
        prompt = torch.ones((len(padded), len(self.ids)), dtype=torch.bool, device=padded.device)
        mask = torch.cat([prompt, real], dim=1).long()
        logits: torch.Tensor = model(input_ids=padded, cache=cache, attention_mask=mask, use_cache=True).logits
        return logits


def _alike(left: Sequence[int], right: Sequence[int]) -> int:
    """Return how many tokens both begin with."""
    shorter = min(len(left), len(right))
    return next((place for place in range(shorter) if left[place] != right[place]), shorter)


def _cut(cache: Any, length: int) -> None:
    """Forget everything after the first `length` tokens."""
    surplus = cache.get_seq_length() - length
    if surplus:
        cache.crop(-surplus)


def _can_be_cut(cache: Any) -> bool:
    """Say whether the end of a memory can be forgotten; sliding windows and recurrent states cannot."""
    from transformers.cache_utils import DynamicLayer

    return all(type(layer) is DynamicLayer for layer in cache.layers)
