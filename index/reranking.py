"""Order found passages anew by reading each together with the query, where a cross-encoder is configured.

A cross-encoder sees both texts at once, so it judges better than any vector, at about a hundred times the cost: only the
first passages are given to it. None comes with Wardround. Knows texts and scores. Does not know how passages were found.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.document import Hit
from index.errors import RerankerError

# Beyond this many the right passage is rarely found, and each costs tens of milliseconds on a CPU.
RERANKED = 30
_MOST_TOKENS = 512


class Reranker(Protocol):
    """A model that says how well each passage answers a query."""

    def scores(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one number a text, the higher the better; only their order counts."""


class CrossEncoderReranker:
    """Any sentence-transformers cross-encoder: a folder, or a name that is already in the local cache."""

    def __init__(self, name: str | Path) -> None:
        self.name = str(name)

    @cached_property
    def _model(self) -> Any:
        from sentence_transformers import CrossEncoder

        try:
            return CrossEncoder(
                self.name, max_length=_MOST_TOKENS, num_labels=1, local_files_only=True, trust_remote_code=False
            )
        except (OSError, ValueError, RuntimeError) as error:
            reason = str(error).split("\n", 1)[0][:160]
            raise RerankerError(
                f"cannot load the reranker {self.name!r} ({reason}); give a folder that holds a cross-encoder, or none"
            ) from error

    def scores(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one number a text, the higher the better. Raises RerankerError when the model cannot be loaded."""
        pairs = [(query, text) for text in texts]
        return np.asarray(self._model.predict(pairs, show_progress_bar=False), np.float32)


def open_reranker(spec: str) -> Reranker | None:
    """Return the cross-encoder at `spec`, None where none is configured (""). Nothing is loaded before the first search."""
    return CrossEncoderReranker(spec) if spec else None


def reranked(hits: Sequence[Hit], query: str, reranker: Reranker) -> list[Hit]:
    """Return the hits with the first of them in the reranker's order; those of equal score stay as they were."""
    first, rest = hits[:RERANKED], hits[RERANKED:]
    if len(first) < 2:
        return list(hits)
    texts = [" > ".join((hit.document.title, *hit.passage.heading_path)) + ": " + hit.passage.text for hit in first]
    order = np.argsort(-reranker.scores(query, texts), kind="stable")
    return [*(first[place] for place in order), *rest]
