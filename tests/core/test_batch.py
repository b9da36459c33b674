"""Many cases, one line each: in order, resumable, no line lost and none that is somebody else's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.assistant import Assistant
from assistant.batch import Written, count_inputs, finished, run_batch
from assistant.errors import ModelError, UsageError

CYSTITIS = "A 34-year-old woman has had dysuria, urinary frequency, urinary urgency and suprapubic pain for two days. No fever."


def _write(file: Path, rows: Sequence[object]) -> Path:
    file.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    return _write(tmp_path / "in.jsonl", [{"id": number, "text": CYSTITIS} for number in range(4)])


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "out.jsonl"


def test_every_input_has_one_line_in_order(open_small, tmp_path: Path, output: Path) -> None:
    rows: list[object] = [
        {"id": "a", "text": CYSTITIS, "gold": "a field of the user's own"},
        {"id": "b", "phenotypes": [], "age": 40},
        {"id": 3, "text": ""},
        "not json\n",
        "\n",
        {"text": CYSTITIS},
        {"id": "c", "text": CYSTITIS, "phenotypes": ["HP:0001945"]},
        {"id": "d", "fhir": {}},
        {"id": "e", "text": 5},
        {"id": "f", "phenotypes": "HP:0001945"},
        {"id": "患者", "text": "病人发烧三天, 咳嗽, 胸痛"},
    ]
    inputs = _write(tmp_path / "in.jsonl", rows)
    outcomes = list(run_batch(open_small(), inputs, output))
    lines = _lines(output)
    assert [line["id"] for line in lines] == ["a", "b", 3, None, None, "c", "d", "e", "f", "患者"]
    assert [line["id"] for line in lines if "assessment" in line] == ["a", "患者"]
    assert lines[-1]["assessment"]["abstention"]["reason"] == "out of scope"
    errors = {str(line["id"]): line["error"] for line in lines if "error" in line}
    assert "no phenotypes" in errors["b"]
    assert "empty" in errors["3"]
    assert 'give one of "text", "phenotypes" and "fhir"' in errors["c"]
    assert "is no FHIR" in errors["d"]
    assert not [error for error in errors.values() if "\n" in error or "internal" in error]
    assert [outcome.error for outcome in outcomes] == [line.get("error", "") for line in lines]
    assert count_inputs(inputs) == len(lines)
    assert finished(inputs, output) == Written(len(lines), len(lines) - 2)


def test_a_run_goes_on_where_it_stopped(open_small, inputs: Path, output: Path) -> None:
    running = run_batch(open_small(), inputs, output)
    next(running)
    next(running)
    running.close()
    first = output.read_bytes()
    assert finished(inputs, output) == Written(2, 0)
    assert [outcome.id for outcome in run_batch(open_small(), inputs, output)] == [2, 3]
    assert output.read_bytes().startswith(first)
    assert [line["id"] for line in _lines(output)] == [0, 1, 2, 3]
    assert list(run_batch(open_small(), inputs, output)) == []


@pytest.mark.parametrize("kept", [1, 5, 8, 9, 40, 2000])
def test_a_torn_line_is_done_again(open_small, inputs: Path, output: Path, kept: int) -> None:
    list(run_batch(open_small(), inputs, output))
    whole = output.read_bytes().splitlines(keepends=True)
    output.write_bytes(b"".join(whole[:2]) + whole[2][:kept])
    assert [outcome.id for outcome in run_batch(open_small(), inputs, output)] == [2, 3]
    assert [line["id"] for line in _lines(output)] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('{"mine": 1}\n', "line 1 of"),
        ("my notes, without a line end", "was not written by"),
        ('{"id": 7, "assessment": {}}\n', "is case 7"),
        ("[1]\n", "line 1 of"),
        ("".join(f'{{"id": {number}, "error": "x"}}\n' for number in range(5)), "has 5 cases"),
    ],
)
def test_a_file_of_somebody_else_is_left_alone(open_small, inputs: Path, output: Path, written: str, said: str) -> None:
    output.write_text(written)
    with pytest.raises(UsageError, match=said):
        list(run_batch(open_small(), inputs, output))
    assert output.read_text() == written


def test_files_that_cannot_be_used_are_named(open_small, inputs: Path, tmp_path: Path) -> None:
    empty = _write(tmp_path / "empty.jsonl", ["\n"])
    for call in (
        lambda: count_inputs(tmp_path / "missing.jsonl"),
        lambda: count_inputs(tmp_path),
        lambda: count_inputs(empty),
        lambda: finished(inputs, tmp_path),
        lambda: finished(inputs, tmp_path / "missing" / "out.jsonl"),
    ):
        with pytest.raises(UsageError) as raised:
            call()
        assert str(tmp_path) in str(raised.value)


class _Breaking(Assistant):
    """An assistant whose assessment fails as it is told."""

    failure: Exception

    def assess(self, case, **options):
        raise self.failure


def _breaking(assistant: Assistant, failure: Exception) -> Assistant:
    assistant.__class__ = _Breaking
    assistant.failure = failure
    return assistant


def test_a_model_that_fails_stops_the_run_and_keeps_what_is_done(open_small, inputs: Path, output: Path) -> None:
    running = run_batch(open_small(), inputs, output)
    next(running)
    running.close()
    with pytest.raises(ModelError, match="gone"):
        list(run_batch(_breaking(open_small(), ModelError("the server is gone")), inputs, output))
    assert finished(inputs, output) == Written(1, 0)


def test_a_strange_case_costs_only_its_own_line(open_small, inputs: Path, output: Path) -> None:
    list(run_batch(_breaking(open_small(), ZeroDivisionError("by zero")), inputs, output))
    assert finished(inputs, output) == Written(4, 4)
    assert "please report it: ZeroDivisionError" in _lines(output)[0]["error"]


def test_halves_of_characters_and_nul_bytes_do_not_break_a_line(open_small, tmp_path: Path, output: Path) -> None:
    rows = ['{"id": "\\ud800", "text": "fever \\ud83d and cough \\u0000 for a day"}\n']
    inputs = _write(tmp_path / "in.jsonl", rows)
    [outcome] = run_batch(open_small(), inputs, output)
    assert outcome.error == ""
    assert finished(inputs, output) == Written(1, 0)
