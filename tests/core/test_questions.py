"""Answers over the small index: the right sentences, checked, and nothing where nothing is known."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from fakes import MuteModel, ScriptedModel

from assistant.answer import Answer, AnswerSentence
from assistant.assessment import Assessment
from assistant.assistant import Assistant
from assistant.models.language_model import LanguageModel

Open = Callable[..., Assistant]
UTI = "24-year-old woman with dysuria and urinary frequency for 2 days, no fever."


@pytest.fixture
def assessment(open_small: Open) -> Assessment:
    assistant = open_small(None)
    found = assistant.assess(assistant.read(UTI))
    assert found.differential[0].name == "Acute cystitis"
    return found


def asked(assistant: Assistant, question: str, assessment: Assessment | None) -> Answer:
    *sentences, answer = assistant.answer(question, assessment)
    assert isinstance(answer, Answer)
    assert tuple(sentences) == answer.sentences, "what is streamed is what the whole answer says"
    assert bool(answer.sentences) != bool(answer.not_answered)
    return answer


def places(answer: Answer) -> list[tuple[str, str]]:
    return [(one.document.title, one.document.heading_path[-1]) for one in answer.citations]


@pytest.mark.parametrize(
    ("question", "section", "words"),
    [
        ("what is the first-line treatment?", "First-line treatment", "Nitrofurantoin 100 mg"),
        ("which antibiotic and dose?", "First-line treatment", "Nitrofurantoin 100 mg"),
        ("when should I refer?", "When to refer", "Same-day assessment"),
        ("what test next?", "Examination and tests", "urine"),
        ("is it safe in pregnancy?", "First-line treatment", "avoid in the first trimester"),
        ("what are the red flags?", "Red flags", "Fever, rigors"),
        ("can I give nitrofurantoin if eGFR is 30?", "First-line treatment", "avoid if eGFR is below 45"),
        ("what if she had fever?", "Red flags", "means upper tract infection"),
    ],
)
def test_a_question_is_answered_from_the_leading_diagnosis(
    open_small: Open, assessment: Assessment, question: str, section: str, words: str
):
    answer = asked(open_small(None), question, assessment)
    assert ("Acute cystitis", section) in places(answer)
    assert words in answer.text


def test_a_disease_that_is_named_is_asked_about_even_when_it_is_not_listed(open_small: Open, assessment: Assessment):
    answer = asked(open_small(None), "what is the first-line treatment of gout?", assessment)
    assert {title for title, _ in places(answer)} == {"Gout"}
    assert {heading for _, heading in places(answer)} == {"First-line treatment"}


def test_why_not_another_is_answered_by_what_tells_them_apart(open_small: Open):
    assistant = open_small(None)
    case = assistant.read("55-year-old man with sudden severe pain, swelling and redness of the big toe, fever")
    found = assistant.assess(case)
    other = next(name for name in ("Gout", "Septic arthritis") if name != found.differential[0].name)
    answer = asked(assistant, f"why not {other}?", found)
    assert "Differential diagnosis" in {heading for _, heading in places(answer)}
    assert other in {title for title, _ in places(answer)}


@pytest.mark.parametrize("question", ["what is the capital of France", "who won the world cup?", "can she drive?"])
def test_what_the_sources_do_not_hold_is_not_answered(open_small: Open, assessment: Assessment, question: str):
    answer = asked(open_small(None), question, assessment)
    assert not answer.sentences
    assert answer.not_answered.startswith("The sources given do not answer this.")


def test_a_question_needs_no_case(open_small: Open):
    answer = asked(open_small(None), "what is the dose of colchicine in gout?", None)
    assert "colchicine" in answer.text.lower()
    assert not asked(open_small(None), "what next?", None).sentences or places(
        asked(open_small(None), "what next?", None)
    )


def test_a_sentence_about_another_disease_says_which(open_small: Open, assessment: Assessment):
    answer = asked(open_small(None), "is naproxen 500 mg twice daily right?", assessment)
    elsewhere = {
        title: sentence.text
        for sentence, (title, _) in zip(answer.sentences, places(answer), strict=True)
        if title != "Acute cystitis"
    }
    assert "Gout" in elsewhere
    assert all(text.startswith(f"{title}: ") for title, text in elsewhere.items())


def scripted(*sentences: tuple[int, str], weight: float = 0.0) -> LanguageModel:
    items = [{"source": source, "text": text} for source, text in sentences]
    return ScriptedModel([json.dumps({"answer": items})], weight=weight)


QUESTION = "what is the first-line treatment?"


def test_a_model_s_wording_is_shown_where_its_source_covers_it(open_small: Open, assessment: Assessment):
    plain = asked(open_small(None), QUESTION, assessment)
    worded = plain.citations[0].quote.rstrip(".")
    answer = asked(open_small(scripted((1, worded))), QUESTION, assessment)
    assert answer.sentences[0].text == worded
    assert answer.citations[0] == plain.citations[0]


@pytest.mark.parametrize(
    "wording",
    [
        "Nitrofurantoin 500 mg modified-release twice daily for 5 days.",
        "Ciprofloxacin is the best treatment for everybody.",
        "Nitrofurantoin 100 mg modified-release twice daily for 5 days.",
        "100 mg",
    ],
    ids=["another dose", "another drug", "the warning left out", "a stump"],
)
def test_a_wording_that_says_more_or_warns_less_gives_way_to_the_quote(
    open_small: Open, assessment: Assessment, wording: str
):
    quotes = [one.quote for one in asked(open_small(None), QUESTION, assessment).citations]
    (warned,) = (number for number, quote in enumerate(quotes, 1) if "avoid if eGFR" in quote)
    answer = asked(open_small(scripted((warned, wording), weight=0.5)), QUESTION, assessment)
    assert answer.sentences[0].text == quotes[warned - 1]
    assert len(answer.sentences) == 1


def test_a_mute_model_costs_nothing(open_small: Open, assessment: Assessment):
    model = MuteModel()
    assert asked(open_small(model), QUESTION, assessment) == asked(open_small(None), QUESTION, assessment)
    assert model.asked == 1


def test_the_same_sentence_is_not_said_twice(open_small: Open, assessment: Assessment):
    quote = asked(open_small(None), QUESTION, assessment).citations[0].quote
    answer = asked(open_small(scripted((1, quote), (1, quote), weight=0.5)), QUESTION, assessment)
    assert len(answer.sentences) == 1


def test_closing_an_answer_stops_the_model(open_small: Open, assessment: Assessment):
    quote = asked(open_small(None), QUESTION, assessment).citations[0].quote
    model = ScriptedModel([json.dumps({"answer": [{"source": 1, "text": quote}]}) + " " * 99], weight=0.0)
    parts = open_small(model).answer(QUESTION, assessment)
    assert isinstance(next(parts), AnswerSentence)
    assert model.closed == 0
    parts.close()
    assert model.closed == 1


def test_every_citation_is_verbatim_at_its_place(open_small: Open, assessment: Assessment):
    assistant = open_small(None)
    for question in (QUESTION, "what test next?", "when should I refer?", "what is the first-line treatment of gout?"):
        for citation in asked(assistant, question, assessment).citations:
            assert assistant.index.passage(citation.passage_id).text[citation.start : citation.end] == citation.quote


def test_what_to_give_now_is_answered_by_the_treatment_of_the_leading_diagnosis_with_its_cautions(open_small: Open):
    assistant = open_small(None)
    found = assistant.assess(assistant.read(f"{UTI} She is allergic to trimethoprim (hives)."))
    assert found.differential[0].name == "Acute cystitis"
    answer = asked(assistant, "What should I give her now?", found)
    assert {heading for _, heading in places(answer)} == {"First-line treatment"}
    warned = [sentence for sentence in answer.sentences if sentence.cautions]
    assert [sentence.text.split()[0] for sentence in warned] == ["Trimethoprim"]
    assert "allergy" in warned[0].cautions[0]


def test_a_small_model_that_breaks_off_leaves_no_gap_and_a_trusted_one_may_leave_out(
    open_small: Open, assessment: Assessment
):
    broken = '{"answer": [{"source": 1, "text": "Nonsense about amlodeparolone 1.5 g"}, {"source": 2, "te'
    question = "what is the first-line treatment?"
    whole = asked(open_small(None), question, assessment)
    small = asked(open_small(ScriptedModel([broken], weight=0.1)), question, assessment)
    assert [one.text for one in small.sentences] == [one.text for one in whole.sentences]
    trusted = asked(open_small(ScriptedModel([broken], weight=0.9)), question, assessment)
    assert [one.text for one in trusted.sentences] == [whole.sentences[0].text]
