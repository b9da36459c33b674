"""Age, sex and pregnancy in the many ways they are written, and the ages and sexes that are somebody else's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reading import demographics

MONTH, WEEK, DAY = 1 / 12, 7 / 365.25, 1 / 365.25
AGES = [
    ("A 45-year-old man with cough.", 45),
    ("58M with chest pain", 58),
    ("58 y/o M with chest pain", 58),
    ("67 yo F, dyspnea", 67),
    ("67yoF with dyspnea", 67),
    ("75 y.o. female with cough", 75),
    ("45 y male, fever", 45),
    ("F/34, headache", 34),
    ("M 39, loin pain", 39),
    ("13 y obese boy with a limp", 13),
    ("Crew brought in male approx 30, found collapsed", 30),
    ("A man about 30 kg overweight", None),
    ("34/F headache", 34),
    ("A 4-week-old with vomiting", 4 * WEEK),
    ("An 18-month-old boy", 18 * MONTH),
    ("A 3-day-old infant", 3 * DAY),
    ("A newborn with jaundice", 0),
    ("He is 6 months old.", 6 * MONTH),
    ("A man in his 60s with cough", 65),
    ("A woman in her early 30s", 32),
    ("A woman in her late seventies", 78),
    ("A boy aged 7 with rash", 7),
    ("A 45-year-old with rash", 45),
    ("Age: 45. Fever.", 45),
    ("A twenty-five-year-old woman", 25),
    ("A nine-year-old girl", 9),
    ("A two and a half year old girl", 2.5),
    ("A previously healthy woman, 34, has a headache.", 34),
    ("The patient is 71 and has a cough.", 71),
    ("I am 52 years old and my chest hurts.", 52),
    ("I'm 29, with a rash.", 29),
    ("A man of 80 with a fall", 80),
    ("The mother of a 3-year-old boy says he has a fever.", 3),
    ("A woman brings her 3-year-old son because of fever.", 3),
    ("A mother calls; she is worried about her 18-year-old son, who has lost weight.", 18),
    ("A 45-year-old man is worried about his 40-year-old wife.", 45),
    ("My son is 4 years old and has a fever.", 4),
    ("My 5-year-old daughter has a rash.", 5),
    ("A 30-year-old woman brings her 2-year-old daughter with a cough.", 2),
    ("A 40-year-old man whose father died at age 52.", 40),
    ("His father died at age 52. He is 40 years old.", 40),
    ("Her mother, aged 60, has diabetes. The patient is 35.", 35),
    ("Menarche at age 13. A 44-year-old woman.", 44),
    ("He had a stroke at 60 and is a 66-year-old smoker.", 66),
    ("Her 25-year-old sister is well; she is 20 years old.", 20),
    ("A boy is born at term to a 35-year-old woman; the newborn is limp.", 0),
    ("He has a 2-year-old scar. He is 50 years old.", 50),
    ("His father died at age 52.", None),
    ("Menarche at age 13, menopause at the age of 50.", None),
    ("She had a stroke at 60.", None),
    ("Her brother is 5 years old.", None),
    ("At 32 weeks' gestation she has headache.", None),
    ("G2P1 at 32 weeks with headache", None),
    ("Temperature 101 F, pulse 90.", None),
    ("Fever to 102F.", None),
    ("BP is 120, pulse 80, pain is 8.", None),
    ("Cough for 3 weeks.", None),
    ("", None),
]
SEXES = [
    ("A 45-year-old man", "male"),
    ("58M with cough", "male"),
    ("M 39, loin pain", "male"),
    ("52 yo bloke, big toe red hot", "male"),
    ("A 50yo teacher (F). Low mood.", "female"),
    ("67 yo F, dyspnea", "female"),
    ("F/34, headache", "female"),
    ("Sex: M. Cough.", "male"),
    ("Mrs Green has a cough.", "female"),
    ("G2P1 at 32 weeks", "female"),
    ("A post-menopausal patient", "female"),
    ("The patient says she has a rash.", "female"),
    ("His cough is worse.", "male"),
    ("A man whose female partner has discharge", "male"),
    ("His female partner has discharge; he has none.", "male"),
    ("The mother of a 3-year-old boy says he has a fever.", "male"),
    ("A woman brings her 3-year-old son because of fever.", "male"),
    ("My son has a fever.", "male"),
    ("A man brings in his daughter with a cough.", "female"),
    ("A newborn is delivered to a 30-year-old woman; he is limp.", "male"),
    ("Male-pattern hair loss; she is worried.", "female"),
    ("Temperature 101 F.", "unknown"),
    ("Temp 98.6 F, pulse 70.", "unknown"),
    ("A patient with vaginal discharge", "female"),
    ("Testicular pain since this morning", "male"),
    ("Fever and cough", "unknown"),
    ("", "unknown"),
]
PREGNANCIES = [
    ("A 28-year-old woman, 32 weeks pregnant", True),
    ("G2P1 at 32 weeks with headache", True),
    ("A 30-year-old woman, gravida 2, para 1, at 12 weeks' gestation", True),
    ("A pregnant woman with fever", True),
    ("A 25-year-old woman. Urine pregnancy test is positive? The pregnancy test was positive.", True),
    ("A 22-year-old in her second trimester", True),
    ("A 31-year-old woman at 40 weeks' gestation. She delivered her first child at 38 weeks' gestation.", True),
    ("G1P0 34/40, headache", True),
    ("28F, collapse, urine hCG positive", True),
    ("A 25-year-old woman, G2P2, 2 weeks postpartum", None),
    ("A 30-year-old woman, visual acuity 20/40", None),
    ("A 25-year-old woman, not pregnant", False),
    ("A 25-year-old woman; urine pregnancy test is negative.", False),
    ("I'm a woman of 30 and I'm not pregnant.", False),
    ("She denies being pregnant.", False),
    ("A post-menopausal woman of 58", False),
    ("A 25-year-old woman with cough", None),
    ("A 25-year-old woman, G2P2, with cough", None),
    ("A woman who had headaches when she was pregnant", None),
    ("She wants to become pregnant.", None),
    ("She is 3 weeks postpartum after a birth at 39 weeks' gestation.", None),
    ("A woman whose sister is pregnant", None),
    ("A 30-year-old man whose wife is pregnant", None),
    ("A newborn, born at 36 weeks' gestation", None),
    ("A 70-year-old woman; her daughter is pregnant.", None),
]


@pytest.mark.parametrize(("text", "years"), AGES)
def test_the_age_is_the_patients(text, years):
    assert demographics.age_years(text) == (years if years is None else pytest.approx(years, abs=0.001))


@pytest.mark.parametrize(("text", "told"), SEXES)
def test_the_sex_is_the_patients(text, told):
    assert demographics.sex(text) == told


@pytest.mark.parametrize(("text", "told"), PREGNANCIES)
def test_pregnancy_is_stated_denied_or_left_open(text, told):
    assert demographics.pregnant(text, demographics.sex(text), demographics.age_years(text)) is told


@pytest.mark.parametrize(
    ("text", "years"), [("P2Y3M", 2.25), ("P3W", 3 * WEEK), ("P10D", 10 * DAY), ("45", 45), ("4.5", 4.5)]
)
def test_an_iso_duration_or_a_number_is_an_age(text, years):
    assert demographics.iso_age_years(text) == pytest.approx(years)


@given(st.integers(1, 110), st.sampled_from(["{}-year-old", "{} year old", "{} y/o", "aged {}", "{}yo"]))
def test_every_age_is_read_in_every_form(years, form):
    assert demographics.age_years(f"A patient, {form.format(years)}, with cough.") == years


@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text):
    years, sex = demographics.age_years(text), demographics.sex(text)
    assert years is None or 0 <= years <= 125
    assert sex in ("female", "male", "unknown")
    assert demographics.pregnant(text, sex, years) in (True, False, None)
