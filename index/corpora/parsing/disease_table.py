"""A table of diseases with their symptoms, tests and medicines: a document a row.

Where the column of descriptions holds the leavings of another column, it is left out.
"""

from __future__ import annotations

import ast
import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from index.corpora.catalogue import Corpus
from index.corpora.parsing.drafting import Draft, bullets
from index.document import Condition, Document
from index.reading.cleaning import clean_text
from index.reading.records import in_sentence_case

_LISTS = {"Symptom": "Symptoms", "TestsAndProcedures": "Tests and procedures", "commonMedications": "Common medicines"}
_SHORTEST_DESCRIPTION = 60


def parse(files: Sequence[Path], corpus: Corpus) -> Iterator[Document]:
    """Yield a document for each disease of the table."""
    for path in files:
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                draft = Draft(in_sentence_case(row["disease"].strip()))
                draft.add(("Description",), _description(row["reason"]))
                for column, heading in _LISTS.items():
                    draft.add((heading,), bullets(_items(row[column])))
                if not draft.is_empty:
                    yield draft.document(corpus, path, condition=Condition(name=draft.title), record_ids=(row["idx"],))


def _description(text: str) -> list[str]:
    text = clean_text(text)
    return text.split("\n") if len(text) >= _SHORTEST_DESCRIPTION and not text.endswith(",") else []


def _items(written: str) -> list[str]:
    """Return the strings of a list written in Python's notation; nothing in it is run."""
    items = ast.literal_eval(written) if written.strip() else []
    return [item for item in items if isinstance(item, str)]
