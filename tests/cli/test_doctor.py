"""`wardround doctor`: each part is ok or missing, and what is missing comes with the command that mends it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fakes import HashingEmbedder

from assistant import installation
from assistant.cli import main
from assistant.installation import Check
from assistant.models.catalogue import CATALOGUE
from assistant.settings import load_settings
from index.guideline_index import GuidelineIndex


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["doctor", *arguments])


def _checks() -> dict[str, dict]:
    return {check["name"]: check for check in json.loads(_run("--json").stdout)["checks"]}


def _make(entry_name: str, content: bytes) -> Path:
    """Put files where a download has its files, with one content for all."""
    entry = CATALOGUE[entry_name]
    folder = load_settings().models_folder / entry_name
    for part in (*(member.target for member in entry.members), *entry.ready):
        (folder / part).parent.mkdir(parents=True, exist_ok=True)
        if not (folder / part).exists():
            (folder / part).write_bytes(content)
    return folder


def test_a_bare_machine_is_told_every_command_it_needs(own_folders: Path) -> None:
    result = _run()
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    missing = [line for line in lines if line.startswith("missing")]
    assert any("mend it with: wardround models get smollm2-135m-instruct" in line for line in missing)
    assert any("mend it with: wardround models get all-minilm-l6-v2" in line for line in missing)
    assert any("mend it with: wardround index add --starter" in line for line in missing)
    assert next(line for line in lines if line.startswith("optional")).endswith("wardround models get hpo")
    for name in ("Python", "packages", "torch", "case store", "disk space"):
        assert any(line.startswith("ok") and line[10:].startswith(name) for line in lines), name
    assert lines[-1].startswith("Something needed is missing")
    assert result.stderr == ""


def test_nothing_is_made_by_looking(own_folders: Path) -> None:
    _run()
    assert list(own_folders.iterdir()) == []


def test_a_file_with_another_hash_is_named_and_left_alone(own_folders: Path) -> None:
    folder = _make("hpo", b"not the ontology")
    check = _checks()["download hpo"]
    assert not check["ok"]
    assert "hash" in check["found"]
    assert check["mend"] == f"rm -r '{folder}' && wardround models get hpo"
    assert (folder / "source" / "hp.obo").read_bytes() == b"not the ontology"


def test_an_index_of_another_embedder_or_without_documents_is_named(
    own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = load_settings().index_folder
    GuidelineIndex.create(folder, HashingEmbedder(name="first")).close()
    monkeypatch.setattr(installation, "embedder_folder", lambda settings: Path())
    monkeypatch.setattr("index.embedding.open_embedder", lambda *_: HashingEmbedder(name="second"))
    other = _checks()["index"]
    assert not other["ok"]
    assert "wardround index rebuild" in other["found"]
    monkeypatch.setattr("index.embedding.open_embedder", lambda *_: HashingEmbedder(name="first"))
    empty = _checks()["index"]
    assert (empty["ok"], empty["mend"]) == (False, "wardround index add --starter")
    assert "0 documents" in empty["found"]


def test_a_case_store_that_is_no_database_is_named(own_folders: Path) -> None:
    file = load_settings().cases_file
    file.parent.mkdir()
    file.write_text("my shopping list, long enough to be no database " * 40)
    check = _checks()["case store"]
    assert not check["ok"]
    assert str(file) in check["found"]
    assert file.read_text().startswith("my shopping list")


def test_a_model_that_is_not_here_is_named(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARDROUND_MODEL", "/no/such/model.gguf")
    check = _checks()["language model"]
    assert not check["ok"]
    assert "/no/such/model.gguf" in check["found"]
    monkeypatch.setenv("WARDROUND_MODEL", "http://127.0.0.1:9/v1#model")
    assert _checks()["language model"]["found"].endswith("not contacted")


def test_a_package_that_is_too_old_is_named(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        installation, "requires", lambda _: ["click>=99", "no-such-package>=1", "pydantic", "x; extra == 'test'"]
    )
    checks = _checks()
    assert checks["package click"]["mend"] == "pip install --upgrade 'click>=99'"
    assert checks["package no-such-package"]["found"] == "not installed"
    assert "1 of 3 as required" in checks["packages"]["found"]
    assert "package x" not in checks


def test_settings_are_shown_with_their_origin(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARDROUND_THREADS", "1")
    settings = json.loads(_run("--json").stdout)["settings"]
    assert settings["threads"] == ["1", "WARDROUND_THREADS"]
    assert settings["model"] == ["", "default"]
    assert "[WARDROUND_THREADS]" in _run().stdout


def test_settings_that_cannot_be_used_are_one_line(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARDROUND_THREADS", "many")
    result = _run()
    assert (result.exit_code, result.stderr.count("\n")) == (3, 1)


def test_all_parts_there_is_exit_code_0(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Check("a", True, "fine"), Check("b", False, "not here", "fetch b", needed=False)]
    monkeypatch.setattr(installation, "checks", lambda settings: iter(found))
    result = _run()
    assert result.exit_code == 0
    assert "optional  b                               not here; mend it with: fetch b\n" in result.stdout
    assert result.stdout.endswith("Complete.\n")
    assert json.loads(_run("--json").stdout)["complete"] is True
