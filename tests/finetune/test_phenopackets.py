"""Rare-disease measures on a fake mirror: coded cases, the same as text, and the order that a coded case is served in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_phenotypes import EAR, ELBOW, HAIR, KNEE, THUMB, TOE, tiny_phenotypes

from assistant.assistant import Assistant
from assistant.candidates import is_coded
from assistant.errors import UsageError
from assistant.reading import CaseReader, Vocabulary
from finetune.evaluation.narratives import Narratives, case_text
from finetune.evaluation.phenopackets import FILE, Phenopackets, packets

KNOWLEDGE = tiny_phenotypes()
# Findings, denials, gold: found; found under the other catalogue's name; not annotated anywhere.
PATIENTS = (
    ((TOE, EAR, HAIR, "HP:9999999"), (KNEE,), ("OMIM:1", "Bluetoe syndrome")),
    ((KNEE, ELBOW, HAIR), (THUMB,), ("OMIM:777", "Squeakhum disease")),
    ((THUMB, EAR, HAIR), (), ("OMIM:888", "Nowhere syndrome")),
)


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    rows = [
        {
            "case_id": f"p{number}",
            "sex": "FEMALE",
            "age": "P3Y",
            "observed": [{"id": one, "label": ""} for one in present],
            "excluded": [{"id": one, "label": ""} for one in absent],
            "gold": [{"id": code, "label": name}],
        }
        for number, (present, absent, (code, name)) in enumerate(PATIENTS)
    ]
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def rare(assistant: Assistant) -> Assistant:
    return Assistant(assistant.index, CaseReader(Vocabulary.load(KNOWLEDGE)), KNOWLEDGE)


def test_coded_patients_are_judged_by_id_and_name_and_a_disease_nobody_annotated_is_missed(
    mirror: Path, rare: Assistant
):
    measure = Phenopackets()
    outcomes = [measure.judge(item, rare) for item in measure.items(mirror, None, 7)]
    json.dumps(outcomes)
    assert [one["place"] for one in outcomes] == [one["ranked"] for one in outcomes] == [1, 1, None]
    assert [one["annotated"] for one in outcomes] == [True, True, False]
    assert [one["unknown_terms"] for one in outcomes] == [1, 0, 0]
    figures = {figure.name: figure for figure in measure.figures(outcomes, 7)}
    assert figures["gold first"].value == pytest.approx(2 / 3, abs=1e-3)
    assert figures["gold first, of these"].value == 1.0
    assert figures["gold first"].target == 0.62
    json.dumps(measure.details(outcomes, 7))


def test_a_coded_case_is_served_in_the_order_of_the_phenotype_model(rare: Assistant):
    case = rare.read_phenotypes((TOE, EAR, HAIR), (KNEE,), "P3Y", "female")
    expected = KNOWLEDGE.rank((TOE, EAR, HAIR), (KNEE,))
    served = [one.name for one in rare.assess(case).differential]
    assert served[: len(expected)] == [one.name for one in expected]
    assert rare.assess(case).differential[0].likelihood.score == pytest.approx(expected[0].probability, abs=0.05)


def test_only_a_case_of_nothing_but_codes_is_coded(rare: Assistant):
    assert is_coded(rare.read_phenotypes((TOE, EAR), (KNEE,), "", ""))
    assert not is_coded(rare.read("A woman has a bent blue toe and a square ear lobe."))
    assert not is_coded(rare.read("Nothing of note."))


def test_without_the_data_set_or_the_knowledge_it_is_said_what_to_do(
    mirror: Path, tmp_path_factory: pytest.TempPathFactory, assistant: Assistant
):
    with pytest.raises(UsageError, match="not there"):
        packets(tmp_path_factory.mktemp("empty"), None, 7)
    with pytest.raises(UsageError, match="models get hpo"):
        Phenopackets().judge(Phenopackets().items(mirror, 1, 7)[0], assistant)


def test_a_patient_is_told_without_codes_the_same_each_time(mirror: Path):
    patient = packets(mirror, None, 7)[0]
    text = case_text(patient, KNOWLEDGE, 7)
    assert text == case_text(patient, KNOWLEDGE, 7)
    assert text.startswith("This 3-year-old female was referred.")
    assert "HP:" not in text
    assert patient.gold not in text
    assert len({case_text(patient, KNOWLEDGE, seed) for seed in range(20)}) > 5


def test_what_is_told_is_read_back_and_ranked(mirror: Path, rare: Assistant):
    measure = Narratives()
    outcomes = [measure.judge(item, rare) for item in measure.items(mirror, None, 7)]
    json.dumps(outcomes)
    assert [one["ranked"] for one in outcomes] == [1, 1, None]
    assert [(one["present_told"], one["present_both"]) for one in outcomes] == [(3, 3)] * 3
    assert [(one["absent_told"], one["absent_both"]) for one in outcomes] == [(1, 1), (1, 1), (0, 0)]
    figures = {figure.name: figure for figure in measure.figures(outcomes, 7)}
    assert figures["present findings, recall"].value == 1.0
    assert figures["absent findings, recall"].items == 2
