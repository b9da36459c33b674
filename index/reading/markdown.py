"""Read Markdown, with YAML front matter where there is any: title, condition, sources, trust."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import ValidationError

from index.document import Condition, Document, Frequency, Source, Trust, Urgency
from index.errors import UnreadableFile
from index.headings import heading_of
from index.reading.cleaning import clean_text, one_line
from index.reading.drafts import DocumentDefaults, Limits, decode, make_document, title_from, withdrawal

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)(.*)\Z", re.DOTALL)
_ITEM = re.compile(r"^\s*(?:[-*+]|\d{1,2}[.)])\s+")
_ADDRESS = r"\((?:[^()\n]++|\([^()\n]*+\))*+\)"
# No pattern looks past the next mark of its kind, so that the time stays in proportion to the length of the file.
_MARKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"!\[[^\[\]\n]*+\]{_ADDRESS}"), ""),
    (re.compile(rf"\[([^\[\]\n]++)\]{_ADDRESS}"), r"\1"),
    (re.compile(r"\*\*(?=\S)((?:[^*\n]++|\*(?!\*))++)(?<=\S)\*\*"), r"\1"),
    (re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<!\w)__?(?=[^\s_])([^_\n]+?)(?<=\S)__?(?!\w)"), r"\1"),
    (re.compile(r"`([^`\n]+)`"), r"\1"),
    (re.compile(r"</?[a-zA-Z][^<>\n]{0,200}>"), ""),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!<>-])"), r"\1"),
)
_UNDERLINE = re.compile(r"^(?:=+|-{3,})$")


def read(path: Path, data: bytes, limits: Limits, defaults: DocumentDefaults) -> Iterator[Document]:
    """Yield the one document of a Markdown file."""
    markdown = decode(data, path).replace("\r\n", "\n")
    parts = _FRONT.match(markdown)
    front = _front_matter(parts[1], path) if parts else {}
    text = plain(parts[2] if parts else markdown)
    known = {
        name: front[name] for name in ("issuer", "jurisdiction", "licence", "url") if isinstance(front.get(name), str)
    }
    try:
        known |= {
            "published": str(front.get("published") or ""),
            "superseded_by": str(front.get("superseded_by") or ""),
            "supersedes": _strings(front.get("supersedes")),
            "withdrawn": withdrawal(front.get("withdrawn")),
            "strength": str(front.get("strength") or ""),
            "trust": front.get("trust") if front.get("trust") in get_args(Trust) else None,
            "condition": _condition(front),
            "sources": tuple(_source(source) for source in front.get("sources") or ()),
        }
        yield make_document(path, str(front.get("title") or title_from(text, path)), text, defaults, **known)
    except (ValidationError, TypeError, AttributeError) as error:
        raise UnreadableFile(f"{path}: front matter cannot be used ({one_line(str(error))[:160]})") from error


def _front_matter(text: str, path: Path) -> Mapping[str, Any]:
    try:
        front = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise UnreadableFile(f"{path}: front matter is not YAML ({one_line(str(error))[:160]})") from error
    return front if isinstance(front, dict) else {}


def _condition(front: Mapping[str, Any]) -> Condition | None:
    """Return the condition a note is about: front matter that has codes or synonyms describes one."""
    if not front.get("title") or not ({"icd10cm", "synonyms", "omim", "orpha"} & set(front)):
        return None
    listed = {name: _strings(front.get(name)) for name in ("synonyms", "icd10cm", "omim", "orpha")}
    return Condition(
        name=str(front["title"]),
        ages=_strings(front.get("ages")) or ("any",),
        sex=front.get("sex") or "any",
        frequency=_one_of(front.get("frequency"), get_args(Frequency)),
        urgency=_one_of(front.get("urgency"), get_args(Urgency)),
        **listed,
    )


def _strings(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(str(item) for item in items)


def _one_of(value: object, allowed: tuple[Any, ...]) -> Any:
    return value if value in allowed else "unknown"


def _source(source: Mapping[str, Any]) -> Source:
    year = str(source.get("year") or "")
    return Source(
        issuer=str(source.get("issuer") or ""),
        title=str(source.get("title") or ""),
        year=int(year) if year.isdigit() else None,
        url=str(source.get("url") or ""),
    )


def plain(markdown: str) -> str:
    """Return Markdown without inline marks, one paragraph or list item a line; headings keep their "#"."""
    markdown = _without_comments(markdown)
    for pattern, replacement in _MARKS:
        markdown = pattern.sub(replacement, markdown)
    # Each entry is a line in the making, in the pieces it was broken into.
    lines: list[list[str]] = []
    open_paragraph = False
    for line in (raw.strip() for raw in markdown.split("\n")):
        if _UNDERLINE.match(line):
            if open_paragraph and lines[-1][0] and not _ITEM.match(lines[-1][0]):
                lines[-1].insert(0, "#" if line[0] == "=" else "##")
            open_paragraph = False
        elif not _is_table_rule(line):
            open_paragraph = _append(lines, line.removeprefix("> "), open_paragraph)
    return clean_text("\n".join(map(" ".join, lines)))


def _without_comments(markdown: str) -> str:
    kept, position = [], 0
    while (start := markdown.find("<!--", position)) >= 0 and (end := markdown.find("-->", start)) >= 0:
        kept.append(markdown[position:start])
        position = end + 3
    return "".join([*kept, markdown[position:]])


def _is_table_rule(line: str) -> bool:
    """Say whether a line is the rule below the head of a table: "|---|:-:|"."""
    rule = line.find("-")
    return rule >= 0 and line.find("|", rule) > 0 and all(char in "|:-" or char.isspace() for char in line)


def _append(lines: list[list[str]], line: str, open_paragraph: bool) -> bool:
    """Add a line to the paragraph it belongs to or as a new one, and say whether that may go on."""
    stands_alone = not line or line.startswith(("#", "|", "```")) or heading_of(line) is not None
    if open_paragraph and not stands_alone and not _ITEM.match(line):
        lines[-1].append(line)
        return True
    if not line.startswith("```"):
        lines.append(
            [_ITEM.sub("- ", line) if line[:1] in "*+" else line.strip("|").strip() if line[:1] == "|" else line]
        )
    return not stands_alone
