"""An answer to a clinician's question: sentences with citations, and what was withheld.

Knows the shape. Does not know how the answer was found or shown.
"""

from __future__ import annotations

from assistant.assessment import Citation, Conflict, Unsupported
from index.document import Frozen


class AnswerSentence(Frozen):
    """One checked sentence and the numbers of the citations it rests on; never empty of citations.

    `cautions` are what in the case speaks against what the sentence suggests, a line each.
    """

    text: str
    citations: tuple[int, ...]
    cautions: tuple[str, ...] = ()


class Answer(Frozen):
    """The whole answer. `not_answered` says why nothing was found, "" when there are sentences.

    `conflicts` are what guidance on the same question does not agree on, shown beside the sentences.
    """

    question: str
    sentences: tuple[AnswerSentence, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    citations: tuple[Citation, ...] = ()
    unsupported: tuple[Unsupported, ...] = ()
    not_answered: str = ""

    @property
    def text(self) -> str:
        """The answer as shown: each sentence followed by its citation numbers in brackets."""
        shown = (f"{s.text} {''.join(f'[{number}]' for number in s.citations)}" for s in self.sentences)
        return "\n".join(shown) or self.not_answered
