"""A narrative becomes a case: findings with status, places and duration, and who the patient is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reading import CaseReader, Vocabulary
from assistant.reading.case_reader import LONGEST_NARRATIVE
from assistant.reading.vocabulary import Entry

ENTRIES = {
    "fever": Entry("fever", "HP:0001945"),
    "febrile": Entry("fever", "HP:0001945"),
    "cough": Entry("cough", "HP:0012735"),
    "headache": Entry("headache", "HP:0002315"),
    "rash": Entry("rash", ""),
    "hypertension": Entry("hypertension", "HP:0000822"),
    "breast cancer": Entry("breast cancer", "HP:0003002"),
    "pneumonia": Entry("pneumonia", "HP:0002090"),
}
NARRATIVE = (
    "A 54-year-old woman with a history of hypertension has had fever for 3 days and a cough since yesterday. "
    "She denies headache. Her mother had breast cancer. "
    "Dr. Green saw no rash vs. the last visit. She is febrile at 38.5 C. Possible pneumonia."
)


@pytest.fixture(scope="module")
def reader():
    return CaseReader(Vocabulary(ENTRIES.items()))


def test_a_narrative_becomes_a_case(reader):
    case = reader.read(NARRATIVE)
    assert (case.age_years, case.sex, case.pregnant) == (54, "female", None)
    assert {one.label: one.status for one in case.findings} == {
        "fever": "present",
        "cough": "present",
        "hypertension": "past",
        "pneumonia": "uncertain",
        "headache": "absent",
        "rash": "absent",
        "breast cancer": "family",
    }


def test_a_finding_carries_its_duration_in_the_words_of_the_text(reader):
    durations = {one.label: one.duration for one in reader.read(NARRATIVE).findings}
    assert durations["fever"] == "for 3 days"
    assert durations["cough"] == "since yesterday"
    assert durations["headache"] == durations["hypertension"] == ""


def test_all_places_that_state_a_finding_are_kept(reader):
    case = reader.read(NARRATIVE)
    (fever,) = [one for one in case.findings if one.label == "fever"]
    words = [case.narrative[span.start : span.end] for span in fever.spans]
    assert words[0] == "fever"
    assert "febrile" in words


def test_findings_come_in_the_order_of_what_they_weigh(reader):
    statuses = [one.status for one in reader.read(NARRATIVE).findings]
    order = ("present", "past", "uncertain", "absent", "family")
    assert statuses == sorted(statuses, key=order.index)


def test_a_finding_may_be_present_and_past(reader):
    case = reader.read("He had pneumonia 3 years ago. Now he has pneumonia again.")
    assert [one.status for one in case.findings if one.label == "pneumonia"] == ["present", "past"]


def test_a_denied_finding_has_no_duration(reader):
    (fever,) = reader.read("No fever for 3 days.").findings
    assert (fever.status, fever.duration) == ("absent", "")


def test_a_measured_value_outweighs_a_denial(reader):
    case = reader.read("He denies fever. Temperature 39.4 C.")
    assert [one.status for one in case.findings if one.label == "fever"] == ["present"]


def test_phenotype_ids_become_findings_with_places(reader):
    case = reader.from_phenotypes(["HP:0012735"], ["HP:0002315"], "P2Y", "female")
    assert (case.age_years, case.sex) == (2, "female")
    for finding in case.findings:
        (span,) = finding.spans
        assert case.narrative[span.start : span.end] == finding.label
    assert [one.status for one in case.findings] == ["present", "absent"]


def test_what_is_no_case_is_refused_with_a_reason(reader):
    assert "not in English" in reader.looks_like_a_case(
        reader.read("\u60a3\u8005\u53d1\u70e7\u4e09\u5929\uff0c\u54b3\u55fd")
    )
    assert "No symptom" in reader.looks_like_a_case(reader.read("My car does not start."))
    assert "No symptom" in reader.looks_like_a_case(reader.read(""))
    assert reader.looks_like_a_case(reader.read("fever")) == ""


def test_a_text_that_is_too_long_is_cut_at_a_sentence(reader):
    case = reader.read("He has a cough. " * 3000)
    assert len(case.narrative) <= LONGEST_NARRATIVE
    assert case.narrative.endswith("cough.")


@given(st.text(max_size=400))
def test_every_span_lies_in_the_narrative(reader, text):
    case = reader.read(text)
    for finding in case.findings:
        assert all(0 <= span.start < span.end <= len(case.narrative) for span in finding.spans)


def test_the_same_text_gives_the_same_case(reader):
    assert reader.read(NARRATIVE) == CaseReader(Vocabulary(ENTRIES.items())).read(NARRATIVE)


def test_reading_is_quick(reader):
    reader.read(NARRATIVE)
    began = time.perf_counter()
    for number in range(20):
        reader.read(f"{NARRATIVE} Case {number}. " + NARRATIVE)
    assert (time.perf_counter() - began) / 20 < 0.2


def test_a_sentence_wrapped_over_lines_is_read_as_one(reader: CaseReader):
    case = reader.read("A man has had fever. No\ncough.\n- headache")
    assert [(found.label, found.status) for found in case.findings] == [
        ("fever", "present"),
        ("headache", "present"),
        ("cough", "absent"),
    ]
    assert [case.narrative[found.spans[0].start : found.spans[0].end] for found in case.findings] == [
        "fever",
        "headache",
        "cough",
    ]


def test_the_reaction_of_an_allergy_is_no_finding_of_today(reader: CaseReader):
    case = reader.read("She has a cough. She is allergic to penicillin (rash).")
    assert [found.label for found in case.findings] == ["cough"]
    assert [(allergy.name, allergy.detail) for allergy in case.allergies] == [("penicillin", "rash")]
    assert [found.label for found in reader.read("She has a rash. Allergy: penicillin (rash).").findings] == ["rash"]
