"""Vital signs and laboratory values: the wordings of real notes, units, ranges by age and sex, and what is no value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.case import Measurement
from assistant.reading.analytes import Patient, analytes
from assistant.reading.measurements import read_measurements


def _read(text: str, age: float | None = 40, sex: str = "male", pregnant: bool | None = None):
    return read_measurements(text, age, sex, pregnant)


def _one(text: str, analyte: str, age: float | None = 40, sex: str = "male") -> Measurement:
    found = [one for one in _read(text, age, sex) if one.analyte == analyte]
    assert len(found) == 1, f"{text!r}: {found}"
    return found[0]


@pytest.mark.parametrize(
    ("text", "analyte", "value", "unit", "finding"),
    [
        ("BP 90/60 mmHg", "systolic blood pressure", 90, "mm[Hg]", "hypotension"),
        ("blood pressure is 142/88", "systolic blood pressure", 142, "mm[Hg]", "elevated blood pressure"),
        ("BP: 210/125 mm Hg", "diastolic blood pressure", 125, "mm[Hg]", "severe hypertension"),
        ("pulse 110/min", "pulse", 110, "/min", "tachycardia"),
        ("HR 110", "pulse", 110, "/min", "tachycardia"),
        ("a heart rate of 44 bpm", "pulse", 44, "/min", "bradycardia"),
        ("RR 28", "respiratory rate", 28, "/min", "tachypnea"),
        ("respirations are 14/min", "respiratory rate", 14, "/min", ""),
        ("temperature is 38.9°C (102°F)", "temperature", 38.9, "Cel", "fever"),
        ("T 101.3 F", "temperature", 101.3, "[degF]", "fever"),
        ("temp of 34.1 degrees Celsius", "temperature", 34.1, "Cel", "hypothermia"),
        ("Vital signs are 99.6°F", "temperature", 99.6, "[degF]", ""),
        ("SpO2 88% on room air", "oxygen saturation", 88, "%", "hypoxemia"),
        ("oxygen saturation on room air is 97%", "oxygen saturation", 97, "%", ""),
        ("She is 91% on room air.", "oxygen saturation", 91, "%", "hypoxemia"),
        ("Hb 6.8 g/dL", "hemoglobin", 6.8, "g/dL", "severe anemia"),
        ("hemoglobin: 102 g/L", "hemoglobin", 102, "g/L", "anemia"),
        ("WBC 14,500/mm3", "white blood cell count", 14500, "/mm3", "leukocytosis"),
        ("leukocyte count of 14.5 x 10^9/L", "white blood cell count", 14.5, "10*9/L", "leukocytosis"),
        ("leukocyte count 3400/mm³", "white blood cell count", 3400, "/mm3", "leukopenia"),
        ("platelets 90,000", "platelet count", 90000, "/uL", "thrombocytopenia"),
        ("Na 128", "sodium", 128, "mmol/L", "hyponatremia"),
        ("Na+: 140 mEq/L", "sodium", 140, "meq/L", ""),
        ("K+ 6.8 mEq/L", "potassium", 6.8, "meq/L", "hyperkalemia"),
        ("glucose 540 mg/dL", "glucose", 540, "mg/dL", "hyperglycemia"),
        ("glucose 28 mmol/L", "glucose", 28, "mmol/L", "hyperglycemia"),
        ("finger-stick glucose of 40 mg/dL", "glucose", 40, "mg/dL", "hypoglycemia"),
        ("creatinine 2.3 mg/dL", "creatinine", 2.3, "mg/dL", "elevated creatinine"),
        ("serum creatinine 200 µmol/L", "creatinine", 200, "umol/L", "elevated creatinine"),
        ("BUN 48 mg/dL", "urea nitrogen", 48, "mg/dL", "elevated urea"),
        ("CRP 120 mg/L", "C-reactive protein", 120, "mg/L", "elevated C-reactive protein"),
        ("ESR 78 mm/h", "erythrocyte sedimentation rate", 78, "mm/h", "elevated erythrocyte sedimentation rate"),
        ("pH 7.1", "pH", 7.1, "", "acidosis"),
        ("HCO3- 10 mEq/L", "bicarbonate", 10, "meq/L", "decreased bicarbonate"),
        ("Ca2+ 13.2 mg/dL", "calcium", 13.2, "mg/dL", "hypercalcemia"),
        ("INR 3.2", "international normalized ratio", 3.2, "", "prolonged prothrombin time"),
        ("RR 34 HR 118", "respiratory rate", 34, "/min", "tachypnea"),
        ("T 38.2. Leg hot", "temperature", 38.2, "Cel", "fever"),
        ("BP R arm 190/100", "systolic blood pressure", 190, "mm[Hg]", "severe hypertension"),
        ("lactate 4.4", "lactate", 4.4, "mmol/L", "increased lactate"),
        ("BMI 34", "body mass index", 34, "kg/m2", "obesity"),
        ("GCS 9", "glasgow coma scale", 9, "", "reduced consciousness"),
        ("Alanine aminotransferase (ALT) 156 U/L", "alanine aminotransferase", 156, "U/L", "elevated transaminases"),
        ("troponin of 1.0 ng/mL (normal < 0.4 ng/mL)", "troponin", 1.0, "ng/mL", "elevated troponin"),
    ],
)
def test_wordings_of_notes(text: str, analyte: str, value: float, unit: str, finding: str):
    measured = _one(text, analyte)
    assert (measured.value, measured.unit, measured.finding) == (value, unit, finding)
    assert measured.span is not None
    assert f"{value:g}".rstrip("0").rstrip(".") in text[measured.span.start : measured.span.end].replace(",", "")


@pytest.mark.parametrize(
    "text",
    [
        "fever for 38 days",
        "T12 compression fracture",
        "pulse 2+ bilaterally",
        "WBC 80-85/hpf",
        "Potassium (normal 3.5-5.0 mEq/L) was not sent.",
        "vitamin D 1000 units daily",
        "glucose 5% infusion",
        "hemoglobin 4000 g/dL",
        "potassium chloride 20 mEq daily",
        "CSF shows a glucose of 30 mg/dL",
        "Urine sodium 10 mEq/L",
        "The fetal heart rate is 170/min.",
        "His mother's blood pressure is 180/100 mm Hg.",
        "Keep oxygen saturation 88%",
        "return if temperature is 39°C",
        "glucose of 28",
        "weight down 8 kg",
    ],
)
def test_what_is_no_value_of_the_patient(text: str):
    assert _read(text) == ()


def test_a_heading_says_which_specimen_the_list_below_is_of():
    text = "Laboratory studies show:\nSerum\nGlucose 95 mg/dL\nNa+ 140 mEq/L\nUrine\npH 5.0\nGlucose 500 mg/dL\n"
    assert [(one.analyte, one.value) for one in _read(text)] == [("glucose", 95), ("sodium", 140)]


def test_values_of_the_past_are_kept_without_judgement():
    past, now = _read("Three months ago the hemoglobin was 13.9 g/dL. Now hemoglobin is 8.9 g/dL.")
    assert (past.value, past.flag, past.finding) == (13.9, "unknown", "")
    assert (now.value, now.finding) == (8.9, "anemia")


def test_the_range_is_given_in_the_unit_of_the_value():
    assert (_one("T 101.3 F", "temperature").low, _one("T 101.3 F", "temperature").high) == (95.0, 100.2)
    assert _one("WBC 14,500/mm3", "white blood cell count").high == 11000


@pytest.mark.parametrize(
    ("text", "age", "sex", "flag"),
    [
        ("pulse is 150/min", 0.1, "unknown", "normal"),
        ("pulse is 150/min", 40, "male", "critical-high"),
        ("respirations are 38/min", 0.5, "unknown", "normal"),
        ("respirations are 42/min", 3, "unknown", "high"),
        ("Hb 12.4 g/dL", 30, "male", "low"),
        ("Hb 12.4 g/dL", 30, "female", "normal"),
        ("Hb 12.4 g/dL", 0.01, "female", "low"),
        ("creatinine 1.0 mg/dL", 3, "male", "high"),
        ("creatinine 1.0 mg/dL", 30, "male", "normal"),
        ("alkaline phosphatase 300 U/L", 6, "male", "normal"),
        ("alkaline phosphatase 300 U/L", 60, "male", "high"),
    ],
)
def test_ranges_follow_age_and_sex(text: str, age: float, sex: str, flag: str):
    (measured,) = _read(text, age, sex)
    assert measured.flag == flag


def test_pregnancy_has_its_own_ranges():
    assert _read("Hb 11.2 g/dL", 30, "female", True)[0].finding == ""
    assert _read("Hb 11.2 g/dL", 30, "female", None)[0].finding == "anemia"
    assert _read("BP 165/95 mmHg", 30, "female", True)[0].finding == "severe hypertension"


def test_every_range_is_ordered_and_has_a_public_source():
    for analyte in analytes().values():
        for one in analyte.ranges:
            bounds = [one.critical_low, one.low, one.high, one.critical_high]
            known = [bound for bound in bounds if bound is not None]
            assert known == sorted(known), analyte.name
            assert all(source.url.startswith("https://") and source.year for source in one.sources), analyte.name
        for low, high, unit in analyte.bare:
            assert unit in analyte.units, analyte.name
            assert low < high, analyte.name


def test_adults_have_at_most_one_gap_of_age():
    for analyte in analytes().values():
        if analyte.ranges:
            assert any(one.fits(Patient(age, "female")) for age in (30.0, 70.0) for one in analyte.ranges), analyte.name


@given(st.floats(min_value=35.0, max_value=43.0).map(lambda value: round(value, 1)))
def test_both_scales_judge_alike(celsius: float):
    fahrenheit = round(celsius * 9 / 5 + 32, 2)
    assert _one(f"temp {celsius} C", "temperature").flag == _one(f"temp {fahrenheit} F", "temperature").flag


@given(st.text(max_size=300))
def test_any_text_is_read_without_error_and_spans_lie_in_it(text: str):
    for one in _read(f"BP 120/80 {text}"):
        assert one.span is not None
        assert 0 <= one.span.start < one.span.end <= len(text) + 10
