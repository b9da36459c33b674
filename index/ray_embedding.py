"""Embed a corpus that is too large for one machine: Ray Data maps blocks of keyed texts to vectors on all its machines.

Each worker runs the same embedder on the same blocks as one machine would; what comes back goes to the one writer of the
index. Needs the extra `ray`, and on every machine Wardround and the embedder's folder at the same path. Does not know
what the texts are.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from index.embedding import Embedder, Progress, Vectors, open_embedder
from index.embedding_blocks import Block, embed_blocks
from index.errors import EmbedderError

_BLOCK = 128
# Below this the machine at hand is done before the others have begun.
_FEW = 1024


class RayEmbedder:
    """The embedder at `spec`, here for a few texts and on all machines of a Ray cluster for many."""

    def __init__(self, spec: str | Path, threads: int = 0, few: int = _FEW) -> None:
        self.spec = str(spec)
        self.threads = threads
        self.few = few

    @cached_property
    def _local(self) -> Embedder:
        return open_embedder(self.spec, self.threads)

    @property
    def identity(self) -> str:
        """The identity of the embedder at `spec`, which every worker must share."""
        return self._local.identity

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._local.dimension

    def embed(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Return one unit-length row a text, made on this machine."""
        return self._local.embed(texts, progress)

    def embed_blocks(self, texts: Mapping[bytes, str]) -> Iterator[Block]:
        """Yield the vectors of all texts by key, block by block as the workers finish them.

        Raises EmbedderError when Ray is not installed or not reached, or a worker cannot open the same embedder.
        """
        if len(texts) < self.few:
            yield from embed_blocks(self._local, texts)
            return
        ray = started_ray()
        try:
            for batch in self._pipeline(ray, texts).iter_batches(batch_size=None, batch_format="numpy"):
                yield dict(zip(map(bytes, batch["key"]), np.asarray(batch["vector"], np.float32), strict=True))
        except ray.exceptions.RayError as error:
            raise EmbedderError(f"embedding on Ray failed: {_last_line(error)}") from error

    def _pipeline(self, ray: Any, texts: Mapping[bytes, str]) -> Any:
        import pyarrow
        from ray.data import from_arrow

        keys = list(texts)
        tables = [
            pyarrow.table({"key": step, "text": [texts[key] for key in step]})
            for step in (keys[first : first + _BLOCK] for first in range(0, len(keys), _BLOCK))
        ]
        workers = max(1, min(len(tables), int(ray.cluster_resources().get("CPU", 1))))
        return from_arrow(tables).map_batches(
            Worker,
            fn_constructor_kwargs={"spec": self.spec, "identity": self.identity},
            batch_size=_BLOCK,
            batch_format="numpy",
            num_cpus=1,
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=workers),
        )


class Worker:
    """What runs on each core of the cluster."""

    def __init__(self, spec: str, identity: str) -> None:
        self._embedder = open_embedder(spec, threads=1)
        if self._embedder.identity != identity:
            raise EmbedderError(
                f"{spec} holds {self._embedder.identity!r} on a worker, not {identity!r}; copy it there"
            )

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Return the keys of a block and their vectors."""
        return {"key": batch["key"], "vector": self._embedder.embed([str(text) for text in batch["text"]])}


def started_ray() -> Any:
    """Return the ray module, connected to the cluster that RAY_ADDRESS names, or else to one on this machine.

    Nothing is reported to Ray's makers and no dashboard is served. Raises EmbedderError when it cannot be.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise EmbedderError(
            "embedding on several machines needs Ray; install it with: pip install 'wardround[ray]'"
        ) from error
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    logging.getLogger("ray.data").setLevel(logging.WARNING)
    if not ray.is_initialized():
        try:
            ray.init(include_dashboard=False, log_to_driver=False, logging_level=logging.WARNING)
        except (OSError, RuntimeError, ValueError) as error:
            raise EmbedderError(f"Ray cannot be reached: {_last_line(error)}; see RAY_ADDRESS") from error
    return ray


def _last_line(error: BaseException) -> str:
    return ([line for line in str(error).splitlines() if line.strip()] or [type(error).__name__])[-1].strip()[:300]
