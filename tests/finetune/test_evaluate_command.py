"""`wardround evaluate` as a user meets it: names, limits, files, going on after a kill, and the rows of the table."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sample_mirror import write_mirror

from assistant.assistant import Assistant
from assistant.cli import main
from finetune.evaluation.table import END, START, figures_of, markdown, read_json, section

ROOT = Path(__file__).parents[2]
Run = Callable[..., Result]


@pytest.fixture
def mirror(own_folders: Path) -> Path:
    return write_mirror(own_folders / "mirror")


@pytest.fixture
def run(own_folders: Path, open_small, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(Assistant, "open", lambda settings, *, model=None, use_model=True: open_small(None))
    return lambda *arguments: CliRunner().invoke(main, ["evaluate", *map(str, arguments)])


def test_named_measures_fill_the_table_and_the_json_beside_it(run: Run, mirror: Path, own_folders: Path):
    shown = run("vignettes", "citations", "--data", mirror, "--limit", "3", "--json", own_folders / "out.json")
    assert shown.exit_code == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert lines[0].startswith("measure")
    assert [line.split("  ")[0] for line in lines[1:] if not line.startswith(" ")] == ["vignettes", "citations"]
    told = read_json(own_folders / "out.json")
    assert (told["seed"], told["limit"], told["measures"]["vignettes"]["items"]) == (7, 3, 3)
    assert len(figures_of(told)) == len(lines) - 1


def test_json_to_standard_output_holds_nothing_else_and_the_second_run_judges_nothing(
    run: Run, mirror: Path, monkeypatch: pytest.MonkeyPatch
):
    first, dash = (run("vignettes", "--data", mirror, "--json", *more) for more in ((), ("-",)))
    assert json.loads(first.stdout)["figures"] == json.loads(dash.stdout)["figures"]
    monkeypatch.setattr("finetune.evaluation.vignettes.judged", lambda *a: pytest.fail("judged again"))
    assert json.loads(run("vignettes", "--data", mirror, "--json").stdout) == json.loads(first.stdout)


def test_what_is_left_out_is_said_and_nothing_measured_is_a_failure(run: Run, mirror: Path):
    shown = run("vignettes", "clinic", "harm", "--data", mirror, "--limit", "2")
    assert shown.exit_code == 0
    said = [line for line in shown.stderr.splitlines() if "left out" in line]
    assert ["clinic: left out, the data set is not there" in said[0], "harm: left out" in said[1]] == [True, True]
    assert run("clinic", "--data", mirror).exit_code == 2
    assert "--data FOLDER" in run("clinic").stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nothing",), "no measure is called 'nothing'"),
        (("vignettes", "--data", "missing-folder"), "is no folder"),
        (("--output", "x.jsonl"), "--output goes with --cases"),
        (("vignettes", "--cases", "x.jsonl"), "--cases goes with"),
        (("--from", "missing.json"), "cannot read missing.json"),
        (("--limit", "0"), "0 is not in the range"),
    ],
)
def test_a_command_that_cannot_be_used_is_one_line(run: Run, arguments: tuple[str, ...], words: str):
    shown = run(*arguments)
    assert (shown.exit_code, shown.stderr.count("\n")) == (2, 1)
    assert words in shown.stderr


def test_a_readme_is_filled_from_a_run_and_again_from_its_json(run: Run, mirror: Path, own_folders: Path):
    readme, file = own_folders / "README.md", own_folders / "evaluation.json"
    readme.write_text(f"# Title\n{START}\n{END}\n", encoding="utf-8")
    run("vignettes", "--data", mirror, "--json", file, "--readme", readme)
    table = section(readme.read_text(encoding="utf-8"), readme)
    assert table == markdown(figures_of(read_json(file)))
    readme.write_text(f"{START}{END}", encoding="utf-8")
    assert run("--from", file, "--readme", readme).exit_code == 0
    assert section(readme.read_text(encoding="utf-8"), readme) == table


def test_own_cases_are_measured_as_ever(run: Run, own_folders: Path):
    file, output = own_folders / "cases.jsonl", own_folders / "outcomes.jsonl"
    cases = [
        {
            "id": "1",
            "text": "A 40-year-old woman has dysuria, urinary frequency and suprapubic pain.",
            "gold": "Cystitis",
        },
        {"id": "2", "text": "A 60-year-old man has toe pain and fever.", "gold": "Gout"},
    ]
    file.write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
    shown = run("--cases", file, "--output", output, "--no-model")
    assert shown.exit_code == 0, shown.stderr
    assert shown.stdout.startswith("cases 2, ")
    assert [json.loads(line)["id"] for line in output.read_text(encoding="utf-8").splitlines()] == ["1", "2"]
    assert json.loads(run("--cases", file, "--json").stdout)["cases"] == 2


def test_the_list_and_the_help_teach(run: Run):
    assert "vignettes" in run("--list").stdout
    shown = run("--help").stdout
    assert all(words in shown for words in ("wardround evaluate vignettes clinic", "--resume", "retrieval"))


def test_the_command_still_makes_the_rows_of_the_repository_s_table(run: Run, mirror: Path):
    """Promise 30 on a small slice: every row that the sample's data sets can fill has the name it has in the file."""
    file = ROOT / "tests" / "evaluation.json"
    if not file.exists():
        pytest.skip("no evaluation.json yet: wardround evaluate --json tests/evaluation.json --readme README.md")
    kept = {(figure.measure, figure.name) for figure in figures_of(read_json(file))}
    made = json.loads(run("vignettes", "stability", "citations", "--data", mirror, "--json", "-").stdout)
    assert {(figure.measure, figure.name) for figure in figures_of(made)} <= kept
    assert {figure.measure for figure in figures_of(made)} == {"vignettes", "stability", "citations"}
