"""`wardround ask` with the real default models over the starter notes: five clear cases, and four that are none."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import jsonschema
import pytest

from assistant.assessment import Assessment
from assistant.assistant import Assistant
from assistant.report.writing import report_text
from assistant.settings import Settings
from index.guideline_index import GuidelineIndex

pytestmark = pytest.mark.real

# A case, the diagnosis that must lead, and what its first-line management must name.
CLEAR = {
    "acute cystitis": (
        "A 26-year-old woman has had burning pain on passing urine, urinary frequency and urgency, and suprapubic pain for"
        " two days. She has no fever, no flank pain, no vaginal discharge and is not pregnant. Dipstick shows nitrites and"
        " leucocytes.",
        r"cystitis",
        r"nitrofurantoin|trimethoprim|fosfomycin|pivmecillinam",
    ),
    "inferior myocardial infarction": (
        "A 58-year-old man has had crushing central chest pain radiating to the left arm and jaw for one hour, with"
        " sweating and nausea. He smokes and has hypertension. BP 105/65, pulse 52/min. The ECG shows ST elevation in"
        " leads II, III and aVF.",
        r"myocardial infarction",
        r"aspirin|PCI|percutaneous",
    ),
    "bacterial meningitis": (
        "A 19-year-old student has had fever, severe headache, vomiting, photophobia and neck stiffness since yesterday"
        " and is now drowsy. Temperature 39.6 C. Kernig's sign is positive and there is a petechial rash on the legs.",
        r"bacterial meningitis|meningococc",
        r"ceftriaxone|cefotaxime|benzylpenicillin",
    ),
    "gout": (
        "A 52-year-old man woke at night with excruciating pain, swelling and redness of the right big toe after a meal"
        " with plenty of beer. He takes hydrochlorothiazide for hypertension. He has no fever and no injury.",
        r"^gout",
        r"naproxen|colchicine|prednisolone",
    ),
    "appendicitis": (
        "A 21-year-old man has had abdominal pain for a day that began around the navel and moved to the right iliac"
        " fossa, with loss of appetite, nausea and one vomit. Temperature 37.9 C. There is rebound tenderness and guarding"
        " at McBurney's point.",
        r"appendicitis",
        r"append(ic)?ectomy|surg",
    ),
}
NO_CASE = {
    "a car": ("my car does not start", "out of scope"),
    "Chinese": ("一名五十二岁的男子半夜因右脚大拇指剧痛、红肿而醒来 没有发热。", "out of scope"),
    "200 kB of noise": ("qzx wvk jrt bnm plk " * 10_000, "out of scope"),
}


@pytest.fixture(scope="session")
def assessed(real_assistant: Assistant) -> dict[str, Assessment]:
    return {name: real_assistant.assess(real_assistant.read(text)) for name, (text, _, _) in CLEAR.items()}


@pytest.mark.parametrize("name", CLEAR)
def test_a_clear_case_gets_its_diagnosis_first_with_its_management_cited(
    assessed: dict[str, Assessment], name: str
) -> None:
    _, diagnosis, management = CLEAR[name]
    first = assessed[name].differential[0]
    assert re.search(diagnosis, first.name, re.IGNORECASE), [one.name for one in assessed[name].differential]
    advised = {one.citation: one.text for one in first.treatment}
    assert re.search(management, " ".join(advised.values()), re.IGNORECASE), advised
    quotes = {citation.number: citation.quote for citation in first.citations}
    assert all(quotes[number] == text for number, text in advised.items())


@pytest.mark.parametrize("name", CLEAR)
def test_every_citation_is_verbatim_and_the_shape_is_the_schema(
    assessed: dict[str, Assessment], real_settings: Settings, name: str
) -> None:
    made = json.loads(assessed[name].model_dump_json(by_alias=True))
    jsonschema.validate(made, Assessment.model_json_schema(mode="serialization"))
    index = GuidelineIndex.open(real_settings.index_folder)
    citations = [citation for diagnosis in made["differential"] for citation in diagnosis["citations"]]
    assert len(citations) > 10
    for citation in citations:
        passage = index.passage(citation["passage_id"])
        assert passage.text[citation["start"] : citation["end"]] == citation["quote"]
        assert passage.document_id == citation["document"]["id"]
    index.close()


@pytest.mark.parametrize("name", CLEAR)
def test_nothing_is_said_twice(assessed: dict[str, Assessment], name: str) -> None:
    for diagnosis in assessed[name].differential:
        advice = Counter(one.text for one in (*diagnosis.next_steps, *diagnosis.treatment))
        assert max(advice.values(), default=1) == 1
    for text in (assessed[name].summary, *(one.rationale for one in assessed[name].differential)):
        words = text.lower().split()
        runs = Counter(zip(words, words[1:], words[2:], words[3:], strict=False))
        assert max(runs.values(), default=1) == 1, text


@pytest.mark.parametrize("name", CLEAR)
def test_the_report_fits_two_pages(assessed: dict[str, Assessment], name: str) -> None:
    assert "Draft for review" in report_text(assessed[name], "md")
    assert len(report_text(assessed[name], "md").split()) < 1300


@pytest.mark.parametrize("name", NO_CASE)
def test_what_is_no_case_gets_an_honest_answer(real_assistant: Assistant, name: str) -> None:
    text, reason = NO_CASE[name]
    made = real_assistant.assess(real_assistant.read(text))
    assert made.differential == ()
    assert made.abstention is not None
    assert made.abstention.reason == reason
    assert made.provenance.seconds < 5


def _wardround(settings: Settings, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).with_name("wardround"))
    environment = os.environ | {"WARDROUND_DATA_FOLDER": str(settings.data_folder), "WARDROUND_MODEL": "default"}
    return subprocess.run(
        [program, *arguments], input=given, capture_output=True, text=True, env=environment, timeout=300, check=False
    )


def test_the_program_answers_on_standard_output_and_keeps_standard_error_clean(real_settings: Settings) -> None:
    done = _wardround(real_settings, "ask", "-", given=CLEAR["gout"][0])
    assert done.returncode == 0
    assert "\n1. Gout" in done.stdout
    assert "starter notes, not a guideline" in done.stdout
    assert "Warning" not in done.stderr
    assert not [line for line in done.stderr.splitlines() if not line.endswith("…")]


def test_an_empty_file_is_one_line(real_settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    done = _wardround(real_settings, "ask", str(tmp_path / "empty.txt"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "wardround: the case is empty; give a text, a file name, or '-' for standard input\n"


def test_the_doctor_finds_nothing_missing(real_settings: Settings) -> None:
    done = _wardround(real_settings, "doctor")
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("Complete.\n")
