"""Grow an index to any number of passages through the store that `index add` writes to, without reading or embedding."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.benchmarks.likeness import Likeness
from index.database import Database
from index.document import Document, Passage
from index.findable import FindablePassage
from index.store import FileState, Store

IDENTITY = "mixed-vectors@000000000000"
# What a corpus of guidelines has: some twenty passages a document, and files of many documents.
_PASSAGES = 20
_DOCUMENTS = 250
STEP = _PASSAGES * _DOCUMENTS
_JOINT = "\n\n"
_SECONDS = "benchmark_seconds"


def grow(folder: Path, likeness: Likeness, passages: int, progress: Callable[[int], None] | None = None) -> float:
    """Add files of 5,000 passages until the index has at least so many; what is there is kept.

    Returns the seconds that writing took, as noted in the index for all its passages; making them up is left out.
    """
    database = Database.open(folder, create=True)
    try:
        store = Store(database)
        for first in range(store.count("passages"), passages, STEP):
            seconds = _add(store, likeness, first) + float(database.meta(_SECONDS) or 0)
            database.set_meta(_SECONDS, str(seconds))
            if progress:
                progress(first + STEP)
        database.empty_log()
        return float(database.meta(_SECONDS) or 0)
    finally:
        database.close()


def _add(store: Store, likeness: Likeness, first: int) -> float:
    """Add the passages of one file; return how many seconds writing them took."""
    texts, vectors = likeness.texts(first, STEP), likeness.vectors(first, STEP)
    if not store.database.meta("embedder"):
        store.database.set_meta("embedder", IDENTITY)
        store.database.set_meta("dimension", str(vectors.shape[1]))
    documents, indexed = [], []
    for start in range(0, STEP, _PASSAGES):
        document, passages = _document(texts[start : start + _PASSAGES], first + start)
        documents.append(document)
        indexed += passages
    start_time = time.perf_counter()
    store.add_embeddings(_by_key(indexed, vectors))
    name = f"/generated/{first:09d}.jsonl"
    digest = hashlib.sha256(name.encode()).hexdigest()
    store.replace_file(FileState(name, STEP, 0, digest, "generated"), documents, indexed)
    return time.perf_counter() - start_time


def _document(texts: list[str], number: int) -> tuple[Document, list[FindablePassage]]:
    text, title = _JOINT.join(texts), f"Guideline {number} {' '.join(texts[0].split()[:4])}"
    name = hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()[:16]
    document = Document(id=name, title=title, text=text, issuer="Generated", published="2024")
    passages, start = [], 0
    for place, part in enumerate(texts):
        end = start + len(part)
        heading = " ".join(part.split()[:3])
        passage = Passage(
            id=f"{name}-{place}", document_id=name, heading_path=(heading,), start=start, end=end, text=part
        )
        # The vectors are not of the text: a number keeps those of two passages apart.
        passages.append(FindablePassage(passage, title, heading, part, embedded=f"{number} {place}"))
        start = end + len(_JOINT)
    return document, passages


def _by_key(indexed: list[FindablePassage], vectors: NDArray[np.float32]) -> dict[bytes, NDArray[np.float32]]:
    return {passage.key(): vector for passage, vector in zip(indexed, vectors, strict=True)}
