"""Build an index by one route, timed, in a process of its own so that its memory can be told apart.

Run by `index.benchmarks.building` as `python -m index.benchmarks.routes TASK ROUTE`. Models are loaded and have embedded
one text before the clock starts. Knows how each route builds. Does not know how routes are compared.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from index.benchmarks.memory import peak_megabytes
from index.document import Frozen

RouteName = Literal["wardround-int8", "wardround-float32", "langchain", "langchain-own-splitting"]
ROUTES: tuple[RouteName, ...] = ("wardround-int8", "wardround-float32", "langchain", "langchain-own-splitting")
Vectors = NDArray[np.float32]
_WARM_UP = "Sudden pain in one joint."


class Task(Frozen):
    """What every route builds from: the files, and what Wardround reads from them as documents and passages."""

    files: tuple[Path, ...]
    passages: tuple[str, ...]
    documents: tuple[str, ...]
    model: Path
    copies: dict[str, Path]
    threads: int
    workspace: Path


class Built(Frozen):
    """How a build went; `others` is the share of the cores that other programs took meanwhile, where it can be told."""

    route: RouteName
    passages: int
    seconds: float
    peak_megabytes: float
    others: float | None = None

    @property
    def passages_per_second(self) -> float:
        """Passages over seconds."""
        return self.passages / self.seconds


class _Clock(NamedTuple):
    seconds: float
    own: float
    all: float | None

    @classmethod
    def now(cls) -> _Clock:
        own = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return cls(time.perf_counter(), sum(one.ru_utime + one.ru_stime for one in own), _busy_seconds())

    def others(self, since: _Clock, threads: int) -> float | None:
        """Return the share of `threads` cores that other programs took since then."""
        if self.all is None or since.all is None:
            return None
        busy = (self.all - since.all) - (self.own - since.own)
        return max(0.0, busy / (threads * max(self.seconds - since.seconds, 1e-9)))


def _busy_seconds() -> float | None:
    """Return for how many seconds the cores of this machine have been busy, summed; None where it cannot be told."""
    try:
        fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]
    except OSError:
        return None
    user, nice, system, _idle, _waiting, *more = map(int, fields)
    ticks: float = user + nice + system + sum(more[:3])
    return ticks / 100


def vectors_file(task: Task, route: RouteName) -> Path:
    """Return where a route leaves the vectors of the task's passages, in their order."""
    return task.workspace / f"{route}.npy"


def build(task: Task, route: RouteName) -> Built:
    """Build by one route, leave its vectors in the workspace, and say how it went."""
    prepared = _prepared(task, route)
    before = _Clock.now()
    finish = prepared()
    after = _Clock.now()
    peak = peak_megabytes()
    vectors = finish()
    np.save(vectors_file(task, route), vectors, allow_pickle=False)
    others = after.others(before, task.threads)
    return Built(
        route=route,
        passages=len(vectors),
        seconds=after.seconds - before.seconds,
        peak_megabytes=peak,
        others=others,
    )


Finish = Callable[[], Vectors]


def _prepared(task: Task, route: RouteName) -> Callable[[], Finish]:
    """Return the build as a function that returns how its vectors are read back."""
    if route.startswith("wardround-"):
        return _wardround(task, route.removeprefix("wardround-"))
    return _langchain(task, own_splitting=route == "langchain-own-splitting")


def _wardround(task: Task, precision: str) -> Callable[[], Finish]:
    import tempfile

    from index.embedding import open_embedder
    from index.guideline_index import GuidelineIndex
    from index.search import Query

    embedder = open_embedder(task.copies[precision], task.threads)
    embedder.embed([_WARM_UP])

    def run() -> Finish:
        # Kept until the process ends.
        folder = Path(tempfile.mkdtemp(dir=task.workspace))
        index = GuidelineIndex.create(folder, embedder)
        index.add(task.files)
        index.search(Query(text=_WARM_UP), limit=1)  # builds the caches of the vectors and words
        return lambda: _in_order(index, task)

    return run


def _in_order(index: Any, task: Task) -> Vectors:
    """Return the vectors of the task's passages as the index holds them. It must hold just these."""
    from index.benchmarks.corpus import embedded_texts

    rows = [row for document in index.documents() for row in embedded_texts(document)]
    stored = index.vectors_for([passage_id for passage_id, _ in rows])
    found = {text: vector for (_, text), vector in zip(rows, stored, strict=True)}
    if set(found) != set(task.passages):
        raise RuntimeError(f"the index holds {len(found)} passages that differ from the {len(task.passages)} read")
    return np.stack([found[text] for text in task.passages])


def _langchain(task: Task, *, own_splitting: bool) -> Callable[[], Finish]:
    import torch
    from langchain_community.vectorstores import FAISS
    from langchain_core.documents import Document
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    torch.set_num_threads(task.threads)
    embeddings = _hugging_face_embeddings(task.model)
    embeddings.embed_documents([_WARM_UP])

    def run() -> Finish:
        documents = [Document(page_content=text) for text in (task.documents if own_splitting else task.passages)]
        if own_splitting:
            # The sizes of LangChain's own tutorials.
            documents = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200).split_documents(documents)
        store = FAISS.from_documents(documents, embeddings)
        return lambda: np.asarray(store.index.reconstruct_n(0, len(documents)), np.float32)

    return run


def _hugging_face_embeddings(model: Path) -> Any:
    """Return LangChain's class, or the same calls where it cannot be installed beside this program's libraries."""
    try:
        from langchain_huggingface import HuggingFaceEmbeddings
    except ImportError:
        return _same_calls(model)
    return HuggingFaceEmbeddings(model_name=str(model), model_kwargs={"local_files_only": True})


def _same_calls(name: Path) -> Any:
    from langchain_core.embeddings import Embeddings
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(name), local_files_only=True, trust_remote_code=False)

    class SameCalls(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            rows: list[list[float]] = model.encode(
                [text.replace("\n", " ") for text in texts], show_progress_bar=False
            ).tolist()
            return rows

        def embed_query(self, text: str) -> list[float]:
            return self.embed_documents([text])[0]

    return SameCalls()


def main(task_file: str, route: str) -> None:
    """Read the task, build, and leave what `build` says beside the vectors."""
    task = Task.model_validate_json(Path(task_file).read_text(encoding="utf-8"))
    name: RouteName = TypeAdapter(RouteName).validate_python(route)
    built = build(task, name)
    (task.workspace / f"{name}.json").write_text(built.model_dump_json(), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
