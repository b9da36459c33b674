"""The verdict on a tuned query side, and what ships: better where it counts, worse nowhere, judged on nothing learnt."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from fakes import HashingEmbedder

from assistant.errors import TrainingError
from finetune.checkpoints import Point
from finetune.examples import sha256_of
from finetune.retrieval.judged import JudgedQuery, JudgedSet
from finetune.retriever.judging import ALL, Gain, compare, judge, keep, read_verdict, without_learnt
from finetune.retriever.query_side import RetrieverRecord
from finetune.retriever.recipe import RetrieverRecipe
from finetune.retriever.shipping import ship
from finetune.retriever.taught import SourceRecord
from index.embedding import Vectors
from index.guideline_index import GuidelineIndex
from index.tuned import QueryTunedEmbedder

# What people call them, and what the texts do: only the tuned side knows that both mean the same.
MEANT = {"podagra": "gout", "lockjaw": "tetanus", "paludism": "malaria", "laryngotracheitis": "croup"}


class _Knowing:
    """Embeds queries as the texts would put them."""

    identity, dimension = "knowing@0", 64

    def embed(self, texts: Sequence[str], progress: object = None) -> Vectors:
        return HashingEmbedder().embed([" ".join(MEANT.get(word, word) for word in text.split()) for text in texts])


class _Confused(_Knowing):
    def embed(self, texts: Sequence[str], progress: object = None) -> Vectors:
        return HashingEmbedder().embed([text[::-1] for text in texts])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("judged")
    for name in (*MEANT.values(), "scabies", "measles"):
        (folder / f"{name}.md").write_text(f"# {name}\n\nThis tells of {name} and how {name} goes.\n")
    index = GuidelineIndex.create(folder / "index", HashingEmbedder())
    index.add([folder])
    index.close()
    return folder


@pytest.fixture(scope="module")
def judged(folder: Path) -> JudgedSet:
    index = GuidelineIndex.open(folder / "index")
    passage = {document.title.casefold(): index.passages_of(document.id)[0].id for document in index.documents()}
    index.close()
    asked = [(word, name, "by another name") for word, name in MEANT.items()]
    asked += [(name, name, "by its name") for name in MEANT.values()]
    queries = tuple(JudgedQuery(f"q{place}", text, kind, name) for place, (text, name, kind) in enumerate(asked))
    return JudgedSet(queries, {query.id: {passage[query.topic]: 1} for query in queries})


def test_a_side_that_knows_more_names_may_ship_and_a_confused_one_not(folder: Path, judged: JudgedSet) -> None:
    plain = HashingEmbedder()
    better = compare(folder / "index", plain, QueryTunedEmbedder(plain, _Knowing()), judged, (), "a" * 64)
    assert (better.verdict, better.queries_left_out, better.passages) == ("ship", 0, 6)
    gains = {(gain.system, gain.type): gain for gain in better.gains}
    # Two words may fall on one place of the hashes, so not all are first.
    assert gains["hybrid", "by another name"].tuned > 0.9 > 0.7 > gains["hybrid", "by another name"].untuned
    assert gains["dense", "by its name"].difference == 0.0
    assert gains["hybrid", ALL].queries == len(judged.queries)
    mean = sum(gains["hybrid", kind].difference for kind in ("by another name", "by its name")) / 2
    assert gains["hybrid", ALL].difference == pytest.approx(mean, abs=1e-4)
    worse = compare(folder / "index", plain, QueryTunedEmbedder(plain, _Confused()), judged, (), "a" * 64)
    assert worse.verdict == "do not ship"
    assert worse.why.startswith("worse than untuned: ")
    same = compare(folder / "index", plain, plain, judged, (), "a" * 64)
    assert (same.verdict, {gain.difference for gain in same.gains}) == ("do not ship", {0.0})


def test_queries_whose_answers_were_learnt_are_left_out(folder: Path, judged: JudgedSet) -> None:
    learnt = list(judged.grades["q0"])
    fair = without_learnt(judged, learnt)
    assert {query.topic for query in judged.queries} - {query.topic for query in fair.queries} == {
        judged.queries[0].topic
    }
    verdict = compare(folder / "index", HashingEmbedder(), HashingEmbedder(), judged, learnt, "")
    assert verdict.queries_left_out == 2
    everything = [passage for grades in judged.grades.values() for passage in grades]
    with pytest.raises(TrainingError, match="no judged query is left"):
        compare(folder / "index", HashingEmbedder(), HashingEmbedder(), judged, everything, "")


def _gain(system: str, kind: str, low: float, high: float) -> Gain:
    return Gain(
        system=system, type=kind, queries=9, untuned=0.5, tuned=0.5, difference=(low + high) / 2, low=low, high=high
    )


@pytest.mark.parametrize(
    ("overall", "one_type", "verdict"),
    [
        ((0.01, 0.03), (-0.01, 0.02), "ship"),
        ((0.0, 0.03), (-0.01, 0.02), "do not ship"),
        ((0.01, 0.03), (-0.02, -0.001), "do not ship"),
        ((-0.03, -0.01), (0.01, 0.02), "do not ship"),
    ],
)
@pytest.mark.parametrize("system", ["hybrid", "dense"])
def test_the_verdict_goes_by_intervals(
    overall: tuple[float, float], one_type: tuple[float, float], verdict: str, system: str
) -> None:
    gains = [_gain("hybrid", ALL, *overall), _gain(system, "question", *one_type)]
    assert judge(gains, "", 1, 0).verdict == verdict


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    folder = tmp_path / "trained"
    folder.mkdir()
    (folder / "adapter_model.safetensors").write_bytes(b"weights")
    (folder / "adapter_config.json").write_text("{}")
    recipe = RetrieverRecipe(output=folder, sources=("nstg",), steps=3, strength=0.5)
    record = RetrieverRecord(
        run="r",
        base="tiny",
        base_sha256="b" * 64,
        recipe=recipe.model_dump(mode="json", exclude={"output"}),
        sources=(SourceRecord(name="nstg", what="Guidelines", licence="CC BY 4.0", sha256="c" * 64, pairs=12),),
        pairs={"question": {"nstg": 12}},
        pairs_sha256="d" * 64,
        validation_pairs=3,
        passages=40,
        seconds=60.0,
        pairs_per_second=3.2,
        curve=(
            Point(step=0, loss=None, learning_rate=0, validation_loss=3.5),
            Point(step=3, loss=2, learning_rate=1e-4),
        ),
        adapter_sha256=sha256_of(folder / "adapter_model.safetensors"),
    )
    (folder / "training.json").write_text(record.model_dump_json())
    return folder


def test_only_what_was_judged_and_may_ship_ships(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="was not evaluated"):
        ship(trained, tmp_path / "out")
    sha256 = json.loads((trained / "training.json").read_text())["adapter_sha256"]
    gains = [_gain("hybrid", ALL, -0.01, 0.03)]
    keep(judge(gains, sha256, 100, 4), trained)
    with pytest.raises(TrainingError, match="may not ship: no difference that excludes zero"):
        ship(trained, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    ship(trained, tmp_path / "forced", force=True)
    assert "Verdict: **do not ship**" in (tmp_path / "forced" / "MODEL_CARD.md").read_text()
    keep(judge([_gain("hybrid", ALL, 0.01, 0.03)], "e" * 64, 100, 4), trained)
    with pytest.raises(TrainingError, match="was not evaluated"):
        ship(trained, tmp_path / "out")


def test_what_ships_says_what_it_was_made_of_and_how_good_it_is(trained: Path, tmp_path: Path) -> None:
    sha256 = json.loads((trained / "training.json").read_text())["adapter_sha256"]
    verdict = judge([_gain("hybrid", ALL, 0.01, 0.03), _gain("dense", "vignette", -0.01, 0.02)], sha256, 31000, 4)
    keep(verdict, trained)
    assert read_verdict(trained) == verdict
    files = ship(trained, tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(files)
    card = (tmp_path / "out" / "MODEL_CARD.md").read_text()
    for words in (
        "CC BY 4.0",
        "b" * 64,
        sha256,
        "+0.020 (+0.010 to +0.030)",
        "31,000 passages",
        "50 % is kept",
        "## Limits",
    ):
        assert words in card
    assert (tmp_path / "out" / "adapter_model.safetensors").read_bytes() == b"weights"
