"""How fast an index is built, side by side with the usual LangChain route, and how far from the machine's limit.

Each route builds in its own process, the routes take turns, and the fastest turn of each counts: another program on the
machine can only slow a turn down. Knows how builds are compared. Does not know how each route builds.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.benchmarks.corpus import Corpus
from index.benchmarks.known_items import KnownItems
from index.benchmarks.limit import Limit, Shape, measure_limit
from index.benchmarks.routes import ROUTES, Built, RouteName, Task, vectors_file
from index.document import Frozen
from index.embedding import MOST_TOKENS, TOKENIZER_FILE, OnnxEmbedder
from index.errors import GuidelineIndexError
from index.exporting import export_onnx

Tell = Callable[[str], None]

# The route that the others are measured by: the same passages, the same model, the usual libraries.
_USUAL: RouteName = "langchain"
# The check of ranking embeds its passages once more with each precision.
_JUDGED = 1000


class Agreement(Frozen):
    """How close a route's vectors are to the usual route's, as cosines."""

    mean: float
    first_percentile: float


class Row(Frozen):
    """One route: its best turn, how many times as fast as the usual one, its vectors and the share of the limit."""

    built: Built
    times_as_fast: float
    agreement: Agreement | None
    share_of_limit: float | None


class BuildTable(Frozen):
    """The comparison, with the ceilings of the machine in 10^9 operations a second and what a passage needs."""

    passages: int
    mean_tokens: float
    threads: int
    float32_ceiling: float
    int8_ceiling: float
    needed: float
    ndcg_float32: float
    ndcg_int8: float
    questions: int
    rows: tuple[Row, ...]

    @property
    def cost_of_int8(self) -> float:
        """The share of nDCG at 10 that int8 loses; negative where it gains."""
        return 1.0 - self.ndcg_int8 / self.ndcg_float32 if self.ndcg_float32 else 0.0


def compare(
    corpus: Corpus,
    model: Path,
    workspace: Path,
    *,
    threads: int,
    rounds: int = 2,
    routes: Sequence[RouteName] = ROUTES,
    tell: Tell = lambda line: None,
) -> BuildTable:
    """Build the corpus by every route in turn, `rounds` times, and compare.

    Raises GuidelineIndexError when a route fails, EmbedderError when the model is of another kind.
    """
    tell("copying the model in both precisions")
    copies = {name: workspace / name / model.name for name in ("int8", "float32")}
    export_onnx(model, copies["int8"], "int8")
    export_onnx(model, copies["float32"], "float32")
    task = Task(
        files=corpus.files,
        passages=corpus.passages,
        documents=corpus.documents,
        model=model,
        copies=copies,
        threads=threads,
        workspace=workspace,
    )
    best = _take_turns(task, routes, rounds, tell)
    tell("measuring the limit and the ranking")
    lengths = _lengths(copies["float32"] / TOKENIZER_FILE, corpus.passages)
    limit = measure_limit(Shape.of(model), lengths, threads)
    ndcg, questions = _ranking(copies, corpus, threads)
    return BuildTable(
        passages=len(corpus.passages),
        mean_tokens=float(np.mean(lengths)),
        threads=threads,
        float32_ceiling=limit.float32,
        int8_ceiling=limit.int8,
        needed=limit.needed,
        ndcg_float32=ndcg["float32"],
        ndcg_int8=ndcg["int8"],
        questions=questions,
        rows=tuple(_row(task, built, best.get(_USUAL), limit) for built in best.values()),
    )


def _take_turns(task: Task, routes: Sequence[RouteName], rounds: int, tell: Tell) -> dict[RouteName, Built]:
    file = task.workspace / "task.json"
    file.write_text(task.model_dump_json(), encoding="utf-8")
    best: dict[RouteName, Built] = {}
    for turn in range(rounds):
        for route in routes:
            built = _in_own_process(file, task, route)
            tell(
                f"turn {turn + 1} of {rounds}: {route} {built.passages_per_second:.1f} passages/s{_disturbance(built)}"
            )
            if route not in best or built.seconds < best[route].seconds:
                best[route] = built
    return best


def _disturbance(built: Built) -> str:
    return "" if built.others is None else f", others took {built.others:.0%} of the cores"


def _in_own_process(file: Path, task: Task, route: RouteName) -> Built:
    # The number of threads is given to every library before it starts; telemetry of none is wanted.
    environment = os.environ | {"OMP_NUM_THREADS": str(task.threads), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "index.benchmarks.routes", str(file), route],
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise GuidelineIndexError(
            f"the route {route} failed ({reason[:300]}); it needs the extra: pip install 'wardround[bench]'"
        )
    return Built.model_validate_json((task.workspace / f"{route}.json").read_text(encoding="utf-8"))


def _row(task: Task, built: Built, usual: Built | None, limit: Limit) -> Row:
    precision = "int8" if built.route == "wardround-int8" else "float32"
    same = built.passages == len(task.passages) and built.route != "langchain-own-splitting"
    return Row(
        built=built,
        times_as_fast=built.passages_per_second / usual.passages_per_second if usual else float("nan"),
        agreement=_agreement(task, built.route) if same and usual else None,
        share_of_limit=built.passages_per_second / limit.passages_per_second(precision) if same else None,
    )


def _agreement(task: Task, route: RouteName) -> Agreement:
    ours, usual = (np.load(vectors_file(task, name), allow_pickle=False) for name in (route, _USUAL))
    cosines: NDArray[np.float32] = (ours * usual).sum(axis=1)
    return Agreement(mean=float(cosines.mean()), first_percentile=float(np.percentile(cosines, 1)))


def _lengths(tokenizer_file: Path, texts: Sequence[str]) -> list[int]:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(tokenizer_file))
    tokenizer.enable_truncation(MOST_TOKENS)
    tokenizer.no_padding()
    return [len(encoding.ids) for encoding in tokenizer.encode_batch(list(texts))]


def _ranking(copies: dict[str, Path], corpus: Corpus, threads: int) -> tuple[dict[str, float], int]:
    step = max(1, len(corpus.passages) // _JUDGED)
    known = KnownItems(corpus.passages[::step])
    scores = {name: known.ndcg(OnnxEmbedder(folder, threads).embed) for name, folder in copies.items()}
    return {name: float(each.mean()) if len(each) else 0.0 for name, each in scores.items()}, len(known.questions)
