"""Danger signs are never dropped: every rule in several wordings, denied, of the past and of the family.

The cases hold no findings unless a test says so: a sign must be seen in the words even when the dictionary of findings
does not know it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.assessment import RedFlag
from assistant.case import Case, Finding, Measurement, Mention, Span, Status
from assistant.errors import SettingsError
from assistant.models import catalogue
from assistant.reading import CaseReader, Vocabulary, demographics
from assistant.reading.measurements import read_measurements
from assistant.reading.phrases import sentences
from assistant.red_flag_rules import URGENCIES, Rules, load_rules
from assistant.red_flags import red_flags
from assistant.settings import load_settings
from index.phenotypes import PhenotypeKnowledge

RULES = load_rules()
BY_SIGN = {rule.sign: name for name, rule in RULES.rules.items()}
_SENTENCES = Path(__file__).with_name("red_flag_sentences.txt")


def _table() -> Iterator[tuple[str, str, str]]:
    name = ""
    for line in _SENTENCES.read_text(encoding="utf-8").splitlines():
        if line[:1] in "+-":
            yield name, line[0], line[2:]
        elif not line.startswith("#"):
            name = line.strip()


TABLE = list(_table())
RAISED = [(name, text) for name, mark, text in TABLE if mark == "+"]
NOT_RAISED = [(name, text) for name, mark, text in TABLE if mark == "-"]


def _case(text: str) -> Case:
    """Return the case a text describes, without findings."""
    age, sex = demographics.age_years(text), demographics.sex(text)
    pregnant = demographics.pregnant(text, sex, age)
    measured = read_measurements(text, age, sex, pregnant)
    return Case(narrative=text, age_years=age, sex=sex, pregnant=pregnant, measurements=measured)


def _names(case: Case) -> list[str]:
    return [BY_SIGN[flag.sign] for flag in red_flags(case)]


def test_the_table_holds_every_rule_in_three_wordings_and_one_that_must_not_raise_it():
    assert {name for name, _ in RAISED} == {name for name, _ in NOT_RAISED} == set(RULES.rules)
    assert len(BY_SIGN) == len(RULES.rules), "two rules share their wording"
    for rule in RULES.rules:
        assert sum(name == rule for name, _ in RAISED) >= 3
    assert len({text for _, text in RAISED}) == len(RAISED)


@pytest.mark.parametrize(("name", "text"), RAISED, ids=[f"{name}-{number}" for number, (name, _) in enumerate(RAISED)])
def test_a_sign_is_seen_however_it_is_worded(name: str, text: str):
    assert name in _names(_case(text))


@pytest.mark.parametrize(("name", "text"), NOT_RAISED, ids=[name for name, _ in NOT_RAISED])
def test_a_sign_that_is_denied_or_not_extreme_is_not_reported(name: str, text: str):
    assert name not in _names(_case(text))


@pytest.mark.parametrize(("name", "text"), RAISED, ids=[f"{name}-{number}" for number, (name, _) in enumerate(RAISED)])
def test_a_sign_is_seen_inside_a_longer_case(name: str, text: str):
    """Sentences around it, some of them full of denials, must not hide it; age and sex stay as they were."""
    around = (
        f"{text} He or she takes no tablets. There is no rash, no cough and no joint trouble.\nBowel sounds are normal."
    )
    case = _case(text).model_copy(update={"narrative": around})
    assert name in _names(case)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("chest-pain-cardiac", "A 60-year-old man; his father had chest pain and sweating before he died."),
        ("suicide", "Her brother died by suicide."),
        ("seizure", "His mother has seizures."),
        ("haematemesis", "He vomited blood five years ago."),
        ("haemoptysis", "Past medical history: haemoptysis in childhood."),
        ("stroke-weakness", "History of left hemiparesis and slurred speech."),
        ("anaphylaxis", "She had anaphylaxis 10 years ago."),
        ("visual-loss", "Her sister had sudden loss of vision."),
        ("melaena", "He had melaena two years ago."),
        ("breast-lump", "A 40-year-old woman whose mother had a breast lump."),
        ("weight-loss", "A 60-year-old man with a cough whose brother had weight loss."),
        ("snake-bite", "He had a snake bite as a child."),
    ],
)
def test_what_is_past_or_of_the_family_is_not_a_danger_now(name: str, text: str):
    assert name not in _names(_case(text))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cord-compression", "A 66-year-old man with a history of prostate cancer has weakness of both legs."),
        ("neutropenic-fever", "Fever. Previously had chemotherapy for lymphoma, the last cycle ten days ago."),
        ("embolism-risk", "A 50-year-old man, dyspnea. He has a history of deep vein thrombosis."),
        ("syncope-cardiac", "A 20-year-old man fainted. Family history: sudden death of a brother at age 25."),
        ("adrenal-crisis", "Known Addison disease. Vomiting since last night."),
    ],
)
def test_a_background_of_the_past_counts_where_it_raises_the_danger(name: str, text: str):
    assert name in _names(_case(text))


@pytest.mark.parametrize(
    "text",
    [
        "A 30-year-old man with a runny nose, sneezing and a mild sore throat for 3 days. No fever. He feels well.",
        "A 25-year-old woman twisted her ankle playing tennis. It is swollen but she can walk. No deformity.",
        "A 35-year-old woman with a band-like, mild headache in the evenings for months, no vomiting, no visual change. "
        "Neurological examination is normal.",
        "A 6-year-old boy with dry, itchy skin in the elbow creases since infancy. He has asthma. No discharge.",
        "A 24-year-old woman with burning on passing urine and frequency for two days. No fever, no flank pain, no vaginal "
        "discharge. She is not pregnant. Temperature is 36.8 °C, pulse is 76/min, blood pressure is 118/72 mm Hg.",
        "A 45-year-old man with low back pain after lifting a box. No weakness, no numbness, no loss of bladder control.",
        "A 19-year-old man with acne on the face and upper back.",
        "A 50-year-old woman wants a repeat prescription for hypertension. Blood pressure is 134/82 mm Hg. She feels well.",
        "A 40-year-old man with heartburn after large meals, relieved by antacids. No weight loss, no dysphagia, no melaena.",
        "A 28-year-old woman with hay fever: sneezing, itchy eyes and a blocked nose every spring.",
        "A 3-year-old girl with a runny nose and a mild cough who plays and drinks well. Temperature is 37.4 °C.",
        "A 55-year-old man with knee pain on climbing stairs for years; the joint is cool, without effusion.",
        "A 22-year-old woman with itching and a white vaginal discharge. No fever, no abdominal pain.",
        "A 60-year-old woman has trouble falling asleep since she retired. Mood is good. She denies suicidal thoughts.",
        "A 33-year-old man with athlete's foot: itching and scaling between the toes.",
        "A 38-year-old man with a common wart on the finger for six months.",
    ],
)
def test_everyday_complaints_raise_no_danger_sign(text: str):
    assert _names(_case(text)) == []


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        ("A 4-month-old boy with a temperature of 38.3 °C.", []),
        ("A 2-month-old boy with a temperature of 38.3 °C.", ["fever-young-infant"]),
        ("A 2-month-old boy with a temperature of 100.9 °F.", ["fever-young-infant"]),
        ("A 30-year-old man with a temperature of 38.3 °C.", []),
        ("A 9-month-old girl whose heart rate is 150/min.", []),
        ("A 40-year-old woman whose heart rate is 150/min.", ["very-fast-pulse"]),
        ("A 3-week-old boy with a respiratory rate of 52/min.", []),
        ("A 6-month-old boy with a respiratory rate of 52/min.", ["very-fast-breathing"]),
        ("A 2-year-old girl with a blood pressure of 85/50 mm Hg.", []),
        ("A 30-year-old woman with a blood pressure of 85/50 mm Hg.", ["shock"]),
        ("A 60-year-old man. Glucose is 2.4 mmol/L.", ["hypoglycaemia"]),
        ("A 60-year-old man. SpO2 was 85% two years ago.", []),
        ("A 30-year-old man has difficulty swallowing.", ["dysphagia"]),
        ("A 2-year-old boy has difficulty swallowing.", []),
    ],
)
def test_limits_depend_on_age_and_unit(text: str, raised: list[str]):
    assert _names(_case(text)) == raised


def test_rules_for_one_sex_are_for_that_sex_or_for_an_unknown_one():
    texts = ("A man: pain in the left testicle.", "A woman: pain in the left testicle.", "Pain in the left testicle.")
    assert ["testicular-pain" in _names(_case(text)) for text in texts] == [True, False, True]


@pytest.mark.parametrize(
    ("finding", "raised"),
    [
        (Finding(label="stridor"), True),
        (Finding(label="noisy breathing", hpo="HP:0010307"), True),
        (Finding(label="stridor", status="uncertain"), True),
        (Finding(label="stridor", status="absent"), False),
        (Finding(label="stridor", status="past"), False),
        (Finding(label="stridor", status="family"), False),
    ],
)
def test_findings_are_believed_by_label_or_code_with_their_status(finding: Finding, raised: bool):
    assert ("stridor" in _names(Case(narrative="", findings=(finding,)))) is raised


def test_the_reader_s_findings_add_and_take_away_nothing(vocabulary: Vocabulary):
    """With the findings of the shipped dictionary each wording must still be judged as without them."""
    reader = CaseReader(vocabulary)
    wrong = [(name, text) for name, text in RAISED if name not in _names(reader.read(text))]
    wrong += [(name, text) for name, text in NOT_RAISED if name in _names(reader.read(text))]
    assert wrong == []


@pytest.mark.parametrize(("rate", "raised"), [(22, False), (30, True)])
def test_a_finding_that_is_only_a_number_is_judged_by_the_limit_not_by_its_name(rate: int, raised: bool):
    span = Span(start=0, end=12)
    measured = Measurement(analyte="respiratory rate", value=rate, unit="/min", finding="tachypnea", span=span)
    case = Case(
        narrative=f"RR of {rate}/min.", findings=(Finding(label="tachypnea", spans=(span,)),), measurements=(measured,)
    )
    assert ("very-fast-breathing" in _names(case)) is raised


def test_a_measurement_without_words_is_enough():
    low = Measurement(analyte="oxygen saturation", value=85, unit="%")
    assert _names(Case(narrative="", measurements=(low,))) == ["low-oxygen"]


def test_a_measurement_in_a_unit_that_is_not_known_is_left_alone():
    odd = Measurement(analyte="potassium", value=250, unit="furlong")
    assert _names(Case(narrative="", measurements=(odd,))) == []


@pytest.mark.parametrize("status", ["absent", "past", "family"])
def test_a_denied_finding_does_not_hide_the_words_that_state_it_elsewhere(status: Status):
    case = Case(narrative="He vomited blood today.", findings=(Finding(label="hematemesis", status=status),))
    assert "haematemesis" in _names(case)


def test_the_span_is_where_the_sign_stands():
    text = "A 50-year-old man.\nHe was well until noon. Then he vomited bright red blood."
    [flag] = [flag for flag in red_flags(_case(text)) if BY_SIGN[flag.sign] == "haematemesis"]
    assert flag.case_span is not None
    assert "vomited" in text[flag.case_span.start : flag.case_span.end]


def test_a_line_in_capitals_is_read_too():
    assert "suicide" in _names(_case("PRESENTING COMPLAINT\nSUICIDAL THOUGHTS AND OVERDOSE"))


def test_the_most_urgent_come_first():
    text = (
        "A 60-year-old man has lost 8 kg and has a cough with blood-streaked sputum. Today he has crushing chest pain, "
        "and SpO2 is 84%."
    )
    urgencies = [RULES.rules[name].urgency for name in _names(_case(text))]
    assert urgencies == sorted(urgencies, key=URGENCIES.index)
    assert set(urgencies) == set(URGENCIES)


def test_no_words_no_signs():
    assert red_flags(Case(narrative="")) == ()


def test_every_rule_says_why_and_names_a_source_that_can_be_opened():
    for source in RULES.sources.values():
        assert source.issuer
        assert source.title
        assert source.year
        assert 1990 <= source.year <= 2026
        assert re.fullmatch(r"https://[\w.-]+\.[a-z]{2,}/\S*", source.url), source.url
    for rule in RULES.rules.values():
        assert rule.why.endswith("."), rule.sign
        assert len(rule.why.split()) in range(4, 31)
        assert rule.sign[0].isupper()
    assert {rule.source for rule in RULES.rules.values()} == set(RULES.sources)


def test_a_flag_carries_its_source():
    [flag] = red_flags(_case("He has thoughts of suicide."))
    rule = RULES.rules["suicide"]
    assert flag == RedFlag(
        sign=rule.sign,
        why=rule.why,
        source="NICE: Self-harm: assessment, management and preventing recurrence (NG225) (2022)",
        source_url="https://www.nice.org.uk/guidance/ng225",
        case_span=Span(start=19, end=26),
        urgency="now",
    )


def test_every_sign_of_the_file_is_used():
    used = {sign for rule in RULES.rules.values() for line in rule.when for sign in line}
    assert used | {sign for rule in RULES.rules.values() for sign in rule.unless} == set(RULES.signs)


@pytest.mark.real
def test_codes_of_signs_are_terms_that_mean_the_sign():
    """A term's own name must be recognised as the sign it stands for, by label or by phrase, or be a kind of one that is."""
    settings = load_settings()
    catalogue.get(catalogue.PHENOTYPES, settings)
    known = PhenotypeKnowledge.from_file(catalogue.phenotypes_file(settings))
    names = {term.id: (term.name, *term.synonyms) for term in known.terms}
    strange = []
    for name, sign in RULES.signs.items():
        for code in sign.hpo:
            words = [one.lower() for one in names.get(code, ())]
            labelled = {name, *sign.labels} & set(words)
            stated = any(list(phrase.find(one)) for text in words for one in sentences(text) for phrase in sign.phrases)
            if not labelled and not stated:
                strange.append((name, code, words[:1]))
    assert strange == []


SOURCE = {"nice": {"issuer": "NICE", "title": "T", "year": 2020, "url": "https://www.nice.org.uk/"}}
RULE = {"sign": "S", "urgency": "now", "why": "W.", "source": "nice", "when": [["fever"]]}


@pytest.mark.parametrize(
    ("signs", "rule", "named"),
    [
        ({"fever": {}}, {**RULE, "when": [["rash"]]}, "rash"),
        ({"fever": {}}, {**RULE, "source": "who"}, "who"),
        ({"fever": {}}, {**RULE, "urgency": "later"}, "later"),
        ({"fever": {}}, {**RULE, "unless": ["cold"]}, "cold"),
        ({"fever": {"phrases": ["hot .. "]}}, RULE, "hot"),
        ({"fever": {"measured": [{"analyte": "aura", "above": 3}]}}, RULE, "aura"),
        ({"fever": {"colour": "red"}}, RULE, "colour"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(signs: object, rule: object, named: str):
    with pytest.raises(SettingsError, match=named):
        Rules.of({"sources": SOURCE, "signs": signs, "rules": {"r": rule}})


def test_a_case_is_looked_through_in_milliseconds():
    case = _case(" ".join(text for _, text in RAISED[::20]))
    red_flags(case)
    started = time.process_time()
    for _ in range(5):
        red_flags(case)
    # Ten are promised for an ordinary case; this one has thirty sentences of danger signs, and the machine may be busy.
    assert (time.process_time() - started) / 5 < 0.1


def test_the_reaction_to_a_known_allergy_is_no_danger_of_today():
    told = "A 19-year-old has a headache. He is allergic to penicillin (anaphylaxis)."
    place = told.index("penicillin")
    known = Mention(name="penicillin", detail="anaphylaxis", span=Span(start=place, end=place + len("penicillin")))
    assert not red_flags(Case(narrative=told, allergies=(known,)))
    assert red_flags(Case(narrative="A 19-year-old with anaphylaxis after penicillin."))
