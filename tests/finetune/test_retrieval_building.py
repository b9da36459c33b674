"""The development set over a small mirror folder: what is judged, and by which passages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import HashingEmbedder
from sample_mirror import CONDITIONS, write_mirror

from assistant.errors import UsageError
from assistant.reading import CaseReader, Vocabulary
from assistant.reading.vocabulary import Entry
from finetune.retrieval.building import Built, Draw, build
from finetune.retrieval.corpora import checked_mirror, index_of_corpora
from finetune.retrieval.known_items import same_point
from finetune.retrieval.running import pubmed
from finetune.retrieval.topics import held_out
from index.guideline_index import GuidelineIndex

FINDINGS = ("barking cough", "stridor", "rash", "toe pain", "dysuria", "urinary frequency", "urinary urgency")
read_case = CaseReader(Vocabulary((name, Entry(name, "")) for name in FINDINGS)).read
EVERYTHING = Draw("all", 100)


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mirror(tmp_path_factory.mktemp("mirror"))


@pytest.fixture(scope="module")
def index(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuidelineIndex]:
    index = index_of_corpora(mirror, tmp_path_factory.mktemp("cache") / "index", HashingEmbedder())
    yield index
    index.close()


@pytest.fixture(scope="module")
def built(index: GuidelineIndex, mirror: Path) -> Built:
    return build(index, mirror, EVERYTHING, read_case)


def graded(built: Built, index: GuidelineIndex, text: str) -> dict[int, list[str]]:
    """Return the headings and texts of what is judged for a query, by grade."""
    query = next(query for query in built.judged.queries if query.text == text)
    by_grade: dict[int, list[str]] = {}
    for passage_id, grade in built.judged.grades[query.id].items():
        passage = index.passage(passage_id)
        by_grade.setdefault(grade, []).append(" > ".join((*passage.heading_path, passage.text)))
    return by_grade


def test_a_question_is_answered_by_its_own_answer_and_by_others_on_the_same_point(built, index):
    [question] = [q for q in built.judged.queries if q.type == "question" and q.topic == "Scabies"]
    kind, place = next(
        (kind, place)
        for place, kind in enumerate(("symptoms of", "diagnose", "treatments for"))
        if kind in question.text
    )
    judged = graded(built, index, question.text)
    assert " ?" not in question.text
    assert [CONDITIONS["Scabies"][place] in told for told in judged[2]] == [True]
    assert len(judged[0]) == 2
    assert all(kind not in near_miss for near_miss in judged[0])
    assert [CONDITIONS["Scabies"][place] in told for told in judged[1]] == [True], "the guideline's section"


def test_each_topic_is_asked_about_once_and_an_id_borne_twice_is_told_apart_by_its_address(built):
    topics = [query.topic for query in built.judged.queries if query.type == "question"]
    assert sorted(topics) == sorted(CONDITIONS)
    assert len({query.id for query in built.judged.queries}) == len(built.judged.queries)


def test_a_title_asks_for_its_section(built, index):
    asked = {query.text for query in built.judged.queries if query.type == "title"}
    assert {"Fractures", "Scabies"} <= asked
    assert graded(built, index, "Fractures") == {2: ["Bones > Splint the limb."]}
    sections = [text for text in asked if text.startswith("Gout: ")]
    assert len(sections) == 1
    judged = graded(built, index, sections[0])
    assert all(told.startswith(sections[0].removeprefix("Gout: ")) for told in judged[2])
    assert 0 in judged


def test_a_vignette_asks_for_what_is_about_its_diagnosis(built, index):
    text = next(query.text for query in built.judged.queries if query.type == "vignette" and query.topic == "Gout")
    judged = graded(built, index, text)
    assert any("big toe" in told for told in judged[2])
    assert any("naproxen" in told for told in judged[1])
    assert not any("dexamethasone" in told for told in judged[1] + judged[2])


def test_findings_are_asked_as_the_assistant_asks_for_them(built):
    [asked] = [query for query in built.judged.queries if query.type == "findings" and query.topic == "Croup"]
    assert asked.text == "2-year-old male with barking cough, stridor"
    assert asked.phrases == ("barking cough", "stridor"), "what is absent must not be asked for"


def test_a_case_whose_diagnosis_no_document_is_about_is_left_out_and_counted(built):
    assert built.left_out == {"question": 0, "title": 0, "vignette": 1}
    assert "Nowhere syndrome" not in {query.topic for query in built.judged.queries}


def test_the_parts_are_disjoint_in_topics_and_together_everything(built, index, mirror):
    parts = [build(index, mirror, Draw(part, 100), read_case).judged for part in ("dev", "held-out")]
    assert {query for part in parts for query in part.queries} == set(built.judged.queries)
    assert not any(held_out(query.topic) for query in parts[0].queries)
    assert all(held_out(query.topic) for query in parts[1].queries)


def test_a_larger_draw_holds_a_smaller_one_and_another_seed_draws_otherwise(index, mirror):
    few, more, others = (
        {query.id for query in build(index, mirror, Draw("all", limit, seed), read_case).judged.queries}
        for limit, seed in ((2, 7), (4, 7), (2, 8))
    )
    assert few < more
    assert few != others


def test_building_the_index_again_embeds_nothing_and_leaves_out_what_is_not_asked_for(mirror, tmp_path):
    embedder = HashingEmbedder()
    index_of_corpora(mirror, tmp_path / "index", embedder).close()
    first = embedder.embedded
    extra = tmp_path / "extra.md"
    extra.write_text("# Extra\n\nOf another corpus.\n", encoding="utf-8")
    index = GuidelineIndex.create(tmp_path / "index", embedder)
    index.add([extra])
    index.close()
    again = index_of_corpora(mirror, tmp_path / "index", embedder)
    assert embedder.embedded - first == 1
    assert str(extra) not in again.file_paths()
    again.close()


def test_pubmed_questions_ask_for_their_abstracts_without_their_titles(mirror, tmp_path):
    index, judged = pubmed(mirror, tmp_path / "pubmed", HashingEmbedder(), EVERYTHING)
    assert len(judged.queries) == len(CONDITIONS)
    query = next(query for query in judged.queries if "Gout" in query.text)
    [record] = judged.grades[query.id]
    [document] = [document for document in index.documents() if record in document.record_ids]
    assert query.text not in document.title + document.text
    index.close()


def test_a_mirror_without_a_data_set_is_named(mirror, tmp_path):
    with pytest.raises(UsageError, match="holds no guidelines-nstg2022"):
        checked_mirror(tmp_path)
    assert checked_mirror(mirror, with_pubmed=True) == mirror


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (["What are the treatments for gout?"], ["What are the treatments for Gout ?"], True),
        (["Treatment", "Drug"], ["What are the treatments for gout?"], True),
        (["Clinical features"], ["What are the symptoms of gout?"], True),
        (["Introduction"], ["What are the symptoms of gout?"], False),
        (["Investigations"], ["How to diagnose gout?"], True),
        (["Prevention"], ["Complications"], False),
        ([], ["Treatment"], False),
    ],
)
def test_headings_that_ask_the_same(one, other, same):
    assert same_point(one, other) is same
    assert same_point(other, one) is same
