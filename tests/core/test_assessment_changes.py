from __future__ import annotations

from collections.abc import Sequence

from assistant.assessment import Assessment, Diagnosis, Evidence, Likelihood, Provenance, RedFlag
from assistant.assessment_changes import changes, facts
from assistant.case import Case, Finding, Measurement, Mention, Span


def case(**parts: object) -> Case:
    return Case(narrative="", age_years=40, sex="female").model_copy(update=parts)


def assessment(names: Sequence[str] = (), flags: Sequence[str] = (), **parts: object) -> Assessment:
    listed = (Diagnosis(name=name, likelihood=Likelihood(band="possible", score=0.5)) for name in names)
    return Assessment(
        case=case(**parts),
        differential=tuple(listed),
        red_flags=tuple(RedFlag(sign=flag, why="", source="") for flag in flags),
        provenance=Provenance(wardround="0", created="", model="none"),
    )


FEVER = Finding(label="fever", hpo="HP:0001945")
COUGH = Finding(label="cough")


def absent(finding: Finding) -> Finding:
    return finding.model_copy(update={"status": "absent"})


def test_nothing_changed_says_nothing():
    same = assessment(["gout"], ["shock"], findings=(FEVER,))
    assert changes(same, same) == ()


def test_new_findings_measurements_medicines_and_allergies_are_noted():
    after = assessment(
        findings=(FEVER, absent(COUGH)),
        measurements=(Measurement(analyte="temperature", value=39, unit="Cel"),),
        medications=(Mention(name="warfarin"),),
        allergies=(Mention(name="penicillin", detail="rash"),),
    )
    assert changes(assessment(), after) == (
        "noted: fever",
        "noted: no cough",
        "noted: temperature 39 °C",
        "noted: takes warfarin",
        "noted: allergic to penicillin (rash)",
    )


def test_a_finding_that_turned_is_one_change_not_two():
    before, after = assessment(findings=(FEVER,)), assessment(findings=(absent(FEVER),))
    assert changes(before, after) == ("now no fever, before fever",)
    assert changes(after, before) == ("now fever, before no fever",)


def test_another_value_of_the_same_quantity_is_one_change():
    def measured(value: float) -> Assessment:
        return assessment(measurements=(Measurement(analyte="pulse", value=value, unit="/min"),))

    assert changes(measured(120), measured(80)) == ("now pulse 80/min, before pulse 120/min",)


def test_what_is_withdrawn_is_named():
    assert changes(assessment(findings=(FEVER,)), assessment()) == ("no longer noted: fever",)


def test_the_patient_corrected_is_named_with_what_was_thought_before():
    assert changes(assessment(age_years=40), assessment(age_years=14)) == (
        "patient: 14-year-old female, before 40-year-old female",
    )


def test_danger_signs_come_before_the_differential():
    before, after = assessment(["gout"], []), assessment(["sepsis", "gout"], ["shock"])
    assert changes(before, after) == ("danger sign: shock", "new: sepsis at 1", "gout moved from 1 to 2")
    assert changes(after, before)[0] == "danger sign no longer found: shock"


def test_moves_below_the_leading_places_are_not_worth_a_line():
    before = assessment(["a", "b", "c", "d", "e", "f", "g"])
    after = assessment(["a", "b", "c", "d", "e", "g", "f", "h"])
    assert changes(before, after) == ()
    risen = assessment(["a", "b", "c", "d", "g", "e", "f"])
    assert changes(before, risen) == ("g moved from 7 to 5", "e moved from 5 to 6")
    assert changes(before, assessment(["b", "c", "d", "e"]))[-1] == "no longer listed: a"


def test_facts_do_not_depend_on_where_they_were_said():
    one = case(findings=(FEVER,))
    other = case(findings=(FEVER.model_copy(update={"spans": (Span(start=3, end=8),)}),))
    assert facts(one) == facts(other)
    assert facts(one) != facts(case(findings=(absent(FEVER),)))
    assert facts(one) != facts(one.model_copy(update={"age_years": 41}))


def test_control_characters_of_a_case_do_not_reach_the_screen():
    said = " ".join(changes(assessment(), assessment(["go\x1b[31mut\n"], findings=(Finding(label="co\x07ugh"),))))
    assert "new: go" in said
    assert said.isprintable()


def _diagnosis(name: str, band: str, *supporting: str) -> Diagnosis:
    return Diagnosis(
        name=name,
        likelihood=Likelihood(band=band, score=0.5),
        supporting=tuple(Evidence(finding=finding) for finding in supporting),
    )


def test_why_a_diagnosis_moved_is_said():
    before = assessment().model_copy(
        update={"differential": (_diagnosis("a", "likely", "fever"), _diagnosis("b", "likely", "fever"))}
    )
    after = assessment().model_copy(
        update={"differential": (_diagnosis("b", "likely", "fever", "rash"), _diagnosis("a", "likely", "fever"))}
    )
    assert changes(before, after) == ("b moved from 2 to 1 (for it: rash)", "a moved from 1 to 2")


def test_a_diagnosis_that_stays_and_is_held_likelier_is_said():
    before = assessment().model_copy(update={"differential": (_diagnosis("a", "possible"),)})
    after = assessment().model_copy(update={"differential": (_diagnosis("a", "likely", "rash"),)})
    assert changes(before, after) == ("a stays at 1, now likely, before possible (for it: rash)",)
