"""The starter notes: each has its shape, its codes and its sources, and is found by its own presentation."""

from __future__ import annotations

import importlib
import re
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import get_args

import pytest
import yaml
from fakes import HashingEmbedder

from assistant.disease_names import keys
from assistant.models import catalogue
from assistant.settings import Settings
from index.document import AgeBand, Condition, Frequency, Urgency
from index.embedding import Embedder, open_embedder
from index.guideline_index import GuidelineIndex
from index.reading import STARTER_FOLDER, DocumentDefaults
from index.search import Query

SECTIONS = (
    "Presentation",
    "Red flags",
    "Examination and tests",
    "Differential diagnosis",
    "First-line treatment",
    "When to refer",
)
FIELDS = {"title", "synonyms", "icd10cm", "system", "ages", "sex", "frequency", "urgency", "sources"}
SYSTEMS = {
    *("cardiovascular", "respiratory", "gastrointestinal", "neurological", "infectious", "endocrine-metabolic"),
    *("musculoskeletal", "skin", "renal-urological", "gynaecological", "pregnancy", "paediatric", "psychiatric"),
    *("ear-nose-throat", "eye", "haematological", "toxicology-environment"),
}
# Names that truly stand for two conditions; each note keeps them, because a search for one should find both.
SHARED_NAMES = {
    *("ASD", "DCM", "ET", "PV", "AP", "APS", "HE", "HAE", "IBD", "inflammatory bowel disease", "hole in the heart"),
    *("hyperglycaemic crisis", "hyperglycemic crisis", "megaloblastic anaemia", "Barlow disease"),
}
WORDS_A_NOTE = range(250, 650)
WORDS_A_BULLET = range(2, 61)
FIRST_CONDITIONS = 10
HITS = 40
_FRONT = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)


@dataclass(frozen=True)
class Note:
    """A starter note as its file holds it: front matter, and the bullets of each section."""

    path: Path
    front: dict[str, object]
    body: str
    sections: dict[str, list[str]]

    @property
    def title(self) -> str:
        return str(self.front["title"])

    @property
    def synonyms(self) -> list[str]:
        found = self.front["synonyms"]
        assert isinstance(found, list)
        return [str(one) for one in found]

    def presentation(self) -> str:
        """Return the first two bullets of the presentation, the condition's own names taken out."""
        text = " ".join(self.sections["Presentation"][:2])
        for name in sorted([self.title, *self.synonyms], key=len, reverse=True):
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", text, flags=re.IGNORECASE)
        return " ".join(text.split())


def _read(path: Path) -> Note:
    parts = _FRONT.match(path.read_text(encoding="utf-8"))
    assert parts, f"{path.name} has no front matter"
    sections: dict[str, list[str]] = {}
    for line in parts[2].splitlines():
        if line.startswith("## "):
            sections[line[3:]] = []
        elif sections and line.startswith("- "):
            sections[list(sections)[-1]].append(line[2:])
    return Note(path, yaml.safe_load(parts[1]), parts[2], sections)


NOTES = [_read(path) for path in sorted(STARTER_FOLDER.glob("*.md"))]
each_note = pytest.mark.parametrize("note", NOTES, ids=lambda note: note.path.stem)


def test_there_are_at_least_a_hundred_conditions_of_every_system():
    assert len({note.title for note in NOTES}) >= 100
    assert {note.front["system"] for note in NOTES} == SYSTEMS
    assert {"common", "uncommon", "rare"} == {note.front["frequency"] for note in NOTES}


@each_note
def test_front_matter_has_every_field_with_an_allowed_value(note: Note):
    assert set(note.front) == FIELDS
    assert note.title.strip() == note.title != ""
    assert note.synonyms
    assert note.front["system"] in SYSTEMS
    ages = note.front["ages"] if isinstance(note.front["ages"], list) else [note.front["ages"]]
    assert set(ages) <= set(get_args(AgeBand))
    assert ages
    assert note.front["sex"] in ("any", "female", "male")
    assert note.front["frequency"] in set(get_args(Frequency)) - {"unknown"}
    assert note.front["urgency"] in set(get_args(Urgency)) - {"unknown"}


@each_note
def test_the_six_sections_stand_in_order_with_bullets_of_readable_length(note: Note):
    assert re.findall(r"^# (.*)$", note.body, re.MULTILINE) == [note.title]
    assert tuple(re.findall(r"^##+ (.*)$", note.body, re.MULTILINE)) == SECTIONS
    loose = [line for line in note.body.splitlines() if line.strip() and not line.startswith(("# ", "## ", "- "))]
    assert not loose, "everything that can be quoted is a bullet"
    for name, bullets in note.sections.items():
        assert bullets, f"{name} is empty"
        wrong = [bullet for bullet in bullets if len(bullet.split()) not in WORDS_A_BULLET]
        assert not wrong, f"{name} has bullets that are too short or too long to quote"
    assert len(note.body.split()) in WORDS_A_NOTE


@each_note
def test_every_source_can_be_looked_up(note: Note):
    sources = note.front["sources"]
    assert isinstance(sources, list)
    assert sources
    for source in sources:
        assert set(source) == {"issuer", "title", "year", "url"}
        assert source["issuer"].strip()
        assert source["title"].strip()
        assert 1990 <= source["year"] <= 2026
        assert re.fullmatch(r"https://[\w.-]+\.[a-z]{2,}(/\S*)?", source["url"])


@pytest.fixture(scope="module")
def icd10cm() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # the package reads its data in a way Python has moved on from
        return importlib.import_module("simple_icd_10_cm")


@each_note
def test_codes_are_icd_10_cm(note: Note, icd10cm: ModuleType):
    codes = note.front["icd10cm"]
    assert isinstance(codes, list)
    assert codes
    assert [code for code in codes if not icd10cm.is_valid_item(code)] == []


@each_note
def test_what_can_kill_says_how_to_tell(note: Note):
    """Section order is tested above; here the content counts: red flags are worth more than a line."""
    flags = note.sections["Red flags"]
    least = 2 if note.front["urgency"] == "emergency" else 1
    assert len(flags) >= least
    assert sum(len(flag.split()) for flag in flags) >= 8 * least


def test_no_two_notes_share_a_title_and_no_synonym_is_the_title_of_another():
    """Candidates are grouped by these keys (assistant/disease_names.py): a clash would make two diseases one."""
    titles: dict[str, set[str]] = defaultdict(set)
    for note in NOTES:
        for key in keys(Condition(name=note.title)):
            titles[key].add(note.title)
    assert len({note.title.casefold() for note in NOTES}) == len(NOTES)
    assert {key: names for key, names in titles.items() if len(names) > 1} == {}
    clashes = [
        (note.title, synonym)
        for note in NOTES
        for synonym in note.synonyms
        for key in keys(Condition(name=synonym))
        if titles.get(key, {note.title}) != {note.title}
    ]
    assert clashes == []


def test_a_synonym_stands_for_one_condition_unless_the_name_is_ambiguous_in_medicine_too():
    owners: dict[str, set[str]] = defaultdict(set)
    for note in NOTES:
        for synonym in note.synonyms:
            for key in keys(Condition(name=synonym)):
                owners[key].add(note.title)
    allowed = frozenset[str]().union(*(keys(Condition(name=name)) for name in SHARED_NAMES))
    assert {key: names for key, names in owners.items() if len(names) > 1 and key not in allowed} == {}


@pytest.fixture(scope="module")
def by_words(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuidelineIndex]:
    """The starter notes, searched by their words alone."""
    folder = tmp_path_factory.mktemp("words") / "index"
    _build(folder, HashingEmbedder(16))
    with closing(GuidelineIndex.open(folder)) as opened:
        yield opened


@pytest.fixture(scope="module")
def by_default(real_settings: Settings) -> Iterator[GuidelineIndex]:
    """The starter notes with the default embedder, as a user has them."""
    embedder = open_embedder(catalogue.embedder_folder(real_settings), real_settings.threads)
    with closing(GuidelineIndex.open(real_settings.index_folder, embedder)) as opened:
        yield opened


def _build(folder: Path, embedder: Embedder) -> None:
    with closing(GuidelineIndex.create(folder, embedder)) as made:
        report = made.add([STARTER_FOLDER], DocumentDefaults(trust="starter"))
    assert not report.failed
    assert report.documents == len(NOTES)


def _conditions(index: GuidelineIndex, query: str) -> list[str]:
    hits = index.search(Query(text=query, phrases=(query,)), limit=HITS)
    return list(dict.fromkeys(hit.document.condition.name for hit in hits if hit.document.condition))


def _places(index: GuidelineIndex, notes: Sequence[Note]) -> dict[str, int]:
    """Return at which place, counted from 1, each note's condition is among those its own presentation finds."""
    places = {}
    for note in notes:
        found = _conditions(index, note.presentation())
        places[note.title] = found.index(note.title) + 1 if note.title in found else 1000
    return places


def _assert_found(places: dict[str, int], capsys: pytest.CaptureFixture[str], how: str) -> None:
    first, third = (sum(place <= limit for place in places.values()) / len(places) for limit in (1, 3))
    with capsys.disabled():
        print(f"\n{how}: {first:.1%} first, {third:.1%} in the first 3, of {len(places)} notes", end=" ")  # noqa: T201
    assert {title: place for title, place in places.items() if place > FIRST_CONDITIONS} == {}
    assert first > 0.8


def test_every_note_is_found_by_the_words_of_its_presentation(
    by_words: GuidelineIndex, capsys: pytest.CaptureFixture[str]
):
    _assert_found(_places(by_words, NOTES), capsys, "by words")


@pytest.mark.real
@pytest.mark.slow
def test_every_note_is_found_by_its_presentation(by_default: GuidelineIndex, capsys: pytest.CaptureFixture[str]):
    _assert_found(_places(by_default, NOTES), capsys, "with the default embedder")


def test_the_query_holds_no_name_of_its_condition():
    for note in NOTES:
        assert note.title.casefold() not in note.presentation().casefold()
        assert len(note.presentation().split()) >= 8, f"{note.title}: too little is left to be found by"
