"""Abbreviations and synonyms: what is added to a query, and what must not be."""

import pytest
from fakes import HashingEmbedder

from index.document import Condition
from index.expansion import Expander, _abbreviations
from index.guideline_index import GuidelineIndex
from index.search import Query

CONDITIONS = [
    Condition(name="Acute myocardial infarction (STEMI)", synonyms=("heart attack", "MI", "coronary thrombosis")),
    Condition(name="Pertussis", synonyms=("whooping cough",)),
    Condition(name="Tuberculosis", synonyms=("TB", "consumption")),
    Condition(name="Acute lymphoblastic leukaemia", synonyms=("ALL",)),
]


@pytest.fixture(scope="module")
def expander():
    return Expander.of(CONDITIONS)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("treatment of heart attack", ["Acute myocardial infarction"]),
        ("Whooping Coughs in babies", ["Pertussis"]),
        ("COPD flare", ["chronic obstructive pulmonary disease"]),
        ("copd flare", ["chronic obstructive pulmonary disease"]),
        ("MI", ["myocardial infarction", "Acute myocardial infarction"]),
        ("MS", ["multiple sclerosis", "mitral stenosis"]),
        ("ALL in children", ["acute lymphoblastic leukaemia"]),
        ("raised psa", ["prostate-specific antigen"]),  # not PsA, psoriatic arthritis
        ("PsA", ["psoriatic arthritis"]),
        ("MG crisis", ["myasthenia gravis"]),
        ("SBP 80", ["systolic blood pressure"]),
    ],
)
def test_names_are_added(expander, query, names):
    assert list(expander.other_names(query)) == names


@pytest.mark.parametrize(
    "query",
    [
        "all patients with fever",  # no leukaemia
        "tuberculosis in pregnancy",  # its main name: synonyms would only bury it
        "ms",  # two letters count only in capitals
        "take aids home and cap the bottle",
        "acute leukemia",
        "bowel prep before colonoscopy",  # no PrEP
        "Lisinopril 10 MG Oral Tablet",  # no myasthenia
        "a nodule of 5 MM",  # no myeloma
        "chronic obstructive pulmonary disease (COPD)",  # spelled out already
        "",
    ],
)
def test_nothing_is_added(expander, query):
    assert expander.other_names(query) == ()


def test_a_case_mentions_conditions_in_passing(expander):
    case = "A 60-year-old man with a heart attack in the past has COPD and now " + "coughs up green sputum " * 8
    assert expander.other_names(case) == ("chronic obstructive pulmonary disease",)


def test_spelling_and_plural_do_not_matter():
    expander = Expander.of([Condition(name="Haemorrhoids", synonyms=("piles",)), Condition(name="Anaemia")])
    assert expander.other_names("a pile") == ("Haemorrhoids",)
    assert expander.other_names("piles") == ("Haemorrhoids",)
    assert expander.other_names("piles (hemorrhoids)") == ()


def test_of_names_within_one_another_the_longest_counts():
    infarction = Condition(name="Myocardial infarction", synonyms=("heart attack",))
    panic = Condition(name="Panic disorder", synonyms=("attack",))
    assert Expander.of([infarction, panic]).other_names("a heart attack") == ("Myocardial infarction",)


def test_a_main_name_comes_before_the_same_name_as_synonym_of_another():
    expander = Expander.of([Condition(name="Emphysema", synonyms=("Bronchitis",)), Condition(name="Bronchitis")])
    assert expander.other_names("bronchitis") == ()


def test_every_abbreviation_has_a_reading_that_is_no_abbreviation():
    assert len(_abbreviations()) > 250
    for short, readings in _abbreviations().items():
        assert readings
        assert all(reading.strip() == reading and " ".join(reading.split()) == reading for reading in readings), short
        assert all(reading.casefold() != short.casefold() for reading in readings)


def test_an_abbreviation_finds_what_only_spells_it_out(tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "copd.md").write_text("# Chronic obstructive pulmonary disease\n\nGive a bronchodilator.\n")
    (tmp_path / "notes" / "gout.md").write_text("# Gout\n\nGive colchicine for a flare.\n")
    index = GuidelineIndex.create(tmp_path / "index", HashingEmbedder())
    index.add([tmp_path / "notes"])
    assert index.search(Query(text="COPD", by="words"))[0].document.title == "Chronic obstructive pulmonary disease"
    assert index.search(Query(text="COPD", by="words", expand=False)) == []
