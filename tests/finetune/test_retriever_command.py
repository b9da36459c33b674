"""From open data to a query side that may or may not ship, through the program, with a tiny random embedder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from tiny_retriever import tiny_encoder, write_sources

from assistant.cli import main
from assistant.reading import CaseReader, Vocabulary
from assistant.reading.vocabulary import Entry

Run = Callable[..., Result]


@pytest.fixture
def run(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("WARDROUND_THREADS", "1")
    monkeypatch.setenv("WARDROUND_DATA_MIRROR", str(write_sources(own_folders / "mirror")))
    (own_folders / "notes").mkdir()
    (own_folders / "notes" / "gout.md").write_text("# Gout\n\n## Presentation\n- Hot swollen toe and fever.\n")
    monkeypatch.setattr("finetune.retrieval.corpora.STARTER_FOLDER", own_folders / "notes")
    reader = CaseReader(Vocabulary((name, Entry(name, "")) for name in ("fever", "cough", "itching", "headache")))
    monkeypatch.setattr("assistant.cli.evaluate_retrieval.case_reader", lambda settings: reader.read)
    return lambda *arguments: CliRunner().invoke(main, ["finetune", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture
def recipe(own_folders: Path, tmp_path: Path) -> Path:
    told = {
        "base": str(tiny_encoder(own_folders)), "output": str(tmp_path / "retriever"), "sources": ["nstg", "medquad"],
        "kept_out": ["craft-md-dev/craft_md_dev.csv"], "steps": 4, "batch": 4, "negatives": 3, "checkpoint_every": 2,
        "validation_share": 0.4, "validation_batches": 1, "learning_rate": 0.01,
    }  # fmt: skip
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(told))
    return tmp_path / "recipe.yaml"


def test_from_open_data_to_a_verdict_and_what_it_lets_ship(
    run: Run, recipe: Path, tmp_path: Path, own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run("train", "--task", "retriever", "--config", recipe)
    assert done.exit_code == 0, done.output
    assert "4 steps in" in done.stdout
    assert f"next: wardround finetune evaluate {tmp_path / 'retriever'}" in done.stdout

    done = run("evaluate", tmp_path / "retriever", "--json")
    assert done.exit_code == 0, done.output
    verdict = json.loads(done.stdout)
    assert verdict["verdict"] in ("ship", "do not ship")
    assert {gain["system"] for gain in verdict["gains"]} == {"hybrid", "dense"}
    assert {"question", "title", "vignette"} <= {gain["type"] for gain in verdict["gains"]}
    for gain in verdict["gains"]:
        assert gain["queries"] > 0
        assert gain["low"] <= gain["difference"] <= gain["high"]
    monkeypatch.chdir(own_folders)
    said = run("evaluate", tmp_path / "retriever", "--quick", "--data", "mirror").stdout
    assert said.splitlines()[-1] == f"{verdict['verdict']}: {verdict['why']}"

    written = tmp_path / "retriever" / "evaluation.json"
    written.write_text(json.dumps(verdict | {"verdict": "do not ship", "why": "worse"}))
    refused = run("export", tmp_path / "retriever", "--output", tmp_path / "out")
    assert (refused.exit_code, refused.stderr.count("\n")) == (8, 1)
    written.write_text(json.dumps(verdict | {"verdict": "ship"}))
    assert "MODEL_CARD.md" in run("export", tmp_path / "retriever", "--output", tmp_path / "out").stdout
    assert (tmp_path / "out" / "adapter_model.safetensors").is_file()


def test_what_is_missing_is_one_line_and_a_code(run: Run, recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WARDROUND_DATA_MIRROR")
    refused = run("train", "--task", "retriever", "--config", recipe)
    assert refused.exit_code == 2
    assert "set WARDROUND_DATA_MIRROR" in refused.stderr
    assert refused.stderr.count("wardround:") == 1
    assert run("train", "--task", "retriever", "--config", "missing.yaml").exit_code == 2


def test_a_folder_without_the_data_sets_is_said_before_anything_is_embedded(
    run: Run, recipe: Path, tmp_path: Path
) -> None:
    assert run("train", "--task", "retriever", "--config", recipe).exit_code == 0
    refused = run("evaluate", tmp_path / "retriever", "--data", tmp_path)
    assert (refused.exit_code, refused.stderr.count("\n")) == (2, 1)
    assert "holds no guidelines-nstg2022" in refused.stderr
