"""Write the ONNX copy of a sentence embedding model that the index runs.

Knows the graph and its precision. Does not know how texts are read or vectors kept.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from index.embedding import FACTS_FILE, MODEL_FILE, TOKENIZER_FILE
from index.errors import EmbedderError

Precision = Literal["int8", "float32"]

_INT8_SUFFIX = "-int8"
_WEIGHTS = "model.safetensors"
# The inner states that these two read have outliers that eight bits cannot hold beside the rest: a third of what rounding
# changes in a vector comes from them, for a tenth of the time.
_STAY_FLOAT = re.compile(r"/layer\.[02]/output/dense/MatMul$")


def export_onnx(source: Path, target: Path, precision: Precision = "int8") -> None:
    """Write an ONNX copy of a sentence-transformers folder (BERT kind, mean pooling) to the folder `target`.

    The graph reads one text without padding, so it needs no mask and the vector of a text never depends on the texts
    beside it; pooling and normalising are part of it. `int8` is twice as fast as `float32` on a CPU and keeps ranking;
    its name ends in -int8, so that an index never mixes the two. The identity is otherwise taken from the source's
    weights, so that copies made by different versions of the exporter share one.

    Raises EmbedderError when the model is of another kind.
    """
    weights = source / _WEIGHTS
    _check_kind(source, weights)
    model = _load(source)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target) as workspace:
        made = Path(workspace) / "float32.onnx"
        _trace(model, made)
        if precision == "int8":
            made = _quantised(made, Path(workspace) / "int8.onnx")
        made.replace(target / MODEL_FILE)
    (target / TOKENIZER_FILE).write_bytes((source / TOKENIZER_FILE).read_bytes())
    name = target.name.removesuffix(_INT8_SUFFIX) + (_INT8_SUFFIX if precision == "int8" else "")
    identity = f"{name}@{hashlib.sha256(weights.read_bytes()).hexdigest()[:12]}"
    facts = {"identity": identity, "dimension": model.config.hidden_size, "precision": precision}
    (target / FACTS_FILE).write_text(json.dumps(facts), encoding="utf-8")


def _check_kind(source: Path, weights: Path) -> None:
    pooling = source / "1_Pooling" / "config.json"
    try:
        facts = json.loads(pooling.read_text(encoding="utf-8"))
        # The name of the field changed between versions of sentence-transformers.
        mean = facts.get("pooling_mode") == "mean" or bool(facts.get("pooling_mode_mean_tokens"))
    except (OSError, ValueError) as error:
        raise EmbedderError(f"{source}: no pooling description at {pooling.name}") from error
    if not mean or not weights.is_file() or not (source / TOKENIZER_FILE).is_file():
        raise EmbedderError(f"{source}: needs mean pooling, {_WEIGHTS} and {TOKENIZER_FILE} to be copied to ONNX")


def _load(source: Path) -> Any:
    from transformers import AutoModel

    try:
        model = AutoModel.from_pretrained(
            source, attn_implementation="eager", local_files_only=True, use_safetensors=True
        )
    except (OSError, ValueError) as error:
        raise EmbedderError(f"{source}: cannot be loaded ({str(error)[:160]})") from error
    return model.eval().float()


def _trace(model: Any, file: Path) -> None:
    import torch

    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # the tracing exporter warns of its age; the newer one needs one more package
        torch.onnx.export(
            _mean_pooled(model),
            (torch.ones((1, 8), dtype=torch.int64),),
            str(file),
            input_names=["input_ids"],
            output_names=["vectors"],
            dynamic_axes={"input_ids": {1: "tokens"}},
            opset_version=17,
            dynamo=False,
        )


def _mean_pooled(model: Any) -> Any:
    """Return a module that gives the unit vector of one text: the mean of its token states."""
    import torch

    class MeanPooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
            states = self.model(input_ids=input_ids, attention_mask=None).last_hidden_state
            return torch.nn.functional.normalize(states.mean(1), dim=1)

    return MeanPooled()


def _quantised(source: Path, target: Path) -> Path:
    """Write a copy whose weight matrices are int8, nearly all; the table of word vectors and the rest stay float32."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    names = [node.name for node in onnx.load(source, load_external_data=False).graph.node]
    with _quiet():
        quantize_dynamic(
            source,
            target,
            op_types_to_quantize=["MatMul"],
            nodes_to_exclude=[name for name in names if _STAY_FLOAT.search(name)],
            per_channel=True,
            # Seven bits: processors without VNNI add two products in 16 bits and would overflow with eight.
            reduce_range=True,
            weight_type=QuantType.QInt8,
            extra_options={"MatMulConstBOnly": True},
        )
    return target


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the quantiser from advising, through the root logger, a step that this graph does not need."""
    root = logging.getLogger()
    disabled, root.disabled = root.disabled, True
    try:
        yield
    finally:
        root.disabled = disabled
