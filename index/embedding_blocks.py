"""Embed many keyed texts block by block, so that each block can be kept as soon as it is made.

Knows how much is lost when a run is stopped: a block. Does not know where vectors are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from index.embedding import Embedder

Block = dict[bytes, NDArray[np.float32]]
_BLOCK = 128


@runtime_checkable
class BlockEmbedder(Protocol):
    """An embedder that has its own way with many texts, such as other machines."""

    def embed_blocks(self, texts: Mapping[bytes, str]) -> Iterator[Block]:
        """Yield the vectors of all texts, by key, in blocks of any size and order."""


def embed_blocks(embedder: Embedder, texts: Mapping[bytes, str]) -> Iterator[Block]:
    """Yield the vectors of all texts, by key: in the embedder's own blocks if it has any, else a hundred or so at a time."""
    if isinstance(embedder, BlockEmbedder):
        yield from embedder.embed_blocks(texts)
        return
    # Like lengths together: where texts share a batch, it is as slow as the longest.
    keys = sorted(texts, key=lambda key: (len(texts[key]), key))
    for first in range(0, len(keys), _BLOCK):
        step = keys[first : first + _BLOCK]
        yield dict(zip(step, embedder.embed([texts[key] for key in step]), strict=True))
