"""Where a benchmark's real passages and questions come from: the starter notes, or any index there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.benchmarks.likeness import HashedWords, Seed
from index.blocks import vector_blocks
from index.database import Database
from index.embedding import open_embedder
from index.guideline_index import GuidelineIndex
from index.reading import STARTER_FOLDER, find_files, read_path
from index.splitting import split
from index.terms import words
from index.tuned import query_vectors

_SHORT_FORMS = ("what is the treatment of {}", "how is {} diagnosed", "{}", "signs and symptoms of {}")
_LONG_WORDS = 130


_Embed = Callable[[Sequence[str]], NDArray[np.float32]]


def starter_seed(queries: int) -> Seed:
    """Return the starter notes as a seed; words alone make the vectors, so that no model is needed."""
    documents = [document for file in find_files([STARTER_FOLDER]) for document in read_path(file)]
    texts = [passage.text for document in documents for passage in split(document)]
    embed = HashedWords(texts).embed
    return _seed(texts, embed(texts), [document.title for document in documents], embed, queries)


def index_seed(folder: Path, embedder: Path | None, queries: int) -> Seed:
    """Return the passages of an index as a seed, with their vectors; the questions' are made by the embedder it has.

    Without an embedder a question's vector is that of the passage it was made from.
    """
    index = GuidelineIndex.open(folder)
    try:
        texts, titles = _texts(index), [document.title for document in index.documents()]
    finally:
        index.close()
    database = Database.open(folder)
    try:
        dimension = int(database.meta("dimension"))
        vectors = np.concatenate([block for _, block in vector_blocks(database, dimension)])
    finally:
        database.close()
    embed = partial(query_vectors, open_embedder(embedder)) if embedder else None
    return _seed(texts, vectors, titles, embed, queries)


def _texts(index: GuidelineIndex) -> list[str]:
    return [passage.text for document in index.documents() for passage in index.passages_of(document.id)]


def _seed(
    texts: list[str], vectors: NDArray[np.float32], titles: list[str], embed: _Embed | None, queries: int
) -> Seed:
    random = np.random.default_rng(7)
    places = random.choice(len(texts), min(queries, len(texts)), replace=False)
    short = [_SHORT_FORMS[n % 4].format(titles[random.integers(len(titles))].lower()) for n in range(len(places))]
    long = [_narrative(texts, int(place)) for place in places]
    if embed is None:
        return Seed(texts, vectors, short, vectors[random.choice(len(texts), len(short))], long, vectors[places])
    return Seed(texts, vectors, short, embed(short), long, embed(long))


def _narrative(texts: list[str], place: int) -> str:
    """Return the words of a passage and of those after it, as many as a case of some length has."""
    said: list[str] = []
    while len(said) < _LONG_WORDS:
        said += words(texts[place % len(texts)])
        place += 1
    return " ".join(said[:_LONG_WORDS])
