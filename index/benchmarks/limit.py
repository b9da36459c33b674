"""How fast the machine could embed at most: the operations a text needs, and how many a second its cores reach.

The ceilings are the multiplications of the model's own shapes with nothing around them. Does not know how texts are read
or indexed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SECONDS = 2.0
_LAYERS_IN_PROBE = 16


@dataclass(frozen=True)
class Shape:
    """The sizes of a BERT-like model that decide how much it multiplies."""

    layers: int
    hidden: int
    inner: int

    @classmethod
    def of(cls, model: Path) -> Shape:
        """Read the sizes from a model's config.json."""
        facts = json.loads((model / "config.json").read_text(encoding="utf-8"))
        return cls(int(facts["num_hidden_layers"]), int(facts["hidden_size"]), int(facts["intermediate_size"]))

    def operations(self, tokens: int) -> int:
        """Return how often a text makes it multiply or add.

        A layer has four square matrices and two to and from the inner size, and each token attends to each.
        """
        matrices = 2 * (4 * self.hidden * self.hidden + 2 * self.hidden * self.inner)
        attention = 4 * tokens * self.hidden
        return self.layers * tokens * (matrices + attention)


@dataclass(frozen=True)
class Limit:
    """The ceilings in 10^9 operations a second, and what a text of the corpus needs, in 10^9 operations."""

    float32: float
    int8: float
    needed: float

    def passages_per_second(self, precision: str) -> float:
        """Return how many texts a second the multiplications alone would allow."""
        return (self.int8 if precision == "int8" else self.float32) / self.needed


def measure_limit(shape: Shape, lengths: Sequence[int], threads: int) -> Limit:
    """Measure both ceilings on `threads` threads, at the mean length of the texts."""
    rows = max(1, round(float(np.mean(lengths))))
    return Limit(
        float32=_ceiling(_float32_probe(shape, rows), threads),
        int8=_ceiling(_int8_probe(shape, rows), threads),
        needed=float(np.mean([shape.operations(length) for length in lengths])) / 1e9,
    )


# Something to run, and how many operations that is.
Probe = tuple[Callable[[], object], int]
Matrix = NDArray[Any]


def _ceiling(probe: Probe, threads: int) -> float:
    """Return the 10^9 operations a second of the best of the rounds, each thread running the probe on its own."""
    work, operations = probe
    work()
    with ThreadPoolExecutor(threads) as pool:
        rates: list[float] = []
        end = time.perf_counter() + _SECONDS
        while time.perf_counter() < end or not rates:
            start = time.perf_counter()
            for done in [pool.submit(work) for _ in range(threads)]:
                done.result()
            rates.append(threads * operations / (time.perf_counter() - start) / 1e9)
    return max(rates)


def _float32_probe(shape: Shape, rows: int) -> Probe:
    draw = np.random.default_rng(0)
    wide = draw.standard_normal((shape.hidden, shape.inner)).astype(np.float32)
    x, y = (draw.standard_normal((rows, size)).astype(np.float32) for size in wide.shape)
    return _probe("MatMul", wide, x, y)


def _int8_probe(shape: Shape, rows: int) -> Probe:
    draw = np.random.default_rng(0)
    wide = draw.integers(-64, 64, (shape.hidden, shape.inner)).astype(np.int8)
    x, y = (draw.integers(0, 255, (rows, size)).astype(np.uint8) for size in wide.shape)
    return _probe("MatMulInteger", wide, x, y)


def _probe(operator: str, wide: Matrix, x: Matrix, y: Matrix) -> Probe:
    """Return products of both shapes, each with a matrix of its own so that none is known already."""
    from onnx import helper, numpy_helper

    out_type = helper.np_dtype_to_tensor_dtype(np.dtype(np.int32 if wide.dtype == np.int8 else np.float32))
    weights, nodes, outputs = [], [], []
    for step in range(_LAYERS_IN_PROBE):
        for entry, matrix in (("x", np.roll(wide, step)), ("y", np.roll(wide, step).T.copy())):
            weight, output = f"{entry}-weight-{step}", f"{entry}-product-{step}"
            weights.append(numpy_helper.from_array(matrix, weight))
            nodes.append(helper.make_node(operator, [entry, weight], [output]))
            outputs.append(helper.make_tensor_value_info(output, out_type, [len(x), matrix.shape[1]]))
    feed = {"x": x, "y": y}
    inputs = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(value.dtype), value.shape)
        for name, value in feed.items()
    ]
    session = _session(_model(helper.make_graph(nodes, "probe", inputs, outputs, weights)))
    operations = _LAYERS_IN_PROBE * 2 * 2 * len(x) * wide.size
    return (lambda: session.run(None, feed)), operations


def _model(graph: Any) -> bytes:
    from onnx import helper

    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    serialised: bytes = model.SerializeToString()
    return serialised


def _session(model: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
