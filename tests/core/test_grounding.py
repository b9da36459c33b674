"""The gate: no quote that is not verbatim, no sentence its sources do not cover."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import QuoteMismatch
from assistant.grounding import STARTER_NOTICE, Citations, Quote, cite, quotes, support
from index.document import Document, Passage

TEXT = "Gout causes sudden pain of the big toe. Fever is uncommon. Naproxen 500 mg twice daily for 5 days."
DOCUMENT = Document(id="d1", title="Gout", text=TEXT)
PASSAGE = Passage(id="d1-0000", document_id="d1", start=0, end=len(TEXT), text=TEXT)


@given(st.integers(-5, len(TEXT) + 5), st.integers(-5, len(TEXT) + 5), st.text(max_size=40))
def test_only_a_verbatim_quote_can_be_cited(start: int, end: int, quote: str):
    if TEXT[start:end] == quote and quote.strip():
        assert cite(PASSAGE, DOCUMENT, quote, start, end, 1).quote == quote
    else:
        with pytest.raises(QuoteMismatch):
            cite(PASSAGE, DOCUMENT, quote, start, end, 1)


@given(st.integers(0, len(TEXT) - 2), st.integers(1, 30), st.integers(0, 29), st.characters())
def test_one_changed_letter_is_refused(start: int, length: int, place: int, letter: str):
    quote = TEXT[start : start + length]
    place %= len(quote)
    corrupted = quote[:place] + letter + quote[place + 1 :]
    if corrupted != quote:
        with pytest.raises(QuoteMismatch):
            cite(PASSAGE, DOCUMENT, corrupted, start, start + len(quote), 1)


def test_a_passage_that_is_no_longer_in_its_document_is_refused():
    stale = PASSAGE.model_copy(update={"start": 5, "end": len(TEXT) + 5})
    with pytest.raises(QuoteMismatch, match="not part of document"):
        cite(stale, DOCUMENT, TEXT[:4], 0, 4, 1)


def test_starter_notes_say_that_they_are_no_guideline(passage: Passage, document: Document):
    assert cite(passage, document, TEXT[:4], 0, 4, 1).document.notice == STARTER_NOTICE


def test_the_same_quote_keeps_its_number(quote: Quote, passage: Passage, document: Document):
    made = Citations()
    second = quotes(passage, document)[1]
    assert [made.number(one) for one in (quote, second, quote)] == [1, 2, 1]
    assert [citation.number for citation in made.all()] == [1, 2]


@pytest.mark.parametrize(
    ("statement", "supported"),
    [
        ("Gout causes sudden pain of the big toe.", True),
        ("Sudden pains of the big toe", True),
        ("Gout causes kidney failure and death.", False),
        ("Naproxen 500 mg twice daily for 5 days.", True),
        ("Naproxen 250 mg twice daily for 5 days.", False),
        ("Naproxen 500 mg twice daily for ten days.", False),
        ("Do not give naproxen 500 mg twice daily for 5 days.", False),
        ("Naproxen causes fever of the big toe.", False),
        ("Naproxen 5 mg twice daily for 500 days.", False),
        ("", False),
    ],
)
def test_a_sentence_needs_its_words_numbers_and_polarity_in_its_source(statement: str, supported: bool):
    assert support(statement, TEXT.split(". ")).supported is supported


def test_words_of_the_case_count_as_known():
    assert not support("Sudden pain of the big toe in a retired farmer", [TEXT], context=["a baker"]).supported
    assert support(
        "Sudden pain of the big toe in a retired farmer", [TEXT], context=["58-year-old retired farmer"]
    ).supported
