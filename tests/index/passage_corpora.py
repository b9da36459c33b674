"""Small corpora for tests of the search caches, written through the store as adding files does."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.database import Database
from index.document import Document, Passage
from index.findable import FindablePassage
from index.store import FileState, Store

IDENTITY = "given@000000000000"


def unit_vectors(count: int, dimension: int = 128, seed: int = 0) -> NDArray[np.float32]:
    """Return unit vectors that differ in a few dozen ways and by some noise, as those of real passages do."""
    random = np.random.default_rng(seed)
    ways = np.random.default_rng(42).normal(size=(24, dimension))
    vectors = random.normal(size=(count, 24)) @ ways + random.normal(size=(count, dimension))
    unit: NDArray[np.float32] = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def open_store(folder: Path, dimension: int = 128) -> Store:
    """Open a database, made where there is none, that says which embedder and dimension it has."""
    database = Database.open(folder, create=True)
    database.set_meta("embedder", IDENTITY)
    database.set_meta("dimension", str(dimension))
    return Store(database)


def put(store: Store, name: str, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
    """Put a file of one document, a passage a text, in the place of what the file held."""
    text = "\n".join(texts)
    document = Document(id=hashlib.sha256(f"{name}{text}".encode()).hexdigest()[:16], title=f"About {name}", text=text)
    passages, start = [], 0
    for place, part in enumerate(texts):
        passage = Passage(
            id=f"{document.id}-{place}", document_id=document.id, start=start, end=start + len(part), text=part
        )
        embedded = f"{vectors[place].tobytes().hex()}"
        passages.append(FindablePassage(passage, document.title, "", part, embedded))
        start += len(part) + 1
    store.add_embeddings({passage.key(): vector for passage, vector in zip(passages, vectors, strict=True)})
    store.replace_file(FileState(name, len(text), 0, document.id, "test"), [document], passages)
