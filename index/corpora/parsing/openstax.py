"""Textbooks of OpenStax: a document a module, its chapter and sections as headings, the book as its source.

Prefaces say nothing of medicine and are left out. Introductions take the name of the chapter that they introduce.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from index.corpora.catalogue import Corpus
from index.corpora.parsing.drafting import Draft
from index.corpora.parsing.jsonl import records
from index.document import Document, Source
from index.reading.cleaning import clean_text, one_line

_PAGES = {
    "Microbiology": "https://openstax.org/details/books/microbiology",
    "Nutrition for Nurses": "https://openstax.org/details/books/nutrition",
    "Pharmacology for Nurses": "https://openstax.org/details/books/pharmacology",
    "Population Health for Nurses": "https://openstax.org/details/books/population-health",
}
# What is left where the text pointed to a figure or table, which the converted text has not.
_POINTER = re.compile(r"\s*\((?:see|shown in|as|and|[\s,;])*\)")
_LEFT_OUT = frozenset(("Preface", "Glossary"))


def parse(files: Sequence[Path], corpus: Corpus) -> Iterator[Document]:
    """Yield a document for each module, in the order of the books."""
    for path in files:
        for (book, module), parts in groupby(records(path), key=lambda record: (record["book"], record["module"])):
            first, *others = parts
            if first["module_title"] not in _LEFT_OUT:
                draft = _draft(first, others)
                if not draft.is_empty:
                    url = _PAGES.get(book, corpus.homepage)
                    source = Source(issuer=corpus.issuer, title=book, year=int(corpus.published), url=url)
                    yield draft.document(corpus, path, url=url, sources=(source,), record_ids=(module,))


def _draft(first: dict[str, Any], others: list[dict[str, Any]]) -> Draft:
    chapter, title = one_line(first["chapter"].rpartition(" > ")[2]), one_line(first["module_title"])
    draft = Draft(f"{chapter}: introduction" if title == "Introduction" and chapter else title)
    for record in (first, *others):
        sections = [words for words in record["section"].split(" > ") if words.strip() not in ("", title, chapter)]
        draft.add((chapter, *sections), _POINTER.sub("", clean_text(record["text"])).split("\n"))
    return draft
