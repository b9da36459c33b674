"""The documents and passages of an index as those who judge need them: by name, by record, by section.

Knows titles, headings and the text of passages. Does not know queries or grades.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import lru_cache
from pathlib import Path

from finetune.retrieval.topics import topic_key
from index.document import Document, Passage
from index.guideline_index import GuidelineIndex

_NOT_TOLD = re.compile(r"[\W_]+")


class Shelf:
    """All documents of an index without their text, and their passages when asked for."""

    def __init__(self, index: GuidelineIndex) -> None:
        # The text of some thousand documents would be kept for nothing: passages carry theirs.
        self.documents = tuple(document.model_copy(update={"text": ""}) for document in index.documents())
        self._by_name: dict[str, list[Document]] = defaultdict(list)
        self._by_record: dict[str, list[Document]] = defaultdict(list)
        for document in self.documents:
            for key in {topic_key(document.title), topic_key(own_name(document))}:
                self._by_name[key].append(document)
            for record in document.record_ids:
                self._by_record[record].append(document)
        self.passages = lru_cache(maxsize=4096)(index.passages_of)

    def named(self, name: str) -> tuple[Document, ...]:
        """Return the documents whose own name this is, in whatever spelling; synonyms do not count."""
        return tuple(self._by_name.get(topic_key(name), ()))

    def of_record(self, record_id: str, url: str) -> tuple[Document, ...]:
        """Return the documents that a record of a corpus went into; the address tells apart those that share an id."""
        return tuple(document for document in self._by_record.get(record_id, ()) if document.url == url)

    def of_file(self, file: Path) -> tuple[Document, ...]:
        """Return the documents that were read from a file."""
        return tuple(document for document in self.documents if document.path == str(file))


def own_name(document: Document) -> str:
    """Return what a document is about: its condition, else its title."""
    return document.condition.name if document.condition else document.title


def told(text: str) -> str:
    """Return the letters and digits of a text, so that texts set differently compare equal."""
    return _NOT_TOLD.sub("", unicodedata.normalize("NFKC", text).casefold())


def shares_stretch(passage: Passage, told_text: str) -> bool:
    """Say whether a passage is a stretch of a text given as `told` tells it, or holds all of it."""
    own = told(passage.text)
    return bool(own) and (own in told_text or told_text in own)
