"""Which question is asked: the one that separates the candidates, never one that is answered or absurd."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.answered import is_open
from assistant.assessment import Likelihood
from assistant.candidates import Candidate
from assistant.case import Case, Finding, Measurement, Mention, Status
from assistant.evidence import Dossier, Examined, match
from assistant.expectation import BACKGROUND, DENIED, DESCRIBED, HEDGED_SHARE, RARE, expectations, weight_against
from assistant.grounding import Quote
from assistant.next_question import inquiry, next_question
from assistant.one_age import fits_age
from assistant.question_kinds import can_be_asked, kind_of
from assistant.ranking import Ranked
from assistant.reading.tables import folder_rows, rows, structure
from index.document import Condition, Document, Passage

LABELS = (
    "rash",
    "fever",
    "cough",
    "hair loss",
    "elevated troponin",
    "granulomatous inflammation",
    "pregnancy",
    "menopause",
    "malaria parasites",
)
WIDER = {("HP:CHEST", "HP:PAIN")}


def _is_a(term: str, ancestor: str) -> bool:
    return term == ancestor or (term, ancestor) in WIDER


def _findings_of(text: str) -> tuple[Finding, ...]:
    low = text.lower()
    return tuple(
        Finding(label=label, status="absent" if f"no {label}" in low else "present") for label in LABELS if label in low
    )


def _ranked(name: str, share: float, *sentences: str, case: Case | None = None) -> Ranked:
    text = " ".join(sentences) or "Nothing."
    document = Document(id=name, title=name, text=text)
    passage = Passage(
        id=f"{name}-0", document_id=name, heading_path=("Presentation",), start=0, end=len(text), text=text
    )
    places = [(text.index(sentence), sentence) for sentence in sentences]
    known = Dossier({"presentation": tuple(Quote(passage, document, at, at + len(one)) for at, one in places)})
    examined = Examined(known, match(case or Case(narrative=""), known, _findings_of, _is_a))
    candidate = Candidate(Condition(name=name))
    return Ranked(candidate, {}, 0.0, Likelihood(band="possible", score=share), examined)


def _asked(*ranked: Ranked, case: Case | None = None) -> str:
    question = next_question(inquiry(case or Case(narrative=""), ranked, _is_a))
    return question.finding if question is not None else ""


def _case(*findings: tuple[str, Status], **more: object) -> Case:
    told = tuple(Finding(label=label, status=status) for label, status in findings)
    return Case(narrative="", findings=told).model_copy(update=more)


def test_what_separates_the_candidates_is_asked_before_what_all_show():
    one = _ranked("Measles", 0.5, "There is fever.", "There is rash.")
    other = _ranked("Influenza", 0.5, "There is fever.")
    assert _asked(one, other) == "rash"


def test_the_reason_says_which_way_each_answer_goes():
    question = next_question(
        inquiry(
            Case(narrative=""),
            [_ranked("Measles", 0.5, "There is rash."), _ranked("Influenza", 0.4, "No rash.")],
            _is_a,
        )
    )
    assert question is not None
    assert question.question == "Does the examination show rash?"
    assert question.reason == "A yes makes Measles likelier and Influenza less likely; a no makes Influenza likelier."
    assert 0 < question.gain <= 1


@pytest.mark.parametrize("status", ["present", "absent", "uncertain", "past", "family"])
def test_what_the_case_says_whatever_its_status_is_not_asked(status: Status):
    case = _case(("rash", status))
    assert _asked(_ranked("Measles", 0.5, "There is rash.", "There is cough."), case=case) == "cough"


def test_a_question_that_nobody_could_answer_is_not_put_again():
    first = _ranked("Measles", 0.5, "There is rash.", "There is cough.")
    assert _asked(first, case=_case(not_known=(_asked(first),))) != _asked(first)


def test_nothing_open_nothing_asked():
    assert _asked() == ""
    assert _asked(_ranked("Measles", 0.5)) == ""
    assert _asked(_ranked("Measles", 1.0, "There is rash.")) == "", "one certain candidate leaves nothing to learn"


def test_a_question_comes_before_a_test_that_tells_as_much():
    told = ("There is elevated troponin.", "There is hair loss.", "There is granulomatous inflammation.")
    assert _asked(_ranked("A", 0.5, *told), _ranked("B", 0.5)) == "hair loss"


def test_the_name_of_another_candidate_is_no_question():
    assert _asked(_ranked("A", 0.5, "There is rash."), _ranked("Rash", 0.4)) == ""


def test_denial_of_the_wider_settles_the_narrower_and_not_the_other_way_round():
    chest, pain = Finding(label="chest pain", hpo="HP:CHEST"), Finding(label="ache", hpo="HP:PAIN")
    no_pain = Case(narrative="", findings=(pain.model_copy(update={"status": "absent"}),))
    no_chest = Case(narrative="", findings=(chest.model_copy(update={"status": "absent"}),))
    assert not is_open(chest, no_pain, _is_a)
    assert is_open(chest, Case(narrative="", findings=(pain,)), _is_a)
    assert not is_open(pain, no_chest.model_copy(update={"findings": (chest,)}), _is_a)


def test_what_was_measured_mentioned_or_cannot_be_is_not_asked():
    fever = Finding(label="fever")
    assert is_open(fever, _case(), _is_a)
    normal = Measurement(analyte="temperature", value=37.0, unit="Cel", flag="normal")
    assert not is_open(fever, _case(measurements=(normal,)), _is_a)
    smoking = Finding(label="smoking")
    assert not is_open(smoking, _case(exposures=(Mention(name="smoking"),)), _is_a)
    assert not is_open(smoking, _case(age_years=4.0), _is_a)
    pregnancy = Finding(label="pregnancy")
    assert is_open(pregnancy, _case(sex="female", age_years=30.0), _is_a)
    assert not is_open(pregnancy, _case(sex="male", age_years=30.0), _is_a)
    assert not is_open(pregnancy, _case(sex="female", age_years=80.0), _is_a)
    assert not is_open(Finding(label="menopause"), _case(sex="female", age_years=50.0), _is_a)


@pytest.mark.parametrize(
    ("sentence", "probability"),
    [
        ("There is rash.", DESCRIBED),
        ("There may be rash.", HEDGED_SHARE),
        ("Rarely there is rash.", RARE),
        ("There is no rash.", DENIED),
        ("There is cough.", BACKGROUND),
    ],
)
def test_words_of_frequency_are_what_a_finding_is_expected_by(sentence: str, probability: float):
    table = expectations([Finding(label="rash")], [_ranked("A", 0.5, sentence)])
    assert table.tolist() == [[probability, BACKGROUND]]


def test_a_constant_finding_that_is_lacking_speaks_more_against_than_a_hedged_one():
    case = _case(("rash", "absent"))
    constant, usual = (
        _ranked("A", 0.5, sentence, case=case).examined for sentence in ("Most have rash.", "There is rash.")
    )
    assert constant is not None
    assert usual is not None
    assert weight_against(constant.matches.against[0]) > weight_against(usual.matches.against[0]) > 0


def test_knowing_a_finding_moves_those_most_whose_probability_is_unlike_the_others():
    ranked = [_ranked("A", 0.4, "Most have rash.", "There may be cough."), _ranked("B", 0.4)]
    asked = inquiry(Case(narrative=""), ranked, _is_a)
    assert asked is not None
    assert asked.movement("A")["rash"] > asked.movement("A")["cough"] > 0
    assert asked.movement("nobody") == {}
    assert asked.shares.sum() == pytest.approx(1.0)


def test_a_candidate_that_was_not_examined_expects_what_anybody_shows():
    ranked = replace(_ranked("A", 0.5), examined=None)
    assert expectations([Finding(label="rash")], [ranked]).tolist() == [[BACKGROUND, BACKGROUND]]


@pytest.mark.parametrize(
    ("finding", "kind", "question"),
    [
        ("hair loss", "history", "Has there been hair loss?"),
        ("heart murmur", "examination", "Does the examination show heart murmur?"),
        ("ST elevation", "bedside test", "Does a test at the bedside"),
        ("elevated troponin", "laboratory", "Do laboratory tests show elevated troponin?"),
        ("pleural effusion", "imaging", "Does imaging show pleural effusion?"),
        ("villous atrophy", "invasive", "Does endoscopy, puncture or biopsy show villous atrophy?"),
        ("asthma", "past or background", "Is there a history of asthma?"),
        ("unvaccinated", "past or background", "Are vaccinations missing or incomplete?"),
        ("dysuria", "history", "Has there been dysuria?"),
        ("chronic cough", "history", "Has there been chronic cough?"),
    ],
)
def test_each_kind_is_asked_for_in_its_own_way(finding: str, kind: str, question: str):
    assert kind_of(finding).name == kind
    assert kind_of(finding).ask(finding).startswith(question)


def test_the_tables_name_findings_of_the_dictionary_and_costs_rise_with_what_is_done_to_the_patient():
    known = {row[0] for row in folder_rows("findings", 3)}
    special = set(structure("question_kinds.yaml")["asked_as"])
    assert special <= known | {"obesity", "overweight", "underweight"}
    assert {label for row in rows("one_age.tsv", 3) for label in row[2].split("|")} <= known
    costs = [
        kind_of(name).cost for name in ("cough", "ST elevation", "elevated troponin", "pleural effusion", "biopsy")
    ]
    assert costs == sorted(costs)
    assert not can_be_asked("abnormal lung morphology")


def test_an_age_that_is_not_known_rules_nothing_out():
    assert fits_age(Finding(label="smoking"), None)
    assert fits_age(Finding(label="cough"), 0.1)
    assert not fits_age(Finding(label="diaper rash"), 30.0)
