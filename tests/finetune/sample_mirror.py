"""A mirror folder in the shape of the open data sets, in our own words: a few conditions, questions and cases."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

CONDITIONS = {
    "Gout": ("sudden pain and swelling of the big toe", "serum urate", "naproxen for the acute attack"),
    "Croup": ("barking cough and stridor in a toddler", "no test is needed", "a single dose of dexamethasone"),
    "Scabies": ("itching at night and burrows between the fingers", "skin scraping", "permethrin cream for all"),
    "Acute cystitis": ("burning on passing urine, frequency and urgency", "urine dipstick", "nitrofurantoin"),
    "Measles": ("fever, cough, red eyes and a rash that spreads from the face", "measles IgM", "vitamin A and fluids"),
    "Tetanus": (
        "lockjaw, spasms and a stiff neck after a wound",
        "none confirms it",
        "immunoglobulin and metronidazole",
    ),
}
ASKED = {
    "What are the symptoms of {}?": "People tell of {}. It often begins within a day.",
    "How to diagnose {}?": "The diagnosis rests on what is seen and on this: {}.",
    "What are the treatments for {}?": "Doctors usually give {} and tell people to come back when it is worse.",
}
CASES = (
    ("A 50-year-old man woke with sudden pain and swelling of the big toe.", "Gout"),
    ("A 2-year-old boy has a barking cough and stridor at night. There is no rash.", "Croup"),
    ("A 30-year-old woman complains of burning on passing urine, frequency and urgency.", "Acute cystitis"),
    ("A 40-year-old man with a disease that no document is about, and fever.", "Nowhere syndrome"),
)


def write_mirror(folder: Path) -> Path:
    """Write the data sets below a folder."""
    guidelines = (
        {
            "condition_name": name,
            "source": "NSTG 2022",
            "introduction": f"{name} is common.",
            "clinical_features": [signs],
            "investigations": [test],
            "treatment": {"drug": [drug]},
            "file": name.lower(),
        }
        for name, (signs, test, drug) in CONDITIONS.items()
    )
    _write_lines(folder / "guidelines-nstg2022/nstg2022_conditions.jsonl", guidelines)
    sections = (
        {"chapter_no": 1, "chapter": "Skin", "section_no": 1, "section": "Scabies", "text": "Treat the whole family."},
        {"chapter_no": 2, "chapter": "Bones", "section_no": 1, "section": "Fractures", "text": "Splint the limb."},
    )
    _write_lines(folder / "guidelines-edliz/edliz_sections.jsonl", sections)
    _write_lines(folder / "medquad/medquad.jsonl", _questions())
    _write_cases(folder / "craft-md-dev/craft_md_dev.csv")
    asked = {
        str(number): {
            "QUESTION": f"Does {drug} help in {name}?",
            "CONTEXTS": [f"We gave {drug}.", f"{name} was better."],
        }
        for number, (name, (_, _, drug)) in enumerate(CONDITIONS.items(), 1000)
    }
    (folder / "pubmedqa-labeled").mkdir(parents=True)
    (folder / "pubmedqa-labeled/ori_pqal.json").write_text(json.dumps(asked), encoding="utf-8")
    return folder


def _questions() -> Iterable[dict[str, Any]]:
    for place, (name, told) in enumerate(CONDITIONS.items()):
        for number, ((question, answer), fact) in enumerate(zip(ASKED.items(), told, strict=True)):
            yield {
                # Upstream, too, one id is borne by questions at several addresses.
                "qid": f"{place % 2}-{number}",
                "source": "NIH",
                "url": f"https://example.org/{place}",
                "focus": name,
                "synonyms": [],
                "semantic_group": ["Disorders"],
                "qtype": "information",
                "question": question.format(name).replace("?", " ?"),
                "answer": answer.format(fact),
            }


def _write_lines(file: Path, rows: Iterable[dict[str, Any]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _write_cases(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["case_id", "category", "case_vignette", "answer"])
        writer.writerows([f"case_{number}", "x", text, gold] for number, (text, gold) in enumerate(CASES))
