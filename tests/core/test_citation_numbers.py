from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answer import Answer, AnswerSentence
from assistant.assessment import Citation, CitedDocument, Conflict
from assistant.citation_numbers import CitationNumbers, sentence_text, shifted


def quote(start: int, number: int = 1, passage: str = "d1-0000") -> Citation:
    return Citation(
        number=number,
        passage_id=passage,
        quote=f"at {start}",
        start=start,
        end=start + 5,
        document=CitedDocument(id="d1", title="Gout"),
    )


def answer(*starts: int) -> Answer:
    citations = tuple(quote(start, number) for number, start in enumerate(starts, 1))
    sentences = tuple(AnswerSentence(text=f"say {one.start}", citations=(one.number,)) for one in citations)
    return Answer(question="?", sentences=sentences, citations=citations)


def test_quotes_are_numbered_as_they_are_first_shown_whatever_their_own_number():
    numbering = CitationNumbers()
    assert [numbering.number(quote(start, number=9)) for start in (30, 10, 30, 20)] == [1, 2, 1, 3]
    assert [citation.start for citation in numbering.sources().values()] == [30, 10, 20]
    assert [citation.number for citation in numbering.sources().values()] == [1, 2, 3]


def test_the_same_place_in_another_passage_is_another_quote():
    numbering = CitationNumbers()
    assert numbering.number(quote(1)) != numbering.number(quote(1, passage="d2-0000"))


def test_a_mark_translates_a_diagnosis_s_own_number():
    numbering = CitationNumbers()
    numbering.number(quote(99))
    own = (quote(10, number=1), quote(20, number=2))
    assert [numbering.mark(own, 2), numbering.mark(own, 1), numbering.mark(own, None)] == ["[2]", "[3]", ""]


def test_an_answer_goes_on_after_the_last_number():
    numbering = CitationNumbers()
    numbering.number(quote(10))
    taken = numbering.take_over(answer(20, 30), numbering.last)
    assert [citation.number for citation in taken.citations] == [2, 3]
    assert taken.text == "say 20 [2]\nsay 30 [3]"
    assert numbering.last == 3
    assert numbering.source(3) == taken.citations[1]


def test_what_differs_keeps_its_sides_when_an_answer_is_numbered_anew():
    differing = answer(20, 30).model_copy(update={"conflicts": (Conflict(about="the dose of x", citations=(1, 2)),)})
    taken = CitationNumbers(last=4).take_over(differing, 4)
    assert taken.conflicts[0].citations == (5, 6) == tuple(one.number for one in taken.citations)


def test_a_mark_says_that_its_source_no_longer_holds():
    cited = quote(10)
    gone = cited.model_copy(update={"document": cited.document.model_copy(update={"standing": "withdrawn"})})
    assert CitationNumbers().mark((gone,), 1) == "[1] (withdrawn)"


def test_what_was_streamed_is_what_the_whole_answer_says():
    numbering = CitationNumbers(last=7)
    given_answer = answer(20, 30)
    streamed = [sentence_text(shifted(sentence, 7)) for sentence in given_answer.sentences]
    assert "\n".join(streamed) == numbering.take_over(given_answer, 7).text


def test_a_quote_shown_before_gets_a_second_number_in_an_answer_and_keeps_its_first_elsewhere():
    numbering = CitationNumbers()
    numbering.number(quote(10))
    taken = numbering.take_over(answer(10), 1)
    assert taken.citations[0].number == 2
    assert numbering.number(quote(10)) == 1


def test_numbers_left_out_are_never_given():
    numbering = CitationNumbers()
    numbering.skip_to(4)
    assert numbering.number(quote(10)) == 5
    assert numbering.source(4) is None
    numbering.skip_to(2)
    assert numbering.last == 5


def test_numbers_go_on_from_what_was_stored():
    first = CitationNumbers()
    for start in (10, 20):
        first.number(quote(start))
    second = CitationNumbers(first.sources(), last=3)
    assert second.number(quote(20)) == 2
    assert second.number(quote(30)) == 4


@given(st.lists(st.one_of(st.integers(0, 9), st.lists(st.integers(0, 9), unique=True, max_size=3)), max_size=20))
def test_no_number_ever_stands_for_two_quotes(shown: list[int | list[int]]):
    numbering, meaning = CitationNumbers(), dict[int, int]()
    for one in shown:
        if isinstance(one, int):
            pairs = [(numbering.number(quote(one)), one)]
        else:
            taken = numbering.take_over(answer(*one), numbering.last)
            pairs = [(citation.number, citation.start) for citation in taken.citations]
        for number, start in pairs:
            assert meaning.setdefault(number, start) == start
    assert {number: citation.start for number, citation in numbering.sources().items()} == meaning


def test_a_number_that_was_not_given_has_no_source():
    assert CitationNumbers().source(1) is None
    with pytest.raises(StopIteration):
        CitationNumbers().mark((quote(1, number=1),), 2)
