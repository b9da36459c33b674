"""Turn text into unit vectors, with any sentence embedding model behind one small protocol.

The default model runs as an ONNX copy, because onnxruntime loads in a tenth of the time that torch takes.
Does not know documents, nor where vectors are kept.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from index.errors import EmbedderError

Vectors = NDArray[np.float32]
Progress = Callable[[int], None]

# What the default model was trained for; longer text is cut here.
MOST_TOKENS = 256
# Measured on two cores: larger batches gain nothing, smaller ones lose a fifth.
_BATCH = 8
_FACTS = "embedder.json"


@runtime_checkable
class Embedder(Protocol):
    """A sentence embedding model."""

    @property
    def identity(self) -> str:
        """Name and the first 12 hex digits of the hash of the weights; vectors of two identities never mix."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return one unit-length row a text; `progress` is told how many texts each step finished."""


class OnnxEmbedder:
    """An ONNX copy made by `export_onnx`. Nothing is loaded before the first text."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        self.folder = folder
        self.threads = threads

    @cached_property
    def _facts(self) -> dict[str, Any]:
        try:
            facts = json.loads((self.folder / _FACTS).read_text(encoding="utf-8"))
            return {"identity": str(facts["identity"]), "dimension": int(facts["dimension"])}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EmbedderError(f"{self.folder}: no usable {_FACTS}; fetch the embedder again") from error

    @property
    def identity(self) -> str:
        """Name and hash of the weights that the copy was made from."""
        return str(self._facts["identity"])

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._facts["dimension"])

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.enable_truncation(MOST_TOKENS)
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(self.folder / "model.onnx", options, providers=["CPUExecutionProvider"])

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return one unit-length row a text. Texts of like length share a batch, so that little is padded."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        try:
            encoded = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
            order = sorted(range(len(texts)), key=lambda number: len(encoded[number]))
            for first in range(0, len(order), _BATCH):
                batch = order[first : first + _BATCH]
                vectors[batch] = self._run([encoded[number] for number in batch])
                if progress:
                    progress(len(batch))
        except EmbedderError:
            raise
        except Exception as error:  # onnxruntime and tokenizers raise bare Exceptions of many kinds
            raise EmbedderError(
                f"{self.folder}: cannot embed ({str(error)[:200]}); fetch the embedder again"
            ) from error
        return _unit(vectors)

    def _run(self, encoded: Sequence[Sequence[int]]) -> Vectors:
        width = max(len(ids) for ids in encoded)
        ids = np.zeros((len(encoded), width), np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(encoded):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        pooled: Vectors = self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]
        if pooled.shape != (len(encoded), self.dimension):
            raise EmbedderError(
                f"{self.folder}: gave vectors of shape {pooled.shape}, not {(len(encoded), self.dimension)}"
            )
        return pooled


class SentenceTransformerEmbedder:
    """Any sentence-transformers model: a folder, or a name that is already in the local cache."""

    def __init__(self, name: str | Path) -> None:
        self.name = str(name)

    @cached_property
    def _model(self) -> Any:
        from sentence_transformers import SentenceTransformer

        try:
            return SentenceTransformer(self.name, local_files_only=True, trust_remote_code=False)
        except (OSError, ValueError, ImportError) as error:
            reason = str(error).split("\n", 1)[0][:160]
            raise EmbedderError(
                f"cannot load the embedder {self.name!r} ({reason}); give a folder that holds it"
            ) from error

    @cached_property
    def identity(self) -> str:
        """Name and hash of the weights in memory."""
        digest = hashlib.sha256()
        for key, tensor in sorted(self._model.state_dict().items()):
            digest.update(key.encode() + tensor.float().cpu().numpy().tobytes())
        return f"{Path(self.name).name}@{digest.hexdigest()[:12]}"

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._model.get_embedding_dimension())

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return one unit-length row a text."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        step = _BATCH * 8
        for first in range(0, len(texts), step):
            batch = list(texts[first : first + step])
            vectors[first : first + step] = self._model.encode(batch, batch_size=_BATCH, show_progress_bar=False)
            if progress:
                progress(len(batch))
        return _unit(vectors)


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all():
        raise EmbedderError("the embedder gave vectors that are not numbers; fetch it again")
    unit: Vectors = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return unit


def open_embedder(spec: str | Path, threads: int = 0) -> Embedder:
    """Return the embedder at `spec`: an ONNX copy where the folder holds one, else a sentence-transformers model."""
    if (Path(spec) / "model.onnx").is_file():
        return OnnxEmbedder(Path(spec), threads)
    return SentenceTransformerEmbedder(spec)


def export_onnx(source: Path, target: Path) -> None:
    """Write an ONNX copy of a sentence-transformers folder (BERT kind, mean pooling) to the folder `target`.

    Pooling and normalising are part of the graph. The identity is taken from the source's weights, so that copies made
    by different versions of the exporter share one. Raises EmbedderError when the model is of another kind.
    """
    import torch
    from transformers import AutoModel

    weights = source / "model.safetensors"
    _check_kind(source, weights)
    try:
        model = AutoModel.from_pretrained(
            source, attn_implementation="eager", local_files_only=True, use_safetensors=True
        )
    except (OSError, ValueError) as error:
        raise EmbedderError(f"{source}: cannot be loaded ({str(error)[:160]})") from error
    target.mkdir(parents=True, exist_ok=True)
    ids = torch.ones((2, 8), dtype=torch.int64)
    axes = {
        "input_ids": {0: "texts", 1: "tokens"},
        "attention_mask": {0: "texts", 1: "tokens"},
        "vectors": {0: "texts"},
    }
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # the tracing exporter warns of its age; the newer one needs one more package
        torch.onnx.export(
            _mean_pooled(model.eval().float()),
            (ids, ids),
            str(target / "model.onnx"),
            input_names=["input_ids", "attention_mask"],
            output_names=["vectors"],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
    (target / "tokenizer.json").write_bytes((source / "tokenizer.json").read_bytes())
    identity = f"{target.name}@{hashlib.sha256(weights.read_bytes()).hexdigest()[:12]}"
    facts = {"identity": identity, "dimension": model.config.hidden_size}
    (target / _FACTS).write_text(json.dumps(facts), encoding="utf-8")


def _check_kind(source: Path, weights: Path) -> None:
    pooling = source / "1_Pooling" / "config.json"
    try:
        facts = json.loads(pooling.read_text(encoding="utf-8"))
        # The name of the field changed between versions of sentence-transformers.
        mean = facts.get("pooling_mode") == "mean" or bool(facts.get("pooling_mode_mean_tokens"))
    except (OSError, ValueError) as error:
        raise EmbedderError(f"{source}: no pooling description at {pooling.name}") from error
    if not mean or not weights.is_file() or not (source / "tokenizer.json").is_file():
        raise EmbedderError(f"{source}: needs mean pooling, model.safetensors and tokenizer.json to be copied to ONNX")


def _mean_pooled(model: Any) -> Any:
    """Return a module that gives unit vectors: the mean of the token states that the mask keeps."""
    import torch

    class MeanPooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            states = self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            kept = attention_mask.unsqueeze(-1).to(states.dtype)
            mean = (states * kept).sum(1) / kept.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, dim=1)

    return MeanPooled()
