from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from tiny_embedder import tiny_embedder

from index.embedding import OnnxEmbedder, SentenceTransformerEmbedder, open_embedder
from index.errors import EmbedderError, IndexIncompatible
from index.exporting import export_onnx
from index.guideline_index import GuidelineIndex

_TEXTS = [
    "Sudden pain in one joint.",
    "fever",
    "",
    "Wheeze and cough at night " * 100,
    "中文",
    "Gout > Treatment: rest",
]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_embedder(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def copies(source: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("copies")
    export_onnx(source, folder / "tiny", "float32")
    export_onnx(source, folder / "tiny-int8")
    return folder / "tiny", folder / "tiny-int8"


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_both_copies_give_the_vectors_of_sentence_transformers(source: Path, copies: tuple[Path, Path]) -> None:
    original = open_embedder(source)
    assert isinstance(original, SentenceTransformerEmbedder)
    expected = original.embed(_TEXTS)
    for folder, closeness in zip(copies, (0.99999, 0.99), strict=True):
        copy = open_embedder(folder)
        assert isinstance(copy, OnnxEmbedder)
        vectors = copy.embed(_TEXTS)
        assert (vectors * expected).sum(axis=1).min() > closeness
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
        assert copy.dimension == original.dimension == 32


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_the_copies_differ_in_name_and_bytes_but_tell_the_same_weights(source: Path, copies: tuple[Path, Path]) -> None:
    weights = hashlib.sha256((source / "model.safetensors").read_bytes()).hexdigest()[:12]
    assert [OnnxEmbedder(folder).identity for folder in copies] == [f"tiny@{weights}", f"tiny-int8@{weights}"]
    assert {file.name for file in copies[1].iterdir()} == {"model.onnx", "tokenizer.json", "embedder.json"}
    vectors = [OnnxEmbedder(folder).embed(_TEXTS) for folder in copies]
    assert np.abs(vectors[0] - vectors[1]).max() > 1e-5, "the matrices were not quantised"


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_an_index_never_mixes_the_precisions(copies: tuple[Path, Path], tmp_path: Path) -> None:
    GuidelineIndex.create(tmp_path / "index", OnnxEmbedder(copies[0])).close()
    with pytest.raises(IndexIncompatible, match=r"'tiny-int8@\w+'; embed it anew with: wardround index rebuild"):
        GuidelineIndex.open(tmp_path / "index", OnnxEmbedder(copies[1]))


def test_a_model_of_another_kind_is_not_exported(tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match="no pooling description"):
        export_onnx(tmp_path, tmp_path / "target")


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_the_matrices_with_outliers_stay_float_and_the_others_do_not(copies: tuple[Path, Path]) -> None:
    import onnx

    model = onnx.load(copies[1] / "model.onnx")
    constants = {tensor.name: tensor.data_type for tensor in model.graph.initializer}
    products = [node for node in model.graph.node if node.op_type in ("MatMul", "MatMulInteger")]
    floats = [node.name for node in products if constants.get(node.input[1]) == onnx.TensorProto.FLOAT]
    assert [name.split("/encoder/")[1] for name in floats] == ["layer.0/output/dense/MatMul"]
    assert sum(constants.get(node.input[1]) == onnx.TensorProto.INT8 for node in products) == 2 * 6 - 1
