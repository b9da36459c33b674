"""A knowledge file: its checks, the ranking against naive Bayes written out, and what is learned from counted patients."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import UnreadableFile
from index.knowledge import (
    CountedPatient,
    Described,
    Disease,
    FindingTable,
    KnowledgeFile,
    Question,
    generated,
    learned,
)
from index.knowledge.table import UNDESCRIBED, UNSTATED

QUESTIONS = (
    Question(id="pain", text="Is there pain?"),
    Question(id="where", text="Where?", kind="some of", values=("head", "belly"), within="pain"),
    Question(id="how bad", text="How bad?", kind="one of", values=("1", "2", "3"), scale=True, within="pain"),
    Question(id="smokes", text="Does the patient smoke?", background=True),
)
KNOWN = KnowledgeFile(
    source="made for this test",
    questions=QUESTIONS,
    diseases=(
        Disease(
            name="Headache",
            share=0.6,
            findings=(
                Described(question="pain", frequency=0.9),
                Described(question="where", frequency=0.8, values={"head": 0.9, "belly": 0.1}),
            ),
        ),
        Disease(
            name="Colic", share=0.4, findings=(Described(question="pain"), Described(question="smokes", frequency=0.3))
        ),
    ),
)


def _by_hand(answers: dict[str, tuple[str, ...]]) -> list[float]:
    """Multiply the likelihoods out for the questions without values."""
    table = {"pain": (0.9, UNSTATED), "smokes": (UNDESCRIBED, 0.3)}
    scores = [0.6, 0.4]
    for question, answer in answers.items():
        scores = [score * (yes if answer else 1 - yes) for score, yes in zip(scores, table[question], strict=True)]
    return [score / sum(scores) for score in scores]


@pytest.mark.parametrize("pain", [None, (), ("yes",)])
@pytest.mark.parametrize("smokes", [None, (), ("yes",)])
def test_shares_are_naive_bayes_over_what_was_asked(pain: tuple[str, ...] | None, smokes: tuple[str, ...] | None):
    answers = {name: answer for name, answer in (("pain", pain), ("smokes", smokes)) if answer is not None}
    assert FindingTable.of(KNOWN).shares(answers) == pytest.approx(_by_hand(answers))


def test_what_lies_within_a_question_counts_only_where_that_was_answered_yes():
    table = FindingTable.of(KNOWN)
    assert table.shares({"pain": (), "where": ()}) == pytest.approx(table.shares({"pain": ()}))
    assert table.shares({"where": ("head",)}) == pytest.approx(table.shares({}))
    assert table.shares({"pain": ("yes",), "where": ("head",)})[0] > table.shares({"pain": ("yes",)})[0]


def test_the_value_that_is_typical_speaks_for_a_disease_and_the_other_less():
    table = FindingTable.of(KNOWN)
    head, belly = (table.shares({"pain": ("yes",), "where": (value,)})[0] for value in ("head", "belly"))
    assert head > belly


def test_the_possible_answers_of_each_question_add_up_to_one():
    answers, starts = FindingTable.of(KNOWN).possible_answers
    assert len(starts) == len(QUESTIONS)
    assert np.add.reduceat(answers, starts, axis=0) == pytest.approx(np.ones((len(QUESTIONS), 2)))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"diseases": [{"name": "A", "findings": [{"question": "nothing"}]}]}, "which is no question"),
        ({"diseases": [{"name": "A"}, {"name": "A"}]}, "two entries for the disease 'A'"),
        ({"questions": [{"id": "q", "text": "", "within": "r"}]}, "which is no question of its own"),
        ({"questions": [{"id": "q", "text": "", "kind": "one of"}]}, "is 'one of' with the values"),
        ({"diseases": [{"name": "A", "findings": [{"question": "pain", "values": {"x": 1}}]}]}, "is no answer of it"),
        ({"diseases": [{"name": "A", "findings": [{"question": "pain", "frequency": 2}]}]}, "less than or equal to 1"),
        ({"schema": "another"}, "wardround.knowledge/1"),
    ],
)
def test_a_file_that_is_not_consistent_is_refused_in_one_line(tmp_path: Path, change: dict[str, object], said: str):
    file = tmp_path / "known.json"
    file.write_text(json.dumps({**json.loads(KNOWN.model_dump_json(by_alias=True)), **change}), encoding="utf-8")
    with pytest.raises(UnreadableFile) as refused:
        KnowledgeFile.from_file(file)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_comes_back_as_it_was_written(tmp_path: Path):
    file = tmp_path / "known.json"
    file.write_text(KNOWN.model_dump_json(by_alias=True), encoding="utf-8")
    assert KnowledgeFile.from_file(file) == KNOWN


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(UnreadableFile, match=r"nowhere\.json"):
        KnowledgeFile.from_file(tmp_path / "nowhere.json")


def test_many_generated_patients_teach_the_frequencies_they_were_generated_with():
    patients = list(generated(FindingTable.of(KNOWN), 6000, np.random.default_rng(5)))
    again = FindingTable.of(learned(KNOWN, patients))
    told = FindingTable.of(KNOWN)
    rows = [told.rows["pain"], told.rows["smokes"]]
    assert again.yes[rows[0]] == pytest.approx(told.yes[rows[0]], abs=0.04)
    assert again.yes[rows[1], 1] == pytest.approx(0.3, abs=0.04)
    head = [patient for patient in patients if patient.disease == "Headache"]
    assert len(head) / len(patients) == pytest.approx(0.6, abs=0.03)


def test_the_disease_that_made_the_patients_leads_in_most_of_them():
    table = FindingTable.of(KNOWN)
    patients = list(generated(table, 500, np.random.default_rng(3)))
    hits = [table.diseases[int(table.scores(one.answers).argmax())] == one.disease for one in patients]
    assert sum(hits) / len(hits) > 0.7


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 30), st.integers(0, 30))
def test_a_learned_frequency_lies_between_what_was_counted_and_the_general_rate(yes: int, no: int):
    patients = [CountedPatient("Colic", {"smokes": ("yes",)})] * yes + [CountedPatient("Colic", {"smokes": ()})] * no
    frequency = next(one.frequency for one in learned(KNOWN, patients).diseases[1].findings if one.question == "smokes")
    assert frequency is not None
    counted = yes / (yes + no) if yes + no else UNSTATED
    assert min(counted, UNSTATED) - 1e-9 <= frequency <= max(counted, UNSTATED) + 1e-9


def test_learning_adds_no_finding_to_a_disease():
    patients = [CountedPatient("Headache", {"smokes": ("yes",), "pain": ("yes",)})] * 50
    assert {one.question for one in learned(KNOWN, patients).diseases[0].findings} == {"pain", "where"}


def test_neighbours_on_a_scale_share_what_was_counted():
    known = KNOWN.model_copy(
        update={"diseases": (Disease(name="A", findings=(Described(question="pain"), Described(question="how bad"))),)}
    )
    patients = [CountedPatient("A", {"pain": ("yes",), "how bad": ("1",)})] * 40
    values = learned(known, patients).diseases[0].findings[1].values
    assert values["1"] > values["2"] > values["3"] > 0
    assert math.isclose(sum(values.values()), 1.0, abs_tol=0.05)
