"""Answer a clinician's question from the index, each sentence resting on a quote.

Takes the sentences that may answer, lets the model choose and word them, and shows the model's words only where the chosen
quote covers them; otherwise the quote itself is shown. Knows no case beyond the assessment it is given.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence

from assistant import reasoning
from assistant.answer import Answer, AnswerSentence
from assistant.assessment import Assessment, Conflict, Unsupported
from assistant.cautions import cautions
from assistant.differing import Differences, cited_conflict
from assistant.grounding import Citations, Quote, support
from assistant.models.language_model import LanguageModel
from assistant.question_sources import QuestionSources, Relevant
from assistant.reasoning import Wording
from assistant.words import NEGATIONS, numbers, words
from index.guideline_index import GuidelineIndex
from prompts import NOT_IN_SOURCES

QUOTED = 3
# A sentence without one of these words may say the opposite of one with it.
_CAUTIONS = NEGATIONS | frozenset(
    (
        "if",
        "only",
        "beware",
        "until",
        "when",
        "but",
        "caution",
        "cautiously",
        "reduce",
        "under",
        "over",
        "below",
        "above",
    )
)


class Answerer:
    """Answers questions with one index and perhaps a model."""

    def __init__(
        self, index: GuidelineIndex, model: LanguageModel | None, differences: Differences | None = None
    ) -> None:
        self._model = model
        self._sources = QuestionSources(index)
        self._differences = differences

    def answer(self, question: str, assessment: Assessment | None) -> Generator[AnswerSentence | Answer, None, None]:
        """Yield each checked sentence, then the whole `Answer`."""
        sources = self._sources.relevant(question, assessment)
        made = Citations()
        shown: list[tuple[Quote, AnswerSentence]] = []
        withheld: list[Unsupported] = []
        for wording in self._wordings(question, assessment, sources):
            quote, elsewhere = sources[wording.source].quote, sources[wording.source].elsewhere
            if any(quote.text == earlier.text for earlier, _ in shown):
                continue
            checked = support(wording.text, [quote.text])
            if not checked.supported and reasoning.worth_showing(wording.text):
                withheld.append(Unsupported(statement=wording.text, reason=checked.reason))
            worded = checked.supported and _keeps_cautions(wording.text, quote.text)
            text = " ".join((wording.text if worded else quote.text).split())
            if elsewhere:
                text = f"{quote.document.title}: {text}"
            warned = quote.standing_cautions + (cautions(quote.text, assessment.case) if assessment else ())
            sentence = AnswerSentence(text=text, citations=(made.number(quote),), cautions=warned)
            shown.append((quote, sentence))
            yield sentence
        differing = self._conflicts(question, assessment, made) if shown else ()
        yield Answer(
            question=question,
            conflicts=differing,
            sentences=tuple(sentence for _, sentence in shown),
            citations=made.all(),
            unsupported=tuple(withheld),
            not_answered=""
            if shown
            else f"{NOT_IN_SOURCES} Add guidelines that cover it with 'wardround index add PATH'.",
        )

    def _conflicts(self, question: str, assessment: Assessment | None, made: Citations) -> tuple[Conflict, ...]:
        """Return what guidance on the conditions asked about does not agree on, where the question is what to give."""
        if self._differences is None:
            return ()
        return tuple(
            cited_conflict(one, made)
            for condition in self._sources.treated(question, assessment)
            for one in self._differences.about(condition)
        )

    def _wordings(self, question: str, assessment: Assessment | None, sources: Sequence[Relevant]) -> Iterator[Wording]:
        """Yield the model's sentences, then the best sources it left out, in their own words.

        A model whose choices are trusted may leave sources out, as long as it says something; what another leaves out it
        did not choose to: it ran out of tokens.
        """
        given: set[int] = set()
        if self._model is not None:
            case = assessment.case if assessment else None
            for wording in reasoning.answer(case, question, [one.quote for one in sources], self._model):
                given.add(wording.source)
                yield wording
        if given and self._model is not None and self._model.weight >= reasoning.TRUSTED:
            return
        for number, one in enumerate(sources[:QUOTED]):
            if number not in given:
                yield Wording(number, one.quote.text)


def _keeps_cautions(wording: str, quote: str) -> bool:
    """Say whether a wording leaves out no number and no warning of its quote: shorter must never mean more dangerous."""
    said = set(words(wording))
    return numbers(quote) <= numbers(wording) and all(word in said for word in words(quote) if word in _CAUTIONS)
