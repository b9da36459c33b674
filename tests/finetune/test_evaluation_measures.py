"""What the measures make of cases: perturbed texts, consultations as text, calibration figures, checked quotes."""

from __future__ import annotations

import json
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from sample_mirror import write_mirror

from assistant.assistant import Assistant
from finetune.evaluation import calibration, citations, clinic, perturbing, registry, stability
from finetune.evaluation.diagnosing import ToldCase, judged, names_gold
from finetune.evaluation.measure import Item
from finetune.evaluation.vignettes import Vignettes
from finetune.matching.condition_names import is_condition

CHEST_PAIN = "A 50-year-old man has crushing chest pain, sweating and nausea. He smokes. His pulse is fast. He is pale."
DRAW = random.Random(1)  # noqa: S311 - a draw, not a secret


def _consultation(diagnosis: str, text: str) -> dict:
    return {
        "OSCE_Examination": {
            "Objective_for_Doctor": f"Find the {diagnosis}.",
            "Patient_Actor": {
                "Demographics": "50-year-old man",
                "History": text,
                "Symptoms": {"Primary_Symptom": "Chest pain", "Secondary_Symptoms": ["Sweating", "Nausea"]},
            },
            "Physical_Examination_Findings": {"Vital_Signs": {"Heart_Rate": "110 bpm"}},
            "Test_Results": {"ECG": {"Findings": "ST elevation"}, "MRI_Brain": None},
            "Correct_Diagnosis": diagnosis,
            "Management": "Aspirin",
        }
    }


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """The sample mirror with two consultations, the second told word by word like a vignette."""
    folder = write_mirror(tmp_path / "mirror")
    long = Vignettes().items(folder, None, 7)[1].content.text
    rows = [
        _consultation("Acute myocardial infarction", "Crushing chest pain for an hour."),
        _consultation("Croup", f"{long} {long}"),
    ]
    (folder / "agentclinic-medqa").mkdir()
    (folder / clinic.FILE).write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return folder


def test_a_consultation_is_told_without_its_diagnosis_objective_or_management(mirror: Path):
    first, second = clinic.AgentClinic().items(mirror, None, 7)
    told, overlaps = first.content
    assert told.gold == "Acute myocardial infarction"
    assert told.text.splitlines() == [
        "50-year-old man.",
        "Crushing chest pain for an hour.",
        "Primary symptom: Chest pain.",
        "Secondary symptoms: Sweating, Nausea.",
        "Heart rate: 110 bpm.",
        "ST elevation.",
    ]
    assert (overlaps, second.content[1]) == (False, True)


def test_vignettes_and_consultations_are_judged_and_counted(mirror: Path, assistant: Assistant):
    for measure in (Vignettes(), clinic.AgentClinic(), calibration.Calibration()):
        items = measure.items(mirror, None, 7)
        outcomes = [{"id": item.id, **measure.judge(item, assistant)} for item in items]
        json.dumps(outcomes)
        figures = measure.figures(outcomes, 7)
        assert figures
        assert all(figure.measure == measure.name and figure.low <= figure.value <= figure.high for figure in figures)
        json.dumps(measure.details(outcomes, 7))
    first = clinic.AgentClinic().judge(clinic.AgentClinic().items(mirror, None, 7)[0], assistant)
    assert (first["place"], first["rule"], first["indexed"], first["named"]) == (1, "same name", True, False)


def test_an_answer_that_is_not_given_is_never_a_hit(assistant: Assistant):
    for text in ("", "   ", "my car does not start"):
        outcome = judged(ToldCase(text, "Croup"), assistant)
        assert (outcome["place"], outcome["leading"]) == (None, "")


def test_a_text_that_names_its_diagnosis_is_noticed():
    assert names_gold("Lesions consistent with Croup.", "croup")
    assert not names_gold("The infarction was acute.", "Acute infarction")


def test_the_other_sex_leaves_nothing_of_the_first():
    changed = perturbing.sexed(CHEST_PAIN, DRAW)
    assert changed == CHEST_PAIN.replace("man", "woman").replace("He ", "She ").replace("His", "Her")
    assert perturbing.sexed(changed, DRAW) == CHEST_PAIN
    told = "A woman says her arm hurts. The nurse told her that it is swollen; he left her."
    assert perturbing.sexed(told, DRAW) is None
    assert perturbing.sexed(told.replace("he left", "she left"), DRAW) == (
        "A man says his arm hurts. The nurse told him that it is swollen; he left him."
    )
    for text in ("A pregnant woman has a fever.", "A man has testicular pain.", "A patient has a cough."):
        assert perturbing.sexed(text, DRAW) is None


@pytest.mark.parametrize("seed", range(20))
def test_what_is_changed_is_only_what_is_said(seed: int):
    draw = random.Random(seed)  # noqa: S311
    older = perturbing.aged(CHEST_PAIN, draw)
    assert older is not None
    age = int(older.split("-")[0].removeprefix("A "))
    assert age != 50
    assert 45 <= age <= 55
    assert older.split("-", 1)[1] == CHEST_PAIN.split("-", 1)[1]
    mixed = perturbing.reordered(CHEST_PAIN, draw)
    assert mixed is not None
    assert mixed != CHEST_PAIN
    assert sorted(mixed.split(". ")[0:1]) == [CHEST_PAIN.split(". ")[0]]
    assert sorted(mixed.split()) == sorted(CHEST_PAIN.split())
    distracted = perturbing.distracted(CHEST_PAIN, draw)
    assert distracted is not None
    assert any(distracted.replace(f"{one} ", "") == CHEST_PAIN for one in perturbing.DISTRACTORS)
    assert perturbing.named(CHEST_PAIN, draw).endswith(CHEST_PAIN)
    person = perturbing.of_ethnicity(CHEST_PAIN, draw)
    assert any(person == CHEST_PAIN.replace("old man", f"old {one} man") for one in perturbing.ETHNICITIES)
    assert perturbing.of_ethnicity(person, draw) is None


def test_lay_words_keep_their_capitals_and_need_two():
    assert perturbing.in_lay_words("Dyspnea and pruritus.", DRAW) == "Shortness of breath and itching."
    assert perturbing.in_lay_words("Dyspnea and a rash.", DRAW) is None


def test_a_name_or_a_distractor_does_not_change_what_leads(assistant: Assistant):
    measure, stays = stability.Stability(), []
    for change in ("name", "distractor", "sex"):
        changed = perturbing.CHANGES[change](CHEST_PAIN, random.Random(3))  # noqa: S311
        outcome = measure.judge(Item(change, stability.Pair(change, CHEST_PAIN, changed)), assistant)
        assert outcome["left_out"] == ""
        stays.append(outcome["stays"])
    assert stays == [True, True, True]
    nothing = measure.judge(Item("x", stability.Pair("name", "", "")), assistant)
    assert nothing["left_out"] == "no differential"
    other = stability.Pair("name", CHEST_PAIN, "A 2-year-old boy has a barking cough, stridor and fever.")
    assert measure.judge(Item("x", other), assistant)["stays"] is False


def test_calibration_figures_against_cases_known_by_hand():
    stated = np.repeat([0.2, 0.8], 500)
    right = np.concatenate([np.repeat([1.0, 0.0], [100, 400]), np.repeat([1.0, 0.0], [400, 100])])
    mixed = np.random.default_rng(1).permutation(1000)
    perfect = np.column_stack([stated, right])[mixed]
    # Bins of a hundred hold a little more or less than their share: 0.04 is one standard error of a bin.
    assert calibration.calibration_error(perfect) < 0.06
    assert calibration.brier(perfect) == pytest.approx(0.16)
    always_wrong = np.column_stack([np.full(100, 0.7), np.zeros(100)])
    assert calibration.calibration_error(always_wrong) == pytest.approx(0.7)
    assert calibration.off_stated(np.column_stack([np.full(10, 0.9), [1.0] * 8 + [0.0] * 2])) == pytest.approx(0.1)
    assert [calibration.holds({"in_set": given, "complete": whole, "place": place}) for given, whole, place in (
        (True, True, 1), (False, True, None), (False, False, None), (False, False, 8),
    )] == [True, False, True, False]  # fmt: skip


def test_answering_only_the_surest_is_told_by_tenths():
    outcomes = [{"score": place / 20, "place": 1 if place >= 10 else None} for place in range(20)]
    points = calibration.curve(outcomes)
    assert [point["first"] for point in points] == [1.0] * 5 + [round(10 / count, 4) for count in (12, 14, 16, 18, 20)]


def test_quotes_are_looked_up_in_the_database_and_a_changed_one_is_found(assistant: Assistant):
    measure = citations.Citations()
    outcome = measure.judge(Item("1", ToldCase(CHEST_PAIN, "x")), assistant)
    assert outcome["quotes"] > 5
    assert (outcome["wrong"], outcome["unmarked"], outcome["uncited"]) == ([], [], 0)
    shown = assistant.assess(assistant.read(CHEST_PAIN)).differential[0].citations[0]
    file = assistant.index.folder / "index.sqlite"
    with closing(sqlite3.connect(file)) as database:
        assert citations.is_verbatim(shown, database)
        for changed in (
            {"quote": shown.quote + "."},
            {"quote": shown.quote.replace("a", "e", 1)},
            {"start": shown.start + 1},
            {"passage_id": "none"},
            {"document": shown.document.model_copy(update={"id": "none"})},
        ):
            assert not citations.is_verbatim(shown.model_copy(update=changed), database)


def test_advice_that_is_not_in_its_quote_and_a_foreign_rationale_are_unmarked(assistant: Assistant):
    assessment = assistant.assess(assistant.read(CHEST_PAIN))
    leading = assessment.differential[0]
    advice = leading.treatment[0].model_copy(update={"text": "Give two aspirins."})
    worded = leading.model_copy(update={"treatment": (advice,), "rationale": "Troponin of 900 proves dissection."})
    told = assessment.model_copy(update={"differential": (worded,)})
    failed = [text for text, supported in citations._sentences(told) if not supported]
    assert failed == ["Give two aspirins.", "Troponin of 900 proves dissection."]
    assert all(supported for _, supported in citations._sentences(assessment))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Gout", True),
        ("Acute pancreatitis", True),
        ("Hyperthyroidism", True),
        ("Tetralogy of Fallot", True),
        ("Wilms tumor", True),
        ("CT scan of the abdomen", False),
        ("Increased acetyl CoA levels", False),
        ("Methimazole", False),
        ("A 9-month-old boy who has had recurrent otitis media", False),
        ("2.5%", False),
        ("", False),
    ],
)
def test_what_is_a_condition(name: str, expected: bool):
    assert is_condition(name) is expected


def test_every_measure_of_the_table_can_be_made_and_bears_its_name():
    for entry in registry.ENTRIES:
        assert entry.load().name == entry.name
