"""Training the query side with a tiny random embedder: it learns, it goes on after a kill, and only queries change."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tiny_retriever import tiny_encoder, write_sources

from assistant.errors import ModelMissing, TrainingError, UsageError
from assistant.settings import Settings
from finetune.retriever.query_side import RetrieverRecord, read_record
from finetune.retriever.recipe import RetrieverRecipe
from finetune.retriever.training import Step, learning_rate
from finetune.retriever.tuning import Watching, train
from index.embedding import SentenceTransformerEmbedder
from index.tuned import merge_adapter

SHIPPED = Path(__file__).parents[2] / "finetune" / "configs" / "retriever.yaml"


class _Killed(BaseException):
    pass


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_encoder(tmp_path_factory.mktemp("encoder"))


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sources(tmp_path_factory.mktemp("mirror"))


@pytest.fixture
def recipe(encoder: Path, tmp_path: Path) -> RetrieverRecipe:
    return RetrieverRecipe(
        base=str(encoder), output=tmp_path / "retriever", sources=("nstg", "medquad"), steps=8, batch=4, negatives=3,
        learning_rate=0.02, warmup_steps=2, checkpoint_every=2, validate_every=4, validation_batches=2,
        kept_out=("craft-md-dev/craft_md_dev.csv",), validation_share=0.4,
    )  # fmt: skip


def _until(last: int) -> Watching:
    def kill(step: Step) -> None:
        if step.point.step == last:
            raise _Killed

    return Watching(training=kill)


def _told(tell: Callable[[Step], None]) -> Watching:
    return Watching(training=tell)


def _losses(record: RetrieverRecord) -> list[float | None]:
    return [value for point in record.curve for value in (point.loss, point.validation_loss)]


def test_it_learns_and_keeps_how_it_came_about(recipe: RetrieverRecipe, settings: Settings, mirror: Path) -> None:
    seen: list[Step] = []
    record = train(recipe.model_copy(update={"steps": 60}), settings, mirror, _told(seen.append))
    assert [step.point.step for step in seen] == list(range(1, 61))
    assert seen[0].minutes_left > seen[-1].minutes_left == 0
    first, last = record.curve[0].validation_loss, record.curve[-1].validation_loss
    assert first is not None
    assert last is not None
    losses = [step.point.loss for step in seen if step.point.loss is not None]
    assert sum(losses[-20:]) < 0.97 * sum(losses[:20])
    assert {path.name for path in recipe.output.iterdir()} == {
        "adapter_config.json", "adapter_model.safetensors", "training.json"
    }  # fmt: skip
    assert read_record(recipe.output) == record
    sources = {source.name: source for source in record.sources}
    assert set(sources) == {"nstg", "medquad"}
    for source in sources.values():
        assert source.licence == "CC BY 4.0"
        assert len(source.sha256) == 64
        assert source.pairs > source.documents > source.documents_held_out > 0
    assert sum(map(sum, (counts.values() for counts in record.pairs.values()))) == sum(s.pairs for s in record.sources)


def test_queries_change_and_passages_stay(
    recipe: RetrieverRecipe, settings: Settings, mirror: Path, encoder: Path
) -> None:
    before = SentenceTransformerEmbedder(encoder).embed(["Croup: dexamethasone once"])
    train(recipe, settings, mirror)
    assert SentenceTransformerEmbedder(encoder).embed(["Croup: dexamethasone once"]) == pytest.approx(before)
    merge_adapter(encoder, recipe.output, recipe.output / "merged")
    after = SentenceTransformerEmbedder(recipe.output / "merged").embed(["Croup: dexamethasone once"])
    assert float((before @ after.T)[0, 0]) < 0.999


def test_less_strength_changes_queries_less(
    recipe: RetrieverRecipe, settings: Settings, mirror: Path, encoder: Path, tmp_path: Path
) -> None:
    asked = ["treatment of croup", "itching at night"]
    vectors = [SentenceTransformerEmbedder(encoder).embed(asked)]
    for strength in (0.3, 1.0):
        weaker = recipe.model_copy(update={"strength": strength, "output": tmp_path / str(strength)})
        train(weaker, settings, mirror)
        merge_adapter(encoder, weaker.output, weaker.output / "merged")
        vectors.append(SentenceTransformerEmbedder(weaker.output / "merged").embed(asked))
    base, third, whole = vectors
    assert 0 < np.linalg.norm(third - base) < np.linalg.norm(whole - base)


def test_a_run_that_was_killed_goes_on_to_the_same_curve(
    recipe: RetrieverRecipe, settings: Settings, mirror: Path, tmp_path: Path
) -> None:
    whole = train(recipe, settings, mirror)
    resumed = recipe.model_copy(update={"output": tmp_path / "resumed"})
    for last in (3, 5):
        with pytest.raises(_Killed):
            train(resumed, settings, mirror, _until(last))
    seen: list[int] = []
    record = train(resumed, settings, mirror, _told(lambda step: seen.append(step.point.step)))
    assert seen == [5, 6, 7, 8]
    assert _losses(record) == _losses(whole)
    assert record.adapter_sha256 == whole.adapter_sha256


@pytest.mark.slow
def test_kill_9_loses_nothing_but_the_steps_since_the_checkpoint(
    recipe: RetrieverRecipe, settings: Settings, mirror: Path, tmp_path: Path
) -> None:
    whole = train(recipe, settings, mirror)
    killed = recipe.model_copy(update={"output": tmp_path / "killed"})
    program = (
        "import sys, pathlib; from finetune.retriever.recipe import RetrieverRecipe; from assistant.settings import Settings; "
        "from finetune.retriever.tuning import Watching, train; "
        "train(RetrieverRecipe.model_validate_json(sys.argv[1]), Settings.model_validate_json(sys.argv[2]), "
        "pathlib.Path(sys.argv[3]), Watching(training=lambda step: print(step.point.step, flush=True)))"
    )
    told = [killed.model_dump_json(), settings.model_dump_json(), str(mirror)]
    with subprocess.Popen([sys.executable, "-c", program, *told], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == "3":
                os.kill(process.pid, signal.SIGKILL)
                break
    assert _losses(train(killed, settings, mirror)) == _losses(whole)


def test_a_finished_run_is_not_done_again_and_another_is_refused(
    recipe: RetrieverRecipe, settings: Settings, mirror: Path
) -> None:
    record = train(recipe, settings, mirror)
    seen: list[Step] = []
    assert train(recipe, settings, mirror, _told(seen.append)) == record
    assert seen == []
    with pytest.raises(TrainingError, match="another recipe"):
        train(recipe.model_copy(update={"scale": 5.0}), settings, mirror)
    with pytest.raises(TrainingError, match="another recipe"):
        train(recipe.model_copy(update={"strength": 0.5}), settings, mirror)
    weights = recipe.output / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(TrainingError, match="not what its training record describes"):
        read_record(recipe.output)


def test_a_checkpoint_of_another_run_is_refused(recipe: RetrieverRecipe, settings: Settings, mirror: Path) -> None:
    with pytest.raises(_Killed):
        train(recipe, settings, mirror, _until(2))
    with pytest.raises(TrainingError, match="belongs to a run with another recipe"):
        train(recipe.model_copy(update={"seed": 8}), settings, mirror)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"base": "nowhere-at-all"}, ModelMissing, "holds no model.safetensors"),
        ({"learning_rate": 1e30}, TrainingError, "lower learning_rate"),
        ({"lora": {"targets": ["q_proj"]}}, TrainingError, "no modules called q_proj"),
        ({"sources": ["nursing"]}, UsageError, "take nursing out of the recipe"),
    ],
)
def test_what_cannot_be_trained_is_one_clear_line(
    recipe: RetrieverRecipe,
    settings: Settings,
    mirror: Path,
    change: dict[str, object],
    error: type[Exception],
    words: str,
) -> None:
    with pytest.raises(error, match=words) as failure:
        train(RetrieverRecipe.model_validate(recipe.model_dump() | change), settings, mirror)
    assert "\n" not in str(failure.value)


def test_the_learning_rate_goes_up_and_down_in_straight_lines(recipe: RetrieverRecipe) -> None:
    rates = [learning_rate(step, recipe.model_copy(update={"steps": 102, "warmup_steps": 2})) for step in range(103)]
    assert rates[:3] == pytest.approx([0.01, 0.02, 0.02])
    assert rates[52] == pytest.approx(0.0105)
    assert rates[102] == pytest.approx(0.001)


def test_the_shipped_recipe_reads_and_names_its_command() -> None:
    assert SHIPPED.read_text().startswith(
        "# wardround finetune train --task retriever --config finetune/configs/retriever.yaml"
    )
    recipe = RetrieverRecipe.read(SHIPPED, steps=3, output=None)
    assert (recipe.base, recipe.steps) == ("default", 3)
    assert {"starter", "medquad"} <= set(recipe.sources)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("steps: none", "'steps'"),
        ("- a", "name: value"),
        ("{", "cannot read"),
        ("steps: 1\noutput: o\nsources: [edliz]", "no source is called 'edliz'"),
        ("steps: 1\noutput: o\nsources: [ddxplus]", "cases alone"),
    ],
)
def test_a_recipe_that_cannot_be_used_names_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "recipe.yaml"
    file.write_text(text)
    with pytest.raises(UsageError, match=words):
        RetrieverRecipe.read(file, **({"sources": ["nstg"], "output": "o"} if "none" in text else {}))
