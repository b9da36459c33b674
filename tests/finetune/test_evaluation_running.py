"""A run of measures: kept as it goes, joined only with its like, and never silent about what it could not do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import MuteModel
from hypothesis import given
from hypothesis import strategies as st

from assistant.assistant import Assistant
from assistant.errors import EmptyCase, GuidelineIndexError, UsageError
from finetune.evaluation import running
from finetune.evaluation.intervals import mean_figure
from finetune.evaluation.keeping import OutcomeFile
from finetune.evaluation.measure import Figure, Item, Outcome
from finetune.evaluation.remembering import RememberingAssistant
from finetune.evaluation.running import Plan, Result, run
from finetune.evaluation.system import System, judge_key

CASE = "A 50-year-old man has crushing chest pain, sweating and nausea."


class Counted:
    """A measure of numbers: even ones are hits; stops, or fails, at the number it is told to."""

    name = "counted"

    def __init__(self, stop_at: int = -1, bad: Sequence[int] = (), error: type[Exception] = EmptyCase) -> None:
        self.judged: list[int] = []
        self.stop_at, self.bad, self.error = stop_at, bad, error

    def items(self, mirror: Path, limit: int | None, seed: int) -> Sequence[Item]:
        if not (mirror / "numbers").exists():
            raise UsageError(f"the data set is not there: {mirror / 'numbers'}")
        return [Item(str(number), number) for number in range(limit or 20)]

    def judge(self, item: Item, assistant: Assistant) -> Outcome:
        if len(self.judged) == self.stop_at:
            raise KeyboardInterrupt
        self.judged.append(item.content)
        if item.content in self.bad:
            raise self.error(f"number {item.content} is bad")
        return {"hit": item.content % 2 == 0}

    def figures(self, outcomes: Sequence[Outcome], seed: int) -> Sequence[Figure]:
        return [mean_figure(self.name, "even", [one["hit"] for one in outcomes], seed, target=0.4)]


class OfModel(Counted):
    name = "of model"
    needs_model = True


@contextmanager
def silent(things: str, total: int, done: int) -> Iterator[running.Callable[[str], None]]:
    yield lambda note: None


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "numbers").touch()
    return Plan(tmp_path / "mirror", None, 7)


def _run(measure: Counted, assistant: Assistant, plan: Plan, folder: Path) -> Result:
    [result] = run([measure], assistant, plan, folder, silent)
    return result


def test_a_stopped_run_goes_on_and_ends_as_one_that_was_not(assistant: Assistant, plan: Plan, tmp_path: Path):
    whole = _run(Counted(), assistant, plan, tmp_path / "whole")
    first = Counted(stop_at=7)
    with pytest.raises(KeyboardInterrupt):
        _run(first, assistant, plan, tmp_path / "stopped")
    second = Counted()
    resumed = _run(second, assistant, plan, tmp_path / "stopped")
    assert (len(first.judged), len(second.judged)) == (7, 13)
    assert set(first.judged).isdisjoint(second.judged)
    assert (resumed.figures, resumed.items) == (whole.figures, whole.items) == (whole.figures, 20)
    again = Counted()
    assert _run(again, assistant, plan, tmp_path / "stopped").figures == whole.figures
    assert again.judged == []


def test_another_limit_seed_or_data_set_is_another_run(assistant: Assistant, plan: Plan, tmp_path: Path):
    _run(Counted(), assistant, plan, tmp_path / "run")
    for other in (replace(plan, limit=5), replace(plan, seed=8)):
        measure = Counted()
        _run(measure, assistant, other, tmp_path / "run")
        assert measure.judged
    before = judge_key(plan.mirror)
    (plan.mirror / "numbers").write_text("more", encoding="utf-8")
    assert judge_key(plan.mirror) != before


def test_a_folder_of_another_system_is_refused(assistant: Assistant, plan: Plan, tmp_path: Path):
    _run(Counted(), assistant, plan, tmp_path / "run")
    with_model = assistant.with_model(MuteModel())
    with pytest.raises(UsageError, match="model was 'none', is 'mute"):
        _run(Counted(), with_model, plan, tmp_path / "run")
    assert System.of(assistant).key != System.of(with_model).key == System.of(with_model).key


def test_what_cannot_run_says_why(assistant: Assistant, plan: Plan, tmp_path: Path):
    assert "none is in use" in _run(OfModel(), assistant, plan, tmp_path / "run").skipped
    assert "--data" in _run(Counted(), assistant, replace(plan, mirror=None), tmp_path / "run").skipped
    (plan.mirror / "numbers").unlink()
    assert "not there" in _run(Counted(), assistant, plan, tmp_path / "run").skipped


def test_a_bad_item_is_told_and_tried_again_and_a_broken_system_ends_the_run(
    assistant: Assistant, plan: Plan, tmp_path: Path
):
    result = _run(Counted(bad=[3, 4]), assistant, plan, tmp_path / "run")
    assert result.errors == {"3": "number 3 is bad", "4": "number 4 is bad"}
    assert (result.items, result.figures[0].items) == (18, 18)
    again = Counted()
    assert _run(again, assistant, plan, tmp_path / "run").errors == {}
    assert sorted(again.judged) == [3, 4]
    with pytest.raises(GuidelineIndexError):
        _run(Counted(bad=[0], error=GuidelineIndexError), assistant, plan, tmp_path / "broken")


@given(st.lists(st.text(max_size=8), min_size=1, max_size=6, unique=True), st.integers(0, 400))
def test_outcomes_outlive_a_cut_at_any_byte(tmp_path_factory: pytest.TempPathFactory, ids: list[str], cut: int):
    file = tmp_path_factory.mktemp("kept") / "outcomes.jsonl"
    kept = OutcomeFile(file)
    for item in ids:
        kept.keep(item, {"length": len(item)})
    whole = file.read_bytes()
    file.write_bytes(whole[:cut])
    complete = whole[:cut].count(b"\n")
    again = OutcomeFile(file)
    known = [item for item in ids if again.get(item) is not None]
    # The cut line may lack nothing but its end.
    assert known in (ids[:complete], ids[: complete + 1])
    for item in ids:
        if again.get(item) is None:
            again.keep(item, {"length": len(item)})
    third = OutcomeFile(file)
    assert all(third.get(item) == {"id": item, "length": len(item)} for item in ids)


def test_outcomes_that_cannot_be_read_or_written_are_one_line(tmp_path: Path):
    (tmp_path / "taken").touch()
    with pytest.raises(UsageError, match="cannot read"):
        OutcomeFile(tmp_path / "taken" / "outcomes.jsonl")
    kept = OutcomeFile(tmp_path / "later" / "outcomes.jsonl")
    (tmp_path / "later").touch()
    with pytest.raises(UsageError, match="cannot write"):
        kept.keep("1", {})


def test_no_case_is_assessed_twice(assistant: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    remembering = RememberingAssistant.of(assistant, tmp_path)
    first = remembering.assess(remembering.read(CASE))
    assert first.differential
    monkeypatch.setattr(Assistant, "assess", lambda *a, **k: pytest.fail("assessed again"))
    assert remembering.assess(remembering.read(CASE)) == first
    remembering.put_down()
    reopened = RememberingAssistant.of(assistant, tmp_path)
    assert reopened.assess(reopened.read(CASE)) == first
    reopened.put_down()


def test_a_damaged_memory_is_made_anew(assistant: Assistant, tmp_path: Path):
    remembering = RememberingAssistant.of(assistant, tmp_path)
    case = remembering.read(CASE)
    first = remembering.assess(case)
    remembering._memory.execute("UPDATE assessments SET assessment = x'00'")
    assert remembering.assess(case).differential == first.differential
    remembering.put_down()


def test_the_folder_says_what_was_measured(assistant: Assistant, plan: Plan, tmp_path: Path):
    _run(Counted(), assistant, plan, tmp_path / "run")
    told = json.loads((tmp_path / "run" / "system.json").read_text(encoding="utf-8"))
    assert (told["documents"], told["model"]) == (assistant.index.document_count, "none")
