"""An ONNX copy whose vectors can be worked out by hand: how many tokens a text has, and the sum of their numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

WORDS = ("[UNK]", "pain", "joint", "fever", "wheeze", "cough", "night", "rest")


def counting_copy(folder: Path, *, masked: bool = False, dimension: int = 2) -> Path:
    """Write the copy; a `masked` one also takes a mask, and counts what it keeps."""
    import onnx
    from tokenizers import Tokenizer, models, pre_tokenizers

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, WORDS[0]))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    onnx.save(_graph(masked), folder / "model.onnx")
    (folder / "embedder.json").write_text(json.dumps({"identity": "counting@000000000001", "dimension": dimension}))
    return folder


def _graph(masked: bool) -> Any:
    from onnx import TensorProto, helper

    node = helper.make_node
    ones = "attention_mask" if masked else "ones"
    nodes = [
        *([] if masked else [node("Shape", ["input_ids"], ["shape"]), node("Expand", ["one", "shape"], ["ones"])]),
        node("Mul", ["input_ids", ones], ["kept"]),
        node("Cast", ["kept"], ["numbers"], to=TensorProto.FLOAT),
        node("Cast", [ones], ["count"], to=TensorProto.FLOAT),
        node("ReduceSum", ["numbers", "axis"], ["total"], keepdims=1),
        node("ReduceSum", ["count", "axis"], ["tokens"], keepdims=1),
        node("Concat", ["tokens", "total"], ["vectors"], axis=1),
    ]
    names = ("input_ids", "attention_mask") if masked else ("input_ids",)
    graph = helper.make_graph(
        nodes,
        "counting",
        [helper.make_tensor_value_info(name, TensorProto.INT64, [1, "tokens"]) for name in names],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, [1, 2])],
        [helper.make_tensor(name, TensorProto.INT64, [1], [1]) for name in ("one", "axis")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
