"""The Nigerian guideline as text: a document a condition, its sections as headings.

The text names each section twice ("CLINICAL FEATURES OF MALARIA", "Clinical Features"); one heading is made of both.
Some conditions stand in two chapters: texts that are the same become one document, others a document each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from index.corpora.catalogue import Corpus
from index.corpora.parsing.drafting import Draft
from index.corpora.parsing.jsonl import records
from index.document import Condition, Document
from index.reading.cleaning import clean_text, joined_paragraphs
from index.reading.records import in_sentence_case

_NUMBERED = re.compile(r"_\d+$")
_SECTION_OF = re.compile(r"^(?P<section>[A-Z][A-Z -]{4,30}?) (?:OF|FOR|IN) [A-Z0-9].*$")
_ABOUT = re.compile(r"^(?:clinical (?:features|manifestations)|treatment) of ", re.I)
_NO_CONDITION = re.compile(r"^(?:prevention|safety|blood transfusion)\b", re.I)


def parse(files: Sequence[Path], corpus: Corpus) -> Iterator[Document]:
    """Yield a document for each condition whose text is not that of another."""
    seen: set[tuple[str, str]] = set()
    for path in files:
        for record in records(path):
            name, text = _NUMBERED.sub("", record["file"]).replace("_", " "), clean_text(record["text"])
            if (name, text) not in seen:
                seen.add((name, text))
                yield _document(name, text, corpus, path)


def _document(name: str, text: str, corpus: Corpus, path: Path) -> Document:
    draft = Draft(_title(name, text))
    heading = ""
    marked = [(_section(line), line) for line in text.split("\n") if line.casefold() != name.casefold()]
    for section, group in groupby(marked, key=lambda pair: pair[0]):
        if section:
            heading = section
            continue
        lines = joined_paragraphs("\n".join(line for _, line in group)).split("\n")
        while lines and _is_same(lines[0], heading):
            del lines[0]
        draft.add((heading,), lines)
    return draft.document(corpus, path, condition=_condition(draft.title))


def _title(name: str, text: str) -> str:
    """Return the name in sentence case; one as short as an abbreviation is a word if the text has it in small letters."""
    is_word = name.casefold() in text or name.capitalize() in text
    return name.capitalize() if len(name.split()) == 1 and is_word else in_sentence_case(name)


def _section(line: str) -> str:
    """Return the section that a line in capitals opens, "" for any other line."""
    match = _SECTION_OF.match(line) if line.isupper() else None
    return in_sentence_case(match["section"]) if match else ""


def _is_same(line: str, heading: str) -> bool:
    return not line or line.lstrip("- ").strip(": ").casefold().rstrip("s") == heading.casefold().rstrip("s")


def _condition(title: str) -> Condition | None:
    return None if _NO_CONDITION.match(title) else Condition(name=in_sentence_case(_ABOUT.sub("", title)))
