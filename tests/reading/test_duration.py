"""The wording of how long: the nearest in the same clause, and none that belongs to something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.reading.duration import duration_at

# sentence, finding, wording
CASES = [
    ("He has had fever for 3 days.", "fever", "for 3 days"),
    ("A 2-week history of cough.", "cough", "2-week history"),
    ("A two week history of cough, fever, and weight loss.", "weight loss", "two week history"),
    ("Vomiting since yesterday.", "Vomiting", "since yesterday"),
    ("Chest pain for the past hour.", "Chest pain", "for the past hour"),
    ("She has lost weight over the last 2 months.", "lost weight", "over the last 2 months"),
    ("Over the past week she has had headache.", "headache", "Over the past week"),
    ("For three days he has had diarrhea and vomiting.", "vomiting", "For three days"),
    ("Cough, fever, and headache for 3 days.", "Cough", "for 3 days"),
    ("Fever for 3 days and cough for 1 week.", "Fever", "for 3 days"),
    ("Fever for 3 days and cough for 1 week.", "cough", "for 1 week"),
    ("3 days of fever and 1 week of cough.", "fever", "3 days"),
    ("3 days of fever and 1 week of cough.", "cough", "1 week"),
    ("Headache x 3 days.", "Headache", "x 3 days"),
    ("Headache x3d, no fever.", "Headache", "x3d"),
    ("Rash (2 weeks), itching.", "Rash", "2 weeks"),
    ("Back pain of 6 weeks' duration.", "Back pain", "of 6 weeks' duration"),
    ("Palpitations lasting 20 minutes.", "Palpitations", "lasting 20 minutes"),
    ("The pain started 3 hours ago.", "pain", "3 hours ago"),
    ("A cough that has persisted for about two months.", "cough", "for about two months"),
    ("Seizures since childhood.", "Seizures", "since childhood"),
    ("Wheeze since last night.", "Wheeze", "since last night"),
    ("Joint pain since the age of 40.", "Joint pain", "since the age of 40"),
    ("Tired for several weeks.", "Tired", "for several weeks"),
    ("Fever for 2-3 days.", "Fever", "for 2-3 days"),
    ("I have been coughing for a couple of weeks.", "coughing", "for a couple of weeks"),
    ("My throat has hurt since Monday.", "throat has hurt", "since Monday"),
    ("Fever of 38.5 for 4 days.", "Fever", "for 4 days"),
    ("Dr. Green saw a rash present for 5 days.", "rash", "for 5 days"),
    ("He has fever; the cough has lasted for 3 weeks.", "fever", ""),
    ("He has fever, but the cough has been there for 3 weeks.", "fever", ""),
    ("Fever for 3 days with vomiting.", "vomiting", ""),
    ("He took amoxicillin for 5 days for a cough.", "cough", ""),
    ("She has a cough and was treated with antibiotics for 5 days.", "cough", ""),
    ("He has a cough and has smoked for 20 years.", "cough", ""),
    ("A 45-year-old man with fever.", "fever", ""),
    ("A 6-month-old infant with a rash.", "rash", ""),
    ("At 32 weeks of gestation she has headache.", "headache", ""),
    ("He has fever and she came from Peru 2 weeks ago.", "fever", ""),
    ("Headache.", "Headache", ""),
]


@pytest.mark.parametrize(("sentence", "finding", "wording"), CASES)
def test_the_nearest_wording_in_the_same_clause_is_read(sentence, finding, wording):
    start = sentence.index(finding)
    assert duration_at(sentence, start, start + len(finding)) == wording


@given(st.text(max_size=200), st.integers(0, 200), st.integers(0, 200))
def test_what_is_read_stands_in_the_text(text, one, other):
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    assert duration_at(text, start, end) in text
