from __future__ import annotations

import importlib.util
import os
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from index.corpora.catalogue import Corpus, CorpusFile, catalogue, corpus, is_safe_address
from index.corpora.downloading import sha256_of
from index.errors import UnknownCorpus

MIRROR = os.environ.get("WARDROUND_DATA_MIRROR", "")
FILES = {file.path: file for one in catalogue().values() for file in one.files}


def test_there_are_a_dozen_and_no_name_means_two() -> None:
    names = [name for one in catalogue().values() for name in (one.name, *one.also_called)]
    assert len(catalogue()) >= 12
    assert len(names) == len(set(names))
    assert all(corpus(name.upper()).name in catalogue() for name in names)


@pytest.mark.parametrize("one", catalogue().values(), ids=list(catalogue()))
def test_an_entry_says_all_that_a_user_must_know(one: Corpus) -> None:
    assert one.licence.attribution
    assert one.licence.url
    assert one.issuer
    assert one.revision
    assert importlib.util.find_spec(f"index.corpora.parsing.{one.parser}")
    assert one.defaults.licence == one.licence.name
    assert one.available in ("to download", "from a mirror only") or one.available.startswith("comes with wardround ")


def test_what_is_for_non_commercial_use_says_so_in_its_notes() -> None:
    restricted = [one for one in catalogue().values() if "-NC-" in one.licence.name]
    assert restricted
    assert all("NON-COMMERCIAL" in one.licence.notes for one in restricted)


def test_addresses_are_pinned_to_a_commit_or_a_day() -> None:
    urls = [file.url for file in FILES.values() if file.url]
    assert urls
    assert all(re.search(r"/[0-9a-f]{40}/|\d{4}-\d\d-\d\d", url) for url in urls)


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnknownCorpus, match=r"no 'nstq'; it has nstg, .*medquad"):
        corpus("nstq")


@pytest.mark.parametrize("path", ["/etc/passwd", "../up/file", "a/../b", "file-alone", "a//b", ".hidden/file", "a/.b"])
def test_a_file_stays_below_the_mirror(path: str) -> None:
    with pytest.raises(ValidationError):
        CorpusFile(path=path, sha256="0" * 64, size=1)


@pytest.mark.parametrize("fault", [{"sha256": ""}, {"sha256": "g" * 64}, {"size": 0}, {"url": "http://example.org/x"}])
def test_a_file_without_a_hash_or_a_safe_address_is_no_entry(fault: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        CorpusFile.model_validate({"path": "a/b", "sha256": "0" * 64, "size": 1} | fault)


def test_only_this_machine_is_spoken_to_in_the_clear() -> None:
    assert is_safe_address("https://example.org/a")
    assert is_safe_address("http://127.0.0.1:8000/a")
    assert not is_safe_address("http://127.0.0.1.example.org/a")
    assert not is_safe_address("ftp://127.0.0.1/a")


@pytest.mark.skipif(not MIRROR, reason="WARDROUND_DATA_MIRROR names no folder of corpora")
@pytest.mark.parametrize("path", FILES)
def test_the_mirror_holds_the_pinned_files(path: str) -> None:
    found = Path(MIRROR, path)
    if not found.is_file():
        pytest.skip(f"this mirror has no {path}")
    assert sha256_of(found) == FILES[path].sha256
    assert FILES[path].size in (None, found.stat().st_size)
