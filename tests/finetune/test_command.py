"""From raw cases to an adapter that the assistant serves, through the program, with a tiny random model."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from assistant.assistant import Assistant
from assistant.cli import main
from assistant.models.language_model import Message
from assistant.models.spec import open_model
from assistant.ranking import Weights, load_weights
from assistant.settings import load_settings
from finetune.examples import sha256_of

Run = Callable[..., Result]


@pytest.fixture
def run(assistant: Assistant, own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a subcommand over the small index; what it opens is closed by the fixture that made it."""
    monkeypatch.setenv("WARDROUND_THREADS", "1")
    monkeypatch.setattr(Assistant, "open", classmethod(lambda cls, settings, **more: assistant.with_model(None)))
    monkeypatch.setattr(Assistant, "close", lambda self: None)
    return lambda *arguments: CliRunner().invoke(main, ["finetune", *map(str, arguments)])


@pytest.fixture
def prepared(run: Run, cases_file: Path, tmp_path: Path) -> Path:
    done = run("prepare", "--cases", cases_file, "--licence", "CC0", "--output", tmp_path / "data", "--show", 1)
    assert done.exit_code == 0, done.output
    assert "24 cases (1 duplicates removed, 0 unreadable)" in done.stdout
    assert "system: You are an experienced physician." in done.stdout
    return tmp_path / "data"


@pytest.fixture
def trained(run: Run, prepared: Path, tiny: Path, tmp_path: Path) -> Path:
    recipe = {"base": str(tiny), "data": str(prepared), "output": str(tmp_path / "adapter"), "steps": 5, "batch": 4}
    recipe |= {"max_tokens": 3000, "learning_rate": 0.02}
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    done = run("train", "--config", tmp_path / "recipe.yaml")
    assert done.exit_code == 0, done.output
    assert "5 steps on" in done.stdout
    return tmp_path / "adapter"


def test_from_raw_cases_to_a_model_that_opens(run: Run, trained: Path, tiny: Path, tmp_path: Path):
    done = run("evaluate", trained, "--quick", "--json")
    assert done.exit_code == 0, done.output
    comparison = json.loads(done.stdout)
    assert comparison["verdict"] in ("ship", "do not ship")
    assert comparison["quick"]
    for figure in comparison["figures"]:
        assert figure["cases"] > 0
        assert figure["difference"]["low"] <= figure["adapter"] - figure["base"] <= figure["difference"]["high"]
    done = run("export", trained, "--output", tmp_path / "exported", "--force")
    assert done.exit_code == 0, done.output
    manifest = json.loads((tmp_path / "exported" / "manifest.json").read_text())
    assert manifest["files"] == {name: sha256_of(tmp_path / "exported" / name) for name in manifest["files"]}
    assert manifest["base_sha256"] == sha256_of(tiny / "model.safetensors")
    assert manifest["prompts"] == {"pick": "1", "rank": "1", "weigh": "1"}
    assert manifest["verdict"] == comparison["verdict"]
    settings = load_settings()
    served = open_model(f"{tiny}+adapter={tmp_path / 'exported'}", settings)
    trained_one = open_model(f"{tiny}+adapter={trained}", settings)
    ask = [Message("user", "A sore toe?")]
    assert served.scores(ask, ["Gout", "Croup"]) == trained_one.scores(ask, ["Gout", "Croup"])


def test_export_obeys_the_verdict(run: Run, trained: Path, tmp_path: Path):
    refused = run("export", trained, "--output", tmp_path / "out")
    assert refused.exit_code == 8
    assert "was not evaluated" in refused.stderr
    assert refused.stderr.count("\n") == 1
    run("evaluate", trained, "--quick")
    written = json.loads((trained / "evaluation.json").read_text())
    for verdict, code in (("do not ship", 8), ("ship", 0)):
        (trained / "evaluation.json").write_text(json.dumps(written | {"verdict": verdict}))
        assert run("export", trained, "--output", tmp_path / "out").exit_code == code
    assert not json.loads((tmp_path / "out" / "manifest.json").read_text())["forced"]
    again = run("export", trained, "--output", tmp_path / "out")
    assert again.exit_code == 8
    assert "is there already" in again.stderr


def test_export_refuses_prompts_that_changed_and_verdicts_on_other_weights(run: Run, trained: Path, tmp_path: Path):
    run("evaluate", trained, "--quick")
    ship = json.loads((trained / "evaluation.json").read_text()) | {"verdict": "ship"}
    (trained / "evaluation.json").write_text(json.dumps(ship))
    record = json.loads((trained / "training.json").read_text())
    (trained / "training.json").write_text(json.dumps(record | {"prompts": {"weigh": "0"}}))
    assert "version 0 of prompt 'weigh'" in run("export", trained, "--output", tmp_path / "out").stderr
    (trained / "training.json").write_text(json.dumps(record))
    (trained / "evaluation.json").write_text(json.dumps(ship | {"adapter_sha256": "0" * 64}))
    assert "was not evaluated" in run("export", trained, "--output", tmp_path / "out").stderr
    assert not (tmp_path / "out").exists()


def test_an_adapter_is_not_judged_on_data_it_may_have_learnt(run: Run, trained: Path, cases_file: Path, tmp_path: Path):
    run("prepare", "--cases", cases_file, "--seed", 8, "--output", tmp_path / "other")
    refused = run("evaluate", trained, "--data", tmp_path / "other")
    assert refused.exit_code == 8
    assert "may have been learnt" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("prepare", "--output", "nowhere"), 2),
        (("prepare", "--output", "nowhere", "--show", "2"), 8),
        (("prepare", "--output", "nowhere", "--cases", "missing.csv"), 2),
        (("train", "--config", "missing.yaml"), 2),
        (("evaluate", "nowhere"), 8),
        (("export", "nowhere", "--output", "out"), 8),
        (("ranking", "--cases", "missing.csv"), 2),
    ],
)
def test_what_is_missing_is_one_line_and_a_code(run: Run, arguments: tuple[str, ...], code: int):
    done = run(*arguments)
    assert done.exit_code == code
    assert done.stderr.startswith("wardround: ")
    assert done.stderr.count("\n") == 1


def test_ranking_prints_and_writes_a_weights_file(run: Run, cases_file: Path, tmp_path: Path):
    done = run("ranking", "--cases", cases_file, "--write", tmp_path / "ranking.yaml")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "ranking.yaml").read_text() == done.stdout
    written = Weights(**yaml.safe_load(done.stdout))
    assert list(written.weights) == list(load_weights().weights)
    assert written.weights["sex"] == load_weights().weights["sex"]
    fitted = json.loads(run("ranking", "--cases", cases_file, "--json").stdout)
    assert fitted["weights"].items() <= written.weights.items()
    assert fitted["cases"] == 25
