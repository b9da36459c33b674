"""Which answers are the gold diagnosis: two hundred pairs that a person can check, and the laws behind them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.assessment import Codes, Diagnosis, Likelihood
from finetune.gold import RULES, GoldMatcher
from finetune.matching.names import read_name
from finetune.matching.tables import whole_names, word_variants
from index.document import Condition

CONDITIONS = (
    Condition(name="Gout", synonyms=("Podagra", "Urate crystal arthritis")),
    Condition(name="Acute myocardial infarction", synonyms=("Heart attack, acute",)),
    Condition(name="Acute pancreatitis"),
    Condition(name="Lumbar disc prolapse", synonyms=("Herniated disc",)),
    # Corpora list kinds, siblings and neighbours as synonyms; none of these may count.
    Condition(name="Lung cancer", synonyms=("Small cell lung cancer", "Non-small cell lung cancer")),
    Condition(name="Hemophilia", synonyms=("Hemophilia A", "Hemophilia B")),
    Condition(name="Neurofibromatosis type 1", synonyms=("Neurofibromatosis type 2",)),
    Condition(name="Aplastic anemia", synonyms=("Fanconi anemia",)),
    Condition(name="Fanconi anemia"),
)
MATCHER = GoldMatcher(CONDITIONS)
PAIRS = [
    line.split("\t")
    for line in Path(__file__).with_name("gold_pairs.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
DIFFERENT = "different"


def _diagnosis(name: str, **codes: tuple[str, ...]) -> Diagnosis:
    return Diagnosis(name=name, codes=Codes(**codes), likelihood=Likelihood(band="possible", score=0.1))


@pytest.mark.parametrize(("answer", "gold", "rule"), PAIRS)
def test_a_pair(answer: str, gold: str, rule: str):
    assert (MATCHER.rule_by_name(answer, gold) or DIFFERENT) == rule


def test_the_list_is_long_balanced_and_without_repeats():
    same = [pair for pair in PAIRS if pair[2] != DIFFERENT]
    assert (len(same), len(PAIRS) - len(same)) == (100, 100)
    assert len({(answer, gold) for answer, gold, _ in PAIRS}) == len(PAIRS)
    assert {rule for *_, rule in same} == {"same name", "synonym", "narrower name", "close name"} < set(RULES)


@pytest.mark.parametrize(("answer", "gold", "rule"), [pair for pair in PAIRS if pair[2] == DIFFERENT])
def test_a_near_miss_does_not_match_the_other_way_round_unless_it_is_a_kind(answer: str, gold: str, rule: str):
    assert MATCHER.rule_by_name(gold, answer) in (None, "narrower name", "synonym")


@given(st.sampled_from([pair for pair in PAIRS if pair[2] in ("same name", "close name")]))
def test_sameness_and_closeness_have_no_direction(pair: list[str]):
    answer, gold, rule = pair
    assert MATCHER.rule_by_name(gold, answer) == rule


@given(st.text(max_size=40))
def test_any_text_is_read_and_what_is_read_is_itself(text: str):
    name = read_name(text)
    assert MATCHER.rule_by_name(text, text) == ("same name" if name else None)


def test_every_variant_of_the_table_is_used_and_no_group_is_of_one():
    assert all(pattern.search(pattern.pattern.replace("\\b", "").replace("\\", "")) for pattern, _ in word_variants())
    assert all(len({read_name(name).whole for name in group}) >= 1 and len(group) > 1 for group in whole_names())


def test_an_omim_or_orphanet_code_decides_over_a_name():
    assert MATCHER.rule(_diagnosis("X", omim=("OMIM:143470",)), "Y", "OMIM:143470") == "same code"
    assert MATCHER.rule(_diagnosis("X", orpha=("ORPHA:1",)), "Y", "OMIM:143470") is None
    assert MATCHER.rule(_diagnosis("X", omim=("",)), "Y", "") is None


def test_an_orphanet_disease_is_the_omim_disease_of_the_same_name():
    matcher = GoldMatcher(
        [Condition(name="Osteogenesis imperfecta", synonyms=("Fragilitas ossium",))],
        {"OMIM:1": "Ochre bone syndrome", "ORPHA:7": "Ochre bone syndrome", "OMIM:2": "Fragilitas ossium"},
    )
    assert (
        matcher.rule(_diagnosis("Ochre disease of bone", orpha=("ORPHA:7",)), "Old label", "OMIM:1") == "same disease"
    )
    assert matcher.rule(_diagnosis("Ochre bone syndrome"), "Old label", "OMIM:1") == "same disease"
    assert matcher.rule(_diagnosis("Osteogenesis imperfecta"), "Old label", "OMIM:2") == "same disease"
    assert matcher.rule(_diagnosis("Ochre bone syndrome 4"), "Old label", "OMIM:1") is None
    assert matcher.rule(_diagnosis("Ochre bone syndrome"), "Old label", "OMIM:9") is None


@pytest.mark.parametrize(
    ("known", "gold", "rule"),
    [
        (("I21.3",), "I21.3", "same code"),
        (("I21.11", "I21.19"), "I21.1", "code beneath"),
        (("I21.3",), "I21", "code beneath"),
        (("I2111",), "I21.1", "code beneath"),
        (("I21",), "I21.3", None),
        (("I21.9",), "I21.3", None),
        (("N81.10", "N81.4"), "N81.10", None),
        ((), "I21.3", None),
    ],
)
def test_icd_codes_match_downwards_only_and_all_of_them(known: tuple[str, ...], gold: str, rule: str | None):
    assert MATCHER.rule(_diagnosis("X", icd10cm=known), "Y", gold) == rule


def test_a_code_shared_by_two_conditions_of_the_index_is_a_drawer_not_a_disease():
    named = ("Acute pyelonephritis", "Acute interstitial nephritis")
    matcher = GoldMatcher([Condition(name=name, icd10cm=("N10",)) for name in named])
    assert matcher.rule(_diagnosis(named[1], icd10cm=("N10",)), named[0], "N10") is None
    assert matcher.rule(_diagnosis("Tubulointerstitial infection", icd10cm=("N10",)), named[0], "N10") == "same code"


def test_the_place_is_the_first_that_matches():
    listed = [_diagnosis("Croup"), _diagnosis("Podagra"), _diagnosis("Gout")]
    assert MATCHER.rank(listed, "Gout") == (2, "synonym")
    assert MATCHER.rank(listed, "Scabies") is None
    assert MATCHER.rank([], "Gout") is None


def test_one_disease_has_no_direction_and_is_not_its_kind():
    for one, other in (
        ("Gout", "Podagra"),
        ("Stroke", "Stroke (brain attack)"),
        ("Depression", "Major depressive disorder"),
    ):
        assert MATCHER.one_disease(one, other)
        assert MATCHER.one_disease(other, one)
    assert not MATCHER.one_disease("Acute pancreatitis", "Pancreatitis")
    assert not MATCHER.one_disease("Pneumonia", "Pulmonary tuberculosis")
