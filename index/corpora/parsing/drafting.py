"""Write a document of headed sections, as every parser does: title first, then headings and their text.

Knows Markdown headings and provenance. Does not know any corpus.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from index.corpora.catalogue import Corpus
from index.document import Document
from index.reading.cleaning import clean_text, one_line
from index.reading.drafts import make_document

_DEEPEST = 5


@dataclass
class Draft:
    """A document in the making; sections with the same headings in a row become one."""

    title: str
    lines: list[str] = field(default_factory=list)
    headings: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether no section has text yet."""
        return not self.lines

    def add(self, headings: Iterable[str], lines: Iterable[str]) -> None:
        """Add a section below its headings, outermost first; one without text is left out with them."""
        body = [line for line in lines if any(char.isalnum() for char in line)]
        if not body:
            return
        path = tuple(words for words in map(one_line, headings) if words)[:_DEEPEST]
        shared = 0
        while shared < min(len(path), len(self.headings)) and path[shared] == self.headings[shared]:
            shared += 1
        if 0 < shared == len(path) < len(self.headings):
            # Text of an outer section after an inner one: without its heading again it would belong to the inner.
            shared -= 1
        self.lines += [f"{'#' * (depth + 2)} {path[depth]}" for depth in range(shared, len(path))]
        self.lines += body
        self.headings = path

    def document(self, corpus: Corpus, path: Path, **known: object) -> Document:
        """Return the document, under the corpus's terms except for what is `known` of it."""
        text = clean_text("\n".join((f"# {self.title}", *self.lines)))
        facts: Mapping[str, object] = {"superseded_by": corpus.superseded_by} | known
        return make_document(path, self.title, text, corpus.defaults, **facts)


def bullets(items: Iterable[str]) -> list[str]:
    """Return the items as lines of a list, without those that are empty."""
    return [f"- {line}" for line in map(one_line, items) if line]
