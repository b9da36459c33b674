"""Whether guidance may still be relied on: which documents are superseded or withdrawn, and how hits are ordered by it.

Knows titles, issuers, dates and what was stated. Does not know text: two editions are told by their facts alone, so a body
that changes the title of a guideline with its edition must say itself what replaces what.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from index.document import Status
from index.headings import is_section_name

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
_NUMERIC_DATE = re.compile(r"\b((?:19|20)\d{2})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?\b")
_DAY_MONTH = re.compile(r"\b(?:(\d{1,2})(?:st|nd|rd|th)?\s+)?([a-z]{3,9})\.?,?\s+(?:(\d{1,2}),?\s+)?((?:19|20)\d{2})\b")
# What tells editions of one work apart, and nothing else: a part, a volume or a type number is another work.
_EDITION = re.compile(
    r"\((?:[a-z]{2,5}[\s-]?\d{1,4}|[^()]*\b(?:19|20)\d{2})\)|\b(?:19|20)\d{2}(?:[-/\u2013]\d{2,4})?\b|"
    r"\b(?:\d{1,2}(?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|new|revised|updated)"
    r"\s+(?:edition|ed|version|revision)\b\.?|"
    r"\b(?:edition|version|revision|ver|v)\.?\s*\d{1,2}(?:\.\d{1,3}){0,2}\b|"
    r"\b(?:revised|updated|update|edition|revision)\b"
)
_NOT_WORDS = re.compile(r"[\W_]+")
_BEGINS_WITH_DATE = re.compile(r"\d|[A-Z][a-z]+ (?:19|20)\d\d")
# What stands for a withdrawal of which neither the date nor the reason is known.
WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Edition:
    """The facts of a document by which its standing is judged."""

    id: str
    title: str
    issuer: str = ""
    published: str = ""
    jurisdiction: str = ""
    condition: str = ""
    superseded_by: str = ""
    supersedes: tuple[str, ...] = ()
    withdrawn: str = ""


class Statement(NamedTuple):
    """What a user said of a document; it counts before what the document says of itself."""

    status: Status
    superseded_by: str = ""
    withdrawn: str = ""


@dataclass(frozen=True)
class Standing:
    """Why a document is not current. `successor` is the id of what replaces it, where that is in the index.

    `stated` where a document or a user said so; otherwise it was concluded from titles and dates.
    """

    superseded_by: str = ""
    successor: str = ""
    withdrawn: str = ""
    stated: bool = True

    @property
    def status(self) -> Status:
        """What it amounts to; withdrawn counts before superseded."""
        return "withdrawn" if self.withdrawn else "superseded"


def family(title: str) -> str:
    """Return what all editions of a work are called: the title in lower case without year, edition and reference number."""
    return _NOT_WORDS.sub(" ", _EDITION.sub(" ", title.casefold())).strip()


def date_key(published: str) -> tuple[int, ...]:
    """Return a date as (year,), (year, month) or (year, month, day), to be compared; () where no year is in it."""
    text = published.casefold()
    if (found := _NUMERIC_DATE.search(text)) and 1 <= int(found[2]) <= len(_MONTHS):
        return tuple(int(part) for part in found.groups() if part)
    if (found := _DAY_MONTH.search(text)) and found[2][:3] in _MONTHS:
        day = found[1] or found[3]
        return (int(found[4]), _MONTHS.index(found[2][:3]) + 1, *((int(day),) if day else ()))
    year = _YEAR.search(text)
    return (int(year[0]),) if year else ()


def is_later(one: str, other: str) -> bool:
    """Say whether a date is certainly after another: "2022" is not after "2022-03", nor before it."""
    first, second = date_key(one), date_key(other)
    shared = min(len(first), len(second))
    return shared > 0 and first[:shared] > second[:shared]


def standings(editions: Iterable[Edition], statements: Mapping[str, Statement]) -> dict[str, Standing]:
    """Return the standing of every document that is not current, by id.

    What a user said counts first, then what documents say of themselves and of each other, then a newer date under the
    same title from the same issuer. Who names a successor does not take back a withdrawal, nor the other way round.
    """
    known = {edition.id: edition for edition in editions}
    by_title = _by_title(known.values())
    found = _concluded(known.values())
    for edition in sorted(known.values(), key=lambda one: (date_key(one.published), one.id)):
        for target in (one for named in edition.supersedes for one in _named(named, known, by_title)):
            if target.id != edition.id:
                found[target.id] = Standing(_label(edition), edition.id)
    for edition in known.values():
        if edition.superseded_by:
            found[edition.id] = _replaced(edition.superseded_by, edition.id, known, by_title)
        if edition.withdrawn:
            found[edition.id] = _withdrawn(found.get(edition.id), edition.withdrawn)
    for name, said in ((name, said) for name, said in statements.items() if name in known):
        before = found.pop(name, None)
        if said.superseded_by:
            newer = _replaced(said.superseded_by, name, known, by_title)
            found[name] = _withdrawn(newer, before.withdrawn if before else "")
        elif said.withdrawn and before:
            found[name] = before
        if said.withdrawn:
            found[name] = _withdrawn(found.get(name), said.withdrawn)
    return {name: _followed(name, found, known) for name in found}


def _by_title(editions: Iterable[Edition]) -> dict[str, list[Edition]]:
    titled: dict[str, list[Edition]] = defaultdict(list)
    for edition in editions:
        titled[edition.title.casefold()].append(edition)
    return titled


def _concluded(editions: Iterable[Edition]) -> dict[str, Standing]:
    """Return the older ones among documents of one issuer, place, subject and title."""
    works: dict[tuple[str, str, str, str], list[Edition]] = defaultdict(list)
    for edition in editions:
        title = family(edition.title)
        # "Overview" is a heading that many works share.
        if edition.issuer and date_key(edition.published) and title and not is_section_name(title):
            place = (edition.issuer.casefold(), edition.jurisdiction.casefold(), family(edition.condition), title)
            works[place].append(edition)
    return {
        older.id: Standing(_label(newest), newest.id, stated=False)
        for work in works.values()
        for newest in [max(work, key=lambda one: (date_key(one.published), one.id))]
        for older in work
        if is_later(newest.published, older.published)
    }


def _named(name: str, known: Mapping[str, Edition], by_title: Mapping[str, Sequence[Edition]]) -> Sequence[Edition]:
    """Return the documents that an id or a title means."""
    return [known[name]] if name in known else by_title.get(name.strip().casefold(), ())


def _replaced(
    name: str, own_id: str, known: Mapping[str, Edition], by_title: Mapping[str, Sequence[Edition]]
) -> Standing:
    found = [one for one in _named(name, known, by_title) if one.id != own_id]
    newest = max(found, key=lambda one: (date_key(one.published), one.id), default=None)
    return Standing(_label(newest), newest.id) if newest else Standing(superseded_by=name)


def _withdrawn(known: Standing | None, said: str) -> Standing:
    return Standing(known.superseded_by, known.successor, said) if known else Standing(withdrawn=said)


def _label(edition: Edition) -> str:
    """Return a title with its year: "Gout: management (2022)"."""
    year = _YEAR.search(edition.published)
    return f"{edition.title} ({year[0]})" if year and year[0] not in edition.title else edition.title


def _followed(name: str, found: Mapping[str, Standing], known: Mapping[str, Edition]) -> Standing:
    """Return a standing that names the last of a chain of successors, and says so where that one is withdrawn."""
    own = found[name]
    seen, last = {name}, own.successor
    while last and last in found and found[last].successor and found[last].successor not in seen:
        seen.add(last)
        last = found[last].successor
    if not last or last == name or last not in known:
        return own
    label = _label(known[last]) + (", itself withdrawn" if last in found and found[last].withdrawn else "")
    return Standing(label, last, own.withdrawn, own.stated)


def standing_words(superseded_by: str, withdrawn: str) -> str:
    """Return a standing in words: "withdrawn 2021-03", "superseded by Gout: management (2022)"; "" for current."""
    gone = withdrawn
    if withdrawn not in ("", WITHDRAWN):
        gone = f"withdrawn{' ' if _BEGINS_WITH_DATE.match(withdrawn) else ': '}{withdrawn}"
    return ", ".join(part for part in (gone, f"superseded by {superseded_by}" if superseded_by else "") if part)


def ordered(
    documents: Sequence[str], known: Mapping[str, Standing], topics: Mapping[str, str] | None = None
) -> list[int]:
    """Return the places of hits, given by their documents best first, in the order in which they are to be shown.

    A superseded document comes after all hits of its successor and after all current ones on its topic, a withdrawn one
    after every other hit. `topics` names what documents are about; one without a topic shares it with none.
    """
    topics = topics or {}
    last: dict[tuple[str, str], int] = {}
    for place, name in enumerate(documents):
        if name not in known:
            last[("document", name)] = place
            if name in topics:
                last[("topic", topics[name])] = place

    def key(place: int) -> tuple[float, bool, int]:
        name = documents[place]
        standing = known.get(name)
        if standing is None:
            return place, False, place
        if standing.status == "withdrawn":
            return math.inf, True, place
        before = last.get(("document", standing.successor), -1), last.get(("topic", topics.get(name, "")), -1)
        return max(place, *before), True, place

    return sorted(range(len(documents)), key=key)
