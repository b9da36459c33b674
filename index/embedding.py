"""Turn text into unit vectors, with any sentence embedding model behind one small protocol.

The default model runs as an ONNX copy, because onnxruntime loads in a tenth of the time that torch takes. Each text runs
alone on one core, several at a time: nothing is padded, and no core waits for another.
Does not know documents, nor where vectors are kept.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
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
# What an ONNX copy's folder holds.
MODEL_FILE, TOKENIZER_FILE, FACTS_FILE = "model.onnx", "tokenizer.json", "embedder.json"
# sentence-transformers on a CPU: larger batches gain nothing, smaller ones lose a fifth.
_BATCH = 8


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
        self.threads = threads or usable_cores()

    @cached_property
    def _facts(self) -> dict[str, Any]:
        try:
            facts = json.loads((self.folder / FACTS_FILE).read_text(encoding="utf-8"))
            return {"identity": str(facts["identity"]), "dimension": int(facts["dimension"])}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EmbedderError(f"{self.folder}: no usable {FACTS_FILE}; fetch the embedder again") from error

    @property
    def identity(self) -> str:
        """Name, ending in -int8 where the matrices are, and hash of the weights that the copy was made from."""
        return str(self._facts["identity"])

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return int(self._facts["dimension"])

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / TOKENIZER_FILE))
        tokenizer.enable_truncation(MOST_TOKENS)
        tokenizer.no_padding()
        return tokenizer

    @cached_property
    def _session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # Each caller's thread runs a whole text: threads inside one text would wait for one another at every matrix.
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(
            self.folder / MODEL_FILE,
            options,
            providers=["CPUExecutionProvider"],
            # On a CPU the fused kernel is slower than the two it stands for: with it an int8 text takes a fifth longer.
            disabled_optimizers=["SkipLayerNormFusion"],
        )

    @cached_property
    def _masked(self) -> bool:
        return any(entry.name == "attention_mask" for entry in self._session.get_inputs())

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return one unit-length row a text, which does not depend on the other texts."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        with self._errors_named():
            _ = self._tokenizer, self._masked  # loaded once, before several threads would
        with closing(_in_threads(self._vector, texts, self.threads)) as made:
            for number, vector in enumerate(made):
                vectors[number] = vector
                if progress:
                    progress(1)
        return _unit(vectors)

    def _vector(self, text: str) -> Vectors:
        with self._errors_named():
            ids = np.array([self._tokenizer.encode(text).ids], np.int64)
            # Copies made before texts ran one by one take a mask too.
            mask = {"attention_mask": np.ones_like(ids)} if self._masked else {}
            pooled = self._session.run(None, {"input_ids": ids, **mask})[0]
        if pooled.shape != (1, self.dimension):
            raise EmbedderError(f"{self.folder}: gave a vector of shape {pooled.shape}, not {(1, self.dimension)}")
        vector: Vectors = pooled[0]
        return vector

    @contextmanager
    def _errors_named(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # onnxruntime and tokenizers raise bare Exceptions of many kinds
            raise EmbedderError(
                f"{self.folder}: cannot embed ({str(error)[:200]}); fetch the embedder again"
            ) from error


def usable_cores() -> int:
    """Return on how many cores this process may run."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _in_threads(work: Callable[[str], Vectors], texts: Sequence[str], threads: int) -> Generator[Vectors, None, None]:
    """Yield what `work` makes of each text, in order; what has not begun is given up when the caller stops."""
    if threads == 1 or len(texts) == 1:
        yield from map(work, texts)
        return
    with ThreadPoolExecutor(threads) as pool:
        try:
            yield from pool.map(work, texts)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


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
    """Return the embedder at `spec`: an ONNX copy where the folder holds one, else a sentence-transformers model.

    Where the copy has one of tuned weights below it, queries go through that.
    """
    from index.tuned import QUERY_FOLDER, QueryTunedEmbedder

    folder = Path(spec)
    if not (folder / MODEL_FILE).is_file():
        return SentenceTransformerEmbedder(spec)
    passages = OnnxEmbedder(folder, threads)
    if not (folder / QUERY_FOLDER / MODEL_FILE).is_file():
        return passages
    return QueryTunedEmbedder(passages, OnnxEmbedder(folder / QUERY_FOLDER, threads))
