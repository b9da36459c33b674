"""Read an HTML page: its headings, paragraphs, lists and tables, without the furniture around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from bs4.element import Comment, Declaration, Doctype, NavigableString, ProcessingInstruction

from index.document import Document
from index.errors import UnreadableFile
from index.reading.cleaning import clean_text, one_line
from index.reading.drafts import DocumentDefaults, Limits, decode, make_document, title_from

_FURNITURE_TAGS = "title script style noscript template nav footer aside button svg iframe select dialog"
_FURNITURE = _FURNITURE_TAGS.split()
_BLOCK_TAGS = "p div section article main ul ol dl dt dd table tr blockquote pre figure figcaption br hr body caption"
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_UNNESTED_TAGS = "area base br col embed hr img input link meta param source track wbr p li td th tr dt dd"
_VOID = frozenset(_UNNESTED_TAGS.split())
_EMPTY_MARK = re.compile(r"\n(- |#{1,6} )\s*\n\s*(?=[^\s#-])")
_INVISIBLE = (Comment, Declaration, Doctype, ProcessingInstruction)
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
    markup = decode(data, path)
    if _Depth.of(markup) > limits.nesting:
        raise UnreadableFile(f"{path}: HTML is nested over {limits.nesting} deep")
    soup = BeautifulSoup(markup, "html.parser")
    meta = _meta(soup)
    title = soup.title.get_text() if soup.title else ""
    for furniture in soup.find_all(_FURNITURE):
        furniture.decompose()
    text = _text(soup)
    link = soup.find("link", rel="canonical")
    known = {
        "issuer": next((meta[name] for name in _ISSUER if name in meta), ""),
        "published": next((found[0] for name in _DATE if (found := _YEAR.match(meta.get(name, "")))), ""),
        "url": str(link.get("href", "")) if link else "",
    }
    yield make_document(path, one_line(title) or title_from(text, path), text, defaults, **known)


def _meta(soup: BeautifulSoup) -> dict[str, str]:
    tags = ((tag.get("name") or tag.get("property"), tag.get("content")) for tag in soup.find_all("meta"))
    return {str(name).lower(): one_line(str(content)) for name, content in tags if name and content}


def _text(soup: BeautifulSoup) -> str:
    """Return headings as "# " lines, list items as "- " lines, table rows with " | " between the cells."""
    pieces: list[str] = []
    for node in soup.descendants:
        if isinstance(node, NavigableString):
            if not isinstance(node, _INVISIBLE):
                pieces.append(re.sub(r"\s+", " ", node))
        elif isinstance(node, Tag):
            pieces.append(_opening(node))
            if node.name in _BLOCKS or re.fullmatch(r"h[1-6]|li", node.name):
                # Descendants come in document order, so the end of a block is marked where its next sibling begins.
                node.insert_after("\ue000")
    # A paragraph inside a list item or heading stays on its line.
    text = _EMPTY_MARK.sub(r"\n\1", "".join(pieces).replace("\ue000", "\n"))
    lines = (re.sub(r"^(\s*- )+\s*", "- ", line.strip().removesuffix(" |")) for line in text.split("\n"))
    return clean_text("\n".join(line for line in lines if line.strip("-|# ")))


def _opening(tag: Tag) -> str:
    if re.fullmatch(r"h[1-6]", tag.name):
        return f"\n{'#' * int(tag.name[1])} "
    if tag.name == "li":
        return "\n- "
    if tag.name in ("td", "th"):
        first = tag.find_previous_sibling(["td", "th"]) is None
        return "" if first else " | "
    return "\n" if tag.name in _BLOCKS else ""


class _Depth(HTMLParser):
    """Measures how deep a page is nested before a tree is built of it."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = self.deepest = 0

    @classmethod
    def of(cls, markup: str) -> int:
        parser = cls()
        parser.feed(markup)
        return parser.deepest

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.depth += 1
            self.deepest = max(self.deepest, self.depth)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self.depth = max(0, self.depth - 1)
