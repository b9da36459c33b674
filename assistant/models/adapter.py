"""Check that a LoRA adapter was trained on the model it is to be used with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from assistant.errors import ModelError, ModelMissing
from assistant.models.language_model import ModelIdentity

CONFIG = "adapter_config.json"
ADAPTER_WEIGHTS = "adapter_model.safetensors"
# The same adapter for llama.cpp, where export has made one.
ADAPTER_GGUF = "adapter.gguf"
# Fine-tuning may note here the hash of the weights it started from, which says more than a name.
BASE_HASH = "base_sha256"


def check_adapter(folder: Path, base: ModelIdentity) -> None:
    """Raise ModelError when the adapter names another base model, or ModelMissing when it is not an adapter.

    A hash decides where the adapter's configuration notes one; else the last part of the base model's name does.
    """
    config = _config(folder)
    wanted = str(config.get(BASE_HASH) or "")
    if wanted and base.sha256:
        if wanted != base.sha256:
            raise ModelError(
                f"adapter {folder} was trained on weights {wanted[:12]}…, "
                f"but {base.name} has {base.sha256[:12]}…; use its own base"
            )
        return
    name = str(config.get("base_model_name_or_path") or "")
    if name and _last_part(name) != _last_part(base.name):
        raise ModelError(f"adapter {folder} was trained on {name!r}, not on {base.name!r}; use its own base")


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelMissing(f"{folder} has no readable {CONFIG}; give the folder that training wrote") from error
    if not isinstance(config, dict) or config.get("peft_type") != "LORA":
        raise ModelMissing(f"{folder / CONFIG} does not describe a LoRA adapter; give the folder training wrote")
    return config


def _last_part(name: str) -> str:
    return name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1].lower()
