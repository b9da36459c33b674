"""Write a LoRA adapter in the form llama.cpp reads.

Knows the names and the row order of the Llama architecture (SmolLM2, Llama, Mistral), which is checked against
llama.cpp by tests and by export; other architectures are refused, because a wrong row order still loads and only answers
worse.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.errors import TrainingError
from assistant.models.adapter import ADAPTER_WEIGHTS, CONFIG

ARCHITECTURE = "llama"
_TENSOR = re.compile(r"base_model\.model\.(?P<module>.+)\.lora_(?P<side>[AB])\.weight")
_UNKNOWN = ("use_dora", "use_rslora", "modules_to_save", "alpha_pattern", "rank_pattern")


def write_gguf_adapter(adapter: Path, base_folder: Path, target: Path) -> None:
    """Write the adapter's GGUF form. Raises TrainingError when the base or the adapter is of a kind not known here."""
    from gguf import MODEL_ARCH, GGUFWriter, Keys, get_tensor_name_map
    from safetensors.numpy import load_file

    base, lora = _config(base_folder), json.loads((adapter / CONFIG).read_text(encoding="utf-8"))
    unknown = [name for name in _UNKNOWN if lora.get(name)]
    if base["model_type"] != ARCHITECTURE or unknown:
        what = f"adapters with {', '.join(unknown)}" if unknown else f"{base['model_type']} models"
        raise TrainingError(f"{what} cannot be written for llama.cpp yet; serve the adapter with transformers")
    known = get_tensor_name_map(MODEL_ARCH.LLAMA, base["num_hidden_layers"])
    writer = GGUFWriter(target, ARCHITECTURE)
    writer.add_type("adapter")
    writer.add_string(Keys.Adapter.TYPE, "lora")
    writer.add_float32(Keys.Adapter.LORA_ALPHA, float(lora["lora_alpha"]))
    for name, values in sorted(load_file(adapter / ADAPTER_WEIGHTS).items()):
        found = _TENSOR.fullmatch(name)
        place = None if found is None else known.get_name(f"{found['module']}.weight", try_suffixes=(".weight",))
        if found is None or place is None:
            raise TrainingError(f"{adapter / ADAPTER_WEIGHTS} holds {name}, which llama.cpp has no place for")
        if found["side"] == "B":
            values = _reordered(values, found["module"], base)
        writer.add_tensor(f"{place}.lora_{found['side'].lower()}", np.ascontiguousarray(values, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _reordered(values: NDArray[Any], module: str, base: dict[str, Any]) -> NDArray[Any]:
    """Return the rows as llama.cpp wants them: it rotates neighbouring rows of a head, transformers its two halves."""
    heads = {"q_proj": base["num_attention_heads"], "k_proj": base["num_key_value_heads"]}.get(
        module.rpartition(".")[2]
    )
    if heads is None:
        return values
    return values.reshape(heads, 2, -1, values.shape[1]).swapaxes(1, 2).reshape(values.shape)


def _config(folder: Path) -> dict[str, Any]:
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return config
