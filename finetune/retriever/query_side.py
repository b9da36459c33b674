"""The network that turns a query into a vector, with a LoRA adapter in it, and the record of its training.

Knows the network and tokens. Does not know pairs or passages.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.errors import TrainingError
from finetune.adapter_folder import TrainingRecord, read_checked
from finetune.recipe import LoraRecipe
from finetune.retriever.taught import SourceRecord

WEIGHTS = "model.safetensors"
# Queries of like length that go through the network at once.
_TOGETHER = 16
# BERT has it, mean pooling does not look at it.
_UNUSED = "pooler.dense"


class RetrieverRecord(TrainingRecord):
    """The record of a query side's adapter: also from which texts, and how many pairs and passages they gave."""

    sources: tuple[SourceRecord, ...]
    pairs: dict[str, dict[str, int]]
    pairs_sha256: str
    validation_pairs: int
    passages: int
    pairs_per_second: float


class QuerySide:
    """A sentence-transformers model whose network holds an adapter that is trained; all else stays as it is."""

    def __init__(self, folder: Path, lora: LoraRecipe, max_tokens: int, seed: int) -> None:
        import torch

        # bitsandbytes, which peft looks for, reports on every start that an optional kernel is not installed.
        logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
        from peft import LoraConfig, get_peft_model

        self.folder = folder
        self.model = _loaded(folder)
        self.model.max_seq_length = max_tokens
        config = LoraConfig(
            r=lora.rank,
            lora_alpha=lora.alpha,
            lora_dropout=lora.dropout,
            target_modules=list(lora.targets),
            exclude_modules=[_UNUSED],
        )
        torch.manual_seed(seed)
        try:
            self.adapted = get_peft_model(self.model[0].model, config)
        except ValueError as error:
            raise TrainingError(
                f"{folder}: no modules called {', '.join(lora.targets)}; change lora.targets"
            ) from error
        self.model[0].model = self.adapted
        self.parameters = {name: value for name, value in self.adapted.named_parameters() if value.requires_grad}

    def vectors(self, queries: Sequence[str]) -> tuple[Any, int]:
        """Return the unit vectors of queries, with their gradient, and how many tokens were read.

        A title has five tokens and a narrative a hundred, so that like lengths go through the network together.
        """
        import torch

        order = sorted(range(len(queries)), key=lambda place: len(queries[place]))
        parts, tokens = [], 0
        for first in range(0, len(order), _TOGETHER):
            features = self.model.preprocess([queries[place] for place in order[first : first + _TOGETHER]])
            features = {name: value for name, value in features.items() if isinstance(value, torch.Tensor)}
            tokens += int(features["attention_mask"].sum())
            parts.append(self.model(features)["sentence_embedding"])
        back = torch.empty(len(order), dtype=torch.int64)
        back[torch.tensor(order)] = torch.arange(len(order))
        return torch.cat(parts)[back], tokens

    def weaken(self, strength: float) -> None:
        """Keep this share of what was learnt: an adapter's change is the product of two matrices, so one is scaled."""
        for name, value in self.parameters.items():
            if "lora_B" in name:
                value.data.mul_(strength)


def _loaded(folder: Path) -> Any:
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(str(folder), device="cpu", local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, ImportError) as error:
        reason = str(error).split("\n", 1)[0][:160]
        raise TrainingError(
            f"cannot load the embedder in {folder} ({reason}); give a sentence-transformers folder"
        ) from error


def read_record(folder: Path) -> RetrieverRecord:
    """Return the record of a trained retriever. Raises TrainingError when there is none or the weights are not its own."""
    return read_checked(folder, RetrieverRecord, "retriever", "wardround finetune train --task retriever")
