"""The corpora themselves, where a mirror folder holds them: nothing is lost in parsing, and every passage is exact."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.corpora.catalogue import Corpus, catalogue
from index.corpora.fetching import fetch
from index.corpora.preparing import prepare
from index.document import Document
from index.reading import read_path
from index.splitting import split

MIRROR = Path(os.environ.get("WARDROUND_DATA_MIRROR") or "/nonexistent")
MODELS = Path(os.environ.get("WARDROUND_TEST_MODELS") or "/nonexistent")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not MIRROR.is_dir(), reason="WARDROUND_DATA_MIRROR names no folder of corpora"),
]
# How many documents there must be at least, and the share that must be about a condition.
EXPECTED = {
    "nstg": (250, 0.95),
    "nstg-conditions": (260, 1.0),
    "edliz": (180, 0.0),
    "medquad": (5_000, 0.9),
    "openstax-nursing": (470, 0.0),
    "openstax-microbiology": (150, 0.0),
    "wikidoc": (1_300, 1.0),
    "chatdoctor-diseases": (796, 1.0),
    "maxo": (200, 1.0),
    "hpo": (12_000, 1.0),
    "pubmedqa": (1_000, 0.0),
    "medlineplus": (900, 0.4),
}


def _documents(one: Corpus, folder: Path) -> list[Document]:
    mirrors = [place for place in (MIRROR, MODELS) if place.is_dir()]
    absent = [file.path for file in one.files if not any((place / file.path).is_file() for place in mirrors)]
    if absent:
        pytest.skip(f"no mirror has {', '.join(absent)}")
    file = prepare(one, fetch(one, folder / "cache", mirrors), folder)
    return list(read_path(file, defaults=one.defaults))


@pytest.mark.parametrize("name", EXPECTED)
def test_documents_are_whole_and_named(name: str, tmp_path: Path) -> None:
    one = catalogue()[name]
    documents = _documents(one, tmp_path)
    least, about_a_condition = EXPECTED[name]
    assert len(documents) >= least
    assert len({document.id for document in documents}) == len(documents)
    assert len({document.title for document in documents}) >= 0.88 * len(documents)
    assert sum(document.condition is not None for document in documents) >= about_a_condition * len(documents)
    for document in documents:
        assert re.match("https?://", document.url)
        assert (document.licence, document.trust) == (one.licence.name, one.trust)
        assert document.issuer
        assert document.text.startswith(f"# {document.title}")
        assert not re.search(r"(?m)^[}\]]|%27|\(\s*\)", document.title)
    for document in documents[:: max(1, len(documents) // 300)]:
        passages = split(document)
        assert passages
        assert all(passage.text == document.text[passage.start : passage.end] for passage in passages)


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"[a-z]{3,}|\d+", text.lower()))


def _without_repeated_headings(text: str) -> str:
    return " ".join(" ".join(line for line in text.split("\n") if not line.isupper()).split())


@pytest.mark.parametrize(
    ("name", "is_taken"),
    [
        ("nstg", lambda record: True),
        ("edliz", lambda record: True),
        ("openstax-microbiology", lambda record: record["module_title"] not in ("Preface", "Glossary")),
    ],
)
def test_no_text_is_lost(name: str, is_taken: Callable[[dict[str, Any]], bool], tmp_path: Path) -> None:
    one = catalogue()[name]
    found = sum((_words(document.text) for document in _documents(one, tmp_path)), Counter())
    lines = (MIRROR / one.files[0].path).read_text(encoding="utf-8").split("\n")
    records = [json.loads(line) for line in lines if line]
    texts = dict.fromkeys(_without_repeated_headings(record["text"]) for record in records if is_taken(record))
    expected = sum(map(_words, texts), Counter())
    assert (expected & found).total() >= 0.985 * expected.total()
