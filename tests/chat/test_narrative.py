from __future__ import annotations

import re

import pytest

from assistant.case import Case, Finding, Measurement, Span, Status
from assistant.chat.narrative import read_as_told

_STATED = re.compile(r"\b(?P<no>no |perhaps |past |family )?(?P<label>fever|rash|cough)\b")
_TEMPERATURE = re.compile(r"\btemp (?P<value>\d+(?:\.\d)?)")
_STATUS: dict[str, Status] = {"no ": "absent", "perhaps ": "uncertain", "past ": "past", "family ": "family"}


def read(text: str) -> Case:
    """A reader of a few words: what each turn says is plain, so the test is about turns."""
    places: dict[tuple[str, Status], tuple[Span, ...]] = {}
    for found in _STATED.finditer(text):
        key = (found["label"], _STATUS.get(found["no"] or "", "present"))
        places[key] = (*places.get(key, ()), Span(start=found.start("label"), end=found.end("label")))
    measurements = []
    for found in _TEMPERATURE.finditer(text):
        span = Span(start=found.start(), end=found.end())
        hot = float(found["value"]) >= 38
        measurements.append(
            Measurement(
                analyte="temperature", value=found["value"], unit="Cel", finding="fever" if hot else "", span=span
            )
        )
        if hot:
            places[("fever", "present")] = (*places.get(("fever", "present"), ()), span)
    age = re.search(r"(\d+)-year-old", text)
    return Case(
        narrative=text,
        age_years=float(age[1]) if age else None,
        sex="female" if "woman" in text else "unknown",
        pregnant={True: True, False: None}["pregnant" in text] if "not pregnant" not in text else False,
        findings=tuple(Finding(label=label, status=status, spans=spans) for (label, status), spans in places.items()),
        measurements=tuple(measurements),
    )


def told(*parts: str) -> Case:
    return read_as_told(parts, read)


def stated(case: Case) -> set[tuple[str, str]]:
    return {(finding.label, finding.status) for finding in case.findings}


def test_one_turn_is_read_as_it_stands():
    assert told("fever, no fever") == read("fever, no fever")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("fever and cough", "no fever after all"), {("fever", "absent"), ("cough", "present")}),
        (("no fever", "fever now"), {("fever", "present")}),
        (("perhaps fever", "fever"), {("fever", "present")}),
        (("fever", "no fever", "fever again"), {("fever", "present")}),
        (("fever", "rash"), {("fever", "present"), ("rash", "present")}),
        (("fever", "past fever"), {("fever", "present"), ("fever", "past")}),
        (("family fever", "no fever"), {("fever", "family"), ("fever", "absent")}),
        (("fever", "family fever"), {("fever", "present"), ("fever", "family")}),
    ],
)
def test_the_later_statement_about_the_same_finding_holds(parts: tuple[str, ...], expected: set[tuple[str, str]]):
    assert stated(told(*parts)) == expected


def test_the_narrative_is_everything_told_and_all_places_are_in_it():
    case = told("fever and cough", "no fever after all", "rash")
    assert case.narrative == "fever and cough\nno fever after all\nrash"
    words = {case.narrative[span.start : span.end] for finding in case.findings for span in finding.spans}
    assert words == {"fever", "cough", "rash"}


def test_words_withdrawn_carry_the_status_of_what_withdrew_them_the_newest_first():
    case = told("fever and cough", "no fever after all")
    (absent,) = case.with_status("absent")
    starts = [span.start for span in absent.spans]
    assert starts == [case.narrative.index("fever after"), 0]


def test_a_second_measurement_replaces_the_first_and_what_followed_from_it():
    case = told("cough, temp 39", "temp 36.8")
    assert [one.value for one in case.measurements] == [36.8]
    assert stated(case) == {("cough", "present")}


def test_within_one_turn_all_measurements_stand():
    assert [one.value for one in told("temp 39, then temp 38", "cough").measurements] == [39, 38]


def test_a_finding_denied_later_takes_the_measurement_with_it():
    case = told("temp 39", "no fever after all")
    assert stated(case) == {("fever", "absent")}
    assert not case.measurements


@pytest.mark.parametrize(
    ("correction", "age"),
    [
        ("she is 47, not 74", 47),
        ("He is actually 17", 17),
        ("age 50", 50),
        ("the patient is 80 years old", 80),
        ("sorry, a 31-year-old", 31),
        ("she's 28.", 28),
        ("she is 34 weeks along", 74),
        ("the rash is 2 days old", 74),
        ("his father died, he was a 60-year-old", 74),
        ("temp 39", 74),
    ],
)
def test_a_corrected_age_counts(correction: str, age: float):
    assert told("74-year-old with fever", correction).age_years == age


def test_a_corrected_sex_counts_and_a_relative_does_not():
    assert told("woman with fever", "it's a man").sex == "male"
    assert told("woman with fever", "her partner is a man").sex == "female"
    assert told("woman with fever", "she is actually a 30-year-old man").sex == "male"


def test_the_last_word_on_pregnancy_counts_except_in_a_man():
    assert told("woman with fever, not pregnant", "she is pregnant").pregnant is True
    assert told("woman, pregnant", "she is not pregnant after all").pregnant is False
    assert told("woman, pregnant", "cough").pregnant is True
    assert told("woman with fever", "it's a man", "pregnant").pregnant is None
