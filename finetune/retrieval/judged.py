"""A judged set: queries and the graded judgements that say what answers them, in the forms such sets come in.

Knows queries, grades and file shapes: tab-separated, JSON lines or TREC topics for queries, TREC's four columns or
BEIR's three for judgements. Does not know what a docno names, nor indexes or systems.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.errors import UsageError

UNTYPED = "query"
_IDS = ("_id", "id", "qid", "query_id", "query-id")
_TEXTS = ("text", "query", "question", "title")
_HEADERS = frozenset(_IDS)
# TREC's topics: of old with tags that are not closed, of late as XML.
_TOPIC = re.compile(
    r"<top>(.*?)</top>|<topic\s+number\s*=\s*[\"']([^\"']+)[\"']\s*>(.*?)</topic>", re.DOTALL | re.IGNORECASE
)
_NUMBER = re.compile(r"<num>(?:\s*Number:)?\s*([^\s<]+)", re.IGNORECASE)
_TITLE = re.compile(r"<title>(?:\s*Topic:)?\s*([^<]+)", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class JudgedQuery:
    """One query: what is asked, of which type, and about which topic where that is known.

    `phrases` are searched by their words in the text's place where a system can tell the two apart.
    """

    id: str
    text: str
    type: str = UNTYPED
    topic: str = ""
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True)
class JudgedSet:
    """Queries, and for each query id the grade of each judged docno: 0 or less is not relevant."""

    queries: tuple[JudgedQuery, ...]
    grades: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @classmethod
    def read(cls, queries: Path, qrels: Path) -> JudgedSet:
        """Read queries and judgements. Raises UsageError naming the file and the line that cannot be used."""
        read = tuple(_queries(queries))
        known: set[str] = set()
        for query in read:
            if query.id in known:
                raise UsageError(f"{queries}: the query id {query.id!r} is there twice; each must be its own")
            known.add(query.id)
        judged = cls(read, _grades(qrels))
        if not judged.answerable():
            raise UsageError(
                f"{qrels} judges no passage or document relevant for any query of {queries}; do the ids agree?"
            )
        return judged

    def write(self, queries: Path, qrels: Path) -> None:
        """Write queries as JSON lines and judgements in TREC form, so that `read` gives the same set again."""
        queries.write_text("".join(_as_line(query) for query in self.queries), encoding="utf-8")
        rows = (
            f"{query.id}\t0\t{docno}\t{grade}\n"
            for query in self.queries
            for docno, grade in self.grades.get(query.id, {}).items()
        )
        qrels.write_text("".join(rows), encoding="utf-8")

    def answerable(self) -> tuple[JudgedQuery, ...]:
        """Return the queries for which something is judged relevant; only these can be measured."""
        return tuple(q for q in self.queries if any(grade > 0 for grade in self.grades.get(q.id, {}).values()))

    def docnos(self) -> tuple[str, ...]:
        """Return every docno that a query's judgements name, each once."""
        return tuple(dict.fromkeys(docno for query in self.queries for docno in self.grades.get(query.id, {})))


def _as_line(query: JudgedQuery) -> str:
    facts: dict[str, Any] = {"_id": query.id, "text": query.text, "type": query.type}
    facts |= {"topic": query.topic} if query.topic else {}
    facts |= {"phrases": query.phrases} if query.phrases else {}
    return json.dumps(facts) + "\n"


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise UsageError(f"cannot read {file}: {reason}") from error


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that hold something, with their numbers. Only a line feed ends one: a query may hold U+2028."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line.rstrip("\r")


def _queries(file: Path) -> Iterator[JudgedQuery]:
    text = _text(file)
    if text.lstrip().startswith("<"):
        yield from _topics(text, file)
        return
    for number, line in _lines(text):
        if line.lstrip().startswith("{"):
            yield _from_json(line, f"{file}, line {number}")
        elif "\t" not in line:
            raise UsageError(f"{file}, line {number}: needs an id, a tab and the query, or a JSON object")
        elif not (number == 1 and line.split("\t")[0].strip().casefold() in _HEADERS):
            cells = [cell.strip() for cell in line.split("\t")]
            yield _query(cells[0], cells[1], f"{file}, line {number}", cells[2] if len(cells) > 2 else "")


def _topics(text: str, file: Path) -> Iterator[JudgedQuery]:
    """Yield TREC topics: the title is the query, or the whole of a topic that has no parts."""
    found = list(_TOPIC.finditer(text))
    if not found:
        raise UsageError(f"{file}: holds neither <top> nor <topic number=...>; give id, tab and text, or JSON lines")
    for match in found:
        old, number, whole = match.groups()
        place = f"{file}, line {text.count(chr(10), 0, match.start()) + 1}"
        numbered, titled = _NUMBER.search(old or ""), _TITLE.search(old or whole)
        asked = titled[1] if titled else "" if old else _TAG.sub(" ", whole)
        yield _query(number or (numbered[1] if numbered else ""), " ".join(html.unescape(asked).split()), place)


def _from_json(line: str, place: str) -> JudgedQuery:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise UsageError(f"{place}: is not JSON ({error})") from error
    name = next((str(row[key]) for key in _IDS if row.get(key) not in (None, "")), "")
    text = next((row[key] for key in _TEXTS if isinstance(row.get(key), str)), "")
    phrases = row.get("phrases") or ()
    if not isinstance(phrases, list | tuple):
        raise UsageError(f"{place}: phrases must be a list of strings, not {phrases!r}")
    kind, topic = str(row.get("type") or ""), str(row.get("topic") or "")
    return _query(name, text, place, kind, topic, tuple(str(phrase) for phrase in phrases))


def _query(
    name: str, text: str, place: str, kind: str = "", topic: str = "", phrases: tuple[str, ...] = ()
) -> JudgedQuery:
    if not name or not text.strip():
        raise UsageError(f"{place}: has no {'text' if name else 'id'}")
    return JudgedQuery(name, text, kind or UNTYPED, topic, phrases)


def _grades(file: Path) -> dict[str, dict[str, int]]:
    grades: dict[str, dict[str, int]] = {}
    for number, line in _lines(_text(file)):
        cells = _cells(line)
        if number == 1 and cells[0].casefold() in _HEADERS:
            continue
        if len(cells) < 3:
            raise UsageError(f"{file}, line {number}: needs 'query 0 docno grade', or query, docno and grade by tabs")
        query, docno, grade = cells[0], cells[1] if len(cells) == 3 else " ".join(cells[2:-1]), cells[-1]
        if not re.fullmatch(r"[+-]?\d+(?:\.0*)?", grade):
            raise UsageError(f"{file}, line {number}: the grade {grade!r} is not a whole number")
        judged, value = grades.setdefault(query, {}), int(float(grade))
        if judged.setdefault(docno, value) != value:
            raise UsageError(f"{file}, line {number}: {docno!r} was judged {judged[docno]} before for query {query!r}")
    return grades


def _cells(line: str) -> list[str]:
    """Return the columns of a judgement: divided by tabs where there are two or more, so that a docno may hold blanks."""
    cells = [cell.strip() for cell in line.split("\t")] if line.count("\t") > 1 else line.split()
    return cells or [""]


def types_of(queries: Iterable[JudgedQuery]) -> tuple[str, ...]:
    """Return the types of queries, in the order in which they first appear."""
    return tuple(dict.fromkeys(query.type for query in queries))
