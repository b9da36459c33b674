"""The wording that screen, report and chat share."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import phrasing
from assistant.assessment import CitedDocument, Codes, Diagnosis, Evidence, Likelihood, RedFlag
from assistant.case import Case, Finding, Measurement, Mention


@given(st.text())
def test_plain_text_is_one_line_without_control_or_direction_characters(text: str) -> None:
    shown = phrasing.plain(text)
    assert not {unicodedata.category(letter) for letter in shown} & {"Cc", "Cf", "Zl", "Zp", "Cs"}
    assert shown == " ".join(shown.split())
    assert phrasing.plain(shown) == shown


@given(st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1))
def test_plain_text_keeps_every_letter_that_is_seen(text: str) -> None:
    assert phrasing.plain(text) == text


def test_an_escape_sequence_and_a_reversed_text_are_disarmed() -> None:
    assert phrasing.plain("gout\x1b[31m\r\n\u202egnorw\u202c") == "gout [31m gnorw"


@pytest.mark.parametrize(
    ("case", "words"),
    [
        (Case(narrative="", age_years=58, sex="male"), "58-year-old male"),
        (Case(narrative="", age_years=31, sex="female", pregnant=True), "pregnant 31-year-old female"),
        (Case(narrative="", age_years=25.8, sex="male"), "25-year-old male"),
        (Case(narrative="", age_years=0.5), "6-month-old patient"),
        (Case(narrative="", age_years=0.583), "7-month-old patient"),
        (Case(narrative="", age_years=3 / 365.25, sex="female"), "3-day-old female"),
        (Case(narrative=""), "patient, age unknown"),
    ],
)
def test_who_the_patient_is(case: Case, words: str) -> None:
    assert phrasing.patient(case) == words


def test_a_case_in_parts_and_in_a_line() -> None:
    case = Case(
        narrative="",
        age_years=70,
        findings=(
            Finding(label="fever", duration="for 3 days"),
            Finding(label="cough", status="absent"),
            Finding(label="gout", status="past"),
        ),
        measurements=(
            Measurement(analyte="pulse", value=120, unit="/min", low=60, high=100, flag="high", finding="tachycardia"),
        ),
        medications=(Mention(name="warfarin"),),
        allergies=(Mention(name="penicillin", detail="rash"),),
    )
    assert dict(phrasing.case_parts(case)) == {
        "Patient": "70-year-old patient",
        "Present": "fever (for 3 days)",
        "Absent": "cough",
        "Past": "gout",
        "Measured": "pulse 120/min (high: tachycardia; usual 60 to 100)",
        "Takes": "warfarin",
        "Allergies": "penicillin (rash)",
    }
    line = phrasing.case_line(case)
    for part in ("no cough", "history of gout", "takes warfarin", "allergic to penicillin (rash)"):
        assert part in line


@pytest.mark.parametrize(
    ("low", "high", "words"), [(None, 5, "up to 5"), (3.5, None, "from 3.5"), (1, 2, "1 to 2"), (None, None, "")]
)
def test_a_range_is_said_only_where_it_is_known(low: float | None, high: float | None, words: str) -> None:
    measured = Measurement(analyte="potassium", value=9, unit="mmol/L", low=low, high=high, flag="critical-high")
    said = phrasing.measurement(measured)
    assert said.startswith("potassium 9 mmol/L (critically high")
    assert words in said
    assert ("usual" in said) == bool(words)


def test_codes_are_prefixed_once() -> None:
    codes = Codes(icd10cm=("E80.21",), omim=("OMIM:176000",), orpha=("79276",))
    diagnosis = Diagnosis(name="x", codes=codes, likelihood=Likelihood(band="likely", score=0.5))
    assert phrasing.codes(diagnosis) == "ICD-10-CM E80.21; OMIM:176000; ORPHA:79276"
    assert phrasing.likelihood(diagnosis) == "likely"
    assert phrasing.likelihood(diagnosis, numbers=True) == "likely, rank score 0.50"


@pytest.mark.parametrize(
    ("trust", "notice", "said"),
    [
        ("guideline", "", ""),
        ("reference", "", "reference work, not a guideline"),
        ("starter", "", "starter notes, not a guideline"),
        ("unknown", "", "source of unknown standing"),
        ("guideline", "withdrawn in 2020", "withdrawn in 2020"),
    ],
)
def test_readers_see_when_a_source_is_less_than_a_guideline(trust: str, notice: str, said: str) -> None:
    document = CitedDocument(
        id="d", title="Gout", heading_path=("Gout", "Treatment"), page=4, issuer="NICE", trust=trust, notice=notice
    )
    assert phrasing.place(document) == "Gout > Treatment, p. 4, NICE"
    assert phrasing.standing(document) == said
    assert phrasing.place_and_standing(document) == "Gout > Treatment, p. 4, NICE" + (f" ({said})" if said else "")


def test_evidence_and_danger_signs() -> None:
    assert phrasing.evidence(Evidence(finding="fever", citation=1), "[3]") == "fever [3]"
    assert phrasing.evidence(Evidence(finding="age", basis="described in: child"), "") == "age (described in: child)"
    assert phrasing.danger(RedFlag(sign="Shock", why="", source="s")) == "Shock"
    assert phrasing.danger_source(RedFlag(sign="Shock", why="", source="s", source_url="https://x")) == "s, https://x"


@pytest.mark.parametrize(
    ("text", "known", "added"),
    [
        ("Most telling: fever, cough.", ["cough; fever", "Most telling"], False),
        ("Fever with a new murmur.", ["fever"], True),
        ("", ["fever"], False),
    ],
)
def test_a_text_adds_something_or_repeats(text: str, known: list[str], added: bool) -> None:
    assert phrasing.adds(text, known) is added


@pytest.mark.parametrize(("text", "shown"), [("a b", "A b."), ("Why?", "Why?"), ("", ""), (" x\n", "X.")])
def test_a_sentence_has_a_capital_and_a_stop(text: str, shown: str) -> None:
    assert phrasing.sentence(text) == shown
