"""`wardround report`: the file is checked before the slow work, and the user is told where the report is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from assistant.assistant import Assistant
from assistant.cli import main

CYSTITIS = "A 34-year-old woman has had dysuria, urinary frequency, urinary urgency and suprapubic pain. No fever."
Run = Callable[..., Result]


@pytest.fixture
def opened(open_small, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    asked: list[bool] = []

    def fake_open(settings, *, model=None, use_model=True):
        asked.append(use_model)
        return open_small() if use_model else open_small(None)

    monkeypatch.setattr(Assistant, "open", fake_open)
    return asked


@pytest.fixture
def run(own_folders: Path, opened) -> Run:
    return lambda *arguments, **options: CliRunner().invoke(main, ["report", *map(str, arguments)], **options)


@pytest.mark.parametrize(
    ("name", "holds"), [("r.md", "# Differential diagnosis"), ("r.html", "<!doctype html>"), ("r.json", '"schema"')]
)
def test_a_report_is_written_in_the_format_of_its_name(run: Run, tmp_path: Path, name: str, holds: str) -> None:
    done = run(CYSTITIS, "-o", tmp_path / name)
    assert (done.exit_code, done.stdout) == (0, f"report written to {tmp_path / name}\n")
    text = (tmp_path / name).read_text(encoding="utf-8")
    assert holds in text
    assert "Acute cystitis" in text
    assert "Draft for review by a clinician" in text
    assert "Nitrofurantoin" in text


def test_a_report_fits_two_pages(run: Run, tmp_path: Path) -> None:
    run(CYSTITIS, "-o", tmp_path / "r.md")
    # At the size of the printed page about 650 words make a page.
    assert len((tmp_path / "r.md").read_text(encoding="utf-8").split()) < 1300


def test_a_report_of_no_case_says_so(run: Run, tmp_path: Path) -> None:
    assert run("-", "-o", tmp_path / "r.md", input="my car does not start").exit_code == 0
    assert "No differential is offered (out of scope)" in (tmp_path / "r.md").read_text()


def test_a_file_that_is_there_is_kept_unless_forced(run: Run, opened, tmp_path: Path) -> None:
    (tmp_path / "r.md").write_text("mine")
    refused = run(CYSTITIS, "-o", tmp_path / "r.md")
    assert (refused.exit_code, opened) == (2, [])
    assert "--force" in refused.stderr
    assert (tmp_path / "r.md").read_text() == "mine"
    assert run(CYSTITIS, "-o", tmp_path / "r.md", "--force", "--no-model").exit_code == 0
    assert opened == [False]
    assert "language model none" in (tmp_path / "r.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fever"], "missing option '-o'"),
        (["-o", "r.md"], "missing argument 'CASE'"),
        (["fever", "-o", "r.pdf"], "must end in .md, .html or .json"),
        (["fever", "-o", "/no/such/folder/r.md"], "there is no folder /no/such/folder"),
        (["missing.txt", "-o", "r.md"], "there is no file missing.txt"),
        (["", "-o", "r.md"], "the case is empty"),
        (["fever", "-o", "r.md", "--model", "m", "--no-model"], "--model and --no-model"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(
    run: Run, opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert (result.exit_code, result.stderr.count("\n"), opened) == (2, 1, [])
    assert said in result.stderr
    assert not list(tmp_path.glob("r.*"))


def test_the_json_report_is_what_ask_prints(run: Run, tmp_path: Path) -> None:
    run(CYSTITIS, "-o", tmp_path / "r.json")
    asked = json.loads(CliRunner().invoke(main, ["ask", CYSTITIS, "--json"]).stdout)
    written = json.loads((tmp_path / "r.json").read_text())
    for one in (asked, written):
        one["provenance"] = {}
    assert asked == written
