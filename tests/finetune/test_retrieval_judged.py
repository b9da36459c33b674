"""Judged sets in every form they come in, what is said of broken ones, and the division of topics."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.errors import UsageError
from finetune.retrieval.judged import JudgedQuery, JudgedSet
from finetune.retrieval.topics import held_out

words = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=12)
texts = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=40).filter(lambda text: text.strip())


@st.composite
def judged_sets(draw):
    ids = draw(st.lists(words, min_size=1, max_size=5, unique=True))
    queries = tuple(
        JudgedQuery(name, draw(texts), draw(words), draw(words), tuple(draw(st.lists(texts, max_size=2))))
        for name in ids
    )
    grades = {name: draw(st.dictionaries(words, st.integers(0, 3), min_size=1, max_size=4)) for name in ids}
    grades[ids[0]] |= {"relevant": 1}
    return JudgedSet(queries, grades)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(judged_sets())
def test_what_is_written_is_read_again(tmp_path, judged):
    judged.write(tmp_path / "queries.jsonl", tmp_path / "qrels.txt")
    assert JudgedSet.read(tmp_path / "queries.jsonl", tmp_path / "qrels.txt") == judged


def files(folder, queries, qrels):
    (folder / "queries").write_text(queries, encoding="utf-8")
    (folder / "qrels").write_text(qrels, encoding="utf-8")
    return folder / "queries", folder / "qrels"


@pytest.mark.parametrize(
    "queries",
    [
        "1\tfever and rash\n2\tgout\n",
        "qid\ttext\n1\tfever and rash\n2\tgout\n",
        '{"_id": "1", "text": "fever and rash"}\n{"_id": "2", "text": "gout", "metadata": {}}\n',
        '{"id": 1, "query": "fever and rash"}\r\n{"id": 2, "query": "gout"}\r\n',
        "<top>\n<num> Number: 1\n<title> fever\nand rash\n<desc> What causes it?\n</top>\n"
        "<top>\n<num> Number: 2\n<title> gout\n</top>\n",
        '<?xml version="1.0"?><topics><topic number="1">fever\nand rash</topic>\n<topic number="2">gout</topic></topics>',
    ],
)
@pytest.mark.parametrize(
    "qrels",
    [
        "1 0 doc-a 2\n1 0 doc-b 0\n2 0 doc-c 1\n",
        "1\t0\tdoc-a\t2\n1\tQ0\tdoc-b\t0\n2\t0\tdoc-c\t1\n",
        "query-id\tcorpus-id\tscore\n1\tdoc-a\t2\n1\tdoc-b\t0\n2\tdoc-c\t1\n",
        "1\tdoc-a\t2.0\n1\tdoc-b\t0.0\n2\tdoc-c\t1\n",
    ],
)
def test_the_usual_forms_give_the_same_set(tmp_path, queries, qrels):
    judged = JudgedSet.read(*files(tmp_path, queries, qrels))
    assert [(query.id, query.text) for query in judged.queries] == [("1", "fever and rash"), ("2", "gout")]
    assert judged.grades == {"1": {"doc-a": 2, "doc-b": 0}, "2": {"doc-c": 1}}
    assert judged.docnos() == ("doc-a", "doc-b", "doc-c")


def test_a_third_column_is_the_type_and_a_docno_may_hold_blanks(tmp_path):
    judged = JudgedSet.read(*files(tmp_path, "1\tgout\tquestion\n", "1 0 Acute gout of the toe 1\n"))
    assert judged.queries[0].type == "question"
    assert judged.grades["1"] == {"Acute gout of the toe": 1}


def test_queries_without_a_relevant_docno_are_not_answerable(tmp_path):
    judged = JudgedSet.read(*files(tmp_path, "1\ta\n2\tb\n3\tc\n", "1 0 x 1\n2 0 x 0\n2 0 y -1\n"))
    assert [query.id for query in judged.answerable()] == ["1"]


@pytest.mark.parametrize(
    ("queries", "qrels", "says"),
    [
        ("1 gout\n", "1 0 a 1\n", "queries, line 1: needs an id, a tab and the query"),
        ("1\tgout\n{broken\n", "1 0 a 1\n", "queries, line 2: is not JSON"),
        ("<top>\n<num> 1\n<desc> untitled\n</top>", "1 0 a 1\n", "queries, line 1: has no text"),
        ("<queries/>", "1 0 a 1\n", "queries: holds neither <top> nor <topic number=...>"),
        ("1\tgout\n2\t \n", "1 0 a 1\n", "queries, line 2: has no text"),
        ("1\tgout\n1\tfever\n", "1 0 a 1\n", "'1' is there twice"),
        ("1\tgout\n", "1 0 a 1\n\n1 b\n", "qrels, line 3: needs"),
        ("1\tgout\n", "1 0 a high\n", "line 1: the grade 'high' is not a whole number"),
        ("1\tgout\n", "1 0 a 1.5\n", "'1.5' is not a whole number"),
        ("1\tgout\n", "1 0 a 1\n1 0 a 2\n", "line 2: 'a' was judged 1 before"),
        ("1\tgout\n", "2 0 a 1\n", "do the ids agree"),
        ("", "1 0 a 1\n", "do the ids agree"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_line(tmp_path, queries, qrels, says):
    with pytest.raises(UsageError) as error:
        JudgedSet.read(*files(tmp_path, queries, qrels))
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(UsageError, match=r"cannot read .*nowhere"):
        JudgedSet.read(tmp_path / "nowhere", tmp_path / "qrels")


def test_three_of_ten_topics_are_held_out_whatever_their_spelling():
    topics = [f"disease number {number} of the {part}" for number in range(200) for part in ("skin", "eye", "liver")]
    assert 0.25 < sum(map(held_out, topics)) / len(topics) < 0.35
    for name, spelling in (
        ("Crohn's disease", "disease, Crohn"),
        ("Haemophilia", "hemophilia"),
        ("Legg-Calvé-Perthes disease", "Legg-Calvé-Perthes disease (LCPD)"),
        ("GOUT", "gout"),
    ):
        assert held_out(name) == held_out(spelling)


def test_the_division_of_topics_never_changes():
    # Whoever trained on the topics that are not held out must not find them measured later.
    held = [topic for topic in ("Gout", "Asthma", "Cholera", "Psoriasis", "Sepsis", "Leprosy") if held_out(topic)]
    assert held == ["Psoriasis", "Leprosy"]
