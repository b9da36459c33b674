"""The catalogue of open corpora: what each is, its licence, and the exact files it is made of.

Every file is pinned by its SHA-256 and size; an address without a hash is no entry. Knows names, terms and places. Does
not know how files are fetched or read.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import yaml
from pydantic import AfterValidator, Field, StringConstraints

from index.document import Frozen, Trust
from index.errors import UnknownCorpus
from index.reading import DocumentDefaults

_FILE = Path(__file__).with_name("catalogue.yaml")
_THIS_MACHINE = frozenset(("127.0.0.1", "::1", "localhost"))
_UNKNOWN_SIZE_LIMIT = 100_000_000
_PATH = re.compile(r"(?!\.)[\w.-]+(?:/(?!\.)[\w.-]+)+")


def is_safe_address(url: str) -> bool:
    """Say whether a file may be fetched from here: encrypted, or from this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _THIS_MACHINE)


def _checked_address(url: str) -> str:
    if url and not is_safe_address(url):
        raise ValueError(f"{url!r} is not an https address")
    return url


def _checked_path(path: str) -> str:
    if not _PATH.fullmatch(path):
        raise ValueError(f"{path!r} is not a path of the form FOLDER/FILE")
    return path


class Licence(Frozen):
    """The terms a corpus is under, as they must be shown before it is used."""

    name: Annotated[str, StringConstraints(min_length=1)]
    url: Annotated[str, AfterValidator(_checked_address)] = ""
    attribution: str
    notes: str = ""


class CorpusFile(Frozen):
    """One file: its path below a mirror folder, its hash and size, and where it comes from.

    `url` is empty where the file is a converted one that only a mirror holds, and where `comes_with` names the command
    that brings it. `size` is None where only the hash was published.
    """

    path: Annotated[str, AfterValidator(_checked_path)]
    sha256: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]
    size: Annotated[int, Field(gt=0)] | None = None
    url: Annotated[str, AfterValidator(_checked_address)] = ""
    comes_with: str = ""

    @property
    def limit(self) -> int:
        """The most bytes that a download of it may bring."""
        return self.size or _UNKNOWN_SIZE_LIMIT


class Corpus(Frozen):
    """An open corpus at one pinned revision; `parser` names the module of `index.corpora.parsing` that reads it."""

    name: Annotated[str, StringConstraints(pattern="^[a-z0-9][a-z0-9-]*$")]
    also_called: tuple[str, ...] = ()
    title: str
    what: str
    issuer: str
    published: str
    jurisdiction: str = ""
    trust: Trust
    homepage: Annotated[str, AfterValidator(_checked_address)]
    revision: str
    superseded_by: str = ""
    licence: Licence
    parser: Annotated[str, StringConstraints(pattern="^[a-z_]+$")]
    files: Annotated[tuple[CorpusFile, ...], Field(min_length=1)]

    @property
    def size(self) -> int:
        """How many bytes its files of known size have together."""
        return sum(file.size or 0 for file in self.files)

    @property
    def available(self) -> str:
        """Say in words where its files can be had."""
        if commands := tuple(dict.fromkeys(file.comes_with for file in self.files if file.comes_with)):
            return f"comes with {' and '.join(commands)}"
        return "to download" if all(file.url for file in self.files) else "from a mirror only"

    @property
    def defaults(self) -> DocumentDefaults:
        """What holds for each of its documents that does not say otherwise."""
        return DocumentDefaults(
            issuer=self.issuer,
            published=self.published,
            jurisdiction=self.jurisdiction,
            licence=self.licence.name,
            url=self.homepage,
            trust=self.trust,
        )


@cache
def catalogue(file: Path = _FILE) -> dict[str, Corpus]:
    """Return the corpora by name, in the order of the file."""
    entries = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {entry["name"]: Corpus.model_validate(entry) for entry in entries}


def corpus(name: str) -> Corpus:
    """Return a corpus by its name or another it goes by. Raises UnknownCorpus with the names there are."""
    wanted = name.strip().casefold()
    for one in catalogue().values():
        if wanted in (one.name, *one.also_called):
            return one
    raise UnknownCorpus(f"the catalogue has no {name!r}; it has {', '.join(catalogue())}")
