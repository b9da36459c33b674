"""The systems that are compared: the index by words, by meaning and by both, and the usual LangChain route.

Each gives the passages it finds for a query, best first. Does not know judgements.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from finetune.retrieval.baseline_vectors import Progress, vectors_of
from finetune.retrieval.judged import JudgedQuery
from index.document import Passage
from index.embedding import Embedder
from index.guideline_index import GuidelineIndex
from index.search import Query

BM25, DENSE, HYBRID, LANGCHAIN = "bm25", "dense", "hybrid", "langchain-faiss"
# What a search of the index proposes on each path at least, as its default does.
_CANDIDATES = 100


class Ranked(NamedTuple):
    """A passage that was found, and the document it is of."""

    passage_id: str
    document_id: str


class System(Protocol):
    """Something that can be asked for passages."""

    @property
    def name(self) -> str:
        """What it is called in tables."""

    def ranked(self, query: JudgedQuery, limit: int) -> Sequence[Ranked]:
        """Return at most `limit` passages, best first."""


class IndexSystem:
    """The guideline index, searched on one path or on both as the assistant does."""

    def __init__(self, name: str, index: GuidelineIndex, by: Literal["both", "words", "meaning"]) -> None:
        self.name = name
        self._index = index
        self._by = by

    def ranked(self, query: JudgedQuery, limit: int) -> list[Ranked]:
        """Search the index."""
        asked = Query(text=query.text, phrases=query.phrases, candidates=max(_CANDIDATES, limit), by=self._by)
        return [Ranked(hit.passage.id, hit.document.id) for hit in self._index.search(asked, limit)]


class PlainVectors:
    """The usual route: the text of each passage alone is embedded by a general model, and the nearest are taken.

    By LangChain's FAISS store where it is installed, else by the flat index that this store is made of.
    """

    name = LANGCHAIN

    def __init__(self, embedder: Embedder, store: Any, found: Sequence[Ranked]) -> None:
        self._embedder = embedder
        self._store = store
        self._found = found

    @classmethod
    def over(cls, index: GuidelineIndex, embedder: Embedder, cache: Path, progress: Progress | None = None) -> Self:
        """Embed an index's passages, unless `cache` holds their vectors, and build the store."""
        passages = [passage for document in index.documents() for passage in index.passages_of(document.id)]
        vectors = vectors_of([passage.text for passage in passages], embedder, cache, progress)
        found = [Ranked(passage.id, passage.document_id) for passage in passages]
        store = _langchain_store(passages, vectors) if has_langchain() else _flat_store(vectors)
        return cls(embedder, store, found)

    def ranked(self, query: JudgedQuery, limit: int) -> list[Ranked]:
        """Search the store for what is nearest."""
        vector = self._embedder.embed([query.text])[0]
        if has_langchain():
            hits = self._store.similarity_search_by_vector(vector.tolist(), k=limit)
            return [self._found[hit.metadata["place"]] for hit in hits]
        places = self._store.search(vector.reshape(1, -1), min(limit, len(self._found)))[1][0]
        return [self._found[place] for place in places]


def has_langchain() -> bool:
    """Say whether LangChain's FAISS store is installed."""
    return find_spec("langchain_community") is not None


def _langchain_store(passages: Sequence[Passage], vectors: NDArray[np.float32]) -> Any:
    with warnings.catch_warnings():
        # The package tells on import that it is no longer developed; it is still what most people use.
        warnings.simplefilter("ignore", DeprecationWarning)
        from langchain_community.vectorstores.faiss import FAISS
    from langchain_core.embeddings import FakeEmbeddings

    return FAISS.from_embeddings(
        [(passage.text, vector.tolist()) for passage, vector in zip(passages, vectors, strict=True)],
        FakeEmbeddings(size=vectors.shape[1]),  # never asked: queries are embedded by the same model as passages
        metadatas=[{"place": place} for place in range(len(passages))],
    )


def _flat_store(vectors: NDArray[np.float32]) -> Any:
    import faiss

    store = faiss.IndexFlatL2(vectors.shape[1])
    store.add(np.ascontiguousarray(vectors))
    return store


def of_index(index: GuidelineIndex) -> tuple[IndexSystem, ...]:
    """Return the index's own systems; the one the assistant uses is the last."""
    return (
        IndexSystem(BM25, index, "words"),
        IndexSystem(DENSE, index, "meaning"),
        IndexSystem(HYBRID, index, "both"),
    )
