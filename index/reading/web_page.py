"""Read an HTML page: its headings, paragraphs, lists and tables, without the furniture around them.

What the page hides from a reader's eye is left out and flagged: it was not written for a clinician.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.document import Document
from index.errors import UnreadableFile
from index.reading.cleaning import clean_text, one_line
from index.reading.drafts import DocumentDefaults, Limits, decode, make_document, title_from
from index.reading.hostile import HIDDEN_FLAG
from index.reading.visibility import is_hidden

_FURNITURE_TAGS = (
    "title script style noscript template nav footer aside button svg math iframe select dialog head object"
)
_FURNITURE = frozenset(_FURNITURE_TAGS.split())
_BLOCK_TAGS = "p div section article main ul ol dl dt dd table tr blockquote pre figure figcaption br hr body caption"
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset((*_BLOCK_TAGS.split(), *_HEADINGS, "li"))
_CELLS = ("td", "th")
_SPACES = re.compile(r"\s+")
_EMPTY_MARK = re.compile(r"\n(- |#{1,6} )[^\S\n]*+\n\s*+(?=[^\s#-])")
_ITEM_MARKS = re.compile(r"^(?:- )+")
_YEAR = re.compile(r"(?:19|20)\d\d(?:-\d\d(?:-\d\d)?)?")
_ISSUER = ("citation_publisher", "dc.publisher", "dcterms.publisher", "og:site_name", "author")
_DATE = (
    "article:modified_time",
    "article:published_time",
    "citation_publication_date",
    "dc.date",
    "dcterms.modified",
    "date",
)


def read(path: Path, data: bytes, limits: Limits, defaults: DocumentDefaults) -> Iterator[Document]:
    """Yield the one document of an HTML file."""
    if len(data) > limits.markup_bytes:
        raise UnreadableFile(
            f"{path}: {len(data) / 1e6:.0f} MB of HTML is over the limit of {limits.markup_bytes / 1e6:.0f} MB"
        )
    page = _Page.of(_tree(path, decode(data, path)), path, limits)
    known = {
        "issuer": next((page.meta[name] for name in _ISSUER if name in page.meta), ""),
        "published": next((found[0] for name in _DATE if (found := _YEAR.match(page.meta.get(name, "")))), ""),
        "url": page.url,
        "flags": (HIDDEN_FLAG,) if page.hides else (),
    }
    yield make_document(path, one_line(page.title) or title_from(page.text, path), page.text, defaults, **known)


def _tree(path: Path, markup: str) -> Any:
    from lxml import etree

    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True, recover=True
    )
    try:
        root = etree.fromstring(markup.replace("\x00", "").encode(errors="replace"), parser)
    except (etree.LxmlError, ValueError) as error:
        raise UnreadableFile(f"{path}: is not readable HTML ({one_line(str(error))[:120]})") from error
    if root is None:
        raise UnreadableFile(f"{path}: holds no text; save the page again")
    return root


@dataclass
class _Page:
    """What a page says, gathered in one walk through its elements."""

    title: str = ""
    url: str = ""
    hides: bool = False
    meta: dict[str, str] = field(default_factory=dict)
    pieces: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, root: Any, path: Path, limits: Limits) -> _Page:
        from lxml import etree

        page, depth, hidden_in = cls(), 0, 0
        for event, element in etree.iterwalk(root, events=("start", "end")):
            if event == "start":
                depth += 1
                if depth > limits.nesting:
                    raise UnreadableFile(f"{path}: HTML is nested over {limits.nesting} deep")
                if not hidden_in and page._is_left_out(element):
                    hidden_in = depth
                if not hidden_in:
                    page._begin(element)
            else:
                if not hidden_in:
                    page._end(element)
                if hidden_in == depth:
                    hidden_in = 0
                depth -= 1
                if not hidden_in and element.tail:
                    page.pieces.append(_SPACES.sub(" ", element.tail))
        return page

    def _is_left_out(self, element: Any) -> bool:
        if element.tag in _FURNITURE:
            self._note_head(element)
            return True
        if is_hidden(element):
            self.hides = self.hides or any(text.strip() for text in element.itertext())
            return True
        return False

    def _note_head(self, element: Any) -> None:
        if element.tag not in ("head", "title"):
            return
        for part in element.iter("title", "meta", "link"):
            if part.tag == "title":
                self.title = self.title or "".join(part.itertext())
            else:
                self._note(part)

    def _note(self, part: Any) -> None:
        name, content = part.get("name") or part.get("property"), part.get("content")
        if part.tag == "meta" and name and content:
            self.meta.setdefault(name.lower(), one_line(content))
        elif part.tag == "link" and (part.get("rel") or "").lower() == "canonical":
            self.url = self.url or one_line(part.get("href") or "")

    def _begin(self, element: Any) -> None:
        if element.tag in ("meta", "link"):
            self._note(element)
        self.pieces.append(_opening(element))
        if element.text:
            self.pieces.append(_SPACES.sub(" ", element.text))

    def _end(self, element: Any) -> None:
        if element.tag in _BLOCKS:
            self.pieces.append("\n")

    @property
    def text(self) -> str:
        """The text, headings as "# " lines, list items as "- " lines, table rows with " | " between the cells."""
        # A paragraph inside a list item or heading stays on its line.
        text = _EMPTY_MARK.sub(r"\n\1", "".join(self.pieces))
        lines = (_ITEM_MARKS.sub("- ", line.strip().removesuffix(" |")) for line in text.split("\n"))
        return clean_text("\n".join(line for line in lines if line.strip("-|# ")))


def _opening(element: Any) -> str:
    if level := _HEADINGS.get(element.tag):
        return f"\n{'#' * level} "
    if element.tag == "li":
        return "\n- "
    if element.tag in _CELLS:
        previous = element.getprevious()
        return " | " if previous is not None and previous.tag in _CELLS else ""
    return "\n" if element.tag in _BLOCKS else ""
