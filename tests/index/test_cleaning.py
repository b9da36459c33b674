from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from index.reading.cleaning import clean_text, joined_paragraphs


@given(st.text())
def test_cleaning_is_idempotent_and_leaves_nothing_invisible(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert unicodedata.is_normalized("NFC", clean)
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in clean if char != "\n")


def test_control_and_zero_width_characters_are_stripped() -> None:
    assert clean_text("mg\u200b/\u00adkg\x00 \x07daily\u202e\r\nnext\u00a0line\ufeff") == "mg/kg daily\nnext line"


def test_lines_broken_by_the_typesetter_are_joined() -> None:
    text = (
        "The patient should be given oral rehydration solution over a\n"
        "period of four hours and then be seen again by a senior clin-\n"
        "ician. Afterwards non-\nsteroidal drugs are avoided.\n"
        "- first item that is\nwrapped\n- second item\n\nNew paragraph"
    )
    assert joined_paragraphs(text).split("\n") == [
        "The patient should be given oral rehydration solution over a period of four hours and then be seen again by a"
        " senior clinician. Afterwards non-steroidal drugs are avoided.",
        "- first item that is wrapped",
        "- second item",
        "",
        "New paragraph",
    ]


def test_a_hyphen_is_judged_by_the_words_of_the_document() -> None:
    text = "A wide-spread rash is wide-\nspread. A follow up."
    assert "wide-spread. A" in joined_paragraphs(text)


def test_typeset_bullets_become_plain() -> None:
    assert joined_paragraphs("■ One\n\uf0b7 Two\n• Three") == "- One\n- Two\n- Three"
