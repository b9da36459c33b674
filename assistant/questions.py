"""Answer a clinician's question from the index, each sentence resting on a quote.

Finds the sentences that may answer, lets the model choose and word them, and shows the model's words only where the chosen
quote covers them; otherwise the quote itself is shown. Knows no case beyond the assessment it is given.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from assistant import reasoning
from assistant.answer import Answer, AnswerSentence
from assistant.assessment import Assessment, Diagnosis, Unsupported
from assistant.disease_names import keys
from assistant.evidence import sentences_about
from assistant.grounding import Citations, Quote, quotes, support
from assistant.models.language_model import LanguageModel
from assistant.reasoning import Wording
from assistant.words import content_stems, name_key, words
from index.document import Condition, Document
from index.guideline_index import GuidelineIndex, Query
from index.sections import SectionKind, section_kind
from prompts import NOT_IN_SOURCES

PASSAGES = 12
EMBEDDED = 80
SENTENCES = 6
QUOTED = 3
# A sentence less similar than this to the question, and sharing fewer than half its words, does not answer it.
LEAST_RELEVANCE = 0.35
LEAST_CLOSENESS = 0.8
_INTENTS: tuple[tuple[SectionKind, re.Pattern[str]], ...] = (
    ("treatment", re.compile(r"\b(treat|manag|therap|dos|antibiotic|drug|medic|give|start|prescri|safe|contraindicat)", re.I)),
    ("tests", re.compile(r"\b(test|investigat|imag|scan|x-?ray|ct\b|mri|ultrasound|blood|ecg|biops|confirm|examin|diagnos)", re.I)),
    ("referral", re.compile(r"\b(refer|admit|admission|hospital|specialist|discharge|urgent)", re.I)),
    ("red flags", re.compile(r"\b(red flag|danger|warning|worr|emergenc)", re.I)),
    ("differential", re.compile(r"\b(differential|instead|rather|distinguish|tell apart|rule out|exclude|why not|could it)", re.I)),
    ("presentation", re.compile(r"\b(symptom|sign|present|feature|look like|typical|cause|risk)", re.I)),
)


class Answerer:
    """Answers questions with one index and perhaps a model."""

    def __init__(self, index: GuidelineIndex, model: LanguageModel | None) -> None:
        self._index = index
        self._model = model

    def answer(self, question: str, assessment: Assessment | None) -> Iterator[AnswerSentence | Answer]:
        """Yield each checked sentence, then the whole `Answer`."""
        sources = self._relevant(question, assessment)
        made, shown, withheld = Citations(), [], []
        for wording in self._wordings(question, assessment, sources):
            quote = sources[wording.source]
            if any(quote.text == earlier.text for earlier, _ in shown):
                continue
            checked = support(wording.text, [quote.text])
            if not checked.supported and reasoning.worth_showing(wording.text):
                withheld.append(Unsupported(statement=wording.text, reason=checked.reason))
            text = wording.text if checked.supported else quote.text
            sentence = AnswerSentence(text=" ".join(text.split()), citations=(made.number(quote),))
            shown.append((quote, sentence))
            yield sentence
        yield Answer(
            question=question,
            sentences=tuple(sentence for _, sentence in shown),
            citations=made.all(),
            unsupported=tuple(withheld),
            not_answered="" if shown else f"{NOT_IN_SOURCES} Add guidelines that cover it with 'wardround index add PATH'.",
        )

    def _wordings(
        self, question: str, assessment: Assessment | None, sources: Sequence[Quote]
    ) -> Iterator[Wording]:
        """Yield the model's sentences; where it gives none, the best sources in their own words."""
        given = 0
        if self._model is not None:
            case = assessment.case if assessment else None
            for wording in reasoning.answer(case, question, sources, self._model):
                given += 1
                yield wording
        if not given:
            yield from (Wording(number, quote.text) for number, quote in enumerate(sources[:QUOTED]))

    def _relevant(self, question: str, assessment: Assessment | None) -> list[Quote]:
        """Return the sentences most likely to answer, best first; empty when none is near the question."""
        asked = _asked_about(question, assessment)
        topic = " ".join(diagnosis.name for diagnosis in asked)
        hits = self._index.search(Query(text=f"{question} {topic}".strip()), limit=PASSAGES)
        pool = [quote for hit in hits for quote in quotes(hit.passage, hit.document)]
        pool += sentences_about(self._documents(asked), self._index)
        unique = list({(quote.passage.id, quote.start): quote for quote in pool}.values())
        ids = {document.id for document in self._documents(asked)}
        intents = [kind for kind, pattern in _INTENTS if pattern.search(question)]
        closeness = {quote: _closeness(quote, f"{question} {topic}", intents, ids) for quote in unique}
        nearest = sorted(unique, key=lambda quote: -closeness[quote])[:EMBEDDED]
        if not nearest:
            return []
        similar = self._index.embedder.embed([_with_place(quote) for quote in nearest]) @ self._index.embed_query(
            f"{question} {topic}"
        )
        scored = sorted(zip(nearest, similar.tolist(), strict=True), key=lambda one: -(one[1] + 0.5 * closeness[one[0]]))
        return [
            quote
            for quote, cosine in scored[:SENTENCES]
            if cosine >= LEAST_RELEVANCE or closeness[quote] >= LEAST_CLOSENESS
        ]

    def _documents(self, asked: Sequence[Diagnosis]) -> list[Document]:
        ids = dict.fromkeys(citation.document.id for diagnosis in asked for citation in diagnosis.citations)
        return [self._index.document(document) for document in list(ids)[:3]]


def _closeness(quote: Quote, question: str, intents: Sequence[SectionKind], topical: Collection[str]) -> float:
    """Return how much a sentence's words and place speak for it: shared words, the section asked for, the topic's document.

    Within the section asked for, guidance lists what comes first first, so an earlier sentence is a better answer.
    """
    wanted = content_stems(question)
    overlap = len(wanted & content_stems(_with_place(quote))) / max(len(wanted), 1)
    on_topic = quote.document.id in topical
    if section_kind(quote.passage.heading_path) not in intents:
        return overlap + 0.3 * on_topic
    early = 1 - quote.start / max(len(quote.passage.text), 1)
    return overlap + 0.3 + (0.3 + 0.5 * early) * on_topic


def _asked_about(question: str, assessment: Assessment | None) -> list[Diagnosis]:
    """Return the diagnoses the question names, else the leading one."""
    if assessment is None or not assessment.differential:
        return []
    asked = set(name_key(question).split())
    named = [
        diagnosis
        for diagnosis in assessment.differential
        if any(set(key.split()) <= asked for key in keys(Condition(name=diagnosis.name)))
    ]
    return named[:2] or list(assessment.differential[:1])


def _with_place(quote: Quote) -> str:
    """Return the sentence with the title and heading it stands under, without which a bullet may not say what it is about."""
    heading = quote.passage.heading_path[-1] if quote.passage.heading_path else ""
    return " ".join(words(f"{quote.document.title} {heading}")) + ": " + quote.text
