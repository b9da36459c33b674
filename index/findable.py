"""What makes a passage findable: the words posted of it, and the text that is embedded of it.

One place says so, for adding and for verifying. Text that speaks to a program is neither posted nor embedded, so that it
cannot draw a passage towards a question. Does not know how words and vectors are kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.document import Document, Passage
from index.reading.hostile import without_instructions


@dataclass(frozen=True)
class FindablePassage:
    """A passage with the three columns of its postings, what is embedded of it, and the key of its vector."""

    passage: Passage
    title: str
    headings: str
    text: str
    embedded: str

    def key(self, salt: str = "") -> bytes:
        """Return the key under which the vector of what is embedded is kept: equal texts share one.

        The index changes its `salt` when all is embedded anew, so that new vectors can grow beside the old ones.
        """
        return hashlib.sha256(f"{salt}{self.embedded}".encode()).digest()[:16]


def findable(document: Document, passages: Sequence[Passage]) -> Iterator[FindablePassage]:
    """Yield the passages of a document with what they are found by."""
    names = document.condition.synonyms if document.condition else ()
    title = " | ".join((document.title, *names))
    for passage in passages:
        text = without_instructions(passage.text)
        yield FindablePassage(
            passage=passage,
            title=title,
            headings=" | ".join(passage.heading_path),
            text=text,
            embedded=f"{' > '.join((document.title, *passage.heading_path))}: {text}",
        )
