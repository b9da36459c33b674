from __future__ import annotations

import sqlite3

from hypothesis import given
from hypothesis import strategies as st

from index.terms import match_expression, matched_terms, query_terms


def _postings() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE postings USING fts5(text, tokenize = 'porter unicode61 remove_diacritics 2')"
    )
    connection.execute("INSERT INTO postings VALUES ('Vomiting with anaemia and Crohn''s disease')")
    return connection


_DATABASE = _postings()
_HOSTILE = [
    '"',
    "AND",
    "NEAR(",
    "a* OR",
    "title:x",
    "{a b}:c",
    "^start",
    "-not",
    "\x00",
    "(((",
    "''",
    "; DROP TABLE postings",
]


@given(st.text() | st.lists(st.sampled_from(_HOSTILE), max_size=6).map(" ".join))
def test_no_text_breaks_the_search_expression(text: str) -> None:
    terms = query_terms([text])
    if terms:
        _DATABASE.execute("SELECT count(*) FROM postings WHERE postings MATCH ?", (match_expression(terms),)).fetchone()


def test_stop_words_are_left_out_unless_there_is_nothing_else() -> None:
    assert query_terms(["The patient has a fever", "fever and chills"]) == ("fever", "chills")
    assert query_terms(["to be or not"]) == ("to", "be", "or", "not")


def test_terms_match_as_the_postings_do_in_every_form_and_spelling() -> None:
    text = "Vomiting with anaemia and Crohn's disease"
    assert matched_terms(("vomits", "anemia", "crohn's", "fever"), text) == ("vomits", "anemia", "crohn's")
    for term in ("vomits", "anemia", "crohn's"):
        query = "SELECT count(*) FROM postings WHERE postings MATCH ?"
        assert _DATABASE.execute(query, (match_expression([term]),)).fetchone() == (1,)
