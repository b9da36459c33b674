"""Write a report's blocks as Markdown. Every text is escaped, so that nothing in a case or a quote acts as markup."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.report.block import Block, Bullets, Heading, Paragraph, Quotes, Source, Table

_SPECIAL = re.compile(r"([\\`*_<>|#~&])|(\[)(?!\d+\])")
_LIST_MARK = re.compile(r"^(\d+)([.)])|^([-+=])")


def markdown(blocks: Sequence[Block]) -> str:
    """Return the report as Markdown text."""
    return "\n\n".join(_block(block) for block in blocks) + "\n"


def escaped(text: str) -> str:
    """Return a text that Markdown shows as it is; marks of citations ("[7]") need no escape and stay readable."""
    safe = _SPECIAL.sub(lambda found: "\\" + found[0], text)
    return _LIST_MARK.sub(lambda found: f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[3]}", safe)


def _block(block: Block) -> str:
    match block:
        case Heading(text, level, _):
            return f"{'#' * level} {escaped(text)}"
        case Paragraph(text, strong):
            return f"**{escaped(text)}**" if strong else escaped(text)
        case Bullets(items):
            return "\n".join(_item(text, below) for text, below in items)
        case Table(titles, rows):
            lines = [_row(titles), "|" + " --- |" * len(titles), *(_row(row) for row in rows)]
            return "\n".join(lines)
        case Source(text, passages, url):
            head = f"{escaped(text)} {escaped(url)}" if url else escaped(text)
            return "\n".join([head, "", *(_passage(passage) for passage in passages)])


def _passage(passage: Quotes) -> str:
    quoted = [f'[{number}] "{escaped(quote)}"' for number, quote in passage.quotes]
    return f"- {escaped(passage.place)}: {' '.join([*quoted, *_above(passage.above)])}"


def _above(numbers: Sequence[int]) -> list[str]:
    return [f"{' '.join(f'[{number}]' for number in numbers)} word for word above"] if numbers else []


def _item(text: str, below: Sequence[str]) -> str:
    return "\n".join([f"- {escaped(text)}", *(f"  - {escaped(one)}" for one in below)])


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(escaped(cell) for cell in cells) + " |"
