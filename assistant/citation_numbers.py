"""One numbering of citations for a whole rendering or a whole chat: the same quote keeps one number.

A diagnosis and an answer number their citations from 1; side by side those numbers would collide. Knows citations and
numbers. Does not know how they are shown or kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.answer import Answer, AnswerSentence
from assistant.assessment import Citation

_Place = tuple[str, int, int]


class CitationNumbers:
    """Gives numbers in the order in which quotes are first shown, and finds a quote by its number again."""

    def __init__(self, sources: Mapping[int, Citation] | None = None, last: int = 0) -> None:
        self._sources = dict(sources or {})
        self._by_place = {_place(citation): number for number, citation in reversed(self._sources.items())}
        self.last = max([last, *self._sources])

    def number(self, citation: Citation) -> int:
        """Return the number of a quote, giving it the next one when it is new."""
        known = self._by_place.get(_place(citation))
        return self._append(citation) if known is None else known

    def mark(self, citations: Sequence[Citation], own: int | None) -> str:
        """Return the mark ("[7]") for number `own` of a diagnosis's or an answer's citations; "" for none.

        A source that no longer holds is marked as such wherever it is cited: "[7] (withdrawn)".
        """
        if own is None:
            return ""
        cited = next(citation for citation in citations if citation.number == own)
        standing = cited.document.standing
        return f"[{self.number(cited)}]" + ("" if standing == "current" else f" ({standing})")

    def sources(self) -> dict[int, Citation]:
        """Return every numbered quote, by number, in order."""
        return dict(sorted(self._sources.items()))

    def source(self, number: int) -> Citation | None:
        """Return the quote that has a number, or None where no quote shown has it."""
        return self._sources.get(number)

    def skip_to(self, number: int) -> None:
        """Leave every number up to this one unused: what was shown under it and then withdrawn must not come back."""
        self.last = max(self.last, number)

    def take_over(self, answer: Answer, after: int) -> Answer:
        """Give an answer's quotes the numbers from `after` + 1 on, and return the answer with these numbers.

        An answer is shown sentence by sentence before its quotes are known, so it cannot take up earlier numbers: a
        quote shown before gets a second number here.
        """
        self.skip_to(after)
        for citation in answer.citations:
            self._keep(citation, after + citation.number)
        return answer.model_copy(
            update={
                "sentences": tuple(shifted(sentence, after) for sentence in answer.sentences),
                "conflicts": tuple(
                    one.model_copy(update={"citations": tuple(number + after for number in one.citations)})
                    for one in answer.conflicts
                ),
                "citations": tuple(self._sources[after + citation.number] for citation in answer.citations),
            }
        )

    def _append(self, citation: Citation) -> int:
        self._keep(citation, self.last + 1)
        return self.last

    def _keep(self, citation: Citation, number: int) -> None:
        self._sources[number] = citation.model_copy(update={"number": number})
        self._by_place.setdefault(_place(citation), number)
        self.skip_to(number)


def shifted(sentence: AnswerSentence, by: int) -> AnswerSentence:
    """Return a sentence with its citation numbers raised."""
    return sentence.model_copy(update={"citations": tuple(number + by for number in sentence.citations)})


def sentence_text(sentence: AnswerSentence) -> str:
    """Return a sentence as shown, with its marks: one line of `Answer.text`."""
    return Answer(question="", sentences=(sentence,)).text


def _place(citation: Citation) -> _Place:
    return citation.passage_id, citation.start, citation.end
