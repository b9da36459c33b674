from __future__ import annotations

import pytest

from assistant.question_topic import ConditionNames, Wanted, name_stems
from index.document import Condition

CONDITIONS = {
    "mi": Condition(
        name="Acute myocardial infarction (STEMI)", synonyms=("heart attack", "MI", "AMI"), frequency="common"
    ),
    "pericarditis": Condition(name="Acute pericarditis", frequency="uncommon"),
    "aom": Condition(name="Acute otitis media", synonyms=("middle ear infection", "AOM"), frequency="common"),
    "ome": Condition(name="Otitis media with effusion", synonyms=("glue ear",), frequency="common"),
    "acute": Condition(name="Acute pancreatitis", frequency="common"),
    "chronic": Condition(name="Chronic pancreatitis", frequency="uncommon"),
    "cap": Condition(name="Community-acquired pneumonia", synonyms=("CAP", "chest infection"), frequency="common"),
    "pcp": Condition(name="Pneumocystis pneumonia", synonyms=("PCP", "PJP"), frequency="rare"),
    "all": Condition(name="Acute lymphoblastic leukemia", synonyms=("ALL",), frequency="rare"),
    "gad": Condition(name="Generalized anxiety disorder", synonyms=("worry", "GAD"), frequency="common"),
    "typhoid": Condition(name="Typhoid fever", frequency="rare"),
    "uti": Condition(name="Acute cystitis", synonyms=("UTI", "bladder infection"), frequency="common"),
}
NAMES = ConditionNames(CONDITIONS)


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("why not pericarditis?", ("pericarditis",)),
        ("treatment of acute otitis media", ("aom",)),
        ("what is the dose of amoxicillin for otitis media in a child?", ("aom",)),
        ("otitis media with effusion: when to refer?", ("ome",)),
        ("is it a heart attack?", ("mi",)),
        ("could this be an MI", ("mi",)),
        ("which antibiotic for a uti", ("uti",)),
        ("how do I treat pneumonia?", ("cap",)),
        ("how do I treat Pneumocystis pneumonia?", ("pcp",)),
        ("acute pericarditis or myocardial infarction?", ("mi", "pericarditis")),
        ("are all tests needed?", ()),
        ("should I worry?", ()),
        ("why no fever?", ()),
        ("what next?", ()),
        ("what is the capital of France?", ()),
    ],
)
def test_conditions_are_found_by_their_names(question: str, named: tuple[str, ...]):
    assert set(NAMES.named(question)) == set(named)


def test_of_two_with_the_same_name_the_likely_one_is_meant_then_the_commoner():
    assert NAMES.named("how is pancreatitis treated?") == ("acute",)
    assert NAMES.named("how is pancreatitis treated?", likely=["mi", "chronic"]) == ("chronic",)
    assert NAMES.named("how is pneumonia treated?", likely=["pcp"]) == ("pcp",)


@pytest.mark.parametrize(
    ("question", "sections"),
    [
        ("what is the first-line treatment?", {"treatment"}),
        ("which antibiotic and dose?", {"treatment"}),
        ("when should I refer?", {"referral"}),
        ("what test next?", {"tests"}),
        ("is it safe in pregnancy?", {"treatment"}),
        ("what are the red flags?", {"red flags"}),
        ("why not gout?", {"differential", "presentation"}),
        ("typical symptoms?", {"presentation"}),
        ("what would you do?", set()),
    ],
)
def test_the_kind_of_guidance_asked_for(question: str, sections: set[str]):
    assert set(Wanted(question).sections) == sections


@pytest.mark.parametrize(
    ("question", "own"),
    [
        ("what is the first-line treatment?", set()),
        ("which antibiotic and dose?", set()),
        ("is it safe in pregnancy?", set()),
        ("should I give aspirin?", {"aspirin"}),
        ("what is the capital of France?", {"capit", "franc"}),
        ("Can I give nitrofurantoin if eGFR is 30?", {"nitrofurantoin", "egfr"}),
    ],
)
def test_the_words_that_name_something(question: str, own: set[str]):
    assert Wanted(question).own == own


def test_questions_are_about_the_patient_or_general():
    assert Wanted("is it safe?").about_patient
    assert Wanted("can he drive?").about_patient
    assert Wanted("should I give aspirin?").about_patient
    assert not Wanted("what is the dose of aspirin?").about_patient
    assert not Wanted("how do I treat a dog bite?").about_patient


def test_what_is_supposed_compared_or_counted_is_told():
    assert Wanted("what if he had fever?").supposes
    assert not Wanted("what would you do?").supposes
    assert Wanted("why not pericarditis?").compares
    assert Wanted("what dose of aspirin?").asks_dose
    assert not Wanted("which antibiotic?").asks_dose


def test_groups_of_patients_are_named_in_several_ways():
    (group,) = Wanted("what is the dose in a child?").groups
    assert {"infant", "kg", "children"} & group or {"infant", "kg", "child"} <= group
    assert Wanted("what is the dose?").groups == ()


def test_a_name_is_asked_for_without_acute_but_not_by_an_everyday_word():
    assert name_stems("Acute pericarditis") == name_stems("pericarditis")
    assert name_stems("chronic pain", title=False) != name_stems("pain", title=False)
    assert not name_stems("worry", title=False)
    assert not name_stems("ALL", title=False)
