"""What docnos name: every level they may stand at, decided once, and never silently less."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from fakes import HashingEmbedder

from assistant.errors import UsageError
from finetune.retrieval.docnos import resolved
from finetune.retrieval.judged import JudgedQuery, JudgedSet
from index.guideline_index import GuidelineIndex

NOTES = {
    "gout": "# Gout\n\n## Presentation\n\nThe big toe hurts.\n\n## Treatment\n\nNaproxen.\n",
    "croup": "# Croup\n\n## Presentation\n\nA barking cough.\n",
    "scabies": "# Scabies\n\nItching at night.\n",
}
RECORDS = [
    {"_id": "MED-10", "title": "Statins", "url": "https://example.org/10", "text": "Statins lower cholesterol."},
    {"_id": "MED-14", "title": "Aspirin", "url": "https://example.org/14", "text": "Aspirin thins the blood."},
    {"_id": "MED-15", "title": "Aspirin", "url": "https://example.org/14", "text": "It also lowers a fever."},
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuidelineIndex]:
    folder = tmp_path_factory.mktemp("docnos")
    (folder / "notes").mkdir()
    for name, text in NOTES.items():
        (folder / "notes" / f"{name}.md").write_text(text, encoding="utf-8")
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in RECORDS), encoding="utf-8")
    index = GuidelineIndex.create(folder / "index", HashingEmbedder())
    index.add([folder / "notes", folder / "corpus.jsonl"])
    yield index
    index.close()


def judged(*docnos: str) -> JudgedSet:
    grades = {docno: place % 2 + 1 for place, docno in enumerate(docnos)}
    return JudgedSet((JudgedQuery("1", "anything"),), {"1": grades})


def documents(index: GuidelineIndex) -> dict[str, str]:
    return {document.title: document.id for document in index.documents()}


@pytest.mark.parametrize(
    ("docnos", "level"),
    [
        (("Gout", "croup"), "title"),
        (("gout.md", "croup.md"), "file"),
        (("notes/gout.md", "notes/scabies"), "file"),
        (("MED-10", "MED-14"), "record id"),
        (("https://example.org/10", "https://example.org/14"), "address"),
    ],
)
def test_each_name_of_a_document_is_understood(index, docnos, level):
    found, decided = resolved(judged(*docnos), index)
    assert (decided.name, decided.unmatched) == (level, ())
    assert len(found.grades["1"]) == 2
    assert set(found.grades["1"]) <= set(decided.units.values())


def test_passage_ids_are_the_finest_level(index):
    passages = [passage.id for passage in index.passages_of(documents(index)["Gout"])]
    found, level = resolved(judged(*passages), index)
    assert (level.name, level.units) == ("passage id", None)
    assert found.grades == judged(*passages).grades
    assert level.collapsed([(passages[1], "d"), (passages[0], "d")]) == [passages[1], passages[0]]


def test_document_ids_and_a_path_of_this_machine_are_understood(index):
    ids = documents(index)
    assert resolved(judged(ids["Gout"], ids["Croup"]), index)[1].name == "document id"
    paths = [path for path in index.file_paths() if path.endswith(".md")]
    assert resolved(judged(*paths), index)[1].name == "file"


def test_a_ranking_of_passages_becomes_one_of_documents_by_the_best_of_each(index):
    ids = documents(index)
    _, level = resolved(judged("Gout", "Croup"), index)
    ranked = [("p1", ids["Gout"]), ("p2", ids["Scabies"]), ("p3", ids["Gout"]), ("p4", ids["Croup"])]
    assert level.collapsed(ranked) == ["Gout", ids["Scabies"], "Croup"]


def test_records_of_one_document_are_one_unit_with_the_better_grade(index):
    found, level = resolved(judged("MED-14", "MED-15", "MED-10"), index)
    [shared] = {unit for unit in level.units.values() if unit != "MED-10"}
    assert found.grades["1"] == {shared: 2, "MED-10": 1}


def test_what_is_not_there_is_counted_and_keeps_its_judgement(index):
    found, level = resolved(judged("MED-10", "MED-14", "MED-99"), index)
    assert level.unmatched == ("MED-99",)
    assert found.grades["1"]["MED-99"] == 1


def test_a_set_of_another_corpus_is_refused_in_one_line(index):
    with pytest.raises(UsageError) as error:
        resolved(judged("nothing", "nowhere"), index)
    assert "none of the 2 docnos is in" in str(error.value)
    assert "\n" not in str(error.value)
