"""Small documents and passages for the tests of the assistant's core."""

from __future__ import annotations

import pytest

from assistant.grounding import Quote
from index.document import Condition, Document, Passage

TEXT = "Gout causes sudden pain of the big toe. Fever is uncommon. Naproxen 500 mg twice daily for 5 days."


@pytest.fixture
def document() -> Document:
    return Document(id="d1", title="Gout", text=f"# Gout\n{TEXT}", condition=Condition(name="Gout"), trust="starter")


@pytest.fixture
def passage(document: Document) -> Passage:
    start = document.text.index(TEXT)
    return Passage(
        id="d1-0000", document_id="d1", heading_path=("Gout",), start=start, end=len(document.text), text=TEXT
    )


@pytest.fixture
def quote(passage: Passage, document: Document) -> Quote:
    return Quote(passage, document, 0, TEXT.index(".") + 1)
