"""What is learnt from, and the queries made of it: nothing held out, nothing that gives itself away."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import HashingEmbedder
from hypothesis import given
from hypothesis import strategies as st
from tiny_retriever import TOLD, write_sources

from assistant.disease_names import keys
from assistant.errors import TrainingError, UsageError
from finetune.retrieval.topics import held_out
from finetune.retriever.bank import Bank
from finetune.retriever.known_cases import as_finding, ddxplus_pairs
from finetune.retriever.making import make_pairs
from finetune.retriever.pairs import Answer, Mix, Pair, Pairs, divided
from finetune.retriever.recipe import RetrieverRecipe
from finetune.retriever.taught import Taught, forbidden_keys, held_out_golds, index_of, taught
from finetune.retriever.tuning import learnt_passages
from index.document import Condition, Document
from index.guideline_index import GuidelineIndex

SOURCES = ("nstg", "medquad", "phenopackets", "ddxplus")
MIX = Mix({"title": 0.5}, {"medquad": 2.0})


def seeded() -> random.Random:
    return random.Random(7)  # noqa: S311 - a draw, not a secret


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sources(tmp_path_factory.mktemp("mirror"))


@pytest.fixture(scope="module")
def index(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuidelineIndex]:
    opened = index_of(SOURCES, mirror, tmp_path_factory.mktemp("index"), HashingEmbedder(), lambda progress: None)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def learnt(index: GuidelineIndex, mirror: Path) -> Taught:
    return taught(index, SOURCES, mirror, ())


def _labels(text: str) -> tuple[str, ...]:
    return tuple(
        word for word in ("fever", "cough", "itching", "headache", "stridor", "wheeze") if word in text.lower()
    )


@pytest.fixture(scope="module")
def pairs(learnt: Taught, mirror: Path) -> list[Pair]:
    return list(make_pairs(learnt, SOURCES, mirror, _labels, seed=7))


def test_nothing_is_learnt_of_what_is_held_out(learnt: Taught) -> None:
    out = {name for name in TOLD if held_out(name)}
    assert 0 < len(out) < len(TOLD) - 3
    assert {document.name for document in learnt.documents} == set(TOLD) - out
    assert learnt.kept_out == {"nstg": len(out), "medquad": len(out)}


def test_a_topic_is_held_out_under_its_synonyms_and_under_given_names(index: GuidelineIndex, mirror: Path) -> None:
    name = next(name for name in TOLD if not held_out(name))
    synonym = TOLD[name][1]
    assert name in {document.name for document in taught(index, SOURCES, mirror, ()).documents}
    assert name not in {document.name for document in taught(index, SOURCES, mirror, (synonym,)).documents}


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.sets(st.sampled_from("abcdefgh"), max_size=2)), max_size=8))
def test_whatever_shares_a_name_with_a_topic_held_out_is_forbidden(named: list[tuple[str, set[str]]]) -> None:
    documents = [
        Document(
            id=str(place),
            title=f"disease {name}",
            text="x",
            condition=Condition(name=f"disease {name}", synonyms=tuple(f"disease {one}" for one in sorted(more))),
        )
        for place, (name, more) in enumerate(named)
    ]
    forbidden = forbidden_keys(documents, ())
    for document in documents:
        assert document.condition is not None
        every = [document.condition.name, *document.condition.synonyms]
        others = {
            name
            for other in documents
            if other.condition and held_out(other.condition.name)
            for name in (other.condition.name, *other.condition.synonyms)
        }
        if set(every) & others:
            assert keys(document.condition) <= forbidden, "under its other names too"
        assert not others or forbidden


def test_only_the_diagnoses_held_out_are_kept_out(mirror: Path) -> None:
    golds = held_out_golds([mirror / "craft-md-dev/craft_md_dev.csv"])
    assert set(golds) == {name for name in TOLD if held_out(name)}


def test_what_shares_a_name_with_a_case_that_is_judged_on_is_not_learnt_from(
    index: GuidelineIndex, mirror: Path, tmp_path: Path
) -> None:
    name, synonym = next((name, own[1]) for name, own in TOLD.items() if not held_out(name) and held_out(own[1]))
    (mirror / "judged.csv").write_text(f"case_id,case_vignette,answer\n1,A person is unwell.,{synonym}\n")
    recipe = RetrieverRecipe(output=tmp_path, sources=SOURCES, steps=1)
    learnt = learnt_passages(recipe, index, mirror)
    fewer = learnt_passages(recipe.model_copy(update={"kept_out": ("judged.csv",)}), index, mirror)
    documents = [document for document in index.documents() if document.condition and document.condition.name == name]
    own = {passage.id for document in documents for passage in index.passages_of(document.id)}
    assert own
    assert own <= learnt
    assert fewer == learnt - own


def test_a_source_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    for mirror, words in ((None, "WARDROUND_DATA_MIRROR"), (tmp_path, "holds no medquad/medquad.jsonl")):
        with pytest.raises(UsageError, match=words):
            index_of(("medquad",), mirror, tmp_path / "index", HashingEmbedder(), lambda progress: None)


def test_a_source_that_is_not_there_is_said_before_anything_is_embedded(mirror: Path, tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    with pytest.raises(UsageError, match="take nursing out"):
        index_of(("nstg", "nursing"), mirror, tmp_path / "index", embedder, lambda progress: None)
    assert embedder.embedded == 0


def test_every_kind_of_query_is_made_and_answered_by_its_own_topic(pairs: list[Pair], learnt: Taught) -> None:
    assert set(Counter(pair.kind for pair in pairs)) == {"question", "title", "narrative", "findings"}
    assert {pair.source for pair in pairs} == set(SOURCES) - (
        set() if _asthma_is_taught() else {"phenopackets", "ddxplus"}
    )
    name_of = {passage.id: document.name for document in learnt.documents for passage in document.passages}
    for pair in pairs:
        own = learnt.documents[pair.topic].name
        assert {name_of[answer.passage_id] for answer in pair.answers} == {own}
        assert not {answer.passage_id for answer in pair.answers} & set(pair.near)


def _asthma_is_taught() -> bool:
    return not held_out("Asthma")


def test_a_case_does_not_name_its_condition(pairs: list[Pair], learnt: Taught) -> None:
    cases = [pair for pair in pairs if pair.kind in ("narrative", "findings") and pair.source in ("nstg", "medquad")]
    assert len(cases) > 10
    for pair in cases:
        document = learnt.documents[pair.topic]
        for name in (document.name, *document.synonyms):
            assert not re.search(rf"\b{re.escape(name)}\b", pair.query, re.IGNORECASE)


def test_questions_go_by_synonyms_too(pairs: list[Pair]) -> None:
    queries = " ".join(pair.query.lower() for pair in pairs if pair.kind == "question")
    assert any(synonym in queries for _, synonym, _ in TOLD.values())
    assert any(name.lower() in queries for name in TOLD)


def test_pairs_are_the_same_for_the_same_seed_and_differ_for_another(
    learnt: Taught, mirror: Path, pairs: list[Pair]
) -> None:
    again = list(make_pairs(learnt, SOURCES, mirror, _labels, seed=7))
    other = list(make_pairs(learnt, SOURCES, mirror, _labels, seed=8))
    assert Pairs(again, MIX).sha256 == Pairs(pairs, MIX).sha256 != Pairs(other, MIX).sha256


@pytest.mark.parametrize(
    ("asked", "said", "finding"),
    [
        ("Do you have a cough?", "True", "cough"),
        ("Have you recently had a fever?", "True", "fever"),
        ("Are your vaccinations up to date?", "True", "vaccinations up to date"),
        ("Do you feel pain somewhere?", "forehead", "pain somewhere: forehead"),
        ("Do you smoke?", "False", ""),
        ("How intense is the pain?", "7", ""),
    ],
)
def test_a_question_and_its_answer_make_a_finding(asked: str, said: str, finding: str) -> None:
    assert as_finding(asked, said).lower() == finding


def test_a_broken_table_of_patients_is_named(tmp_path: Path, learnt: Taught) -> None:
    file = tmp_path / "patients.csv"
    file.write_text("SEX,English Pathology,English Evidences\nF,Gout,not a literal(\n")
    with pytest.raises(UsageError, match=re.escape(str(file))):
        list(ddxplus_pairs(file, learnt, seeded()))


def test_a_batch_is_a_function_of_its_number_and_has_no_two_related(
    learnt: Taught, index: GuidelineIndex, pairs: list[Pair]
) -> None:
    related = Bank.of(learnt, index).related
    drawn = Pairs(pairs, MIX)
    batches = [drawn.batch(step, 4, 7, related) for step in range(30)]
    assert batches == [Pairs(pairs, MIX).batch(step, 4, 7, related) for step in range(30)]
    assert batches[0] != batches[1]
    for batch in batches:
        names = [learnt.documents[pair.topic].name for pair in batch]
        assert len(set(names)) == len(names) >= 2


def test_a_kind_of_weight_zero_is_never_drawn(learnt: Taught, index: GuidelineIndex, pairs: list[Pair]) -> None:
    drawn = Pairs(pairs, Mix({"question": 0.0, "title": 0.0}, {"medquad": 0.0}))
    seen = [pair for step in range(20) for pair in drawn.batch(step, 3, 7, Bank.of(learnt, index).related)]
    assert {pair.kind for pair in seen} <= {"narrative", "findings"}
    assert "medquad" not in {pair.source for pair in seen}


def test_answers_are_drawn_by_their_weight() -> None:
    pair = Pair("q", (Answer("often", 9.0), Answer("seldom", 1.0)), "question", "nstg", 0)
    draw = seeded()
    counts = Counter(pair.drawn(draw) for _ in range(1000))
    assert 850 < counts["often"] < 950


def test_pairs_that_check_are_of_other_topics(learnt: Taught, pairs: list[Pair]) -> None:
    teach, check = divided(pairs, 0.5, learnt.topics)
    assert len(teach) + len(check) == len(pairs)
    assert teach
    assert check
    name_of = [document.name for document in learnt.documents]
    assert not {name_of[pair.topic] for pair in teach} & {name_of[pair.topic] for pair in check}


def test_no_pairs_and_a_single_topic_are_errors() -> None:
    with pytest.raises(TrainingError, match="no pairs"):
        Pairs([], MIX)
    alone = [Pair("q", (Answer("a"),), "question", "nstg", 0)]
    with pytest.raises(TrainingError, match="single topic"):
        Pairs(alone, MIX).batch(0, 2, 7, [frozenset((0,))])


def test_negatives_are_near_but_of_no_related_document(
    learnt: Taught, index: GuidelineIndex, pairs: list[Pair]
) -> None:
    bank = Bank.of(learnt, index)
    names = list(bank.place)
    name_of = {passage.id: document.name for document in learnt.documents for passage in document.passages}
    batch = Pairs([pair for pair in pairs if pair.near], MIX).batch(0, 2, 7, bank.related)
    queries = bank.vectors[bank.positives(batch, seeded())]
    places = bank.negatives(queries, batch, 5, 2, seeded())
    assert places.shape == (2, 5)
    topics = {learnt.documents[pair.topic].name for pair in batch}
    for pair, row in zip(batch, places.tolist(), strict=True):
        found = [names[place] for place in row]
        own = [name for name in found if name_of[name] in topics]
        assert 1 <= len(own) <= 2
        assert set(own) <= set(pair.near)
