"""The table: as text, as JSON that gives the same table again, and as the section of a README."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.assistant import Assistant
from assistant.errors import UsageError
from finetune.evaluation.intervals import mean_figure, statistic_interval
from finetune.evaluation.measure import Figure
from finetune.evaluation.running import Plan, Result
from finetune.evaluation.system import System
from finetune.evaluation.table import (
    END,
    SCHEMA,
    START,
    as_json,
    figures_of,
    markdown,
    read_json,
    section,
    table,
    write_json,
    write_section,
)

ROOT = Path(__file__).parents[2]
FIGURES = (
    Figure("vignettes", "gold first", 0.2125, 0.19, 0.235, 1603, target=0.2),
    Figure("vignettes", "gold among five", 0.39, 0.36, 0.41, 1603, target=0.4),
    Figure("interviews", "questions", 4.25, 4.0, 4.5, 98, unit="questions", target=5.0, least=False),
    Figure("calibration", "Brier", 0.1234, 0.1, 0.2, 300, unit="1"),
)


def test_the_lines_say_value_interval_target_and_whether_it_is_reached():
    head, first, second, third, fourth = table(FIGURES)
    assert head.split("  ")[0] == "measure"
    assert first.split() == "vignettes gold first 21.2 % 19.0 % to 23.5 % 1,603 ≥ 20.0 % yes".split()
    assert second.split() == "gold among five 39.0 % 36.0 % to 41.0 % 1,603 ≥ 40.0 % no".split()
    assert third.split()[-4:] == ["≤", "5", "questions", "yes"]
    assert "0.123" in fourth
    assert "%" not in fourth


def test_json_gives_the_same_figures_again(assistant: Assistant, tmp_path: Path):
    results = [Result("vignettes", FIGURES, 1603, 12.0, details={"a": [1]}), Result("harm", skipped="no model")]
    told = as_json(results, System.of(assistant), Plan(None, 60, 7))
    write_json(told, tmp_path / "new" / "evaluation.json")
    again = read_json(tmp_path / "new" / "evaluation.json")
    assert figures_of(again) == list(FIGURES)
    assert [row["reached"] for row in again["figures"]] == [True, False, True, None]
    assert again["skipped"] == {"harm": "no model"}
    assert again["measures"]["vignettes"]["details"] == {"a": [1]}
    assert str(tmp_path) not in json.dumps(told)


def test_a_readme_holds_the_table_between_its_marks_and_keeps_the_rest(tmp_path: Path):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n\n{START}\nearlier\n{END}\n\nafter\n", encoding="utf-8")
    write_section(readme, FIGURES)
    write_section(readme, FIGURES)
    text = readme.read_text(encoding="utf-8")
    assert text.startswith("before\n\n")
    assert text.endswith("\n\nafter\n")
    assert section(text, readme) == markdown(FIGURES)
    assert "earlier" not in text
    assert len(markdown(FIGURES).splitlines()) == 2 + len(FIGURES)


@pytest.mark.parametrize("text", ["nothing", START, f"{END} {START}"])
def test_a_readme_without_marks_is_left_alone(tmp_path: Path, text: str):
    readme = tmp_path / "README.md"
    readme.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="lacks the lines"):
        write_section(readme, FIGURES)
    assert readme.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("text", ["[]", "{", '{"schema": "other/1"}'])
def test_what_is_no_evaluation_is_refused(tmp_path: Path, text: str):
    file = tmp_path / "evaluation.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError):
        figures_of(read_json(file))
    with pytest.raises(UsageError):
        read_json(tmp_path / "missing.json")


def test_the_readme_shows_the_figures_of_the_file_in_the_repository():
    """Promise 30: `wardround evaluate --from tests/evaluation.json --readme README.md` would change nothing."""
    file, readme = ROOT / "tests" / "evaluation.json", ROOT / "README.md"
    if not file.exists():
        pytest.skip("no evaluation.json yet: wardround evaluate --json tests/evaluation.json --readme README.md")
    told = read_json(file)
    assert told["schema"] == SCHEMA
    assert section(readme.read_text(encoding="utf-8"), readme) == markdown(figures_of(told))


def test_an_interval_holds_its_value_and_narrows_with_items():
    few, many = (mean_figure("m", "f", [True, False, False] * count, 7) for count in (5, 500))
    assert few.low <= few.value <= few.high
    assert many.high - many.low < few.high - few.low
    import numpy as np

    rows = np.arange(100, dtype=float)
    found = statistic_interval(rows, lambda some: float(np.median(some)), 7)
    # The median of a hundred even numbers: standard error about 1.25 * 28.9 / 10.
    assert found.value == 49.5
    assert 35 < found.low < found.value < found.high < 64
    assert statistic_interval(rows[:0], lambda some: 1.0, 7).value == 0.0
