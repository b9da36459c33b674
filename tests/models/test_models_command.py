import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tiny_models import event, running_server

from assistant.cli import main


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("config", "data", "cache"):
        monkeypatch.setenv(f"WARDROUND_{name.upper()}_FOLDER", str(tmp_path / name))
    monkeypatch.delenv("WARDROUND_MODEL", raising=False)

    def command(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["models", *arguments])

    return command


def test_list_shows_downloads_kinds_and_what_is_in_use(run):
    shown = run("list").output
    for expected in (
        "In use: default",
        "smollm2-135m-instruct",
        "missing",
        "any GGUF file",
        "http://127.0.0.1:8000/v1#",
    ):
        assert expected in shown


def test_list_for_programs(run):
    listed = json.loads(run("list", "--json").stdout)
    assert listed["in_use"] == "default"
    assert [one["name"] for one in listed["downloads"]] == ["smollm2-135m-instruct", "all-minilm-l6-v2", "hpo"]
    assert not any(one["ready"] for one in listed["downloads"])


def test_use_notes_a_model_that_answers(run):
    with running_server() as server:
        server.lines = [event("Hello"), "data: [DONE]"]
        done = run("use", f"{server.url}#tiny")
        assert done.exit_code == 0, done.output
        assert "'Hello'" in done.stderr
        assert json.loads(run("list", "--json").stdout)["in_use"] == f"{server.url}#tiny"


def test_use_does_not_note_a_model_that_is_mute_or_missing(run):
    with running_server() as server:
        server.lines = ["data: [DONE]"]
        assert run("use", f"{server.url}#tiny").exit_code == 5
    missing = run("use", "nowhere.gguf")
    assert missing.exit_code == 5
    assert missing.stderr.count("\n") == 1
    assert json.loads(run("list", "--json").stdout)["in_use"] == "default"


def test_get_of_an_unknown_name_is_one_line(run):
    done = run("get", "gpt-9")
    assert done.exit_code == 5
    assert "smollm2-135m-instruct" in done.stderr


def test_bench_without_the_default_names_the_command(run):
    done = run("bench", "--json")
    assert done.exit_code == 5
    assert "models get" in done.stderr
