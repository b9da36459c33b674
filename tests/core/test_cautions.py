"""Cautions: each kind of reason, what is suggested rather than warned of, and the sources of the rules."""

from __future__ import annotations

import pytest

from assistant.case import Case, Measurement, Mention
from assistant.caution_rules import load_rules
from assistant.cautions import cautions
from assistant.kidney_function import ckd_epi_2021, kidney_function
from assistant.reading.formulary import medicine
from assistant.reading.tables import rows
from assistant.suggested_medicines import suggested_in


def _case(narrative: str = "", *, taking: str = "", allergy: str = "", **fields: object) -> Case:
    return Case(
        narrative=narrative,
        medications=tuple(Mention(name=name) for name in taking.split()),
        allergies=tuple(Mention(name=name) for name in allergy.split()),
        **fields,  # type: ignore[arg-type]
    )


def _value(analyte: str, value: float, unit: str, flag: str) -> tuple[Measurement, ...]:
    return (Measurement(analyte=analyte, value=value, unit=unit, flag=flag),)  # type: ignore[arg-type]


CREATININE = _value("creatinine", 2.9, "mg/dL", "high")


@pytest.mark.parametrize(
    ("text", "case", "words"),
    [
        (
            "Amoxicillin 500 mg three times daily.",
            _case(allergy="penicillin"),
            ["penicillin allergy", "is a penicillin"],
        ),
        ("Cefalexin 500 mg.", _case(allergy="amoxicillin"), ["cross-reactivity", "low"]),
        ("Co-trimoxazole 960 mg.", _case(allergy="sulfonamide"), ["is a sulfonamide"]),
        ("Ibuprofen 400 mg.", _case(allergy="aspirin"), ["is an NSAID"]),
        ("Doxycycline 100 mg.", _case(pregnant=True), ["pregnancy", "teeth"]),
        ("Codeine 30 mg.", _case("She is breast-feeding."), ["breast-feeding", "infant"]),
        ("Aspirin 300 mg.", _case(age_years=8), ["age 8 years", "Reye"]),
        ("Codeine 15 mg.", _case(age_years=9), ["contraindicated"]),
        ("Lorazepam 1 mg.", _case(age_years=80), ["falls", "AGS: Beers"]),
        ("Naproxen 500 mg.", _case(age_years=58, sex="male", measurements=CREATININE), ["eGFR about 24", "KDIGO"]),
        ("Nitrofurantoin 100 mg.", _case("He has chronic kidney disease."), ["kidney disease", "eGFR of 45"]),
        ("Paracetamol 1 g.", _case("Known cirrhosis."), ["liver disease"]),
        ("Propranolol 40 mg.", _case("History of asthma."), ["asthma", "bronchospasm"]),
        ("Ibuprofen 400 mg.", _case("She had a bleeding ulcer last year."), ["peptic ulcer"]),
        ("Diltiazem 60 mg.", _case("Known heart failure."), ["heart failure"]),
        ("Primaquine 30 mg.", _case("G6PD deficiency."), ["haemolysis"]),
        ("Haloperidol 2 mg.", _case("Known long QT syndrome."), ["QT"]),
        (
            "Glyceryl trinitrate 400 micrograms.",
            _case(measurements=_value("systolic blood pressure", 85, "mm[Hg]", "low")),
            ["blood pressure 85"],
        ),
        ("Glyceryl trinitrate 400 micrograms.", _case(taking="sildenafil"), ["sildenafil", "contraindicated"]),
        ("Sildenafil 50 mg.", _case(taking="nitroglycerin"), ["nitroglycerin", "contraindicated"]),
        ("Clarithromycin 500 mg.", _case(taking="simvastatin"), ["muscle"]),
        ("Trimethoprim 200 mg.", _case(taking="methotrexate"), ["bone marrow"]),
        ("Spironolactone 25 mg.", _case(taking="lisinopril"), ["hyperkalaemia"]),
        ("Ibuprofen 400 mg.", _case(taking="lithium"), ["lithium toxicity"]),
        ("Allopurinol 100 mg.", _case(taking="azathioprine"), ["thiopurine"]),
        ("Tramadol 50 mg.", _case(taking="sertraline"), ["serotonin syndrome"]),
        ("Ciprofloxacin 500 mg.", _case(taking="warfarin"), ["INR"]),
    ],
)
def test_each_reason_is_given_with_its_source(text: str, case: Case, words: list[str]):
    lines = cautions(text, case)
    assert any(all(word in line for word in words) for line in lines), lines
    assert all(line.endswith(")") and " in this case: " in line for line in lines)


@pytest.mark.parametrize(
    ("text", "case"),
    [
        ("Amoxicillin 500 mg.", _case()),
        ("Avoid amoxicillin.", _case(allergy="penicillin")),
        ("Penicillin allergy: clarithromycin 500 mg.", _case(allergy="penicillin")),
        ("Do not give aspirin; paracetamol 15 mg/kg.", _case(age_years=5)),
        ("Avoid aspirin, NSAIDs and intramuscular injections.", _case("Peptic ulcer.", age_years=5)),
        ("Triptans are contraindicated in heart disease.", _case("Coronary artery disease.")),
        ("Ibuprofen 400 mg.", _case("No history of peptic ulcer. His mother has heart failure.")),
        ("Colchicine 500 micrograms; reduce with clarithromycin.", _case(taking="simvastatin")),
        (
            "Metformin 500 mg.",
            _case(measurements=_value("estimated glomerular filtration rate", 80, "mL/min", "normal")),
        ),
        ("Ciprofloxacin eye drops four times daily.", _case(age_years=9)),
        ("Doxycycline 100 mg.", _case(pregnant=False)),
        ("Rest, ice and elevation.", _case("Peptic ulcer.", allergy="penicillin")),
    ],
)
def test_no_line_without_a_reason(text: str, case: Case):
    assert cautions(text, case) == ()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Naproxen 500 mg twice daily; avoid in peptic ulcer or with warfarin.", ["naproxen"]),
        ("Cool actively and give paracetamol; avoid aspirin.", ["acetaminophen"]),
        ("Warfarin instead of a direct oral anticoagulant.", ["warfarin"]),
        ("Ceftriaxone with or without gentamicin.", ["ceftriaxone", "gentamicin"]),
        ("Stop statins, toxins and the trigger.", []),
        ("Aspirin is not an alternative.", []),
        ("Add ezetimibe when the target is not reached on a statin.", ["ezetimibe"]),
    ],
)
def test_what_a_sentence_suggests(text: str, names: list[str]):
    assert [one.medicine.name for one in suggested_in(text)] == names


def test_an_allergy_holds_for_skin_and_eye_too():
    assert cautions("Ciprofloxacin eye drops.", _case(allergy="levofloxacin"))


def test_the_filtration_rate_agrees_with_the_published_equation():
    """Worked by hand from the published equation: 142 x (1/0.9)^-1.2 x 0.9938^50, and its female form."""
    assert ckd_epi_2021(1.0, 50, female=False) == pytest.approx(91.7, abs=0.5)
    assert ckd_epi_2021(1.0, 50, female=True) == pytest.approx(68.6, abs=0.8)


def test_the_filtration_rate_of_a_child_is_not_estimated():
    assert kidney_function(_case(age_years=9, sex="male", measurements=CREATININE)).egfr is None


def test_rules_name_only_known_medicines_and_public_sources():
    classes = {kind for _, _, kinds in rows("medicines.tsv", 3) for kind in kinds.split("|")}
    loaded = load_rules()
    for rule in loaded.rules:
        for name in rule.drugs | rule.taking | rule.exceptions:
            assert name in classes or medicine(name), name
        assert rule.source.url.startswith("https://")
        assert rule.source.year
        assert rule.conditions or rule.pregnant or rule.taking or rule.limit or rule.under or rule.from_age, rule
    assert set(loaded.allergy_classes) <= classes
    assert len(loaded.rules) > 150
