"""Each parser on a small sample of its corpus's form, made up here."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from index.corpora.catalogue import corpus
from index.corpora.parsing import parse
from index.corpora.parsing.drafting import Draft
from index.corpora.parsing.phenotypes import Frequency, _frequency
from index.corpora.preparing import prepare
from index.document import Document
from index.errors import UnreadableFile
from index.splitting import split


def _lines(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    return path


def _parsed(name: str, *files: Path) -> list[Document]:
    return list(parse(files, corpus(name)))


def test_the_nigerian_text_has_one_heading_a_section_and_each_text_once(tmp_path: Path) -> None:
    text = "GOUT\nIntroduction\nGout is an arthritis.\nCLINICAL FEATURES OF GOUT\nClinical Features\n■ Red toe\n■ Fever"
    records = [{"file": name, "text": text} for name in ("GOUT", "GOUT_2")]
    other = {"file": "GOUT_3", "text": f"{text}\nTREATMENT OF GOUT\nTreatment\nRest."}
    first, second = _parsed("nstg", _lines(tmp_path / "a.jsonl", *records, other))
    assert first.text == "# Gout\nIntroduction\nGout is an arthritis.\n## Clinical features\n- Red toe\n- Fever"
    assert second.text.endswith("## Treatment\nRest.")
    assert first.condition is not None
    assert (first.title, first.condition.name) == ("Gout", "Gout")
    assert (first.issuer, first.published, first.trust) == ("Federal Ministry of Health, Nigeria", "2022", "guideline")
    assert (first.jurisdiction, first.licence) == ("Nigeria", "CC BY 4.0")


@pytest.mark.parametrize(
    ("file", "title", "condition"),
    [
        ("DENGUE FEVER (HIV)", "Dengue fever (HIV)", "Dengue fever (HIV)"),
        ("TREATMENT OF APNEA IN A CHILD_2", "Treatment of apnea in a child", "Apnea in a child"),
        ("SAFETY OF DRUGS", "Safety of drugs", None),
        ("COPD", "COPD", "COPD"),
    ],
)
def test_nigerian_titles_and_conditions(tmp_path: Path, file: str, title: str, condition: str | None) -> None:
    [document] = _parsed("nstg", _lines(tmp_path / "a.jsonl", {"file": file, "text": f"{file}\nText."}))
    assert document.title == title
    assert (document.condition.name if document.condition else None) == condition


def test_nigerian_fields_become_sections_and_namesakes_stay_apart(tmp_path: Path) -> None:
    record = {
        "condition_name": "Gout",
        "source": "NSTG",
        "clinical_features": [{"type": "Acute", "features": ["Pain"]}],
    }
    found = _parsed("nstg-conditions", _lines(tmp_path / "a.jsonl", record, record | {"introduction": "Another."}))
    assert [document.title for document in found] == ["Gout", "Gout"]
    assert "## Clinical features\n### Acute\n- Pain" in found[0].text
    assert "language model" in found[0].issuer


def test_zimbabwean_sections_stand_below_their_chapters(tmp_path: Path) -> None:
    place = {"chapter_no": 2, "section_no": 1}
    records = [
        {"chapter": "Eyes", "section": "General Notes", "text": "General Notes\nBe gentle.", **place},
        {"chapter": "Ears", "section": "General Notes", "text": "General Notes\nBe quiet.", **place},
        {"chapter": "Ears", "section": "Otitis", "text": "Otitis\nUse dcptrial drops.\n}],\ncontent:\nNose", **place},
        {"chapter": "Ears", "section": "Empty", "text": "Empty\n}],\ncontent:\nNose", **place},
    ]
    eyes, ears, otitis = _parsed("edliz", _lines(tmp_path / "a.jsonl", *records))
    assert [eyes.title, ears.title, otitis.title] == ["Eyes: General Notes", "Ears: General Notes", "Otitis"]
    assert otitis.text == "# Otitis\n## Ears\nUse dcptrial drops."
    assert otitis.flags == ("damaged words (1)",)
    assert eyes.flags == ()
    assert otitis.sources[0].title == "EDLIZ 7th edition, chapter 2, section 1"


def test_a_textbook_is_a_document_a_module(tmp_path: Path) -> None:
    def part(
        module: str, title: str, section: str, text: str, chapter: str = "Heart > Failing Heart"
    ) -> dict[str, str]:
        return {"book": "Pharmacology for Nurses", "module": module, "module_title": title} | {
            "section": section,
            "text": text,
            "chapter": chapter,
        }

    records = [
        part("m1", "Preface", "About", "Thanks.", ""),
        part("m2", "Introduction", "Introduction", "Hearts fail ()."),
        part("m3", "Digoxin", "", "A glycoside (see )."),
        part("m3", "Digoxin", "Use > Dose", "Small (in children)."),
        part("m4", "Introduction", "", "Lungs.", "Lungs"),
    ]
    introduction, digoxin, lungs = _parsed("openstax-nursing", _lines(tmp_path / "a.jsonl", *records))
    assert [introduction.title, lungs.title] == ["Failing Heart: introduction", "Lungs: introduction"]
    assert introduction.text.endswith("Hearts fail.")
    assert digoxin.text == "# Digoxin\n## Failing Heart\nA glycoside.\n### Use\n#### Dose\nSmall (in children)."
    assert split(digoxin)[-1].heading_path == ("Failing Heart", "Use", "Dose")
    assert digoxin.record_ids == ("m3",)
    assert digoxin.sources[0].title == "Pharmacology for Nurses"
    assert digoxin.url == "https://openstax.org/details/books/pharmacology"


def test_medquad_names_institutes_in_full(tmp_path: Path) -> None:
    record = {"qid": "1-1", "source": "NHLBI", "url": "https://www.nhlbi.nih.gov/x", "focus": "Gout"}
    asked = {"synonyms": ["Podagra"], "semantic_group": ["Disorders"], "question": "What is Gout ?", "answer": "Pain."}
    [document] = _parsed("medquad", _lines(tmp_path / "a.jsonl", record | asked))
    assert document.issuer == "National Heart, Lung, and Blood Institute, USA"
    assert document.text == "# Gout\n## What is Gout?\nPain."
    assert document.condition is not None
    assert document.condition.synonyms == ("Podagra",)


def test_wiki_questions_are_grouped_by_the_disease_they_name(tmp_path: Path) -> None:
    asked = {
        "What are the symptoms of Gout?": "Pain.",
        "What causes gout?": "Urate.",
        "What to expect if I have Gout  (Outlook/Prognosis)?": "Good.",
        "Where to find Medical Care for (Gout)?": "Medical care for (Gout) can be found here.",
        "Who is at highest risk for Crohn%27s disease ?": "Smokers.",
        "What are the risks?": "Unknown.",
        "What causes ?": "Unknown.",
    }
    file = tmp_path / "a.json"
    file.write_text(json.dumps([{"instruction": "", "input": q, "output": a} for q, a in asked.items()]))
    gout, crohn = _parsed("wikidoc", file)
    assert gout.text == "# Gout\n## Symptoms\nPain.\n## Causes\nUrate.\n## Outlook\nGood."
    assert crohn.title == "Crohn's disease"


def test_a_disease_table_is_a_document_a_row(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    rows = ["idx,disease,Symptom,reason,TestsAndProcedures,commonMedications"]
    rows += ["7,gout,\"['Pain', 'Fever']\",\" colchicine, \",[],\"['Naproxen']\""]
    file.write_text("\n".join(rows))
    [document] = _parsed("chatdoctor-diseases", file)
    assert document.text == "# Gout\n## Symptoms\n- Pain\n- Fever\n## Common medicines\n- Naproxen"


OBO = """format-version: 1.2

[Term]
id: HP:0001
name: Joint pain
alt_id: HP:0009

[Term]
id: HP:0002
name: Fever

[Term]
id: HP:0003
name: Autosomal dominant inheritance
"""


def _ontology(folder: Path) -> Path:
    file = folder / "hp.obo"
    file.write_text(OBO)
    return file


def test_treatments_name_the_signs_and_the_articles(tmp_path: Path) -> None:
    columns = "disease_id disease_name source_id maxo_name hpo_id relation extension_name".split()
    rows = [
        ("MONDO:1", "Gout", "PMID:11", "rest", "HP:0009", "treats", ""),
        ("MONDO:1", "Gout", "PMID:12", "rest", "HP:0002", "treats", ""),
        ("MONDO:1", "Gout", "PMID:12", "drug", "MONDO:1", "contraindicated", "aspirin"),
        ("MONDO:2", "Rare", "PMID:13", "diet", "HP:0001", "unknown", ""),
    ]
    file = tmp_path / "a.tsv"
    file.write_text("\n".join("\t".join(row) for row in (columns, *rows)))
    [document] = _parsed("maxo", file, _ontology(tmp_path))
    assert document.text == (
        "# Gout\n## Treatment\n- rest for Joint pain, Fever (PMID:11, PMID:12)\n"
        "## Contraindicated\n- drug (aspirin) (PMID:12)"
    )
    assert [source.url for source in document.sources] == [
        "https://pubmed.ncbi.nlm.nih.gov/11/",
        "https://pubmed.ncbi.nlm.nih.gov/12/",
    ]


def test_phenotypes_are_ordered_by_how_often_they_occur(tmp_path: Path) -> None:
    columns = "database_id disease_name qualifier hpo_id frequency aspect".split()
    rows = [
        ("OMIM:7", "Gout", "", "HP:0002", "1/10", "P"),
        ("OMIM:7", "Gout", "", "HP:0002", "30/60", "P"),
        ("OMIM:7", "Gout", "", "HP:0009", "HP:0040281", "P"),
        ("OMIM:7", "Gout", "", "HP:0003", "", "I"),
        ("ORPHA:8", "Other", "NOT", "HP:0001", "", "P"),
        ("ORPHA:8", "Other", "", "HP:0002", "0/3", "P"),
    ]
    file = tmp_path / "a.hpoa"
    file.write_text("#version: 1\n" + "\n".join("\t".join(row) for row in (columns, *rows)))
    gout, other = _parsed("hpo", file, _ontology(tmp_path))
    assert gout.text == (
        "# Gout\n## Signs in most patients\n- Joint pain: very frequent, in 80 to 99 %\n"
        "## Frequent signs\n- Fever: in 30 of 60 patients\n## Inheritance\n- Autosomal dominant inheritance"
    )
    assert gout.condition is not None
    assert gout.condition.omim == ("7",)
    assert other.text == "# Other\n## Signs that are absent\n- Joint pain\n- Fever"
    assert other.condition is not None
    assert other.condition.orpha == ("8",)


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("3/12", Frequency(0.25, "in 3 of 12 patients", 12)),
        ("45%", Frequency(0.45, "in 45 %")),
        ("HP:0040280", Frequency(1.0, "in all patients")),
        ("", None),
        ("0/0", None),
    ],
)
def test_frequencies(written: str, found: Frequency | None) -> None:
    assert _frequency(written) == found


def test_an_abstract_is_a_document_without_the_answer_to_train_on(tmp_path: Path) -> None:
    record = {"QUESTION": "Does rest help?", "CONTEXTS": ["We asked.", "It helped."], "LABELS": ["METHODS", "RESULTS"]}
    rest = {"LONG_ANSWER": "Rest helps.", "YEAR": "2011", "MESHES": [], "final_decision": "maybe"}
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"123": record | rest, "124": record | rest | {"YEAR": None}}))
    first, second = _parsed("pubmedqa", file)
    assert first.text == "# Does rest help?\n## Methods\nWe asked.\n## Results\nIt helped.\n## Conclusions\nRest helps."
    assert (first.published, first.url) == ("2011", "https://pubmed.ncbi.nlm.nih.gov/123/")
    assert second.published == ""


TOPICS = """<?xml version="1.0"?><health-topics date-generated="09/19/2026">
<health-topic id="1" language="English" title="Gout" url="https://medlineplus.gov/gout.html" date-created="10/22/1998">
<also-called>Podagra</also-called><full-summary>&lt;p&gt;Gout hurts.&lt;/p&gt;&lt;h3&gt;Who gets it?&lt;/h3&gt;&lt;ul&gt;
&lt;li&gt;Men&lt;/li&gt;&lt;/ul&gt;</full-summary><group id="1">Bones, Joints and Muscles</group>
<site title="Elsewhere" url="https://example.org/"/></health-topic>
<health-topic id="2" language="English" title="Seniors &amp; Health" url="https://medlineplus.gov/s.html">
<full-summary>&lt;p&gt;Keep well.&lt;/p&gt;</full-summary><group id="2">Population Groups</group></health-topic>
<health-topic id="3" language="Spanish" title="Gota"><full-summary>Duele.</full-summary></health-topic>
</health-topics>"""


def _zipped(path: Path, text: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mplus_topics.xml", text)
    return path


def test_health_topics_in_english(tmp_path: Path) -> None:
    gout, seniors = _parsed("medlineplus", _zipped(tmp_path / "a.zip", TOPICS))
    assert gout.text.split("\n")[:2] == ["# Gout", "Gout hurts."]
    assert "# Who gets it?\n- Men" in gout.text
    assert gout.condition is not None
    assert gout.condition.synonyms == ("Podagra",)
    assert (gout.url, gout.published) == ("https://medlineplus.gov/gout.html", "2026-09-19")
    assert (seniors.title, seniors.condition) == ("Seniors & Health", None)


def test_health_topics_that_unpack_to_too_much_or_define_entities(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="unpacks to"):
        _parsed("medlineplus", _zipped(tmp_path / "big.zip", " " * 201_000_000))
    bomb = '<!DOCTYPE a [<!ENTITY b "b">]><health-topics/>'
    with pytest.raises(UnreadableFile, match="entities"):
        _parsed("medlineplus", _zipped(tmp_path / "bomb.zip", bomb))


@pytest.mark.parametrize("name", ["nstg", "edliz", "openstax-nursing", "wikidoc", "pubmedqa", "medlineplus"])
@pytest.mark.parametrize("content", ["[1]", '{"a": 1}', "nonsense", '{"file": 3, "text": 4}'])
def test_a_file_of_another_form_is_named(tmp_path: Path, name: str, content: str) -> None:
    file = tmp_path / "other.txt"
    file.write_text(content)
    with pytest.raises(UnreadableFile, match=r"other\.txt") as raised:
        _parsed(name, file)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("cell", ["[Pain", "x" * 200_000])
def test_a_table_that_cannot_be_read_is_named(tmp_path: Path, cell: str) -> None:
    file = tmp_path / "other.csv"
    file.write_text(f"idx,disease,Symptom,reason,TestsAndProcedures,commonMedications\n7,gout,{cell},,[],[]")
    with pytest.raises(UnreadableFile, match=r"other\.csv has not the form"):
        _parsed("chatdoctor-diseases", file)


def test_health_topics_that_are_no_xml_are_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"a\.zip has not the form"):
        _parsed("medlineplus", _zipped(tmp_path / "a.zip", "<health-topics>"))


def test_preparing_writes_each_document_once_and_nothing_half(tmp_path: Path) -> None:
    source = _lines(tmp_path / "a.jsonl", {"file": "GOUT", "text": "Pain."}, {"file": "GOUT_2", "text": "Pain. "})
    target = prepare(corpus("nstg"), [source], tmp_path / "out")
    before = target.read_text()
    assert before.count("\n") == 1
    source.write_text(source.read_text() + "nonsense\n")
    with pytest.raises(UnreadableFile):
        prepare(corpus("nstg"), [source], tmp_path / "out")
    assert target.read_text() == before
    assert list(target.parent.iterdir()) == [target]


def test_sections_with_the_same_headings_become_one_and_outer_ones_come_back() -> None:
    draft = Draft("Gout")
    draft.add(("A", "B"), ["one"])
    draft.add(("A", "B"), ["two"])
    draft.add(("A", ""), ["three"])
    draft.add(("A", "C"), ["-", ""])
    assert draft.lines == ["## A", "### B", "one", "two", "## A", "three"]
