"""Medicines and allergies: what is taken, what is denied, past, planned or another's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reading import CaseReader, Vocabulary
from assistant.reading.formulary import medicine, named_in
from assistant.reading.medicines import read_medicines
from assistant.reading.tables import rows
from assistant.reading.vocabulary import Entry

READER = CaseReader(
    Vocabulary([("fever", Entry("fever", "HP:0001945")), ("dyspnea", Entry("dyspnea", "HP:0002094"))]),
)


def _taken(text: str) -> list[str]:
    return [one.name for one in read_medicines(text)[0]]


def _allergies(text: str) -> list[tuple[str, str]]:
    return [(one.name, one.detail) for one in read_medicines(text)[1]]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("He takes lisinopril 10 mg daily, metformin, and ASA.", ["lisinopril", "metformin", "aspirin"]),
        ("Current medications include HCTZ and Tylenol as needed.", ["hydrochlorothiazide", "acetaminophen"]),
        ("On warfarin for atrial fibrillation.", ["warfarin"]),
        ("hypertension treated with enalapril", ["enalapril"]),
        ("She uses an oral contraceptive and blood thinners.", ["oral contraceptive", "anticoagulant"]),
        ("His only medication is a water pill.", ["diuretic"]),
        ("uses an inhaled steroid daily", ["inhaled corticosteroid"]),
        ("His mother says he takes albuterol.", ["albuterol"]),
        ("She lives with her husband and takes sertraline.", ["sertraline"]),
        ("He takes no medications other than ibuprofen.", ["ibuprofen"]),
        ("CURRENT MEDICATIONS:\n\nDigoxin\n\nPAST HISTORY:\n\nGout.", ["digoxin"]),
        ("PLAN\n\nContinue metformin 500 mg daily. We will start lisinopril 10 mg daily.", ["metformin"]),
        ("He had surgery 1 year ago and takes aspirin daily.", ["aspirin"]),
    ],
)
def test_what_is_taken(text: str, names: list[str]):
    assert _taken(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "She stopped warfarin last year.",
        "He was not given aspirin.",
        "He denies taking ibuprofen.",
        "Her mother takes warfarin.",
        "Her mother has arthritis for which she takes methotrexate.",
        "We recommend aspirin and discussed statins.",
        "Which of the following is best: start lisinopril or amlodipine?",
        "He took prednisone 3 years ago.",
        "She has never taken penicillin.",
        "Treatment with heparin is considered.",
        "Serum calcium 9.5 mg/dL and iron 60 ug/dL.",
        "She takes no medications.",
        "He had otitis media 2 weeks ago treated with ampicillin.",
    ],
)
def test_what_is_not_taken(text: str):
    assert _taken(text) == []


@pytest.mark.parametrize(
    ("text", "allergies"),
    [
        ("He is allergic to penicillin (rash) and sulfa drugs.", [("penicillin", "rash"), ("sulfonamide", "")]),
        ("She has a penicillin allergy.", [("penicillin", "")]),
        ("Rash with amoxicillin as a child.", [("amoxicillin", "rash")]),
        ("Allergies: peanuts, latex.", [("peanut", ""), ("latex", "")]),
        ("ALLERGIES\n\nSulfa, causes rash.\n\nEXAM\n", [("sulfonamide", "rash")]),
        ("NKDA. No known drug allergies.", []),
        ("No penicillin allergy.", []),
        ("Family history of wheat allergy.", []),
        ("Her brother is allergic to aspirin.", []),
    ],
)
def test_allergies(text: str, allergies: list[tuple[str, str]]):
    assert _allergies(text) == allergies


def test_dose_and_place_are_kept():
    text = "Patient takes 2.5 mg of Norvasc and metformin 500 mg twice a day."
    amlodipine, metformin = read_medicines(text)[0]
    assert (amlodipine.detail, metformin.detail) == ("2.5 mg", "500 mg twice a day")
    assert amlodipine.span is not None
    assert text[amlodipine.span.start : amlodipine.span.end] == "Norvasc"


def test_an_allergy_is_not_a_medicine_taken():
    taken, allergies = read_medicines("Allergic to penicillin. Takes warfarin.")
    assert ([one.name for one in taken], [one.name for one in allergies]) == (["warfarin"], ["penicillin"])


def test_names_of_the_formulary_are_unique_and_lead_to_their_generic_name():
    owner: dict[str, str] = {}
    for generic, others, classes in rows("medicines.tsv", 3):
        assert classes, generic
        for name in (generic, *filter(None, others.split("|"))):
            assert owner.setdefault(name.lower(), generic) == generic
            assert [one.medicine.name for one in named_in(name)] == [generic.lower()], name
    assert len(owner) > 1500


def test_a_longer_name_wins():
    assert [one.medicine.name for one in named_in("amoxicillin-clavulanate or amoxicillin")] == [
        "amoxicillin-clavulanate",
        "amoxicillin",
    ]
    assert medicine("no such thing") is None


@given(st.text(max_size=300))
def test_any_text_is_read_without_error(text: str):
    for mention in (*read_medicines(f"takes aspirin {text}")[0], *read_medicines(text)[1]):
        assert mention.span is not None


def test_a_value_outweighs_words_that_deny_it():
    case = READER.read("A 40-year-old man, no fever, takes aspirin. Temperature 38.9 C. HR 112.")
    assert {(one.label, one.status) for one in case.findings} >= {("fever", "present"), ("tachycardia", "present")}
    assert not [one for one in case.findings if one.label == "fever" and one.status == "absent"]
    assert [one.name for one in case.medications] == ["aspirin"]


def test_a_normal_value_leaves_the_words_alone():
    case = READER.read("A 40-year-old man without dyspnea. Respirations are 14/min.")
    assert [(one.label, one.status) for one in case.findings] == [("dyspnea", "absent")]
