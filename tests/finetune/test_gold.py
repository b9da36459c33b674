import pytest

from assistant.assessment import Codes, Diagnosis, Likelihood
from finetune.gold import GoldMatcher
from index.document import Condition

MATCHER = GoldMatcher(
    [
        Condition(name="Gout", synonyms=("Podagra", "Urate crystal arthritis")),
        Condition(name="Acute myocardial infarction", synonyms=("Heart attack",)),
        Condition(name="Acute pancreatitis"),
    ]
)


def _diagnosis(name: str, **codes: tuple[str, ...]) -> Diagnosis:
    return Diagnosis(name=name, codes=Codes(**codes), likelihood=Likelihood(band="possible", score=0.1))


@pytest.mark.parametrize(
    ("named", "gold", "rule"),
    [
        ("Gout", "gout", "same name"),
        ("Crohn's disease", "Disease of Crohn", "same name"),
        ("Hemophilia A", "Haemophilia A", "same name"),
        ("Acute myocardial infarction", "Acute myocardial infarction (STEMI)", "same name"),
        ("Gout", "Podagra", "synonym"),
        ("Acute myocardial infarction", "Heart attack", "synonym"),
        ("Acute post-streptococcal glomerulonephritis", "post-streptococcal glomerulonephritis", "close name"),
        ("Gout", "Pseudogout", None),
        ("Acute pancreatitis", "Chronic pancreatitis", None),
        ("Type 1 diabetes", "Type 2 diabetes", None),
        ("Gout", "Heart attack", None),
        ("Gout", "", None),
    ],
)
def test_names(named: str, gold: str, rule: str | None):
    assert MATCHER.rule(_diagnosis(named), gold) == rule


def test_a_code_decides_over_a_name():
    assert MATCHER.rule(_diagnosis("X", omim=("OMIM:143470",)), "Y", "OMIM:143470") == "same code"
    assert MATCHER.rule(_diagnosis("X", orpha=("ORPHA:1",)), "Y", "OMIM:143470") is None
    assert MATCHER.rule(_diagnosis("X", omim=("",)), "Y", "") is None


def test_the_place_is_the_first_that_matches():
    listed = [_diagnosis("Croup"), _diagnosis("Podagra"), _diagnosis("Gout")]
    assert MATCHER.rank(listed, "Gout") == (2, "synonym")
    assert MATCHER.rank(listed, "Scabies") is None
    assert MATCHER.rank([], "Gout") is None
