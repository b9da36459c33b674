"""Which documents are no longer current, and where their passages come in a search."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes import HashingEmbedder
from hypothesis import given
from hypothesis import strategies as st

from index.database import Database
from index.errors import GuidelineIndexError, UnknownPassage
from index.guideline_index import GuidelineIndex, Query
from index.life_cycle import LifeCycle
from index.migrations import MIGRATIONS
from index.reading import DocumentDefaults, read_path
from index.standing import Edition, Standing, Statement, date_key, family, is_later, ordered, standing_words, standings


def _standing(*editions: Edition, **statements: Statement) -> dict[str, str]:
    found = standings(editions, statements)
    return {name: standing_words(one.superseded_by, one.withdrawn) for name, one in found.items()}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Gout: diagnosis and management (CG56)", "Gout: diagnosis and management (NG219)"),
        ("Hypertension in adults, 2011", "Hypertension in Adults (2019)"),
        ("Malaria guideline, third edition", "Malaria Guideline - 4th Edition"),
        ("Asthma care v1.2", "Asthma care version 2"),
        ("Essential medicines, revised 2014", "Essential medicines"),
    ],
)
def test_editions_of_a_work_share_its_family(one: str, other: str) -> None:
    assert family(one) == family(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Type 1 diabetes", "Type 2 diabetes"),
        ("Tuberculosis, part 1", "Tuberculosis, part 2"),
        ("Gout in adults", "Gout in children"),
        ("Draft guideline on sepsis (2024)", "Guideline on sepsis (2022)"),
        ("COVID-19", "COVID"),
    ],
)
def test_what_is_another_work_is_not_an_edition(one: str, other: str) -> None:
    assert family(one) != family(other)


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2022", (2022,)),
        ("2022-05", (2022, 5)),
        ("2022-05-09", (2022, 5, 9)),
        ("9 May 2022", (2022, 5, 9)),
        ("May 9, 2022", (2022, 5, 9)),
        ("Published June 2022", (2022, 6)),
        ("7th edition, 2015", (2015,)),
        ("", ()),
        ("last year", ()),
        ("2014/15", (2014,)),
    ],
)
def test_dates_are_read_as_far_as_they_go(text: str, date: tuple[int, ...]) -> None:
    assert date_key(text) == date


def test_a_vague_date_is_neither_before_nor_after_a_precise_one_of_its_year() -> None:
    assert not is_later("2022-03", "2022")
    assert not is_later("2022", "2022-03")
    assert is_later("2023", "2022-03")
    assert not is_later("2023", "")


OLD = Edition("old", "Gout (CG56)", "NICE", "2014", "England")
NEW = Edition("new", "Gout (NG219)", "NICE", "2022", "England")


def test_of_two_editions_the_older_is_superseded_and_the_newer_is_named() -> None:
    assert _standing(OLD, NEW) == {"old": "superseded by Gout (NG219) (2022)"}
    assert not standings([OLD, NEW], {})["old"].stated


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "EULAR"},
        {"issuer": ""},
        {"jurisdiction": "Wales"},
        {"condition": "Pseudogout"},
        {"published": ""},
        {"published": "2014-03"},
        {"title": "Gout in children"},
    ],
)
def test_nothing_is_concluded_from_documents_that_may_be_different_works(changed: dict[str, str]) -> None:
    facts = {"title": NEW.title, "issuer": NEW.issuer, "published": NEW.published, "jurisdiction": NEW.jurisdiction}
    assert _standing(OLD, Edition("new", **{**facts, **changed})) == {}


def test_the_name_of_a_section_is_no_title_of_a_work() -> None:
    assert _standing(Edition("a", "Overview", "CDC", "2010"), Edition("b", "Overview", "CDC", "2020")) == {}


def test_the_last_of_several_editions_is_named() -> None:
    middle = Edition("middle", "Gout (NG1)", "NICE", "2018", "England")
    assert set(_standing(OLD, middle, NEW).values()) == {"superseded by Gout (NG219) (2022)"}
    chain = (
        Edition("a", "A", superseded_by="b"),
        Edition("b", "B", superseded_by="c"),
        Edition("c", "C", published="2020"),
    )
    assert _standing(*chain) == {"a": "superseded by C (2020)", "b": "superseded by C (2020)"}


def test_documents_say_what_they_replace_by_id_title_or_in_words() -> None:
    other = Edition("other", "Gout: a new look", "EULAR", "2023", supersedes=("gout (cg56)",))
    assert _standing(OLD, other) == {"old": "superseded by Gout: a new look (2023)"}
    assert _standing(Edition("x", "X", superseded_by="NG28 (2022)")) == {"x": "superseded by NG28 (2022)"}
    assert _standing(Edition("x", "X", supersedes=("X",))) == {}, "nothing replaces itself"


def test_what_is_stated_counts_before_what_is_concluded_and_a_user_s_word_before_both() -> None:
    told = Edition("old", OLD.title, OLD.issuer, OLD.published, OLD.jurisdiction, superseded_by="EULAR 2023")
    assert _standing(told, NEW) == {"old": "superseded by EULAR 2023"}
    assert _standing(told, NEW, old=Statement("current")) == {}
    assert _standing(told, NEW, old=Statement("superseded", "new")) == {"old": "superseded by Gout (NG219) (2022)"}


def test_a_word_on_the_one_does_not_take_back_the_other() -> None:
    gone = Edition("gone", "Gout", withdrawn="2021")
    assert _standing(gone, gone=Statement("superseded", "EULAR 2023")) == {
        "gone": "withdrawn 2021, superseded by EULAR 2023"
    }
    assert _standing(OLD, NEW, old=Statement("withdrawn", "", "2023")) == {
        "old": "withdrawn 2023, superseded by Gout (NG219) (2022)"
    }


def test_a_withdrawn_successor_is_said_to_be_withdrawn() -> None:
    gone = Edition("new", NEW.title, NEW.issuer, NEW.published, NEW.jurisdiction, withdrawn="2023-01")
    assert _standing(OLD, gone) == {
        "old": "superseded by Gout (NG219) (2022), itself withdrawn",
        "new": "withdrawn 2023-01",
    }


def test_documents_that_replace_each_other_do_not_hang() -> None:
    found = _standing(Edition("a", "A", superseded_by="b"), Edition("b", "B", superseded_by="a"))
    assert found == {"a": "superseded by B", "b": "superseded by A"}


@pytest.mark.parametrize(
    ("superseded_by", "withdrawn", "words"),
    [
        ("", "", ""),
        ("Gout (2022)", "", "superseded by Gout (2022)"),
        ("", "2021-03: dose wrong", "withdrawn 2021-03: dose wrong"),
        ("", "March 2021", "withdrawn March 2021"),
        ("", "dose wrong", "withdrawn: dose wrong"),
        ("", "withdrawn", "withdrawn"),
        ("B", "2021", "withdrawn 2021, superseded by B"),
    ],
)
def test_standings_are_put_in_words(superseded_by: str, withdrawn: str, words: str) -> None:
    assert standing_words(superseded_by, withdrawn) == words


_NAMES = st.sampled_from(["current", "other", "new", "old", "older", "gone"])
_KNOWN = {
    "old": Standing("New", "new"),
    "older": Standing("elsewhere"),
    "gone": Standing(withdrawn="2020"),
}
_TOPICS = {"current": "gout", "older": "gout", "other": "asthma"}


@given(hits=st.lists(_NAMES, max_size=12))
def test_the_order_of_hits_keeps_its_laws(hits: list[str]) -> None:
    places = ordered(hits, _KNOWN, _TOPICS)
    shown = [hits[place] for place in places]
    assert sorted(places) == list(range(len(hits)))
    current = [place for place in places if hits[place] not in _KNOWN]
    assert current == sorted(current), "the order of current hits is left alone"
    for position, name in enumerate(shown):
        if name == "gone":
            assert set(shown[position:]) == {"gone"}
        if name == "old":
            assert "new" not in shown[position:]
        if name == "older":
            assert "current" not in shown[position:]


def test_a_superseded_hit_stays_in_its_place_where_nothing_newer_was_found() -> None:
    assert ordered(["older", "other", "gone", "new"], _KNOWN, _TOPICS) == [0, 1, 3, 2]


NOTE = """---
title: {title}
synonyms: [podagra]
issuer: NICE
published: {published}
{more}---
# {title}
## Treatment
- {text}
"""


def _write(folder: Path, name: str, title: str, published: str, text: str, more: str = "") -> None:
    folder.mkdir(exist_ok=True)
    note = NOTE.format(title=title, published=published, text=text, more=more)
    (folder / f"{name}.md").write_text(note, encoding="utf-8")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[GuidelineIndex]:
    notes = tmp_path / "notes"
    # The older texts hold the words of the query more often, so that only their standing puts them back.
    _write(notes, "old", "Gout (CG56)", "2014", "Gout treatment: colchicine. Gout treatment: colchicine, gout.")
    _write(notes, "new", "Gout (NG219)", "2022", "Naproxen or colchicine.")
    _write(
        notes, "gone", "Flare", "2019", "Gout treatment: colchicine for gout. Gout treatment.", "withdrawn: 2021-03\n"
    )
    _write(notes, "asthma", "Asthma", "2020", "Salbutamol for the attack.")
    opened = GuidelineIndex.create(tmp_path / "index", HashingEmbedder())
    opened.add([notes])
    yield opened
    opened.close()


def _id(index: GuidelineIndex, title: str) -> str:
    return next(document.id for document in index.documents() if document.title == title)


def _found(index: GuidelineIndex, limit: int = 10) -> list[tuple[str, str]]:
    hits = index.search(Query(text="gout treatment colchicine"), limit)
    return [(hit.document.title, hit.standing) for hit in hits]


def test_newer_guidance_leads_and_withdrawn_comes_last_and_all_is_marked(index: GuidelineIndex) -> None:
    found = _found(index)
    assert found[0] == ("Gout (NG219)", "current")
    assert found.index(("Gout (CG56)", "superseded")) > found.index(("Gout (NG219)", "current"))
    assert found[-1] == ("Flare", "withdrawn")
    scores = [hit.score for hit in index.search(Query(text="gout treatment colchicine"))]
    assert scores != sorted(scores, reverse=True), "by score alone another would have led"


def test_the_successor_leads_even_where_only_one_hit_is_asked_for(index: GuidelineIndex) -> None:
    assert _found(index, limit=1) == [("Gout (NG219)", "current")]


def test_what_users_say_is_kept_and_can_be_taken_back(index: GuidelineIndex, tmp_path: Path) -> None:
    new = _id(index, "Gout (NG219)")
    assert index.life_cycle.withdraw(new, "2024", "error in the table").withdrawn == "2024: error in the table"
    index.add([tmp_path / "notes"])
    assert index.document(new).withdrawn == "2024: error in the table"
    assert {title for title, standing in _found(index)[-2:] if standing == "withdrawn"} == {"Gout (NG219)", "Flare"}
    assert index.document(_id(index, "Gout (CG56)")).superseded_by == "Gout (NG219) (2022), itself withdrawn"
    again = GuidelineIndex.open(tmp_path / "index", HashingEmbedder())
    assert again.document(new).standing == "withdrawn"
    again.close()
    assert index.life_cycle.reinstate(new)
    assert not index.life_cycle.reinstate(new)
    assert _found(index)[0] == ("Gout (NG219)", "current")


def test_reinstating_overrides_the_document_itself_and_what_was_concluded(index: GuidelineIndex) -> None:
    for title in ("Flare", "Gout (CG56)"):
        assert index.life_cycle.reinstate(_id(index, title))
    assert {standing for _, standing in _found(index)} == {"current"}
    assert index.life_cycle.count_by_status() == {"current": 4, "superseded": 0, "withdrawn": 0}


def test_a_corrected_text_keeps_what_was_said_of_it_and_a_new_edition_does_not(
    index: GuidelineIndex, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    index.life_cycle.withdraw(_id(index, "Asthma"), "2021")
    _write(notes, "asthma", "Asthma", "2020", "Salbutamol for an attack, corrected.")
    index.add([notes])
    assert index.document(_id(index, "Asthma")).withdrawn == "2021"
    _write(notes, "asthma", "Asthma", "2024", "Salbutamol for an attack, corrected again.")
    index.add([notes])
    assert index.document(_id(index, "Asthma")).standing == "current"


def test_a_document_may_be_replaced_by_what_is_not_in_the_index(index: GuidelineIndex) -> None:
    asthma = _id(index, "Asthma")
    assert index.life_cycle.supersede(asthma, "GINA (2024)").superseded_by == "GINA (2024)"
    assert index.document(asthma).superseded_by == "GINA (2024)"
    with pytest.raises(GuidelineIndexError, match="cannot be superseded"):
        index.life_cycle.supersede(asthma, asthma)
    with pytest.raises(UnknownPassage, match="no document has the id"):
        index.life_cycle.withdraw("nothing")


def test_users_may_withdraw_and_supersede_in_either_order(index: GuidelineIndex) -> None:
    asthma = _id(index, "Asthma")
    for _ in range(2):
        index.life_cycle.withdraw(asthma, "2023")
        index.life_cycle.supersede(asthma, "GINA (2024)")
        document = index.document(asthma)
        assert (document.withdrawn, document.superseded_by) == ("2023", "GINA (2024)")


def test_the_newer_may_say_what_it_replaces_when_it_is_added(index: GuidelineIndex, tmp_path: Path) -> None:
    _write(tmp_path, "gina", "Asthma strategy", "2024", "Budesonide-formoterol.")
    index.add([tmp_path / "gina.md"], DocumentDefaults(supersedes=("Asthma",), trust="guideline"))
    assert index.document(_id(index, "Asthma")).superseded_by == "Asthma strategy (2024)"
    index.remove(_id(index, "Asthma strategy"))
    assert index.document(_id(index, "Asthma")).standing == "current"


def test_an_older_index_learns_the_standing_of_what_it_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [name for name, _ in MIGRATIONS]
    older = MIGRATIONS[: names.index("0003-standing")]
    monkeypatch.setattr("index.migrations.MIGRATIONS", older)
    database = Database.open(tmp_path, create=True)
    with database.writing() as connection:
        for name, year in (("old", 2010), ("new", 2020)):
            facts = json.dumps({"issuer": "NICE", "published": str(year), "trust": "guideline"})
            connection.execute("INSERT INTO documents VALUES (?, 'Gout', ?, '')", (name, facts))
    database.close()
    monkeypatch.setattr("index.migrations.MIGRATIONS", MIGRATIONS)
    database = Database.open(tmp_path)
    life_cycle = LifeCycle(tmp_path, database)
    assert life_cycle.count_by_status() == {"current": 1, "superseded": 1, "withdrawn": 0}
    assert life_cycle.editions.count_by_trust() == {"guideline": 2}
    database.close()


def test_records_say_themselves_that_they_no_longer_hold(tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    facts = {
        "title": "Gout",
        "text": "Colchicine.",
        "withdrawn": True,
        "supersedes": ["CG56"],
        "superseded_by": "NG219",
    }
    file.write_text(
        json.dumps(facts) + "\n" + json.dumps({"title": "Asthma", "text": "Salbutamol.", "withdrawn": False})
    )
    gone, holding = read_path(file)
    assert (gone.withdrawn, gone.supersedes, gone.superseded_by) == ("withdrawn", ("CG56",), "NG219")
    assert gone.text == "# Gout\nColchicine."
    assert holding.standing == "current"
