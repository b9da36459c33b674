from __future__ import annotations

import json
from pathlib import Path

from index.document import Document
from index.reading import DocumentDefaults, read_path


def _read(tmp_path: Path, *records: dict[str, object]) -> list[Document]:
    file = tmp_path / "records.jsonl"
    file.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    return list(read_path(file, defaults=DocumentDefaults(issuer="Ministry", trust="guideline")))


def test_nested_fields_become_headed_sections_and_bullets(tmp_path: Path) -> None:
    [document] = _read(
        tmp_path,
        {
            "condition_name": "Cataract",
            "condition_slug": "cataract",
            "source": "Guideline 2022",
            "introduction": "Opacity of the lens.",
            "clinical_features": [
                {"type": "Clinical Features", "features": ["Blurred vision"]},
                {"type": "Late", "features": ["White pupil", "Glare"]},
            ],
            "treatment": {"goals": ["Restore sight"], "non_drug": ["Surgery"], "drug": []},
            "prognosis": None,
            "file": "CATARACT",
        },
    )
    assert document.text.split("\n") == [
        "# Cataract",
        "## Introduction",
        "Opacity of the lens.",
        "## Clinical features",
        "- Blurred vision",
        "### Late",
        "- White pupil",
        "- Glare",
        "## Treatment",
        "### Goals",
        "- Restore sight",
        "### Non-drug",
        "- Surgery",
    ]
    assert (document.issuer, document.trust) == ("Guideline 2022", "guideline")
    assert document.condition is not None
    assert document.condition.name == "Cataract"


def test_records_of_one_title_and_address_are_sections_of_one_document(tmp_path: Path) -> None:
    record = {
        "focus": "Gout",
        "url": "https://x",
        "synonyms": ["podagra"],
        "semantic_group": ["Disorders"],
        "cui": ["C1"],
    }
    first, other = _read(
        tmp_path,
        record | {"qid": "1", "qtype": "symptoms", "question": "What is gout ?", "answer": "Pain: - Fever. - Redness."},
        record | {"url": "https://y", "question": "What else ?", "answer": "Nothing."},
        record | {"qid": "2", "qtype": "treatment", "question": "How is gout treated ?", "answer": "With rest."},
    )
    assert first.text == "# Gout\n## What is gout?\nPain:\n- Fever.\n- Redness.\n## How is gout treated?\nWith rest."
    assert first.condition is not None
    assert first.condition.synonyms == ("podagra",)
    assert other.url == "https://y"


def test_a_focus_that_is_no_disorder_is_no_condition(tmp_path: Path) -> None:
    [document] = _read(tmp_path, {"focus": "Aspirin", "semantic_group": ["Drugs"], "answer": "A drug."})
    assert document.condition is None


def test_chapters_and_sections_become_headings(tmp_path: Path) -> None:
    book = {"book": "Nursing", "module": "m1", "module_title": "Pain", "chapter": "Two > Three", "part": 0}
    [document] = _read(
        tmp_path,
        book | {"section": "Drugs > Opioids", "text": "Morphine."},
        book | {"section": "Drugs > NSAIDs", "text": "Ibuprofen.", "part": 1},
    )
    assert document.text.split("\n") == ["# Pain", "## Drugs", "### Opioids", "Morphine.", "### NSAIDs", "Ibuprofen."]
    assert document.sources[0].title == "Nursing"


def test_a_title_repeated_in_the_text_and_in_capitals_is_made_plain(tmp_path: Path) -> None:
    [first, second] = _read(
        tmp_path,
        {"file": "CHRONIC KIDNEY DISEASE (CKD)_2", "text": "CHRONIC KIDNEY DISEASE (CKD)\n■ Oedema"},
        {"chapter_no": 3, "chapter": "Skin", "section_no": 1, "section": "Scabies", "text": "Scabies\nItches."},
    )
    assert (first.title, first.text) == ("Chronic kidney disease (CKD)", "# Chronic kidney disease (CKD)\n- Oedema")
    assert second.text == "# Scabies\n## Skin\nItches."
