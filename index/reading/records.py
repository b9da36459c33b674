"""Read JSON lines of any shape: what a record calls its fields decides what becomes title, heading and text.

Records of one file with the same title and address become one document, each a section of it. The other strings, lists
and nested objects of a record become headed sections and bullets, in the order of the record. Identifiers are left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.document import Condition, Document, Source
from index.errors import UnreadableFile
from index.reading.cleaning import clean_text, joined_paragraphs, one_line
from index.reading.drafts import DocumentDefaults, Limits, decode, make_document, withdrawal

_TITLES = (
    "condition_name",
    "title",
    "focus",
    "disease",
    "diagnosis",
    "module_title",
    "section",
    "topic",
    "name",
    "file",
)
_CONDITIONS = ("condition_name", "focus", "disease", "diagnosis")
_HEADINGS = ("question", "heading", "section", "chapter", "part", "qtype")
_BODIES = frozenset(("text", "answer", "content", "body", "abstract", "context"))
_LABELS = ("type", "name", "title", "heading", "label", "category")
_FACT_FIELDS = (
    "issuer source published date year superseded_by supersedes withdrawn strength url licence license synonyms"
    " book collection module chapter part qtype question heading section trust jurisdiction language semantic_group file"
)
_ABOUT = frozenset(_FACT_FIELDS.split())
_IDENTIFIER = re.compile(
    r"(?:^|_)(?:id|ids|qid|pmid|doi|cui|uid|uuid|slug|no|num|number|index|hash|sha256|md5|filename|path)$"
)
# Lists folded into one line by whoever made the records: "any of the following: - Fever. - Easy bruising."
_FOLDED_ITEM = re.compile(r"(?<=[.:;?!)]) - (?=[A-Z])")
_SPACED_MARK = re.compile(r"(?<=\w|\)) +(?=[?!,;](?:\s|$))")
# What a corpus calls the identifier of a record, the likeliest first; "_id" is what BEIR and the like use.
_RECORD_IDS = ("_id", "id", "doc_id", "docid", "qid", "pmid", "uid", "record_id")
_DEEPEST = 6


@dataclass
class _Draft:
    """A document in the making: its lines, and the record it began with."""

    title: str
    first: Mapping[str, Any]
    lines: list[str] = field(default_factory=list)
    headings: tuple[str, ...] = ()
    record_ids: list[str] = field(default_factory=list)


def read(path: Path, data: bytes, limits: Limits, defaults: DocumentDefaults) -> Iterator[Document]:
    """Yield the documents of a JSON lines file, in the order in which their first records stand."""
    drafts: dict[tuple[str, str], _Draft] = {}
    for record in _records(path, data):
        key, title = _title(record, path)
        draft = drafts.setdefault((title, _string(record, "url")), _Draft(title, record, [f"# {title}"]))
        draft.record_ids += [identifier] if (identifier := _string(record, *_RECORD_IDS)) else []
        _add_record(draft, record, key)
    made = [_document(path, draft, defaults) for draft in drafts.values() if len(draft.lines) > 1]
    if not made:
        raise UnreadableFile(f"{path}: its records hold no text")
    yield from made


def _records(path: Path, data: bytes) -> Iterator[Mapping[str, Any]]:
    # Not splitlines(): JSON strings may hold U+2028, which is no line end here.
    for number, line in enumerate(decode(data, path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except ValueError as error:
            raise UnreadableFile(f"{path}: line {number} is not JSON ({one_line(str(error))[:100]})") from error
        if not isinstance(record, dict):
            raise UnreadableFile(f"{path}: line {number} is a JSON {type(record).__name__}, not an object")
        yield record


def _string(record: Mapping[str, Any], *names: str) -> str:
    values = (record.get(name) for name in names)
    return next((one_line(str(value)) for value in values if isinstance(value, str | int) and str(value).strip()), "")


def _strings(value: object) -> Iterator[str]:
    yield from (one_line(one) for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))


def _title(record: Mapping[str, Any], path: Path) -> tuple[str, str]:
    """Return the field that names the record, and the title it gives."""
    key = next((name for name in _TITLES if isinstance(record.get(name), str) and record[name].strip()), "")
    # Records without a title are told apart by their identifier, so that each stays a document of its own.
    title = _string(record, key) if key else " ".join(filter(None, (path.stem, _string(record, *_RECORD_IDS))))
    if key == "file":
        title = re.sub(r"_\d+$", "", title).replace("_", " ")
    return key, in_sentence_case(title)


def in_sentence_case(title: str) -> str:
    """Return a title with a capital at its beginning; one all in capitals is lowered but for its abbreviations."""
    if title.isupper() and len(title) > 4:
        title = " ".join(word if _is_acronym(word) else word.lower() for word in title.split())
    return title[:1].upper() + title[1:]


def _is_acronym(word: str) -> bool:
    """Say whether a word of a title in capitals stays so: "(CKD)", "HIV", "COVID-19", but not "ACUTE" or "OF"."""
    letters = re.sub(r"[^A-Z]", "", word)
    return bool(re.search(r"\d", word)) or (
        1 < len(letters) <= 4 and (word[0] == "(" or not re.search("[AEIOU]", letters))
    )


def _add_record(draft: _Draft, record: Mapping[str, Any], title_key: str) -> None:
    headings = _headings(record, title_key)
    shared = 0
    while shared < min(len(headings), len(draft.headings)) and headings[shared] == draft.headings[shared]:
        shared += 1
    body: list[str] = []
    for key, value in record.items():
        if key != title_key and key not in _ABOUT and not _IDENTIFIER.search(key):
            body += _rendered(key, value, min(_DEEPEST, len(headings) + 2))
    while body and body[0].lstrip("# ").casefold() in {draft.title.casefold(), *(h.casefold() for h in headings)}:
        del body[0]
    if body:
        draft.lines += [f"{'#' * (depth + 2)} {headings[depth]}" for depth in range(shared, len(headings))] + body
        draft.headings = headings


def _headings(record: Mapping[str, Any], title_key: str) -> tuple[str, ...]:
    found = next(
        (
            _string(record, name)
            for name in _HEADINGS
            if name != title_key and isinstance(record.get(name), str) and record[name].strip()
        ),
        "",
    )
    parts = (_SPACED_MARK.sub("", part.strip()) for part in found.split(" > "))
    return tuple(part for part in parts if part)[: _DEEPEST - 2]


def _rendered(key: str, value: object, level: int) -> list[str]:
    """Return the lines of one field: its own name as heading unless it is the body, then its text."""
    lines = _lines(value, level + 1, key)
    if not lines or key in _BODIES:
        return lines
    return [f"{'#' * min(_DEEPEST, level)} {_as_heading(key)}", *lines]


def _as_heading(key: str) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", key).replace("_", " ").strip()
    words = re.sub(r"^non (?=\w)", "non-", words, flags=re.I)
    return words[:1].upper() + words[1:]


def _lines(value: object, level: int, key: str) -> list[str]:
    if isinstance(value, str):
        return _text_lines(value)
    if isinstance(value, Mapping):
        return [
            line
            for name, inner in value.items()
            if not _IDENTIFIER.search(name)
            for line in _rendered(name, inner, level)
        ]
    if isinstance(value, list):
        return [line for item in value for line in _item_lines(item, level, key)]
    return []


def _item_lines(item: object, level: int, key: str) -> list[str]:
    """Return one entry of a list: a string is a bullet, an object a sub-heading with its bullets."""
    if isinstance(item, str):
        line = re.sub(r"^[-*\u2022\u2013]\s+", "", one_line(item))
        return [f"- {line}"] if line else []
    if not isinstance(item, Mapping):
        return _lines(item, level, key)
    label = next((name for name in _LABELS if isinstance(item.get(name), str) and item[name].strip()), "")
    rest = {name: inner for name, inner in item.items() if name != label}
    lines = _lines(next(iter(rest.values())), level + 1, key) if len(rest) == 1 else _lines(rest, level + 1, key)
    heading = _string(item, label) if label else ""
    if not heading or not lines or heading.casefold() == _as_heading(key).casefold():
        return lines
    return [f"{'#' * min(_DEEPEST, level)} {heading}", *lines]


def _text_lines(text: str) -> list[str]:
    text = _SPACED_MARK.sub("", _FOLDED_ITEM.sub("\n- ", clean_text(text)))
    return [line for line in joined_paragraphs(text).split("\n") if line]


def _document(path: Path, draft: _Draft, defaults: DocumentDefaults) -> Document:
    record = draft.first
    issuer = _string(record, "issuer", "source")
    book = _string(record, "book")
    known = {
        "issuer": issuer,
        "published": _string(record, "published", "date", "year"),
        "url": _string(record, "url"),
        "licence": _string(record, "licence", "license"),
        "superseded_by": _string(record, "superseded_by"),
        "supersedes": tuple(_strings(record.get("supersedes"))),
        "withdrawn": withdrawal(record.get("withdrawn")),
        "strength": _string(record, "strength"),
        "condition": _condition(record),
        "record_ids": tuple(dict.fromkeys(draft.record_ids)),
        "sources": (Source(issuer=issuer or defaults.issuer, title=book),) if book else (),
    }
    return make_document(path, draft.title, clean_text("\n".join(draft.lines)), defaults, **known)


def _condition(record: Mapping[str, Any]) -> Condition | None:
    name = _string(record, *_CONDITIONS)
    groups = record.get("semantic_group")
    if not name or (groups and "Disorders" not in groups):
        return None
    listed = record.get("synonyms")
    synonyms = (one_line(str(item)) for item in listed) if isinstance(listed, list) else ()
    return Condition(name=name, synonyms=tuple(synonym for synonym in synonyms if synonym))
