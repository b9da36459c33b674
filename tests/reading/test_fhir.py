"""Records in FHIR R4: what each resource makes of the case, and one clear line for every record that cannot be read."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.case import Case, Status
from assistant.errors import EmptyCase, UsageError, WardroundError
from assistant.reading import CaseReader, Vocabulary
from assistant.reading.fhir_record import resources_in, resources_of

READER = CaseReader(Vocabulary.load(None))
TODAY = date(2026, 3, 1)
PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"value": "MRN-90210"}],
    "name": [{"family": "Quillfeather", "given": ["Ottoline"]}],
    "address": [{"city": "Nettlebridge"}],
    "telecom": [{"value": "555-0199"}],
    "gender": "female",
    "birthDate": "1960-05-02",
}
VISIT = {
    "resourceType": "Encounter",
    "id": "e1",
    "status": "finished",
    "period": {"start": "2026-02-10T09:00:00Z"},
    "reasonCode": [{"text": "Chest pain"}],
}


def _coded(code: str) -> dict[str, Any]:
    return {"coding": [{"code": code}]}


def _condition(name: str, clinical: str = "active", verified: str = "confirmed", **facts: Any) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "code": {"text": name},
        "clinicalStatus": _coded(clinical),
        "verificationStatus": _coded(verified),
        **facts,
    }


def _observation(loinc: str, value: float, unit: str, on: str = "2026-02-10") -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": loinc}]},
        "effectiveDateTime": on,
        "valueQuantity": {"value": value, "code": unit, "system": "http://unitsofmeasure.org"},
    }


def _bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": one} for one in resources]}


def _read(*resources: dict[str, Any]) -> Case:
    return READER.from_record(resources_of(_bundle(PATIENT, *resources)), TODAY)


def _statuses(case: Case) -> dict[str, Status]:
    return {finding.label: finding.status for finding in case.findings}


def test_the_newest_encounter_says_who_and_why() -> None:
    earlier = {**VISIT, "id": "e0", "period": {"start": "2019-01-01"}, "reasonCode": [{"text": "Cough"}]}
    case = _read(VISIT, earlier)
    assert (case.sex, int(case.age_years or 0)) == ("female", 65)
    assert _statuses(case) == {"chest pain": "present"}


def test_nothing_that_names_the_patient_is_kept() -> None:
    told = _read(VISIT, _condition("Fever")).model_dump_json()
    assert not [word for word in ("Quillfeather", "Ottoline", "Nettlebridge", "90210", "0199", "1960") if word in told]


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        (_condition("Fever"), "present"),
        (_condition("Fever", clinical="resolved"), "past"),
        (_condition("Fever", verified="refuted"), "absent"),
        (_condition("Fever", verified="provisional"), "uncertain"),
        (_condition("Fever", verified="entered-in-error"), None),
        (_condition("Fever", onsetDateTime="2026-02-01"), "present"),
        (_condition("Fever", onsetDateTime="2011-02-01"), "past"),
    ],
)
def test_a_condition_has_the_status_of_its_course_and_verification(
    condition: dict[str, Any], status: Status | None
) -> None:
    assert _statuses(_read(VISIT, condition)).get("fever") == status


def test_values_are_the_newest_in_their_own_units_and_judged() -> None:
    pressure = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"code": "85354-9"}]},
        "effectiveDateTime": "2026-02-10",
        "component": [_observation("8480-6", 84, "mm[Hg]"), _observation("8462-4", 50, "mm[Hg]")],
    }
    case = _read(VISIT, pressure, _observation("718-7", 68, "g/L"), _observation("718-7", 130, "g/L", "2024-01-01"))
    found = {one.analyte: one for one in case.measurements}
    assert found["systolic blood pressure"].value == 84
    assert found["systolic blood pressure"].flag in ("low", "critical-low")
    assert (found["hemoglobin"].value, found["hemoglobin"].unit) == (68, "g/L")
    assert {"hypotension", "severe anemia"} <= set(_statuses(case))


def test_medicines_taken_now_and_allergies_that_hold_are_told() -> None:
    def medicine(name: str, status: str) -> dict[str, Any]:
        return {
            "resourceType": "MedicationRequest",
            "status": status,
            "medicationCodeableConcept": {"text": name},
        }

    allergy = {
        "resourceType": "AllergyIntolerance",
        "code": {"text": "Penicillin"},
        "reaction": [{"manifestation": [{"text": "rash"}]}],
    }
    refuted = {**allergy, "code": {"text": "Aspirin"}, "verificationStatus": _coded("refuted")}
    case = _read(
        VISIT, medicine("Metformin 500 mg tablet", "active"), medicine("Ibuprofen", "completed"), allergy, refuted
    )
    assert [one.name for one in case.medications] == ["metformin"]
    assert [one.detail for one in case.medications] == ["500 mg"]
    assert len(case.allergies) == 1
    assert "penicillin" in case.allergies[0].name.lower()
    assert "rash" not in _statuses(case)


def test_every_place_points_at_what_the_narrative_says() -> None:
    case = _read(VISIT, _condition("Fever"), _observation("8867-4", 118, "/min"), _condition("Cough", "resolved"))
    for finding in case.findings:
        for span in finding.spans:
            assert 0 <= span.start < span.end <= len(case.narrative)
    by_label = {one.label: case.narrative[one.spans[0].start : one.spans[0].end] for one in case.findings}
    assert (by_label["fever"], by_label["cough"]) == ("Fever", "Cough")
    assert [case.narrative[one.span.start : one.span.end] for one in case.measurements if one.span] == ["pulse 118/min"]


def test_a_list_and_a_resource_a_line_read_like_a_bundle() -> None:
    resources = [PATIENT, VISIT, _condition("Fever")]
    texts = [
        json.dumps(_bundle(*resources)),
        json.dumps(resources),
        "\n".join(json.dumps(one) for one in resources),
        json.dumps(_bundle(_bundle(*resources))),
    ]
    assert len({READER.read(text).narrative for text in texts}) == 1


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ('{"resourceType": "Bundle"', UsageError, "not JSON"),
        ('{"name": "no record"}', UsageError, 'no "resourceType"'),
        (json.dumps(_bundle()), EmptyCase, "holds nothing"),
        (json.dumps(PATIENT), EmptyCase, "holds Patient"),
        (json.dumps(_bundle(PATIENT, {**PATIENT, "id": "p2"}, VISIT)), UsageError, "2 patients"),
        (json.dumps(_bundle({"resourceType": "MedicationOrder"})), UsageError, "older FHIR version"),
        (json.dumps({"resourceType": "Bundle", "entry": {"a": 1}}), UsageError, "list of objects"),
        (json.dumps(VISIT) + "\n{", UsageError, "line 2"),
    ],
)
def test_a_record_that_cannot_be_read_is_one_clear_line(text: str, kind: type[WardroundError], says: str) -> None:
    with pytest.raises(kind, match=says) as raised:
        READER.read(text)
    assert "\n" not in str(raised.value)


def test_nesting_without_end_is_no_crash() -> None:
    with pytest.raises(UsageError):
        resources_in('{"resourceType":' + "[" * 100_000)


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_FIELDS = st.sampled_from(
    ("code", "status", "clinicalStatus", "verificationStatus", "onsetDateTime", "period", "reasonCode", "component",
     "valueQuantity", "effectiveDateTime", "reaction", "referenceRange", "interpretation", "birthDate", "gender", "id")
)  # fmt: skip
_KINDS = st.sampled_from(
    ("Patient", "Condition", "Observation", "Encounter", "MedicationRequest", "AllergyIntolerance")
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_KINDS, st.dictionaries(_FIELDS, _JSON, max_size=5)), min_size=1, max_size=4))
def test_whatever_stands_in_the_fields_a_case_or_one_error_comes_of_it(
    resources: list[tuple[str, dict[str, Any]]],
) -> None:
    record = _bundle(*({**fields, "resourceType": kind} for kind, fields in resources))
    try:
        case = READER.from_record(resources_of(record), TODAY)
    except WardroundError:
        return
    assert all(0 <= span.start < span.end <= len(case.narrative) for one in case.findings for span in one.spans)


def test_synthetic_patients_of_others_are_read() -> None:
    folder = Path(os.environ.get("WARDROUND_DATA_MIRROR", "nowhere")) / "fhir-synthea-r4"
    files = sorted(folder.glob("*.json"))
    if not files:
        pytest.skip("WARDROUND_DATA_MIRROR names no folder with fhir-synthea-r4")
    for file in files:
        record = json.loads(file.read_text(encoding="utf-8"))
        case = READER.read(json.dumps(record))
        family = next(
            entry["resource"]["name"][0]["family"]
            for entry in record["entry"]
            if entry["resource"]["resourceType"] == "Patient"
        )
        assert case.age_years is not None
        assert case.measurements
        assert family not in case.narrative
