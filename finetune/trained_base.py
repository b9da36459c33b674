"""The model an adapter is trained on: the same weights, by the same hash, as the assistant serves.

Knows how a base is named, found and loaded for training. Does not train.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import TrainingError
from assistant.models.embedded import EmbeddedModel
from assistant.models.language_model import ModelIdentity
from assistant.models.spec import Spec, open_model
from assistant.models.transformers_model import TransformersModel
from assistant.settings import Settings
from finetune.recipe import LoraRecipe, Quantisation


@dataclass(frozen=True)
class Base:
    """A base model: what the user calls it, its identity as the assistant reports it, and the folder of its weights."""

    spec: str
    identity: ModelIdentity
    folder: Path


def find_base(spec: str, settings: Settings) -> Base:
    """Return the base a text names. Raises ModelMissing when it is not here, TrainingError when it cannot be trained."""
    if Spec.parse(spec).adapter is not None:
        raise TrainingError(f"{spec!r} already has an adapter; name the base alone")
    model = open_model(spec, settings)
    if isinstance(model, EmbeddedModel):
        return Base(spec, model.identity, model.scorer.folder)
    if isinstance(model, TransformersModel):
        return Base(spec, model.identity, model.folder)
    raise TrainingError(
        f"{model.identity.name} is a {model.identity.kind} model and cannot be trained; name the folder of its "
        "safetensors weights, or 'default'"
    )


def load_tokenizer(base: Base) -> Any:
    """Return the base's tokenizer."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(base.folder, local_files_only=True, trust_remote_code=False)


def load_with_adapter(base: Base, quantisation: Quantisation, lora: LoraRecipe, seed: int) -> Any:
    """Return the base with a fresh adapter, all else frozen.

    On a CPU `auto` trains on the float32 weights that are served there, on CUDA on the 4-bit ones. Raises TrainingError
    when the model has none of the target modules or cannot be loaded.
    """
    import torch

    # On a CPU bitsandbytes reports at every start that an optional kernel of its own is not installed.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
    from transformers import AutoModelForCausalLM
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
    cuda = torch.cuda.is_available()
    four_bit = quantisation == "nf4" or (quantisation == "auto" and cuda)
    compute = torch.bfloat16 if cuda else torch.float32
    kind = _four_bits(compute, cuda) if four_bit else {"dtype": compute}
    local: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False, "use_safetensors": True}
    try:
        network: Any = AutoModelForCausalLM.from_pretrained(base.folder, **local, **kind)
    except (OSError, ValueError, ImportError) as error:
        raise TrainingError(f"cannot load {base.folder}: {str(error).splitlines()[0]}") from error
    _check_targets(network, base, lora.targets)
    _keep_weights_as_they_are(network)
    torch.manual_seed(seed)
    config = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=list(lora.targets),
        task_type="CAUSAL_LM",
    )
    with warnings.catch_warnings():
        # peft asks transformers by a name that transformers will drop in its next version.
        warnings.filterwarnings("ignore", message="`is_gradient_checkpointing`", category=FutureWarning)
        if four_bit:
            network = prepare_model_for_kbit_training(network, use_gradient_checkpointing=cuda)  # type: ignore[no-untyped-call]
        return get_peft_model(network, config)


def _check_targets(network: Any, base: Base, targets: Sequence[str]) -> None:
    known = {name.rpartition(".")[2] for name, _ in network.named_modules()}
    missing = [target for target in targets if target.rpartition(".")[2] not in known]
    if missing:
        raise TrainingError(f"{base.identity.name} has no modules called {', '.join(missing)}; change lora.targets")


def _keep_weights_as_they_are(network: Any) -> None:
    """Forbid bitsandbytes to repack 4-bit weights on a CPU, with a loss, whenever it meets them outside training.

    Validation would else change the model under training, and refuse matrices narrower than a block.
    """
    for module in network.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False


def _four_bits(compute: Any, cuda: bool) -> dict[str, Any]:
    from accelerate import PartialState
    from transformers import BitsAndBytesConfig

    quantised = BitsAndBytesConfig(  # type: ignore[no-untyped-call]
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=compute
    )
    place: Any = {"": PartialState().local_process_index} if cuda else "cpu"
    return {"quantization_config": quantised, "dtype": compute, "device_map": place}
