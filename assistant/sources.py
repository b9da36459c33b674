"""The quotes behind what is shown, gathered by document and passage.

An advice is shown word for word, so its quote needs no second printing, only its place. Knows citations. Does not know
how a list of sources is laid out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assistant import phrasing
from assistant.assessment import Advice, Citation, CitedDocument


@dataclass(frozen=True)
class CitedPassage:
    """A passage, its place in the document, the numbered quotes to write out, and the numbers shown above as advice."""

    id: str
    section: str
    quotes: tuple[tuple[int, str], ...]
    above: tuple[int, ...]


@dataclass(frozen=True)
class CitedSource:
    """A document and the passages of it that are cited, in the order in which they are first cited."""

    document: CitedDocument
    passages: tuple[CitedPassage, ...]


def cited_sources(cited: Mapping[int, Citation], advice: Iterable[Advice]) -> tuple[CitedSource, ...]:
    """Return the cited quotes by document and passage; `advice` is what is shown above, word for word."""
    said = {phrasing.plain(one.text) for one in advice}
    documents: dict[str, dict[str, dict[int, Citation]]] = defaultdict(lambda: defaultdict(dict))
    for number, citation in sorted(cited.items()):
        documents[citation.document.id][citation.passage_id][number] = citation
    return tuple(
        CitedSource(
            _first(next(iter(passages.values()))).document,
            tuple(_passage(name, numbered, said) for name, numbered in passages.items()),
        )
        for passages in documents.values()
    )


def _passage(name: str, numbered: Mapping[int, Citation], said: set[str]) -> CitedPassage:
    quotes = {number: phrasing.plain(citation.quote) for number, citation in numbered.items()}
    return CitedPassage(
        id=phrasing.plain(name),
        section=phrasing.section(_first(numbered).document),
        quotes=tuple((number, quote) for number, quote in quotes.items() if quote not in said),
        above=tuple(number for number, quote in quotes.items() if quote in said),
    )


def _first(numbered: Mapping[int, Citation]) -> Citation:
    return next(iter(numbered.values()))
