from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sentences import sentence_spans


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One is here. Two is there.", ["One is here.", "Two is there."]),
        ("- First item\n* Second item.\n1. Third\n■ Fourth", ["First item", "Second item.", "Third", "Fourth"]),
        ("Use a macrolide, e.g. Azithromycin. Then stop.", ["Use a macrolide, e.g. Azithromycin.", "Then stop."]),
        ("See Dr. Smith vs. Dr. Jones. End.", ["See Dr. Smith vs. Dr. Jones.", "End."]),
        ("Give 2.5 mg. twice daily. Stop.", ["Give 2.5 mg. twice daily.", "Stop."]),
        ("Give 5 mg. Repeat once.", ["Give 5 mg.", "Repeat once."]),
        ("Table No. 5 lists approx. 20 drugs.", ["Table No. 5 lists approx. 20 drugs."]),
        ("E. Coli is common. S. Aureus too.", ["E. Coli is common.", "S. Aureus too."]),
        ("It is hepatitis B. Vaccinate contacts.", ["It is hepatitis B.", "Vaccinate contacts."]),
        ("Is it urgent? Yes! (Refer.) Now.", ["Is it urgent?", "Yes!", "(Refer.)", "Now."]),
        ("发热三天。咳嗽。", ["发热三天。", "咳嗽。"]),
        ("## Treatment\nGive fluids.\nINVESTIGATIONS\nFull blood count.", ["Give fluids.", "Full blood count."]),
        ("- \n\n...\n", []),
    ],
)
def test_sentences_and_bullets_are_found(text: str, expected: list[str]) -> None:
    assert _sentences(text) == expected


_TEXT = st.text(alphabet=st.sampled_from(list("abcXYZ.!? \n-*#•1)2(\"'é。\t")), max_size=200) | st.text(max_size=200)


@given(_TEXT)
def test_spans_are_ordered_disjoint_stripped_and_not_empty(text: str) -> None:
    spans = sentence_spans(text)
    previous = 0
    for start, end in spans:
        assert previous <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        assert "\n" not in text[start:end]
        previous = end


@given(
    st.lists(st.sampled_from(["Fever lasts 3 days.", "- cough at night", "1. Rest.", "Give 0.5 mg now."]), max_size=8)
)
def test_every_word_of_plain_text_is_in_a_sentence(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert " ".join(_sentences(text)).split() == text.replace("- ", "").replace("1. ", "").split()
