"""The cautions as a clinician would check them: a case read from text, a suggestion, and what must or must not be said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assistant.assessment import Advice, Diagnosis, Likelihood
from assistant.case import Case, Measurement, Mention
from assistant.caution_rules import load_rules
from assistant.cautions import cautions
from assistant.gestation import gestation_weeks
from assistant.liver_function import liver_function
from assistant.must_not_miss_rules import load_conditions
from assistant.reading import CaseReader, Vocabulary
from assistant.red_flag_rules import load_rules as danger_rules
from assistant.unlisted_medicines import not_checked, unlisted_in

_PAIRS = Path(__file__).with_name("caution_pairs.txt").read_text(encoding="utf-8")
PAIRS = [
    tuple(line for line in block.splitlines() if not line.startswith("#")) for block in _PAIRS.strip().split("\n\n")
]
# A number with a unit in which medicines are given.
_DOSE = re.compile(r"\d\s?(?:mg|mcg|micrograms?|milligrams?|g|units?|tablets?|puffs?|mL/kg|mg/kg)\b(?!\s?/d?L)", re.I)


@pytest.fixture(scope="module")
def reader(vocabulary: Vocabulary) -> CaseReader:
    return CaseReader(vocabulary)


def test_the_check_has_forty_cautions_and_twenty_silences():
    assert [want == "-" for _, _, want in PAIRS].count(False) >= 40
    assert [want == "-" for _, _, want in PAIRS].count(True) >= 20


@pytest.mark.parametrize(("told", "suggestion", "want"), PAIRS)
def test_each_caution_of_the_check(reader: CaseReader, told: str, suggestion: str, want: str):
    found = cautions(suggestion, reader.read(told))
    if want == "-":
        assert found == ()
    else:
        words = [word.strip().lower() for word in want.split("|")]
        assert any(all(word in line.lower() for word in words) for line in found), found


def test_no_words_of_ours_hold_a_dose():
    """A dose stands only in a verified quote."""
    said = [rule.say for rule in load_rules().rules] + [cross.say for cross in load_rules().crosses]
    said += [rule.why for rule in danger_rules().rules.values()]
    said += [one.exclude for one in load_conditions().conditions.values()]
    assert [text for text in said if _DOSE.search(text)] == []


def test_the_interactions_are_many_and_work_in_both_directions():
    rules = [rule for rule in load_rules().rules if rule.taking]
    assert len(rules) >= 80
    warfarin, clarithromycin = Mention(name="warfarin"), Mention(name="clarithromycin")
    assert cautions("Clarithromycin tablets.", Case(narrative="", medications=(warfarin,)))
    assert cautions("Warfarin tablets.", Case(narrative="", medications=(clarithromycin,)))


@pytest.mark.parametrize(
    ("text", "weeks"),
    [
        ("She is 28 weeks pregnant.", 28),
        ("A woman at 32+4 weeks of gestation.", 32 + 4 / 7),
        ("G2P1 at 36 weeks.", 36),
        ("She is three months pregnant.", 13),
        ("In her second trimester.", 21),
        ("Gestational age of 12 weeks.", 12),
        ("A cough for 6 weeks.", None),
        ("A boy at 6 weeks of age.", None),
    ],
)
def test_weeks_of_gestation(text: str, weeks: float | None):
    found = gestation_weeks(text)
    assert found == (pytest.approx(weeks, abs=0.5) if weeks is not None else None)


@pytest.mark.parametrize(("weeks", "cautioned"), [(8, True), (13, True), (20, False), (30, False)])
def test_a_risk_of_the_first_trimester_is_told_only_then(weeks: int, cautioned: bool):
    case = Case(narrative=f"She is {weeks} weeks pregnant.", sex="female", age_years=30, pregnant=True)
    assert any("first trimester" in line for line in cautions("Trimethoprim 200 mg.", case)) is cautioned


def test_without_the_weeks_every_risk_of_pregnancy_is_told():
    case = Case(narrative="She is pregnant.", sex="female", age_years=30, pregnant=True)
    assert any("first trimester" in line for line in cautions("Trimethoprim 200 mg.", case))


def _values(**given: float) -> tuple[Measurement, ...]:
    names = {"bilirubin": "total bilirubin", "inr": "international normalized ratio", "alt": "alanine aminotransferase"}
    units = {"bilirubin": "mg/dL", "inr": "", "alt": "U/L", "albumin": "g/dL"}
    return tuple(
        Measurement(analyte=names.get(name, name), value=value, unit=units[name], flag="high")
        for name, value in given.items()
    )


def test_one_value_alone_is_no_failing_liver_and_the_inr_of_warfarin_none_at_all():
    assert liver_function(Case(narrative="", measurements=_values(bilirubin=5.0, inr=2.1))).failing
    assert not liver_function(Case(narrative="", measurements=_values(bilirubin=5.0))).failing
    on_warfarin = Case(
        narrative="", measurements=_values(bilirubin=5.0, inr=2.1), medications=(Mention(name="warfarin"),)
    )
    assert not liver_function(on_warfarin).failing
    assert liver_function(Case(narrative="", measurements=_values(alt=640))).damaged
    assert not liver_function(Case(narrative="", measurements=_values(alt=100))).damaged


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Takes pembrolizumab and amlodipine.", ["pembrolizumab"]),
        ("She is on Fooxil 20 mg daily.", ["Fooxil"]),
        ("Takes warfarin 5 mg daily.", []),
        ("Seen in April; the children drink milk.", []),
        ("Creatinine 2 mg/dL and glucose 95 mg/dL.", []),
    ],
)
def test_a_medicine_that_is_not_listed_is_named(text: str, names: list[str]):
    assert list(unlisted_in(text)) == names


def test_what_was_not_checked_is_said_once_for_patient_and_suggestion():
    suggested = Diagnosis(
        name="X",
        likelihood=Likelihood(band="possible", score=0.2),
        treatment=(Advice(text="Give nivolumab.", citation=1), Advice(text="Nivolumab or aspirin.", citation=1)),
    )
    said = not_checked(Case(narrative="Takes pembrolizumab."), (suggested,))
    assert [line.split()[0] for line in said] == ["pembrolizumab", "nivolumab"]
    assert all("not checked" in line for line in said)
