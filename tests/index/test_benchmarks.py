from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from fakes import HashingEmbedder
from hypothesis import given
from hypothesis import strategies as st
from tiny_embedder import tiny_embedder

from index.benchmarks.build_command import as_text, build_command
from index.benchmarks.building import BuildTable, Row
from index.benchmarks.corpus import read_corpus
from index.benchmarks.known_items import KnownItems
from index.benchmarks.limit import Shape, measure_limit
from index.benchmarks.routes import ROUTES, Built, RouteName
from index.errors import GuidelineIndexError
from index.guideline_index import GuidelineIndex


def test_the_corpus_is_what_an_index_of_its_files_holds(tmp_path: Path) -> None:
    corpus = read_corpus([], 40)
    assert 40 <= len(corpus.passages) == len(set(corpus.passages))
    embedder = HashingEmbedder()
    index = GuidelineIndex.create(tmp_path / "index", embedder)
    index.add(corpus.files)
    assert embedder.embedded == len(corpus.passages)
    assert sorted(corpus.documents) == sorted(document.text for document in index.documents())


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["x", "y", "x y", "z w"])), min_size=1, max_size=12))
def test_ndcg_is_that_of_its_definition(pairs: list[tuple[str, str]]) -> None:
    known = KnownItems([f"{heading}: {text}" for heading, text in pairs])
    embed = HashingEmbedder(16).embed
    scores = embed(known.questions) @ embed(known.texts).T
    for question, found in enumerate(known.ndcg(embed)):
        ranked = sorted(range(len(pairs)), key=lambda place, question=question: (-scores[question, place], place))[:10]
        right = [pairs[place][0] == known.questions[question] for place in ranked]
        gained = sum(hit / math.log2(rank + 2) for rank, hit in enumerate(right))
        total = sum(heading == known.questions[question] for heading, _ in pairs)
        best = sum(1 / math.log2(rank + 2) for rank in range(min(10, total)))
        assert found == pytest.approx(gained / best)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_the_operations_are_those_that_torch_counts(tmp_path: Path) -> None:
    import torch
    from torch.utils.flop_counter import FlopCounterMode
    from transformers import AutoModel

    source = tiny_embedder(tmp_path)
    model = AutoModel.from_pretrained(
        source, attn_implementation="eager", local_files_only=True, add_pooling_layer=False
    )
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        model(input_ids=torch.ones((1, 37), dtype=torch.int64))
    assert Shape.of(source).operations(37) == counter.get_total_flops()


@pytest.mark.slow
def test_the_ceilings_are_at_least_what_numpy_reaches() -> None:
    import time

    limit = measure_limit(Shape(layers=2, hidden=384, inner=1536), [100, 200], threads=1)
    a, b = np.ones((150, 384), np.float32), np.ones((384, 1536), np.float32)
    times = []
    for _ in range(20):
        start = time.perf_counter()
        a @ b
        times.append(time.perf_counter() - start)
    numpy_rate = 2 * 150 * 384 * 1536 / min(times) / 1e9
    assert limit.float32 > numpy_rate / 20
    assert limit.needed == pytest.approx(
        (Shape(2, 384, 1536).operations(100) + Shape(2, 384, 1536).operations(200)) / 2e9
    )
    assert limit.passages_per_second("int8") == limit.int8 / limit.needed


def _has_langchain() -> bool:
    from importlib.util import find_spec

    return bool(find_spec("langchain_community") and find_spec("langchain_text_splitters"))


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.skipif(not _has_langchain(), reason="needs the extra: pip install 'wardround[bench]'")
def test_all_routes_build_the_same_passages_and_the_table_says_how(tmp_path: Path) -> None:
    source = tiny_embedder(tmp_path)
    result = CliRunner().invoke(
        build_command,
        ["--model", str(source), "--passages", "12", "--rounds", "1", "--json"],
        catch_exceptions=False,
    )
    assert result.exit_code == 0, result.stderr
    table = BuildTable.model_validate_json(result.stdout)
    rows = {row.built.route: row for row in table.rows}
    assert set(rows) == set(ROUTES)
    for route in ("wardround-int8", "wardround-float32", "langchain"):
        assert rows[route].built.passages == table.passages
        assert rows[route].built.peak_megabytes > 50
    assert rows["langchain"].times_as_fast == 1.0
    assert rows["wardround-float32"].agreement.mean > 0.99999
    assert rows["wardround-int8"].agreement.mean > 0.99
    text = as_text(table)
    assert text.count("\n|") == 1 + len(ROUTES)
    assert f"{table.passages:,} passages" in text


@pytest.mark.slow
def test_a_route_that_fails_is_one_line(tmp_path: Path) -> None:
    from index.benchmarks.building import _in_own_process
    from index.benchmarks.routes import Task

    (tmp_path / "task.json").write_text(json.dumps({"files": []}))
    task = Task(files=(), passages=(), documents=(), model=tmp_path, copies={}, threads=1, workspace=tmp_path)
    with pytest.raises(GuidelineIndexError, match="the route langchain failed") as failed:
        _in_own_process(tmp_path / "task.json", task, "langchain")
    assert "\n" not in str(failed.value)


def test_a_build_that_other_programs_disturbed_is_said_to_be_so() -> None:
    def row(route: RouteName, others: float | None) -> Row:
        built = Built(route=route, passages=10, seconds=2.0, peak_megabytes=100.0, others=others)
        return Row(built=built, times_as_fast=1.0, agreement=None, share_of_limit=None)

    table = BuildTable(
        passages=10,
        mean_tokens=100.0,
        threads=2,
        float32_ceiling=300.0,
        int8_ceiling=2000.0,
        needed=3.0,
        ndcg_float32=0.5,
        ndcg_int8=0.49,
        questions=10,
        rows=(row("wardround-int8", 0.01), row("wardround-float32", None), row("langchain", 0.3)),
    )
    assert table.cost_of_int8 == pytest.approx(0.02)
    assert as_text(table).splitlines()[-1].endswith("run it again: LangChain, same passages.")
    assert "costs +2.00%" in as_text(table)
