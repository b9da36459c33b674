import json
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import TrainingError
from assistant.models import catalogue
from assistant.settings import load_settings
from finetune import gguf_adapter
from finetune.exporting import LEAST_AGREEMENT, measure_parity
from finetune.gguf_adapter import write_gguf_adapter


def _random_adapter(base_folder: Path, base: str, folder: Path, **more: object) -> Path:
    """An adapter whose weights are random, not zero, so that it changes every answer."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(3)
    targets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    config = LoraConfig(r=4, lora_alpha=8, target_modules=targets, task_type="CAUSAL_LM", **more)
    adapted = get_peft_model(AutoModelForCausalLM.from_pretrained(base_folder, dtype=torch.float32), config)
    for name, value in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(value, std=0.02)
    adapted.peft_config["default"].base_model_name_or_path = base
    adapted.save_pretrained(str(folder), save_embedding_layers=False)
    return folder


def test_names_scale_and_row_order(tiny: Path, tmp_path: Path):
    """Read back by the gguf package; the row order against llama.cpp's rule written out row by row."""
    from gguf import GGUFReader
    from safetensors.numpy import load_file

    adapter = _random_adapter(tiny, "tiny", tmp_path / "adapter")
    write_gguf_adapter(adapter, tiny, tmp_path / "adapter.gguf")
    reader = GGUFReader(tmp_path / "adapter.gguf")
    facts = {name: field.contents() for name, field in reader.fields.items() if not name.startswith("GGUF.")}
    assert facts == {
        "general.architecture": "llama",
        "general.type": "adapter",
        "adapter.type": "lora",
        "adapter.lora.alpha": 8.0,
    }
    written = {tensor.name: tensor.data for tensor in reader.tensors}
    trained = load_file(adapter / "adapter_model.safetensors")
    assert len(written) == len(trained) == 2 * 2 * 7
    layer = "base_model.model.model.layers.1"
    assert np.array_equal(written["blk.1.ffn_down.weight.lora_a"], trained[f"{layer}.mlp.down_proj.lora_A.weight"])
    assert np.array_equal(written["blk.1.attn_v.weight.lora_b"], trained[f"{layer}.self_attn.v_proj.lora_B.weight"])
    before = trained[f"{layer}.self_attn.q_proj.lora_B.weight"]
    # Four heads of eight rows: row 2 i is transformers' row i of a head, row 2 i + 1 its row i + 4.
    expected = [before[head * 8 + half * 4 + row] for head in range(4) for row in range(4) for half in (0, 1)]
    assert np.array_equal(written["blk.1.attn_q.weight.lora_b"], np.array(expected))


def test_what_llama_cpp_would_scale_otherwise_is_refused(tiny: Path, tmp_path: Path):
    adapter = _random_adapter(tiny, "tiny", tmp_path / "adapter", use_rslora=True)
    with pytest.raises(TrainingError, match="use_rslora"):
        write_gguf_adapter(adapter, tiny, tmp_path / "adapter.gguf")


def test_another_architecture_is_refused(tiny: Path, tmp_path: Path):
    adapter = _random_adapter(tiny, "tiny", tmp_path / "adapter")
    other = tmp_path / "other"
    other.mkdir()
    config = json.loads((tiny / "config.json").read_text())
    (other / "config.json").write_text(json.dumps(config | {"model_type": "gemma3"}))
    with pytest.raises(TrainingError, match="gemma3 models"):
        write_gguf_adapter(adapter, other, tmp_path / "adapter.gguf")


@pytest.mark.real
@pytest.mark.slow
def test_llama_cpp_follows_transformers_with_the_adapter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    settings = load_settings()
    folder = catalogue.default_scorer(settings)
    adapter = _random_adapter(folder, catalogue.DEFAULT_LANGUAGE_MODEL, tmp_path / "adapter")
    write_gguf_adapter(adapter, folder, adapter / "adapter.gguf")
    assert measure_parity(adapter, "default", settings).agreement >= LEAST_AGREEMENT
    # The gate must notice rows in the wrong order, which load without a word.
    monkeypatch.setattr(gguf_adapter, "_reordered", lambda values, module, base: values)
    write_gguf_adapter(adapter, folder, adapter / "adapter.gguf")
    assert measure_parity(adapter, "default", settings).agreement < LEAST_AGREEMENT
