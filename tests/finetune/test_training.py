import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.errors import ModelMissing, TrainingError, UsageError
from assistant.models.language_model import Message, complete
from assistant.models.spec import open_model
from assistant.settings import Settings
from finetune.adapter_folder import AdapterRecord, read_record
from finetune.examples import EXAMPLES, PreparedData
from finetune.recipe import Recipe
from finetune.training import Step, learning_rate, train

SHIPPED = Path(__file__).parents[2] / "finetune" / "configs" / "default.yaml"


class _Killed(BaseException):
    pass


@pytest.fixture
def recipe(tiny: Path, data: PreparedData, tmp_path: Path) -> Recipe:
    return Recipe(
        base=str(tiny), data=data.folder, output=tmp_path / "adapter", steps=6, batch=4, micro_batch=2, max_tokens=2000,
        learning_rate=0.01, warmup_steps=2, checkpoint_every=2, validate_every=3, validation_examples=4,
    )  # fmt: skip


def _losses(record: AdapterRecord) -> list[float | None]:
    return [value for point in record.curve for value in (point.loss, point.validation_loss)]


def test_an_adapter_is_trained_and_opens_as_a_model(recipe: Recipe, settings: Settings):
    seen: list[Step] = []
    record = train(recipe, settings, seen.append)
    assert [step.point.step for step in seen] == [1, 2, 3, 4, 5, 6]
    assert [point.step for point in record.curve if point.validation_loss is not None] == [0, 3, 6]
    assert record.curve[-1].validation_loss < record.curve[0].validation_loss
    assert {path.name for path in recipe.output.iterdir()} == {
        "adapter_config.json", "adapter_model.safetensors", "training.json"
    }  # fmt: skip
    base, adapted = (open_model(f"{recipe.base}{more}", settings) for more in ("", f"+adapter={recipe.output}"))
    assert record.base_sha256 == base.identity.sha256
    ask = [Message("user", "Fever?")]
    assert adapted.scores(ask, ["Croup"]) != base.scores(ask, ["Croup"])
    assert complete(adapted, ask, max_tokens=4) is not None


def test_four_bits_train_on_a_cpu_too(recipe: Recipe, settings: Settings):
    record = train(recipe.model_copy(update={"quantisation": "nf4", "steps": 3}), settings)
    plain = train(recipe.model_copy(update={"output": recipe.output.with_name("plain"), "steps": 3}), settings)
    assert record.curve[-1].validation_loss < record.curve[0].validation_loss
    # Rounding to four bits shows in the loss, a little.
    assert record.curve[1].loss == pytest.approx(plain.curve[1].loss, rel=0.2)
    assert record.curve[1].loss != plain.curve[1].loss


def test_a_run_that_was_killed_goes_on_to_the_same_curve(recipe: Recipe, settings: Settings, tmp_path: Path):
    whole = train(recipe, settings)
    resumed = recipe.model_copy(update={"output": tmp_path / "resumed"})
    for last in (3, 4):
        with pytest.raises(_Killed):
            train(resumed, settings, _killed_at(last))
    seen: list[int] = []
    record = train(resumed, settings, lambda step: seen.append(step.point.step))
    assert seen == [5, 6]
    assert _losses(record) == _losses(whole)
    assert record.adapter_sha256 == whole.adapter_sha256


@pytest.mark.slow
def test_kill_9_loses_nothing_but_the_steps_since_the_checkpoint(recipe: Recipe, settings: Settings, tmp_path: Path):
    whole = train(recipe, settings)
    killed = recipe.model_copy(update={"output": tmp_path / "killed"})
    (tmp_path / "recipe.json").write_text(killed.model_dump_json())
    program = (
        "import sys, pathlib; from finetune.recipe import Recipe; from finetune.training import train; "
        "from assistant.settings import Settings; read = lambda f: pathlib.Path(f).read_text(); "
        "train(Recipe.model_validate_json(read(sys.argv[1])), Settings.model_validate_json(sys.argv[2]), "
        "lambda step: print(step.point.step, flush=True))"
    )
    arguments = [sys.executable, "-c", program, str(tmp_path / "recipe.json"), settings.model_dump_json()]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == "3":
                os.kill(process.pid, signal.SIGKILL)
                break
    time.sleep(0.1)
    assert _losses(train(killed, settings)) == _losses(whole)


def test_a_finished_run_is_not_done_again_and_another_is_refused(recipe: Recipe, settings: Settings):
    record = train(recipe, settings)
    seen: list[Step] = []
    assert train(recipe, settings, seen.append) == record
    assert seen == []
    with pytest.raises(TrainingError, match="another recipe"):
        train(recipe.model_copy(update={"seed": 8}), settings)


def _killed_at(last: int) -> Callable[[Step], None]:
    def kill(step: Step) -> None:
        if step.point.step == last:
            raise _Killed

    return kill


def test_a_checkpoint_of_another_run_is_refused(recipe: Recipe, settings: Settings):
    with pytest.raises(_Killed):
        train(recipe, settings, _killed_at(2))
    with pytest.raises(TrainingError, match="checkpoint-000002 belongs to a run with another recipe"):
        train(recipe.model_copy(update={"learning_rate": 0.02}), settings)


def test_weights_that_are_not_the_record_s_are_refused(recipe: Recipe, settings: Settings):
    train(recipe, settings)
    file = recipe.output / "adapter_model.safetensors"
    file.write_bytes(file.read_bytes()[:-4] + b"\0\0\0\1")
    with pytest.raises(TrainingError, match="not what its training record describes"):
        read_record(recipe.output)


def test_the_learning_rate_warms_up_and_falls_to_a_tenth(recipe: Recipe):
    rates = [learning_rate(step, recipe.model_copy(update={"steps": 101, "warmup_steps": 1})) for step in range(102)]
    assert rates[0] == rates[1] == 0.01
    assert rates[51] == pytest.approx(0.0055)
    assert rates[101] == pytest.approx(0.001)
    assert rates[1:] == sorted(rates[1:], reverse=True)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"base": "nowhere-at-all"}, ModelMissing, "no model is called"),
        ({"base": "http://127.0.0.1:9/v1#x"}, TrainingError, "cannot be trained"),
        ({"max_tokens": 16}, TrainingError, "raise it"),
        ({"lora": {"targets": ["q_proj", "wqkv"]}}, TrainingError, "no modules called wqkv"),
        ({"learning_rate": 1e30}, TrainingError, "lower learning_rate"),
    ],
)
def test_what_cannot_be_trained_is_one_clear_line(
    recipe: Recipe, settings: Settings, change: dict[str, object], error: type[Exception], words: str
):
    with pytest.raises(error, match=words) as failure:
        train(Recipe.model_validate(recipe.model_dump() | change), settings)
    assert "\n" not in str(failure.value)


def test_data_that_changed_is_refused(recipe: Recipe, settings: Settings, data: PreparedData, tmp_path: Path):
    changed = tmp_path / "changed"
    shutil.copytree(data.folder, changed)
    with (changed / EXAMPLES).open("a") as stream:
        stream.write("\n")
    with pytest.raises(TrainingError, match="changed after"):
        train(recipe.model_copy(update={"data": changed}), settings)


def test_the_shipped_recipe_reads_and_names_its_command():
    assert SHIPPED.read_text().startswith("# wardround finetune train --config finetune/configs/default.yaml\n")
    assert Recipe.read(SHIPPED).base == "default"
    assert Recipe.read(SHIPPED, steps=3, output=None).steps == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [("steps: none", "'steps'"), ("- a", "name: value"), ("{", "cannot read"), ("stepz: 3", "stepz|data")],
)
def test_a_recipe_that_cannot_be_used_names_what_is_wrong(tmp_path: Path, text: str, words: str):
    file = tmp_path / "recipe.yaml"
    file.write_text(text)
    with pytest.raises(UsageError, match=words):
        Recipe.read(file, **({"data": "d", "output": "o"} if "none" in text else {}))


def test_the_record_is_plain_json(recipe: Recipe, settings: Settings):
    record = train(recipe, settings)
    written = json.loads((recipe.output / "training.json").read_text())
    assert written["curve"][1]["loss"] == record.curve[1].loss
    assert written["prompts"] == {"pick": "1", "rank": "1", "weigh": "1"}
