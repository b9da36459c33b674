"""Where two bodies disagree, and above all where they do not."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.conflicts import Disagreement, Stated, between
from index.recommendations import Mention, recommendations, settings_in, strength_of

_DRUGS = re.compile(
    r"\b(?:amoxicillin|doxycycline|aspirin|colchicine|naproxen|erythromycin|penicillin)\b", re.IGNORECASE
)


def _body(*sentences: str, under: tuple[str, ...] = ()) -> list[Stated[str]]:
    return [
        Stated(one, sentence)
        for sentence in sentences
        for mentions in [[Mention(found[0].lower(), *found.span()) for found in _DRUGS.finditer(sentence)]]
        for one in recommendations(sentence, mentions, under)
    ]


def _aspects(found: list[Disagreement[str]]) -> list[tuple[str, str]]:
    return [(one.aspect, one.intervention) for one in found]


@pytest.mark.parametrize(
    ("one", "other", "aspect"),
    [
        ("Give aspirin.", "Do not give aspirin.", "direction"),
        ("Aspirin 300 mg once daily.", "Aspirin is not recommended.", "direction"),
        ("Avoid colchicine.", "Colchicine 500 micrograms twice daily.", "direction"),
        ("Doxycycline 100 mg twice daily for 7 days.", "Doxycycline 100 mg every 12 hours for 14 days.", "duration"),
        ("Amoxicillin 500 mg three times daily.", "| amoxicillin po | C V | 1g | 3 times a day | 5 days", "dose"),
        ("Doxycycline 300 mg as a single dose.", "Doxycycline 100 mg daily for 5 days.", "duration"),
        ("Aspirin 75 mg once daily.", "Aspirin 300 mg once a day.", "dose"),
        ("First-line: naproxen 500 mg.", "Colchicine is the drug of choice.", "first choice"),
        (
            "Acute attack: doxycycline 100 mg twice daily for 7 days.",
            "Doxycycline 100 mg twice daily for 14 days.",
            "duration",
        ),
    ],
)
def test_disagreements_are_found_whichever_comes_first(one: str, other: str, aspect: str) -> None:
    for first, second in ((one, other), (other, one)):
        [found] = between(_body(first), _body(second))
        assert found.aspect == aspect
        assert (found.first.place, found.second.place) == (first, second)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Amoxicillin 500 mg every 8 hours.", "Amoxicillin 500 mg three times daily."),
        ("Amoxicillin 750 mg twice daily.", "Amoxicillin 500 mg three times daily."),
        ("Doxycycline 100 mg twice daily for 5 to 7 days.", "Doxycycline 100 mg twice daily for 7 to 14 days."),
        ("Amoxicillin 500 mg three times daily.", "Children: amoxicillin 125 mg three times daily."),
        ("Amoxicillin 500 mg three times daily.", "Amoxicillin 40 mg/kg daily."),
        ("Aspirin 300 mg immediately.", "Aspirin 75 mg once daily."),
        ("Penicillin 1.2 g intravenously every 6 hours.", "Penicillin 500 mg by mouth every 6 hours."),
        ("Give aspirin.", "Avoid aspirin in children."),
        ("Give aspirin.", "Avoid aspirin if there is asthma."),
        ("Give aspirin.", "Aspirin should not be used alone."),
        ("Doxycycline 100 mg twice daily for 7 days.", "Doxycycline works within 2 days."),
        ("Doxycycline 100 mg daily for 7 days.", "Prophylaxis: doxycycline 100 mg daily for 28 days."),
        ("Severe: amoxicillin 1 g three times daily.", "Amoxicillin 250 mg three times daily."),
        ("Second-line: amoxicillin 1 g twice daily.", "Amoxicillin 250 mg twice daily."),
        ("First-line: naproxen or colchicine.", "Colchicine is the drug of choice."),
        ("First-line: naproxen.", "Naproxen is second-line; colchicine is the drug of choice."),
        ("Aspirin may cause bleeding.", "Do not give aspirin."),
        ("Amoxicillin 500 mg.", "Doxycycline 100 mg."),
        ("Doxycycline 100 mg twice daily for 7 days.", "Doxycycline 100 mg twice daily for 3 months."),
        ("Acute: doxycycline 100 mg daily for 7 days.", "Chronic: doxycycline 100 mg daily for 14 days."),
        ("Doxycycline 100 mg twice daily for 7 days.", "Doxycycline needs 3 days to act."),
        ("First-line: naproxen or colchicine.", "First-line: naproxen or aspirin."),
        ("Plus amoxicillin 1 g three times daily.", "Amoxicillin 500 mg three times daily."),
        ("There is no need for aspirin.", "Do not give aspirin."),
        ("Intravenous penicillin 1.2 g every 6 hours.", "Penicillin 500 mg by mouth every 6 hours."),
        ("Doxycycline 100 mg daily for 7 days.", "Doxycycline 100 mg daily for a 7 day course."),
    ],
)
def test_what_may_be_meant_alike_is_no_disagreement(one: str, other: str) -> None:
    assert between(_body(one), _body(other)) == []
    assert between(_body(other), _body(one)) == []


def test_one_statement_that_agrees_is_enough_for_peace() -> None:
    several = _body("Doxycycline 100 mg twice daily for 14 days.", "Doxycycline 100 mg twice daily for 7 days.")
    assert between(several, _body("Doxycycline 100 mg twice daily for 7 days.")) == []
    both = _body("Give aspirin.", "Do not give aspirin.")
    assert between(both, _body("Do not give aspirin.")) == []


def test_patients_are_told_apart_within_a_sentence() -> None:
    mixed = _body(
        "Erythromycin: Adult and child over 8 years: 500 mg every 6 hours for 5 days, Infant: 125 mg for 9 days"
    )
    assert [sorted(one.recommendation.setting) for one in mixed] == [[], ["child"], ["child"]]
    assert between(mixed[:1], _body("Erythromycin 500 mg every 6 hours for 5 days", under=("Children",))) == []
    [found] = between(mixed, _body("| erythromycin | 12.5mg/kg | 6 hourly | 3 days", under=("Paed dose",)))
    assert found.aspect == "duration"


def test_what_stands_above_a_sentence_holds_for_it() -> None:
    row = "| amoxicillin po | 125mg | 3 times a day"
    assert between(_body(row, under=("Medicine | Paed dose",)), _body("Amoxicillin 500 mg three times daily.")) == []
    [found] = between(_body(row), _body("Amoxicillin 500 mg three times daily."))
    assert found.aspect == "dose"


def test_the_gravest_comes_first() -> None:
    one = _body("Doxycycline 100 mg twice daily for 7 days.", "Give aspirin.")
    other = _body("Doxycycline 100 mg twice daily for 14 days.", "Do not give aspirin.")
    assert _aspects(between(one, other)) == [("direction", "aspirin"), ("duration", "doxycycline")]


_SENTENCES = st.sampled_from(
    [
        "Give aspirin.",
        "Avoid aspirin.",
        "Amoxicillin 500 mg three times daily for 5 days.",
        "Amoxicillin 1 g three times daily for 10 days.",
        "Children: amoxicillin 125 mg three times daily.",
        "First-line: naproxen.",
        "Colchicine is the drug of choice.",
    ]
)


@given(said=st.lists(_SENTENCES, max_size=6), heard=st.lists(_SENTENCES, max_size=6))
def test_no_body_disagrees_with_itself_and_disagreement_is_mutual(said: list[str], heard: list[str]) -> None:
    one, other = _body(*said), _body(*heard)
    assert [found for found in between(one, one) if found.aspect != "first choice"] == []
    assert sorted(_aspects(between(one, other))) == sorted(
        (aspect, _turned(name)) for aspect, name in _aspects(between(other, one))
    )


def _turned(name: str) -> str:
    return " or ".join(reversed(name.split(" or ")))


@pytest.mark.parametrize(
    ("text", "strength"),
    [
        (
            "Offer allopurinol (strong recommendation, moderate-quality evidence).",
            "strong recommendation, moderate-quality evidence",
        ),
        ("We conditionally recommended it.", "conditionally recommended"),
        ("Use aspirin (Grade 1B).", "Grade 1B"),
        ("Beta blockers (class IIa, level B).", "class IIa, level B"),
        ("Strength of recommendation: A", "Strength of recommendation: A"),
        ("Grade A recommendation: stop smoking.", "Grade A recommendation"),
        ("Class III lupus nephritis needs steroids.", ""),
        ("Oesophagitis grade A is mild.", ""),
        ("A strong smell.", ""),
        ("Give 1 g (2 tablets).", ""),
    ],
)
def test_the_strength_of_a_recommendation_is_read_where_it_is_stated(text: str, strength: str) -> None:
    assert strength_of(text) == strength


def test_settings_are_named() -> None:
    assert settings_in("Severe disease in pregnant women") == {"severe", "pregnancy"}
    assert settings_in("Adults") == frozenset()
