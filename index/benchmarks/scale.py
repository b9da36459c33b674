"""One row of the table of scale: an index grown to some number of passages, its caches, its size and its searches.

Each stage runs in a process of its own, so that its memory is its own, and what it found is kept beside the index: a
stopped run goes on where it stood. Knows stages and figures; does not know how they are shown.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.benchmarks.growing import IDENTITY, STEP, grow
from index.benchmarks.likeness import Likeness, Seed
from index.benchmarks.memory import peak_megabytes
from index.benchmarks.searching import SearchFigures, Timing, measure, nearest_exactly, questions
from index.benchmarks.seeds import index_seed, starter_seed
from index.cache_files import size_on_disk
from index.database import DATABASE_NAME, Database
from index.document import Frozen
from index.guideline_index import GuidelineIndex
from index.path_scores import PathScores
from index.search import Query
from index.store import Store

Say = Callable[[str], None]
_Figures = TypeVar("_Figures", bound=Frozen)


class Setting(Frozen):
    """What a row is measured on: the seed's index and embedder where given, and how many questions of each kind."""

    folder: Path
    passages: int
    seed: Path | None = None
    embedder: Path | None = None
    queries: int = 100


class Growth(Frozen):
    """What it took to write text, postings and vectors, making them up left out."""

    seconds: float
    peak_mb: int


class Caches(Frozen):
    """What it took to make the caches anew, and to bring them up to date after a file of 5,000 more passages."""

    vectors_seconds: float
    words_seconds: float
    update_seconds: float
    peak_mb: int
    kind: str


class Searches(Frozen):
    """Opening and searching: `hybrid` is the whole of a search, from the question to ten hits, but for its embedding.

    `fresh` is the same for the first questions after opening, when nothing that they touch is in the process's memory.
    """

    open_seconds: float
    fresh: Timing
    hybrid_short: Timing
    hybrid_long: Timing
    short: SearchFigures
    long: SearchFigures
    peak_mb: int
    embedding_ms: Timing | None


class Row(Frozen):
    """Everything measured at one number of passages; sizes are in MB. The last 5,000 are what the caches were updated by."""

    passages: int
    written: int
    growth: Growth
    caches: Caches
    searches: Searches
    database_mb: int
    vectors_mb: int
    words_mb: int


def measure_row(setting: Setting, say: Say = lambda _: None) -> Row:
    """Grow an index in the setting's folder and measure it; stages done before are not done again."""
    setting.folder.mkdir(parents=True, exist_ok=True)
    say(f"{setting.passages:,} passages: writing text, postings and vectors")
    growth = _stage(setting, "growth", Growth, _grow)
    say("making the caches")
    caches = _stage(setting, "caches", Caches, _make_caches)
    say("searching, and searching exactly")
    searches = _stage(setting, "searches", Searches, _search)
    database = Database.open(setting.folder)
    try:
        paths, count = PathScores(setting.folder, Store(database)), Store(database).count("passages")
        generation = database.generation
        return Row(
            passages=count,
            written=count - STEP,
            growth=growth,
            caches=caches,
            searches=searches,
            database_mb=_mb(setting.folder / DATABASE_NAME),
            vectors_mb=_mb(paths.vectors.files.at(generation)),
            words_mb=_mb(paths.words.files.at(generation)),
        )
    finally:
        database.close()


def _stage(setting: Setting, name: str, kind: type[_Figures], work: Callable[[Setting], _Figures]) -> _Figures:
    file = setting.folder / f"{name}.json"
    if file.is_file():
        return kind.model_validate_json(file.read_text(encoding="utf-8"))
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        figures = pool.submit(work, setting).result()
    file.write_text(figures.model_dump_json(indent=1), encoding="utf-8")
    return figures


def _seed(setting: Setting) -> Seed:
    return (
        index_seed(setting.seed, setting.embedder, setting.queries) if setting.seed else starter_seed(setting.queries)
    )


def _grow(setting: Setting) -> Growth:
    seed = _seed(setting)
    likeness = Likeness(seed.texts, seed.vectors)
    # The last file comes later, to see what it costs to bring the caches up to date.
    seconds = grow(setting.folder, likeness, setting.passages - STEP)
    return Growth(seconds=round(seconds, 1), peak_mb=round(peak_megabytes()))


def _make_caches(setting: Setting) -> Caches:
    database = Database.open(setting.folder)
    try:
        dimension = int(database.meta("dimension"))
        paths = PathScores(setting.folder, Store(database))
        paths.clear()
        with database.reading():
            vectors_seconds = _seconds(lambda: paths.vectors.at(database.generation, dimension))
            words_seconds = _seconds(lambda: paths.words.at(database.generation))
        seed = _seed(setting)
        grow(setting.folder, Likeness(seed.texts, seed.vectors), setting.passages)
        with database.reading():
            update_seconds = _seconds(lambda: paths.prepare(database.generation, dimension))
            kind = paths.vectors.at(database.generation, dimension).plan.reason
    finally:
        database.close()
    return Caches(
        vectors_seconds=vectors_seconds,
        words_seconds=words_seconds,
        update_seconds=update_seconds,
        peak_mb=round(peak_megabytes()),
        kind=kind,
    )


class _Prepared:
    """An embedder of texts whose vectors are there already, so that a search is timed without embedding."""

    identity = IDENTITY

    def __init__(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
        self.dimension = vectors.shape[1]
        self._vectors = dict(zip(texts, vectors, strict=True))

    def embed(self, texts: Sequence[str], progress: Any = None) -> NDArray[np.float32]:
        return np.stack([self._vectors[text] for text in texts])


def _search(setting: Setting) -> Searches:
    seed = _seed(setting)
    texts = [*seed.short, *seed.long]
    embedder = _Prepared(texts, np.concatenate([seed.short_vectors, seed.long_vectors]))
    start = time.perf_counter()
    index = GuidelineIndex.open(setting.folder, embedder)
    index.search(Query(text=seed.short[0], expand=False))
    opened = time.perf_counter() - start
    fresh = _timed(index, texts)
    short_time, long_time = (_timed(index, kind) for kind in (seed.short, seed.long))
    index.close()
    peak = round(peak_megabytes())
    short, long = _compare(setting, seed)
    return Searches(
        open_seconds=round(opened, 3),
        fresh=fresh,
        hybrid_short=short_time,
        hybrid_long=long_time,
        short=short,
        long=long,
        peak_mb=peak,
        embedding_ms=_embedding(setting, texts),
    )


def _compare(setting: Setting, seed: Seed) -> tuple[SearchFigures, SearchFigures]:
    short, long = questions(seed.short, seed.short_vectors), questions(seed.long, seed.long_vectors)
    database = Database.open(setting.folder)
    try:
        store = Store(database)
        exact = nearest_exactly(store, [*short, *long])
        paths = PathScores(setting.folder, store)
        return measure(paths, store, short, exact[: len(short)]), measure(paths, store, long, exact[len(short) :])
    finally:
        database.close()


def _embedding(setting: Setting, texts: Sequence[str]) -> Timing | None:
    if setting.embedder is None:
        return None
    from index.embedding import open_embedder
    from index.tuned import query_vectors

    embed = partial(query_vectors, open_embedder(setting.embedder))
    embed(texts[:1])
    return Timing.of([_seconds(partial(embed, [text])) for text in texts])


def _timed(index: GuidelineIndex, texts: Sequence[str]) -> Timing:
    return Timing.of([_seconds(partial(index.search, Query(text=text, expand=False))) for text in texts])


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _mb(place: Path) -> int:
    return round(size_on_disk(place) / 2**20)
