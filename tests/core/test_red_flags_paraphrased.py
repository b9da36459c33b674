"""No danger sign is missed however a clinician or a patient words it, and none is raised by words that deny it.

The wordings are those of the measure `finetune.evaluation.danger`, written apart from the phrases of the rules.
"""

from __future__ import annotations

from collections import defaultdict

import pytest

from assistant.case import Case
from assistant.reading import CaseReader, Vocabulary, demographics
from assistant.reading.measurements import read_measurements
from assistant.red_flag_rules import load_rules
from assistant.red_flags import red_flags
from finetune.evaluation import danger
from finetune.evaluation.danger import DangerSigns, Sentence, reported, table

RULES = load_rules().rules
BY_RULE: dict[str, list[Sentence]] = defaultdict(list)
for _one in table():
    BY_RULE[_one.rule].append(_one)


def _case(text: str) -> Case:
    age, sex = demographics.age_years(text), demographics.sex(text)
    pregnant = demographics.pregnant(text, sex, age)
    measured = read_measurements(text, age, sex, pregnant)
    return Case(narrative=text, age_years=age, sex=sex, pregnant=pregnant, measurements=measured)


def test_the_table_is_exhaustive():
    assert set(BY_RULE) == set(RULES)
    for rule, sentences in BY_RULE.items():
        forms = [one.form for one in sentences]
        assert forms.count("paraphrase") >= 3, rule
        assert any(not one.raised for one in sentences), rule
    texts = [(one.rule, one.text) for one in table()]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("rule", RULES)
def test_a_sign_is_reported_when_it_is_stated_and_only_then(rule: str):
    wrong = [one.text for one in BY_RULE[rule] if (rule in reported(_case(one.text))) != one.raised]
    assert wrong == []


@pytest.mark.parametrize("rule", RULES)
def test_the_patient_alone_does_not_raise_the_sign(rule: str):
    """Else a sentence about the sign would prove nothing."""
    entry = next(one for one in danger.entries(_file()) if one.rule == rule)
    assert rule not in reported(_case(entry.patient))


@pytest.mark.slow
def test_the_dictionary_of_findings_changes_nothing(vocabulary: Vocabulary):
    reader = CaseReader(vocabulary)
    wrong = [one.text for one in table() if (one.rule in reported(reader.read(one.text))) != one.raised]
    assert wrong == []


def test_each_flag_says_how_urgent_it_is():
    text = "A 60-year-old man with crushing chest pain, a swollen left calf and a hard, craggy prostate."
    found = {flag.sign: flag.urgency for flag in red_flags(_case(text))}
    assert set(found.values()) == {"now", "today", "soon"}
    assert all(urgency == next(r.urgency for r in RULES.values() if r.sign == sign) for sign, urgency in found.items())


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("He gets chest pain if he walks uphill.", True),
        ("If he walks uphill he gets chest pain.", True),
        ("He was told to come back if it returned; today he has chest pain again.", True),
        ("She is afraid that the chest pain is her heart.", True),
        ("Return precautions were given, but now he has chest pain.", True),
        ("Advised to return if he gets chest pain.", False),
        ("Return precautions given for chest pain.", False),
        ("He knows to watch out for chest pain.", False),
        ("Please call if any chest pain develops.", False),
        ("Should chest pain occur, seek help.", False),
    ],
)
def test_a_warning_of_what_might_come_is_told_from_what_is_there(text: str, raised: bool):
    assert ("chest-pain" in reported(_case(f"A 55-year-old man. {text}"))) is raised


def _file() -> str:
    from importlib.resources import files

    return (files("finetune.evaluation") / "data" / danger.FILE).read_text(encoding="utf-8")


class _Reading:
    """As much of an assistant as the measure needs."""

    def read(self, text: str) -> Case:
        return _case(text)


def test_the_measure_counts_what_is_missed_and_what_is_raised_wrongly(tmp_path):
    measure = DangerSigns()
    items = measure.items(tmp_path, 200, 3)
    assert len(items) == 200
    assert [one.id for one in items] == [one.id for one in measure.items(tmp_path, 200, 3)]
    seen = [item for item in items if not item.id.startswith("unseen-")]
    outcomes = [measure.judge(item, _Reading()) for item in seen]  # type: ignore[arg-type]
    figures = {one.name: one for one in measure.figures(outcomes, 1)}
    assert figures["missed"].value == figures["false alarms"].value == 0.0
    assert figures["missed"].is_reached
    spoilt = [{**one, "reported": not one["reported"]} for one in outcomes]
    assert all(one.value == 1.0 and one.is_reached is False for one in measure.figures(spoilt, 1))


def test_wordings_held_back_have_a_figure_of_their_own(tmp_path):
    """The table that the rules were mended by must not stand for wordings that no rule has met."""
    measure = DangerSigns()
    held_back = [item for item in measure.items(tmp_path, None, 1) if item.id.startswith("unseen-")]
    outcomes = [measure.judge(item, _Reading()) for item in held_back]  # type: ignore[arg-type]
    figures = {one.name: one for one in measure.figures(outcomes, 1)}
    missed = figures["missed, wordings held back"]
    assert missed.items >= 90
    # A third is missed as measured; more than this would mean that signs got lost since.
    assert missed.value <= 0.36
    assert figures["false alarms, wordings held back"].value == 0.0
