"""The folder of a trained adapter: weights, configuration, and the record of how they came about.

Knows the files and what each must say for the assistant to accept them. Does not train or judge.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from assistant.errors import TrainingError
from assistant.models.adapter import ADAPTER_WEIGHTS, BASE_HASH, CONFIG
from finetune.checkpoints import Point
from finetune.examples import sha256_of
from index.document import Frozen

RECORD = "training.json"


class TrainingRecord(Frozen):
    """How an adapter came about: from which base, by which recipe, along which curve; `run` hashes all that decides it."""

    run: str
    base: str
    base_sha256: str
    recipe: dict[str, Any]
    seconds: float
    curve: tuple[Point, ...]
    adapter_sha256: str = ""


class AdapterRecord(TrainingRecord):
    """The record of a language model's adapter: also from which data and prompts."""

    base_spec: str
    data_sha256: str
    prompts: dict[str, str]
    examples: int
    left_out_as_too_long: int
    tokens_per_second: float


Record = TypeVar("Record", bound=TrainingRecord)


def save_adapter(adapted: Any, folder: Path, record: Record) -> Record:
    """Write the adapter and, last, its record, and return the record. Raises TrainingError when the disk refuses."""
    try:
        adapted.save_pretrained(str(folder), safe_serialization=True, save_embedding_layers=False)
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


def read_record(folder: Path) -> AdapterRecord:
    """Return the record of a trained adapter. Raises TrainingError when there is none or the weights are not its own."""
    return read_checked(folder, AdapterRecord, "adapter", "wardround finetune train")


def read_checked(folder: Path, kind: type[Record], what: str, command: str) -> Record:
    """Return the record of `what` was trained by `command`. Raises TrainingError like `read_record`."""
    try:
        record = kind.model_validate_json((folder / RECORD).read_bytes())
        found = sha256_of(folder / ADAPTER_WEIGHTS)
    except (OSError, ValidationError) as error:
        raise TrainingError(
            f"{folder} holds no trained {what} ({type(error).__name__}); run '{command}' first"
        ) from error
    if found != record.adapter_sha256:
        raise TrainingError(f"{folder / ADAPTER_WEIGHTS} is not what its training record describes; train it again")
    return record


def finished(folder: Path, read: Callable[[Path], Record], same: Callable[[Record], bool]) -> Record | None:
    """Return the record of a run that is done already. Raises TrainingError when the folder holds another run's."""
    if not (folder / RECORD).is_file():
        return None
    record = read(folder)
    if not same(record):
        raise TrainingError(
            f"{folder} holds what another recipe, base or data trained; choose another output or remove it"
        )
    return record
