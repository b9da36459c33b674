"""Dangerous diagnoses stay in sight until the case excludes them, and are no flood."""

from __future__ import annotations

import pytest

from assistant.assessment import Codes, Diagnosis, Likelihood
from assistant.case import Case
from assistant.errors import SettingsError
from assistant.must_not_miss import MOST, must_not_miss
from assistant.must_not_miss_rules import DangerousConditions, load_conditions
from assistant.reading import CaseReader, Vocabulary


@pytest.fixture(scope="module")
def reader(vocabulary: Vocabulary) -> CaseReader:
    return CaseReader(vocabulary)


def _diagnosis(name: str, *codes: str) -> Diagnosis:
    return Diagnosis(name=name, codes=Codes(icd10cm=codes), likelihood=Likelihood(band="possible", score=0.3))


def _named(reader: CaseReader, text: str, *shown: Diagnosis) -> list[str]:
    return [one.name for one in must_not_miss(reader.read(text), shown)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A 60-year-old man has chest pain.", "acute coronary syndrome"),
        ("A 61-year-old man with sudden tearing chest pain through to the back.", "aortic dissection"),
        ("A 40-year-old woman with pleuritic chest pain a week after knee surgery.", "pulmonary embolism"),
        ("A 50-year-old man has chest pain after forceful vomiting and crepitus of the neck.", "oesophageal rupture"),
        ("A 45-year-old woman with the worst headache of her life.", "subarachnoid haemorrhage"),
        ("A 20-year-old man with headache, fever and a stiff neck.", "bacterial meningitis"),
        ("A 72-year-old woman with a new headache and jaw claudication.", "giant cell arteritis"),
        ("A 27-year-old woman on oral contraceptives has a headache and a seizure.", "cerebral venous thrombosis"),
        ("A 45-year-old man with back pain and numbness of the perineum.", "cauda equina syndrome"),
        ("A 28-year-old woman with lower abdominal pain.", "ectopic pregnancy"),
        ("A 70-year-old man with atrial fibrillation and abdominal pain out of proportion.", "mesenteric ischaemia"),
        ("A 14-year-old boy with pain in the left testicle.", "testicular torsion"),
        ("A 66-year-old man with a hot swollen knee and fever.", "septic arthritis"),
        ("A 30-year-old man with fever, back from Ghana last week.", "malaria"),
        ("A 30-year-old woman, 34 weeks pregnant, with headache and blood pressure 150/100.", "pre-eclampsia"),
    ],
)
def test_a_dangerous_diagnosis_is_kept_in_sight_with_what_points_to_it(reader: CaseReader, text: str, name: str):
    found = next(one for one in must_not_miss(reader.read(text), ()) if one.name == name)
    assert found.because
    assert all(one.case_span is None or text[one.case_span.start : one.case_span.end] for one in found.because)
    assert found.exclude_by
    assert found.source_url.startswith("https://")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A 60-year-old man has chest pain. Troponin is undetectable.", "acute coronary syndrome"),
        ("A 15-year-old boy has chest pain.", "acute coronary syndrome"),
        ("A 60-year-old man has had chest pain on exertion for years.", "acute coronary syndrome"),
        ("A 28-year-old woman with lower abdominal pain. A pregnancy test is negative.", "ectopic pregnancy"),
        ("A 28-year-old man with lower abdominal pain.", "ectopic pregnancy"),
        ("A 28-year-old woman with lower abdominal pain. She had a hysterectomy.", "ectopic pregnancy"),
        ("A 40-year-old woman with a headache and jaw claudication.", "giant cell arteritis"),
        ("A 70-year-old woman with a headache, no scalp tenderness and no jaw claudication.", "giant cell arteritis"),
        ("A 40-year-old woman, dyspnea after surgery a week ago. D-dimer is normal.", "pulmonary embolism"),
        ("A 45-year-old man with back pain, no saddle anesthesia and no incontinence.", "cauda equina syndrome"),
    ],
)
def test_what_the_case_excludes_is_not_kept(reader: CaseReader, text: str, name: str):
    assert name not in _named(reader, text)


def test_what_the_differential_shows_is_not_named_again(reader: CaseReader):
    text = "A 60-year-old man has chest pain with sweating."
    assert "acute coronary syndrome" in _named(reader, text)
    assert "acute coronary syndrome" not in _named(reader, text, _diagnosis("Heart attack"))
    assert "acute coronary syndrome" not in _named(reader, text, _diagnosis("STEMI of wall", "I21.3"))
    low = [_diagnosis(f"Other {place}") for place in range(5)] + [_diagnosis("Heart attack")]
    assert "acute coronary syndrome" in _named(reader, text, *low), "what only stands in a list is not shown"


@pytest.mark.parametrize(
    "text",
    [
        "A 30-year-old man with a runny nose and sneezing for three days.",
        "A 35-year-old woman with a mild band-like headache in the evenings for months.",
        "A 25-year-old woman twisted her ankle playing tennis.",
        "A 19-year-old man with acne of the face.",
        "A 45-year-old man with low back pain after lifting a box; no weakness, no numbness.",
    ],
)
def test_everyday_complaints_bring_nothing(reader: CaseReader, text: str):
    assert _named(reader, text) == []


def test_it_is_no_flood_and_those_with_most_pointing_to_them_come_first(reader: CaseReader):
    text = (
        "A 70-year-old man with diabetes and atrial fibrillation has crushing chest pain with sweating, back pain, "
        "abdominal pain out of proportion, fever, confusion, vomiting, haemoptysis, syncope and a swollen left calf."
    )
    found = must_not_miss(reader.read(text), ())
    assert len(found) == MOST
    counts = [len(one.because) for one in found]
    assert counts[0] == max(counts)


def test_every_presentation_has_conditions_and_each_its_source():
    known = load_conditions()
    used = {complaint for one in known.conditions.values() for complaint in one.presents}
    assert used == set(known.presentations)
    assert len(known.presentations) >= 30
    assert all(known.source_of(one).url.startswith("https://") for one in known.conditions.values())
    named = {sign for signs in known.presentations.values() for sign in signs}
    named |= {sign for one in known.conditions.values() for sign in one.signs}
    assert set(known.signs) <= named, "a sign is never used"


def test_no_words_nothing():
    assert must_not_miss(Case(narrative=""), ()) == ()


CONDITION = {"urgency": "now", "presents": ["pain"], "points": ["chest pain"], "exclude": "E", "source": "acs"}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"points": ["aura"]}, "aura"),
        ({"presents": ["itch"]}, "itch"),
        ({"source": "nowhere"}, "nowhere"),
        ({"always": ["itch"]}, "itch"),
        ({"urgency": "soon"}, "soon"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(changed: dict[str, object], named: str):
    raw = {
        "sources": {},
        "signs": {},
        "long_standing": ["years"],
        "presentations": {"pain": ["chest pain"]},
        "conditions": {"c": {**CONDITION, **changed}},
    }
    with pytest.raises(SettingsError, match=named):
        DangerousConditions.of(raw)
