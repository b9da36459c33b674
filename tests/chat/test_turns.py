from __future__ import annotations

import pytest

from assistant.chat.turns import Said, asks_for_differential, is_question, understand

QUESTIONS = [
    "what is the first-line treatment?",
    "which antibiotic and dose?",
    "when should I refer?",
    "Why not pericarditis",
    "what about pulmonary embolism",
    "And what about a CT?",
    "should I give aspirin",
    "Should we start steroids now",
    "is it safe in pregnancy",
    "Is amoxicillin safe in pregnancy",
    "can I discharge him",
    "Can ibuprofen cause this",
    "could this be sepsis",
    "do I need a chest X-ray",
    "does he need admission",
    "how long should treatment last",
    "How much paracetamol",
    "What if he had fever",
    "he has a rash, what should I do",
    "tell me the red flags",
    "Please suggest a plan",
    "any other ideas",
    "first-line treatment",
    "dose of amoxicillin in children",
    "Treatment of cystitis in pregnancy",
    "red flags",
    "next tests",
    "differential",
    "BP 80/50?",
    "Fever?",
    "I wonder whether he needs a scan",
    "In which patients is nitrofurantoin unsafe?",
    "(what test next?)",
]
FACTS = [
    "He also has a rash.",
    "Temperature 38.5, pulse 110",
    "BP 80/50",
    "no fever after all",
    "No history of travel",
    "Is allergic to penicillin",
    "Is febrile",
    "Was seen last week",
    "Has been vomiting since yesterday",
    "Does not smoke",
    "Did not sleep",
    "Cannot walk",
    "Can walk unaided",
    "Could not pass urine",
    "Would not eat",
    "Will not stop vomiting",
    "When lying flat he gets breathless",
    "Where it hurts there is a swelling",
    "Which started two days ago",
    "However, he denies chest pain",
    "she is 47, not 74",
    "takes warfarin and bisoprolol",
    "Test for influenza positive",
    "Tests: troponin raised",
    "Treatment with amoxicillin started yesterday",
    "Symptoms began after a meal",
    "Signs of meningism absent",
    "Antibiotics given last week",
    "Dose was 500 mg",
    "CT head normal",
    "D-dimer negative",
    "Mother had breast cancer at 40",
    "What looks like a rash on his leg",
    "Thanks",
]


@pytest.mark.parametrize("sentence", QUESTIONS)
def test_questions_are_told_with_or_without_a_mark(sentence: str):
    assert is_question(sentence)
    assert understand(sentence) == Said("", (sentence.strip(),))


@pytest.mark.parametrize("sentence", FACTS)
def test_statements_are_facts_even_when_the_subject_is_left_out(sentence: str):
    assert not is_question(sentence)
    assert understand(sentence) == Said(sentence, ())


def test_a_line_may_hold_both():
    assert understand("He also has a rash. What would you do?") == Said("He also has a rash.", ("What would you do?",))
    assert understand("What would you do? He also has a rash.") == Said("He also has a rash.", ("What would you do?",))


def test_what_is_only_supposed_belongs_to_the_question():
    said = understand("Suppose she is pregnant. What would you give?")
    assert said == Said("", ("Suppose she is pregnant. What would you give?",))
    assert understand("What if he had fever? And a rash?").facts == ""
    assert understand("If he had a rash, would you treat?").facts == ""
    assert understand("Imagine he had fever.") == Said("", ("Imagine he had fever.",))


def test_several_questions_stay_apart_but_a_short_one_joins_the_one_before():
    said = understand("What is the first-line treatment of gout? When should I refer for surgery? What dose?")
    assert said.questions == (
        "What is the first-line treatment of gout?",
        "When should I refer for surgery? What dose?",
    )


def test_the_lines_of_a_pasted_case_are_kept():
    text = "58-year-old man.\nCrushing chest pain for an hour.\nSweating."
    assert understand(text) == Said(text, ())
    assert understand(text + "\nWhat is the diagnosis?") == Said(text.replace("\n", " "), ("What is the diagnosis?",))


def test_nothing_is_lost_or_made_up():
    for text in (*QUESTIONS, *FACTS, "A rash. A fever! What now? 3. Pain: e.g. in the leg."):
        said = understand(text)
        words = " ".join((said.facts, *said.questions)).split()
        assert sorted(words) == sorted(text.split())


@pytest.mark.parametrize(
    "question",
    [
        "What is the most likely diagnosis?",
        "what's the diagnosis?",
        "What are the differential diagnoses?",
        "what do you think?",
        "differential?",
        "What is it?",
        "what is the likely cause of these symptoms?",
    ],
)
def test_a_question_for_the_diagnosis_is_known(question: str):
    assert asks_for_differential(question)


@pytest.mark.parametrize(
    "question",
    [
        "what is the differential diagnosis of gout?",
        "what is the most likely diagnosis to miss?",
        "what is the treatment?",
        "how is the diagnosis confirmed?",
        "what do you think about a CT?",
        "Which condition is nitrofurantoin for?",
    ],
)
def test_other_questions_about_diagnoses_go_to_the_index(question: str):
    assert not asks_for_differential(question)
