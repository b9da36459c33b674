"""The network that turns a query into a vector, with a LoRA adapter in it, and the files it is kept in.

Knows the network, tokens and files. Does not know pairs or passages.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from assistant.errors import TrainingError
from assistant.models.adapter import ADAPTER_WEIGHTS, BASE_HASH, CONFIG
from finetune.checkpoints import Point
from finetune.examples import sha256_of
from finetune.recipe import LoraRecipe
from finetune.retriever.taught import SourceRecord
from index.document import Frozen

RECORD = "training.json"
WEIGHTS = "model.safetensors"
# Queries of like length that go through the network at once.
_TOGETHER = 16
# BERT has it, mean pooling does not look at it.
_UNUSED = "pooler.dense"


class RetrieverRecord(Frozen):
    """How an adapter of the query side came about: from which base and texts, by which recipe, along which curve."""

    run: str
    base: str
    base_sha256: str
    recipe: dict[str, Any]
    sources: tuple[SourceRecord, ...]
    pairs: dict[str, dict[str, int]]
    pairs_sha256: str
    validation_pairs: int
    passages: int
    seconds: float
    pairs_per_second: float
    curve: tuple[Point, ...]
    adapter_sha256: str = ""


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

    def save(self, folder: Path, record: RetrieverRecord) -> RetrieverRecord:
        """Write the adapter and, last, its record, and return it. Raises TrainingError when the disk refuses."""
        try:
            self.adapted.save_pretrained(str(folder), safe_serialization=True)
            # peft's empty model card says less than the record.
            (folder / "README.md").unlink(missing_ok=True)
            config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
            config |= {"base_model_name_or_path": record.base, BASE_HASH: record.base_sha256}
            (folder / CONFIG).write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
            whole = record.model_copy(update={"adapter_sha256": sha256_of(folder / ADAPTER_WEIGHTS)})
            (folder / RECORD).write_text(whole.model_dump_json(indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            raise TrainingError(
                f"cannot write {folder}: {error.strerror}; make room and run the same command again to go on"
            ) from error
        return whole


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
    try:
        record = RetrieverRecord.model_validate_json((folder / RECORD).read_bytes())
        found = sha256_of(folder / ADAPTER_WEIGHTS)
    except (OSError, ValidationError) as error:
        raise TrainingError(
            f"{folder} holds no trained retriever ({type(error).__name__}); run 'wardround finetune train --task retriever'"
        ) from error
    if found != record.adapter_sha256:
        raise TrainingError(f"{folder / ADAPTER_WEIGHTS} is not what its training record describes; train it again")
    return record


def finished(folder: Path, run: str, strength: float) -> RetrieverRecord | None:
    """Return the record of a run that is done already. Raises TrainingError when the folder holds another run's."""
    if not (folder / RECORD).is_file():
        return None
    record = read_record(folder)
    if (record.run, record.recipe["strength"]) != (run, strength):
        raise TrainingError(
            f"{folder} holds a retriever of another recipe, base or data; choose another output or remove it"
        )
    return record
