"""An embedder whose queries go through tuned weights while passages stay as they are.

What was embedded before stays valid: only the side of the query is tuned, by a LoRA adapter that is added to the weights of
the passages' embedder once. Knows weights and vectors. Does not know how an adapter is trained, nor what is searched.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from index.embedding import Embedder, Progress, Vectors
from index.errors import EmbedderError

ADAPTER_FOLDER = Path(__file__).parent / "retriever_adapter"
# Below the folder of an embedder's copy: the copy that queries go through.
QUERY_FOLDER = "query"
_WEIGHTS = "model.safetensors"
_ADAPTER, _CONFIG, _RECORD = "adapter_model.safetensors", "adapter_config.json", "training.json"
_PREFIX, _DOWN, _UP = "base_model.model.", ".lora_A.weight", ".lora_B.weight"


@runtime_checkable
class QueryEmbedder(Protocol):
    """An embedder that treats queries otherwise than passages."""

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one unit-length row a query, comparable with the rows that `embed` gives for passages."""


def query_vectors(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    """Return one unit-length row a query, by whichever side of the embedder queries go through."""
    return embedder.embed_queries(texts) if isinstance(embedder, QueryEmbedder) else embedder.embed(texts)


class QueryTunedEmbedder:
    """Passages by one embedder, queries by another that was tuned to find them."""

    def __init__(self, passages: Embedder, queries: Embedder) -> None:
        self.passages = passages
        self.queries = queries

    @property
    def identity(self) -> str:
        """The identity of the passages' side, because only its vectors are kept."""
        return self.passages.identity

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self.passages.dimension

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return one unit-length row a passage."""
        return self.passages.embed(texts, progress)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one unit-length row a query."""
        return self.queries.embed(texts)


def merge_adapter(source: Path, adapter: Path, target: Path) -> None:
    """Write the sentence-transformers folder `source` to `target` with the adapter added to its weights.

    Raises EmbedderError when the adapter was trained on other weights, is not the one its record describes, or cannot be
    read.
    """
    from safetensors.numpy import load_file, save_file

    config = _json(adapter / _CONFIG)
    _check(source / _WEIGHTS, str(config.get("base_sha256")), f"the adapter in {adapter} was trained on other weights")
    recorded = str(_json(adapter / _RECORD).get("adapter_sha256"))
    _check(adapter / _ADAPTER, recorded, "its record describes another adapter; install it again")
    try:
        weights, changes = load_file(source / _WEIGHTS), load_file(adapter / _ADAPTER)
        merged = _merged(weights, changes, config, adapter)
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns(_WEIGHTS))
        save_file(merged, target / _WEIGHTS, metadata={"format": "pt"})
    except OSError as error:
        raise EmbedderError(
            f"{target}: cannot be written ({error.strerror or error}); make room and try again"
        ) from error


def query_copy(source: Path, copy: Path, adapter: Path = ADAPTER_FOLDER) -> None:
    """Write the ONNX copy that queries go through below the copy of the passages' weights. Raises EmbedderError likewise."""
    from index.exporting import export_onnx

    with tempfile.TemporaryDirectory(dir=copy) as workspace:
        merge_adapter(source, adapter, Path(workspace) / "merged")
        export_onnx(Path(workspace) / "merged", copy / QUERY_FOLDER)


def _merged(
    weights: Mapping[str, NDArray[Any]], changes: Mapping[str, NDArray[Any]], config: Mapping[str, Any], adapter: Path
) -> dict[str, NDArray[Any]]:
    """Return the weights plus what each pair of narrow matrices makes, scaled as the adapter's configuration says."""
    merged = dict(weights)
    scale = float(config["lora_alpha"]) / float(config["r"])
    for name, down in changes.items():
        if not name.endswith(_DOWN):
            continue
        place = name.removeprefix(_PREFIX).removesuffix(_DOWN) + ".weight"
        up = changes[name.removesuffix(_DOWN) + _UP]
        if place not in merged or merged[place].shape != (up.shape[0], down.shape[1]):
            raise EmbedderError(f"{adapter}: {place} does not fit the embedder; use the adapter's own base")
        change = scale * (up.astype(np.float32) @ down.astype(np.float32))
        merged[place] = (merged[place].astype(np.float32) + change).astype(merged[place].dtype)
    return merged


def _json(file: Path) -> dict[str, Any]:
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EmbedderError(f"{file}: cannot be read; install the adapter again") from error
    if not isinstance(facts, dict):
        raise EmbedderError(f"{file}: describes no adapter; install it again")
    return facts


def _check(file: Path, expected: str, wrong: str) -> None:
    try:
        with file.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise EmbedderError(f"{file}: cannot be read ({error.strerror})") from error
    if found != expected:
        raise EmbedderError(f"{file}: has SHA-256 {found[:12]}, not {expected[:12]}: {wrong}")
