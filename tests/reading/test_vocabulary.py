"""The dictionary of findings: how phrases are matched, and that its rows are sound."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import ModelMissing, SettingsError
from assistant.models.catalogue import phenotypes_file
from assistant.reading import tables
from assistant.reading.case_reader import CaseReader
from assistant.reading.tables import folder_rows, lines
from assistant.reading.tokens import modifiers, phrase_stems, tokens
from assistant.reading.vocabulary import Entry, Vocabulary
from assistant.settings import load_settings
from index.phenotypes import PhenotypeKnowledge

OWN_ROWS = list(folder_rows("findings", 3))
# The branch of HPO that holds findings.
PHENOTYPIC_ABNORMALITY = "HP:0000118"
HPO_ID = re.compile(r"HP:\d{7}")
LONGEST = 7
WORDS = ["chest", "pain", "abdominal", "and", "or", "severe", "the", "headache", ".", ",", "ST", "depression"]
LOADING_SECONDS = 1.2  # 0.6 s of processor time measured; the rest is room for a slow machine
READING_SECONDS = 0.06  # 0.01 s measured
SMALL = Vocabulary(
    (phrase, Entry(phrases.split("|")[0], ""))
    for phrases in (
        "chest pain|pain in the chest",
        "abdominal pain|tummy ache",
        "pain",
        "severe headache",
        "headache",
        "depression",
        "ST depression",
        "fainting|fainted",
        "edema",
        "thyroiditis",
        "S3 gallop|S3",
        "diarrhea",
        "shortness of breath|cannot breathe",
    )
    for phrase in phrases.split("|")
)


@pytest.fixture(scope="module")
def phenotypes() -> PhenotypeKnowledge:
    try:
        return PhenotypeKnowledge.from_file(phenotypes_file(load_settings()))
    except ModelMissing:
        pytest.skip("the HPO data is not downloaded; 'wardround models get hpo' gets it")


@pytest.fixture(scope="module")
def own() -> Vocabulary:
    return Vocabulary.load(None)


@pytest.fixture(scope="module")
def full(phenotypes: PhenotypeKnowledge) -> Vocabulary:
    return Vocabulary.load(phenotypes)


def found(vocabulary: Vocabulary, text: str) -> list[str]:
    return [one.entry.label for one in vocabulary.find(text)]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("He has ST depression.", ["ST depression"]),
        ("pain in his chest", ["chest pain"]),
        ("a severe headache", ["severe headache"]),
        ("a mild headache", ["headache"]),
        ("severe left-sided chest pain", ["chest pain"]),
        ("chest and abdominal pain", ["chest pain", "abdominal pain"]),
        ("chest or abdominal pain", ["chest pain", "abdominal pain"]),
        ("pain in the chest and abdomen", ["chest pain", "abdominal pain"]),
        ("diarrhoea and oedema", ["diarrhea", "edema"]),
        ("a faint rash", []),
        ("she fainted", ["fainting"]),
        ("The thyroid is normal.", []),
        ("an S3 is heard in bed 3", ["S3 gallop"]),
        ("can\u2019t breathe", ["shortness of breath"]),
        ("The chest is clear. Pain is denied.", ["pain"]),
        ("headache, depression", ["headache", "depression"]),
        ("", []),
    ],
)
def test_a_text_names_its_findings(text: str, labels: list[str]) -> None:
    assert found(SMALL, text) == labels


def test_the_span_is_what_names_the_finding() -> None:
    text = "Since Monday severe pain in the left chest, worse today."
    (one,) = SMALL.find(text)
    assert text[one.start : one.end] == "pain in the left chest"


@given(st.lists(st.sampled_from(WORDS), max_size=12))
def test_what_is_found_lies_in_the_text_and_in_order(words: list[str]) -> None:
    text = " ".join(words)
    spans = [(one.start, one.end) for one in SMALL.find(text)]
    assert spans == sorted(spans)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert len(set(spans)) == len(spans)


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    for token in tokens(text):
        assert text[token.start : token.end].strip()
    SMALL.find(text)


def test_of_two_rows_with_one_phrase_the_first_wins() -> None:
    vocabulary = Vocabulary([("cough", Entry("cough", "")), ("coughing", Entry("tussis", ""))])
    assert found(vocabulary, "coughs") == ["cough"]


def test_an_excluded_phrase_names_nothing() -> None:
    vocabulary = Vocabulary([("normal", Entry("normal", "")), ("cough", Entry("cough", ""))], ["normal"])
    assert found(vocabulary, "a normal cough") == ["cough"]


def test_an_id_leads_to_its_finding() -> None:
    vocabulary = Vocabulary([("fever", Entry("fever", "HP:0001945"))])
    assert vocabulary.by_hpo("HP:0001945").label == "fever"
    assert vocabulary.by_hpo("HP:0000000") == Entry("HP:0000000", "HP:0000000")


def test_rows_are_well_formed() -> None:
    assert len(OWN_ROWS) > 500
    assert [row for row in OWN_ROWS if not row[0] or (row[2] and not HPO_ID.fullmatch(row[2]))] == []


def test_every_phrase_can_match() -> None:
    stems = {phrase: phrase_stems(phrase) for row in OWN_ROWS for phrase in (row[0], *filter(None, row[1].split("|")))}
    assert [phrase for phrase, key in stems.items() if not 0 < len(key) <= LONGEST] == []


def test_no_phrase_claims_two_labels() -> None:
    refused = {phrase_stems(phrase) for phrase in lines("not_findings.txt")}
    claims: dict[frozenset[str], set[str]] = defaultdict(set)
    for label, phrases, _ in OWN_ROWS:
        for phrase in filter(None, (label, *phrases.split("|"))):
            claims[phrase_stems(phrase)].add(label)
    assert {" ".join(key): labels for key, labels in claims.items() if len(labels) > 1 and key not in refused} == {}


def test_every_label_stands_in_one_row() -> None:
    labels = [label for label, _, _ in OWN_ROWS]
    assert sorted(label for label in set(labels) if labels.count(label) > 1) == []


def test_ids_exist_and_are_findings(phenotypes: PhenotypeKnowledge) -> None:
    known = phenotypes.descendants(PHENOTYPIC_ABNORMALITY)
    assert [(label, hpo) for label, _, hpo in OWN_ROWS if hpo and hpo not in known] == []


def test_a_label_that_hpo_names_has_its_id_or_a_wider_or_narrower_one(phenotypes: PhenotypeKnowledge) -> None:
    known = phenotypes.descendants(PHENOTYPIC_ABNORMALITY)
    names = {term.name.lower(): term.id for term in phenotypes.terms if term.id in known}
    pairs = [(label, hpo, names[label.lower()]) for label, _, hpo in OWN_ROWS if hpo and label.lower() in names]
    assert len(pairs) > 300
    assert [pair for pair in pairs if not (phenotypes.is_a(*pair[1:]) or phenotypes.is_a(*pair[:0:-1]))] == []


def test_rows_that_do_not_fit_are_refused_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data" / "findings").mkdir(parents=True)
    (tmp_path / "data" / "findings" / "b.tsv").write_text("cough\tcoughing\n", encoding="utf-8")
    (tmp_path / "data" / "findings" / "a.tsv").write_text("# a\nfever\tfebrile\t\n", encoding="utf-8")
    (tmp_path / "data" / "findings" / "notes.txt").write_text("not rows\n", encoding="utf-8")
    monkeypatch.setattr(tables, "files", lambda _: tmp_path)
    read = folder_rows("findings", 3)
    assert next(read) == ["fever", "febrile", ""]
    with pytest.raises(SettingsError, match=r"b\.tsv: 'cough\\tcoughing' has 2 columns, not 3"):
        next(read)


def test_the_rows_travel_with_the_package() -> None:
    folder = files("assistant") / "data" / "findings"
    assert {"general.tsv", "cardiovascular.tsv"} <= {file.name for file in folder.iterdir()}


def test_no_word_is_both_a_modifier_and_a_finding(own: Vocabulary) -> None:
    assert [stem for stem in modifiers() if own.entry(stem)] == []


def test_what_names_no_finding_is_not_read(own: Vocabulary, full: Vocabulary) -> None:
    for phrase in lines("not_findings.txt"):
        assert own.entry(phrase) is None
        assert full.entry(phrase) is None


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("I can't catch my breath and my ankles are swollen", {"dyspnea", "peripheral edema"}),
        ("She passed out twice and felt her heart racing", {"syncope", "palpitations"}),
        ("Murphy's sign is positive and the sclera are icteric", {"murphy sign", "jaundice"}),
        ("chest X-ray shows free air under the diaphragm", {"air under the diaphragm"}),
        ("ECG: ST-segment depression, peaked T waves", {"ST depression", "peaked T waves"}),
        ("burning when I pee, blood in the urine", {"dysuria", "gross hematuria"}),
        ("He smokes a pack of cigarettes daily and has high blood pressure", {"smoking", "hypertension"}),
        ("coffee-ground vomit and black tarry stools", {"hematemesis", "melena"}),
        ("crepitations at both bases, dull to percussion", {"crackles", "dullness to percussion"}),
        ("absent cremasteric reflex with a swollen testicle", {"absent cremasteric reflex", "scrotal swelling"}),
        ("a three-pillow orthopnoea with pink frothy sputum", {"orthopnea", "frothy sputum"}),
        ("nausea and vomiting after reheated rice", {"nausea", "vomiting", "raw or undercooked food"}),
    ],
)
def test_lay_and_clinical_words_are_known(own: Vocabulary, text: str, labels: set[str]) -> None:
    assert labels <= set(found(own, text))


@pytest.mark.parametrize(
    "text",
    [
        "The cervical spine and the thyroid are unremarkable.",
        "He was discharged and follows a plan in order.",
        "The serum lactate was measured twice; the urine is negative.",
        "A faint line crosses the pinkish tendon.",
        "Treatment with red packed cells was begun at 8 am.",
        "The opposite side radiates into nothing.",
        "A stress test is planned; the prostate is smooth.",
    ],
)
def test_words_that_only_look_like_findings_are_left(full: Vocabulary, text: str) -> None:
    assert found(full, text) == []


def test_the_name_of_a_row_wins_over_that_of_hpo(full: Vocabulary, phenotypes: PhenotypeKnowledge) -> None:
    entry = full.entry("Arrhythmia")
    assert entry == Entry("irregular heart rhythm", "HP:0011675")
    assert full.by_hpo("HP:0001962").label == "palpitations"
    rare = full.entry("Arachnodactyly")
    assert rare is not None
    assert phenotypes.name(rare.hpo) == "Arachnodactyly"


def test_loading_and_reading_are_quick(phenotypes: PhenotypeKnowledge) -> None:
    assert phenotypes.terms
    started = time.process_time()
    vocabulary = Vocabulary.load(phenotypes)
    assert time.process_time() - started < LOADING_SECONDS
    case = " ".join(f"{label} and {phrases.split('|')[0]}." for label, phrases, _ in OWN_ROWS[::20])
    narrative = " ".join(case.split()[:150])
    reader = CaseReader(vocabulary)
    reader.read("A first text, so that rules and patterns are read.")
    started = time.process_time()
    assert reader.read(narrative).findings
    assert time.process_time() - started < READING_SECONDS
