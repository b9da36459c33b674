"""The systems and their comparison: the baseline against brute force, its cache, and scores against a plain count."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fakes import HashingEmbedder

from assistant.errors import UsageError
from finetune.retrieval import systems
from finetune.retrieval.baseline_vectors import vectors_of
from finetune.retrieval.comparing import NDCG, score
from finetune.retrieval.docnos import PASSAGE, Level
from finetune.retrieval.judged import JudgedQuery, JudgedSet
from finetune.retrieval.measures import mean_interval, ndcg
from finetune.retrieval.running import NO_BASELINE, NO_WRAPPER, compared
from finetune.retrieval.systems import PlainVectors, Ranked, of_index
from finetune.retrieval.telling import describe
from finetune.retrieval.untuned import untuned_embedder
from index.embedding import SentenceTransformerEmbedder
from index.guideline_index import GuidelineIndex

QUERY = JudgedQuery("1", "barking cough at night with fever")


@pytest.fixture(scope="module")
def index(small_index: Path) -> Iterator[GuidelineIndex]:
    index = GuidelineIndex.open(small_index, HashingEmbedder())
    yield index
    index.close()


@pytest.fixture
def judged(index: GuidelineIndex) -> JudgedSet:
    """Each passage is what its own first words ask for, half of them called by another type."""
    passages = [passage for document in index.documents() for passage in index.passages_of(document.id)][:20]
    queries = tuple(
        JudgedQuery(passage.id, " ".join(passage.text.split()[:8]), "even" if place % 2 else "odd")
        for place, passage in enumerate(passages)
    )
    return JudgedSet(queries, {query.id: {query.id: 1} for query in queries})


@pytest.fixture(params=[True, False], ids=["with LangChain", "without"])
def langchain(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    if request.param and not systems.has_langchain():
        pytest.skip("langchain-community is not installed")
    monkeypatch.setattr(systems, "has_langchain", lambda: request.param)
    monkeypatch.setattr("finetune.retrieval.running.has_langchain", lambda: request.param)
    return bool(request.param)


def test_the_baseline_finds_what_brute_force_finds(index, tmp_path, langchain):
    plain, embedder = PlainVectors.over(index, HashingEmbedder(), tmp_path), HashingEmbedder()
    passages = [passage for document in index.documents() for passage in index.passages_of(document.id)]
    similar = embedder.embed([passage.text for passage in passages]) @ embedder.embed([QUERY.text])[0]
    by_id = {passage.id: float(score) for passage, score in zip(passages, similar, strict=True)}
    found = [by_id[one.passage_id] for one in plain.ranked(QUERY, 10)]
    assert found == pytest.approx(sorted(by_id.values(), reverse=True)[:10], abs=1e-5)


def test_the_systems_of_an_index_search_on_the_path_they_are_named_for(index):
    words, meaning, both = of_index(index)
    assert [words.name, meaning.name, both.name] == ["bm25", "dense", "hybrid"]
    unknown = JudgedQuery("1", "zzzz")
    assert words.ranked(unknown, 5) == []
    assert len(meaning.ranked(unknown, 5)) == 5
    passages = [passage for document in index.documents() for passage in index.passages_of(document.id)]
    vectors = index.vectors_for([passage.id for passage in passages])
    nearest = passages[int(np.argmax(vectors @ index.embed_query(QUERY.text)))]
    assert meaning.ranked(QUERY, 1)[0].passage_id == nearest.id


def test_vectors_are_made_once_and_by_text(tmp_path):
    embedder = HashingEmbedder()
    first = vectors_of(["a b", "c", "a b"], embedder, tmp_path)
    assert (embedder.embedded, first.shape) == (2, (3, 64))
    told: list[tuple[int, int]] = []
    again = vectors_of(["c", "d e f", "a b"], embedder, tmp_path, lambda done, total: told.append((done, total)))
    assert (embedder.embedded, told) == (3, [(1, 1)])
    assert np.array_equal(again[[0, 2]], first[[1, 0]])


def test_a_damaged_cache_and_one_of_another_embedder_are_not_used(tmp_path):
    vectors_of(["a"], HashingEmbedder(), tmp_path)
    for file in tmp_path.iterdir():
        file.write_bytes(file.read_bytes()[:100])
    embedder, other = HashingEmbedder(), HashingEmbedder(name="other")
    expected = embedder.embed(["a"])
    assert np.array_equal(vectors_of(["a"], embedder, tmp_path), expected)
    vectors_of(["a"], other, tmp_path)
    assert (embedder.embedded, other.embedded) == (2, 1)


def test_a_comparison_is_the_mean_of_what_each_query_scored(index, judged, tmp_path, langchain):
    comparison = compared(index, judged, HashingEmbedder(), tmp_path)
    assert [one.system for one in comparison.scores] == ["bm25", "dense", "hybrid", "langchain-faiss"]
    assert comparison.notes == (() if langchain else (NO_WRAPPER,))
    told = comparison.as_json()
    words = of_index(index)[0]
    plain = [ndcg([found.passage_id for found in words.ranked(q, 10)], judged.grades[q.id]) for q in judged.queries]
    assert told["systems"][0][NDCG] == pytest.approx(np.mean(plain), abs=1e-4)
    assert told["systems"][0]["by_type"]["odd"][NDCG] == pytest.approx(np.mean(plain[::2]), abs=1e-4)
    assert (told["queries"], told["unmatched_docnos"], told["judged_at"]) == (20, 0, PASSAGE)
    for system in told["systems"]:
        low, high = system[f"{NDCG}_interval"]
        assert 0.0 <= low <= system[NDCG] <= high <= 1.0
        assert system["median_ms"] > 0


def test_a_set_without_an_answer_is_refused(index, judged, tmp_path):
    unanswered = JudgedSet(judged.queries, {query.id: {query.id: 0} for query in judged.queries})
    for empty in (JudgedSet(()), unanswered):
        with pytest.raises(UsageError, match="no query has an answer"):
            compared(index, empty, None, tmp_path)


def test_differences_are_paired_and_relative(index, judged, tmp_path):
    comparison = compared(index, judged, None, tmp_path)
    assert comparison.notes == (NO_BASELINE,)
    words, _, both = comparison.scores
    [overall] = [one for one in comparison.differences() if one.over == "bm25" and not one.type]
    pairs = [own - theirs for own, theirs in zip(both.values[NDCG], words.values[NDCG], strict=True)]
    assert overall.interval == mean_interval([pairs])
    assert overall.relative == pytest.approx(np.mean(pairs) / np.mean(words.values[NDCG]))
    assert {one.type for one in comparison.differences()} == {"", "odd", "even"}


def test_the_untuned_embedder_is_the_copy_of_the_published_weights_and_no_other(tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "model.safetensors").write_bytes(b"weights")
    sha256 = hashlib.sha256(b"weights").hexdigest()
    for name, made_of in (("a-tuned", "0" * 12), ("an-int8", sha256[:12]), ("plain", sha256[:12])):
        (tmp_path / name).mkdir()
        facts = {"identity": f"{name}@{made_of}", "dimension": 384}
        (tmp_path / name / "embedder.json").write_text(json.dumps(facts), encoding="utf-8")
    assert untuned_embedder(tmp_path).identity == f"plain@{sha256[:12]}"
    (tmp_path / "plain" / "embedder.json").unlink()
    assert isinstance(untuned_embedder(tmp_path), SentenceTransformerEmbedder)


class Scripted:
    """A system that finds what it was told to."""

    name = "hybrid"

    def __init__(self, *found: str) -> None:
        self.found = found

    def ranked(self, query: JudgedQuery, limit: int) -> list[Ranked]:
        return [Ranked(f"{name}-{place:04d}", name) for place, name in enumerate(self.found)][:limit]


def test_documents_are_judged_by_their_best_passage():
    judged = JudgedSet((QUERY,), {"1": {"a": 2, "b": 1}})
    level = Level("title", {"doc-a": "a", "doc-b": "b"}, ())
    scores = score(Scripted(*["doc-a"] * 30, "doc-b"), judged, level)
    assert scores.values[NDCG] == (1.0,)


def test_the_table_tells_every_system_and_what_must_be_known(index, judged, tmp_path):
    unknown = JudgedQuery("x", "anything", "odd")
    wider = JudgedSet((*judged.queries, unknown), {**judged.grades, judged.queries[0].id: {"lost": 1}})
    lines: list[str] = []
    describe(compared(index, wider, HashingEmbedder(), tmp_path), lines.append)
    text = "\n".join(lines)
    assert "20 queries, 20 docnos judged at: passage id" in text
    assert "1 docnos are not in the index" in text
    assert "1 queries have nothing judged relevant" in text
    assert text.count("langchain-faiss") >= 5
    assert max(map(len, lines)) <= 128
