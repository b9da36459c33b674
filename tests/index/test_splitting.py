from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from index.document import Document
from index.reading.drafts import document_id
from index.sentences import sentence_spans
from index.splitting import PASSAGE_WORDS, split


def _document(text: str, title: str = "T", page_starts: tuple[int, ...] = ()) -> Document:
    return Document(id=document_id(title, text), title=title, text=text, page_starts=page_starts)


_LINE = st.sampled_from(
    ["# T", "## Treatment", "### Drugs", "SIGNS OF DANGER", "3.1 Dosing in children", "", "- " + "word " * 40 + "end"]
) | st.text(alphabet="ab .\n-#A1é", max_size=80)


@given(st.lists(_LINE, max_size=25).map("\n".join))
def test_passages_are_slices_in_order_and_hold_every_sentence(text: str) -> None:
    document = _document(text)
    passages = split(document)
    end = 0
    for number, passage in enumerate(passages):
        assert passage.text == text[passage.start : passage.end]
        assert passage.id == f"{document.id}-{number:04d}"
        assert passage.text.strip() == passage.text != ""
        assert end <= passage.start
        assert len(passage.text.split()) <= PASSAGE_WORDS
        end = passage.end
    held = [(p.start, p.end) for p in passages]
    for start, stop in sentence_spans(text):
        assert any(low <= start and stop <= high for low, high in held)


def test_a_passage_knows_the_headings_above_it_and_leaves_the_title_out() -> None:
    text = "# Gout\nIntro here.\n## Treatment\n### Drugs\n- Naproxen.\n## Referral\nRefer."
    paths = {p.text: p.heading_path for p in split(_document(text, title="Gout"))}
    assert paths == {"Intro here.": (), "- Naproxen.": ("Treatment", "Drugs"), "Refer.": ("Referral",)}


def test_headings_in_capitals_and_numbers_enclose_the_usual_sections() -> None:
    text = (
        "MALARIA\nTreatment\nGive drugs.\nCOMPLICATIONS OF MALARIA\nComa.\n"
        "3.1 Severe disease\nRefer.\nCHOLERA\nRehydrate."
    )
    paths = {p.text: p.heading_path for p in split(_document(text))}
    assert paths["Give drugs."] == ("MALARIA", "Treatment")
    assert paths["Coma."] == ("MALARIA", "COMPLICATIONS OF MALARIA")
    assert paths["Refer."] == ("MALARIA", "3.1 Severe disease")
    assert paths["Rehydrate."] == ("CHOLERA",)


def test_text_is_not_taken_for_a_heading() -> None:
    text = "2.5 mg twice daily\n3.2 litres of fluid\nECG\nDO NOT GIVE ASPIRIN.\nTreatment is supportive"
    assert [p.text for p in split(_document(text))] == [text]


def test_a_long_section_is_cut_evenly_between_sentences() -> None:
    text = " ".join(f"Sentence number {n} has exactly seven words." for n in range(60))
    sizes = [len(p.text.split()) for p in split(_document(text))]
    assert len(sizes) == 3
    assert max(sizes) - min(sizes) <= 14


def test_only_a_sentence_longer_than_a_passage_is_cut() -> None:
    passages = split(_document("Short one. " + "word " * 400 + "end. Last one."))
    assert all(len(p.text.split()) <= PASSAGE_WORDS for p in passages)
    assert "".join(p.text.replace(" ", "") for p in passages).count("word") == 400


def test_a_passage_knows_its_page() -> None:
    passages = split(_document("# A\nFirst page.\n# B\nSecond page.", page_starts=(0, 16, 16)))
    assert [p.page for p in passages] == [1, 3]
