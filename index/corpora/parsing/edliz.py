"""The Zimbabwean guideline: a document a section, below its chapter.

Sections named in general terms ("General Notes") take the name of their chapter with them, since many chapters have them.
Leavings of the markup it was converted from are cut off. Where the conversion put a made-up word in the place of others,
the document is flagged: what stood there cannot be known.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path

from index.corpora.catalogue import Corpus
from index.corpora.parsing.drafting import Draft
from index.corpora.parsing.jsonl import records
from index.document import Document, Source
from index.reading.cleaning import clean_text, joined_paragraphs, one_line

_GENERAL = re.compile(
    r"(?:general|other|case management|category|prevention|clinical presentation|in-?patient|out-?patient|daily doses"
    r"|notes|assess?ment|maintenance|monitoring|medicines?|replacement|normal|treatment (?:at|failure)|special|surgery"
    r"|infections|steroids|respiratory conditions|care of|palliative|small|large|available|colloids|hormonal|feeding)\b",
    re.I,
)

# What the conversion left at the end of a chapter: closing brackets, then the name of the next.
_LEAVINGS = re.compile(r"^[}\]],?\s*\],?$|^[}\]],?$|^},\],?$|^content:$")
_DAMAGED_WORD = "dcptrial"
DAMAGE_FLAG = "damaged words"


def parse(files: Sequence[Path], corpus: Corpus) -> Iterator[Document]:
    """Yield a document for each section of each chapter."""
    for path in files:
        sections = list(records(path))
        names = Counter(one_line(record["section"]) for record in sections)
        for record in sections:
            section, chapter = one_line(record["section"]), one_line(record["chapter"])
            is_general = names[section] > 1 or bool(_GENERAL.match(section))
            draft = Draft(f"{chapter}: {section}" if is_general and section != chapter else section)
            draft.add((chapter,), _lines(record["text"], section))
            if not draft.is_empty:
                yield draft.document(corpus, path, sources=(_source(record, corpus),), flags=_flags(draft))


def _lines(text: str, section: str) -> list[str]:
    kept = takewhile(lambda line: not _LEAVINGS.match(line), clean_text(text).split("\n"))
    lines = joined_paragraphs("\n".join(kept)).split("\n")
    return lines[1:] if lines[0].strip('"').casefold() == section.casefold() else lines


def _flags(draft: Draft) -> tuple[str, ...]:
    count = sum(line.casefold().count(_DAMAGED_WORD) for line in draft.lines)
    return (f"{DAMAGE_FLAG} ({count})",) if count else ()


def _source(record: dict[str, object], corpus: Corpus) -> Source:
    place = f"chapter {record['chapter_no']}, section {record['section_no']}"
    return Source(issuer=corpus.issuer, title=f"EDLIZ 7th edition, {place}", year=int(corpus.published))
