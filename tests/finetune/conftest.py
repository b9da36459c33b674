"""A small real house for the tests of fine-tuning: eight starter notes, cases in our own words, a tiny random model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import HashingEmbedder
from models.tiny_models import make_tiny_model

from assistant.assistant import Assistant
from assistant.reading import CaseReader, Vocabulary
from assistant.settings import Settings
from finetune.examples import PreparedData
from finetune.preparing import prepare
from index.guideline_index import GuidelineIndex
from index.reading import STARTER_FOLDER

NOTES = (
    "acute-myocardial-infarction",
    "migraine",
    "acute-appendicitis",
    "acute-cystitis",
    "croup",
    "bacterial-meningitis",
    "acute-asthma",
    "acute-gastroenteritis",
)
TELLING = {
    "Acute myocardial infarction (STEMI)": "crushing chest pain, sweating, nausea, dyspnea",
    "Migraine": "throbbing headache, nausea, photophobia, vomiting",
    "Acute appendicitis": "right lower quadrant pain, anorexia, nausea, vomiting, fever",
    "Acute cystitis": "dysuria, urinary frequency, urgency, suprapubic pain",
    "Croup": "barking cough, stridor, hoarseness, fever",
    "Bacterial meningitis": "fever, headache, neck stiffness, photophobia, confusion",
    "Acute asthma": "wheeze, dyspnea, chest tightness, cough at night",
    "Acute gastroenteritis": "watery diarrhea, vomiting, abdominal cramps, fever",
}
WHO = ("A 34-year-old woman has", "A 51-year-old man presents with", "A 28-year-old woman complains of")


def write_cases(file: Path) -> Path:
    """Write three cases for each of the eight conditions, and one that is there twice in other words' clothing."""
    rows = [
        {"id": f"{name}/{number}", "text": f"{who} {findings}.", "gold": name}
        for name, findings in TELLING.items()
        for number, who in enumerate(WHO)
    ]
    rows.append({**rows[0], "id": "twin", "text": rows[0]["text"].upper().replace(" ", "  ")})
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    index = GuidelineIndex.create(tmp_path_factory.mktemp("index"), HashingEmbedder())
    index.add([STARTER_FOLDER / f"{note}.md" for note in NOTES])
    yield Assistant(index, CaseReader(Vocabulary.load(None)))
    index.close()


@pytest.fixture(scope="session")
def cases_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_cases(tmp_path_factory.mktemp("cases") / "cases.jsonl")


@pytest.fixture(scope="session")
def data(assistant: Assistant, cases_file: Path, tmp_path_factory: pytest.TempPathFactory) -> PreparedData:
    folder = tmp_path_factory.mktemp("prepared")
    prepare(assistant, cases_file, folder, licence="CC0", share=0.3)
    return PreparedData.open(folder)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("tiny"), context=4096)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        config_folder=tmp_path / "c", data_folder=tmp_path / "d", cache_folder=tmp_path / "cache", threads=1
    )
