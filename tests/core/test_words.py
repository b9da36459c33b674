"""Words compared across spellings and word forms."""

from __future__ import annotations

import re

import pytest
import snowballstemmer

from assistant.disease_names import keys, merged
from assistant.words import content_stems, name_key, negated, numbers, stem
from index.document import Condition
from index.reading import STARTER_FOLDER


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("haemorrhage", "hemorrhages"),
        ("oedema", "edema"),
        ("diarrhoea", "diarrhea"),
        ("tumours", "tumor"),
        ("anaemia", "anemia"),
        ("oesophageal", "esophageal"),
        ("paediatric", "pediatric"),
        ("dyspnoea", "dyspnea"),
    ],
)
def test_british_and_american_spelling_are_one(one: str, other: str):
    assert stem(one) == stem(other)


def test_the_stemmer_would_not_change_the_ends_it_is_spared():
    stemmer = snowballstemmer.stemmer("english")
    texts = (file.read_text(encoding="utf-8").lower() for file in STARTER_FOLDER.glob("*.md"))
    plain = {word for text in texts for word in re.findall("[a-z]+[abfhjkopquvwxz]\\b", text) if "ae" not in word}
    assert len(plain) > 500
    assert {word for word in plain if stemmer.stemWord(word) != word} == set()


def test_different_words_stay_different():
    assert len({stem(word) for word in ("toe", "hour", "pour", "gout", "goat", "hepatitis")}) == 6


def test_stop_words_and_negations_carry_no_content():
    assert content_stems("The patient has no fever") == {stem("fever")}


@pytest.mark.parametrize(
    ("one", "other"),
    [("Crohn's disease", "Crohn disease"), ("porphyria, acute intermittent", "Acute intermittent porphyria")],
)
def test_a_name_is_the_same_in_any_order_and_with_a_possessive(one: str, other: str):
    assert name_key(one) == name_key(other)


def test_numbers_are_read_as_digits_and_words():
    assert numbers("two tablets of 2.5 mg, 88%") == {"2", "2.5", "88"}


def test_negation_is_a_word_not_a_part_of_one():
    assert negated("Avoid in pregnancy")
    assert not negated("a notable nodule")


def test_bracketed_parts_of_a_name_are_optional():
    assert name_key("Acute myocardial infarction") in keys(Condition(name="Acute myocardial infarction (STEMI)"))


def test_merging_keeps_the_first_name_and_joins_codes():
    one = merged(Condition(name="Gout", icd10cm=("M10.9",)), [Condition(name="Podagra", icd10cm=("M10.0", "M10.9"))])
    assert (one.name, one.synonyms, one.icd10cm) == ("Gout", ("Podagra",), ("M10.9", "M10.0"))
