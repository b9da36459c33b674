"""The sentences of the index that may answer a question, best first.

Looks in the documents on the conditions a question names, else in those on the leading diagnoses, else wherever a search
leads. Knows places and words. Does not know models: what is said of these sentences is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.assessment import Assessment
from assistant.case import Case
from assistant.disease_names import keys
from assistant.evidence import STANDINGS, for_other_patients, sentences_about
from assistant.grounding import Quote, quotes
from assistant.question_topic import ConditionNames, Wanted, name_stems
from assistant.words import content_stems, stem, words
from index.document import Condition, Document
from index.guideline_index import GuidelineIndex
from index.search import Query
from index.sections import SectionKind, section_kind
from index.tuned import query_vectors

PASSAGES = 16
EMBEDDED = 60
SENTENCES = 6
LISTED = 6
# A sentence on the topic that holds none of the question's own words answers it only when it is at least this similar.
LEAST_SIMILARITY = 0.5
# Where the question has no words of its own ("what next?"), any sentence of the right section answers it from here on.
LEAST_RELEVANCE = 0.25
# A sentence about another condition must hold this share of the question's own words.
LEAST_SHARED = 0.6
_AMOUNT = re.compile(r"\d\s?(mg|g|mcg|micrograms?|units?|mL|mmol|%)(?![a-z])", re.IGNORECASE)
_NAME_AND_NUMBER = re.compile(r"([a-z-]{4,})(?: \([^)]*\))?,? (?:\d|one|two)", re.IGNORECASE)
# "In a non-pregnant woman" is not about the pregnant.
_OTHERS = re.compile(r"\bnon-\w+", re.IGNORECASE)
# What a clinician wants to know of a condition when the question does not say.
_UNSAID: tuple[SectionKind, ...] = ("treatment", "tests")


@dataclass(frozen=True)
class Relevant:
    """A sentence that may answer; `elsewhere` where it is about another condition than the one asked about."""

    quote: Quote
    elsewhere: bool


@dataclass(frozen=True)
class _Topic:
    """What a question is about: the documents on it, and the leading diagnosis where it is compared with that.

    `own` are the words of the question that the topic's names do not hold already: a sentence should hold them.
    """

    documents: tuple[Document, ...]
    rival: Document | None
    named: bool
    own: frozenset[str]
    groups: tuple[frozenset[str], ...]
    sections: tuple[SectionKind, ...]

    def holds(self, document: Document) -> bool:
        """Say whether a document is on the topic or on what it is compared with."""
        return document in self.documents or document == self.rival


@dataclass(frozen=True)
class _Nearness:
    """How similar a sentence is to the question as it stands, and to the question with its topic named."""

    question: float
    topic: float


class QuestionSources:
    """Finds sentences in one index."""

    def __init__(self, index: GuidelineIndex) -> None:
        self._index = index
        self._known: tuple[int, ConditionNames] | None = None

    def relevant(self, question: str, assessment: Assessment | None) -> list[Relevant]:
        """Return the sentences most likely to answer, best first; none when none is near the question."""
        wanted, listed = Wanted(question), _documents_of(assessment)
        topic = self._topic(wanted, listed)
        case = assessment.case if assessment else None
        pool = self._pool(wanted, topic, listed)
        merit = {quote: _merit(quote, wanted, topic, case) for quote in pool}
        nearest = sorted(pool, key=lambda quote: -merit[quote])[:EMBEDDED]
        near = self._nearness(nearest, question, topic, wanted)
        # Whatever else speaks for a sentence, what is no longer current comes after what is.
        best = sorted(
            nearest, key=lambda quote: (STANDINGS[quote.document.standing], -(merit[quote] + near[quote].topic))
        )
        return [
            Relevant(quote, elsewhere=not topic.holds(quote.document))
            for quote in best
            if _answers(quote, topic, near[quote])
        ][:SENTENCES]

    def treated(self, question: str, assessment: Assessment | None) -> tuple[Condition, ...]:
        """Return the conditions that a question asks the treatment of; none where it asks something else."""
        wanted = Wanted(question)
        topic = self._topic(wanted, _documents_of(assessment))
        if topic.rival is not None or not (wanted.asks_dose or "treatment" in topic.sections):
            return ()
        return tuple(document.condition or Condition(name=document.title) for document in topic.documents)

    def _nearness(self, found: Sequence[Quote], question: str, topic: _Topic, wanted: Wanted) -> dict[Quote, _Nearness]:
        if not found:
            return {}
        embedder = self._index.embedder
        titles = " ".join(document.title for document in topic.documents) if topic.named or wanted.about_patient else ""
        asked = query_vectors(embedder, [question, f"{question} {titles}".strip()])
        similar = (embedder.embed([_with_place(quote) for quote in found]) @ asked.T).tolist()
        return {quote: _Nearness(*pair) for quote, pair in zip(found, similar, strict=True)}

    def _pool(self, wanted: Wanted, topic: _Topic, listed: Sequence[str]) -> list[Quote]:
        """Return the sentences on the topic, and where it was not named those elsewhere that may hold the same words.

        What is asked about this patient is looked for in the listed diagnoses only: what holds for other diseases would
        mislead.
        """
        documents = [*topic.documents, *([topic.rival] if topic.rival else [])]
        if not topic.named and topic.own:
            documents += [self._index.document(one) for one in listed[:LISTED]]
        found = list(sentences_about(documents, self._index))
        if not topic.named and (not documents or (topic.own and not wanted.about_patient)):
            hits = self._index.search(Query(text=wanted.question), limit=PASSAGES)
            found += [quote for hit in hits for quote in quotes(hit.passage, hit.document)]
        return list({(quote.passage.id, quote.start): quote for quote in found}.values())

    def _topic(self, wanted: Wanted, listed: Sequence[str]) -> _Topic:
        """Return what is asked about: the conditions named, else the leading diagnosis."""
        named = () if wanted.supposes else self._names().named(wanted.question, listed)
        leading = self._index.document(listed[0]) if listed else None
        documents = tuple(map(self._index.document, named)) if named else (leading,) if leading else ()
        rival = leading if named and wanted.compares and leading not in documents else None
        held = frozenset[str]().union(*(content_stems(name) for one in documents for name in _names_of(one) if named))
        own = wanted.own - held
        return _Topic(
            documents=documents,
            rival=rival,
            named=bool(named),
            own=own,
            groups=tuple(group for group in wanted.groups if not group & held),
            sections=wanted.sections + (("presentation",) if rival else ()) or (() if own else _UNSAID),
        )

    def _names(self) -> ConditionNames:
        """Return the names of the index's conditions; collected again only when the index changed."""
        generation = self._index.generation
        if self._known is None or self._known[0] != generation:
            self._known = (generation, ConditionNames(self._current(self._index.conditions())))
        return self._known[1]

    def _current(self, conditions: dict[str, Condition]) -> dict[str, Condition]:
        """Leave out the documents that are no longer current, unless nothing current is about the same condition."""
        standings = self._index.life_cycle.standings()
        if not standings:
            return conditions
        current = frozenset[str]().union(*(keys(one) for name, one in conditions.items() if name not in standings))
        return {name: one for name, one in conditions.items() if name not in standings or not keys(one) & current}


def _documents_of(assessment: Assessment | None) -> list[str]:
    """Return the document most cited for each listed diagnosis, the leading diagnosis first."""
    found: dict[str, None] = {}
    for diagnosis in assessment.differential if assessment else ():
        cited = [citation.document.id for citation in diagnosis.citations]
        if cited:
            found.setdefault(max(dict.fromkeys(cited), key=cited.count))
    return list(found)


def _names_of(document: Document) -> tuple[str, ...]:
    condition = document.condition
    return (document.title, condition.name, *condition.synonyms) if condition else (document.title,)


def _merit(quote: Quote, wanted: Wanted, topic: _Topic, case: Case | None) -> float:
    """Return how much a sentence's words and place speak for it.

    Within the section asked for, guidance lists what comes first first, so an earlier sentence is a better answer.
    """
    merit = 1.2 * _share(topic.own, quote) + 0.8 * _for_groups(topic.groups, quote)
    if wanted.asks_dose and _AMOUNT.search(quote.text):
        merit += 0.8 if topic.own & _with_numbers(quote.text) else 0.4
    if case is not None and not topic.groups and for_other_patients(quote.text, case):
        merit -= 0.5
    kind = section_kind(quote.passage.heading_path)
    if kind == "differential" and topic.rival is not None:
        return merit + 2.0 * _tells_apart(quote, topic)
    if quote.document not in topic.documents:
        return merit + 0.2 * (kind in topic.sections)
    early = 1 - quote.start / max(len(quote.passage.text), 1)
    return merit + 0.3 + (0.4 + 0.7 * early) * (kind in topic.sections)


def _tells_apart(quote: Quote, topic: _Topic) -> bool:
    """Say whether a sentence on the one condition names the other that the question compares it with, to tell them apart."""
    if topic.rival is None or section_kind(quote.passage.heading_path) != "differential":
        return False
    others = topic.documents if quote.document == topic.rival else (topic.rival,)
    said = content_stems(quote.text)
    names = (name_stems(name) for other in others for name in _names_of(other))
    return any(name and name <= said for name in names)


def _with_numbers(text: str) -> frozenset[str]:
    """Return the stems of the words that an amount stands behind: "paracetamol 1 g", not "paracetamol poisoning: 150 mg"."""
    return frozenset(stem(match[1].lower()) for match in _NAME_AND_NUMBER.finditer(text))


def _answers(quote: Quote, topic: _Topic, near: _Nearness) -> bool:
    """Say whether a sentence is near enough to the question to be shown as an answer."""
    for_them = not topic.groups or _for_groups(topic.groups, quote) > 0
    if not topic.holds(quote.document):
        return _share(topic.own, quote) >= LEAST_SHARED and near.topic >= LEAST_RELEVANCE and for_them
    if _tells_apart(quote, topic):
        return True
    if topic.own:
        return _share(topic.own, quote) > 0 or near.question >= LEAST_SIMILARITY
    in_section = section_kind(quote.passage.heading_path) in topic.sections
    return (in_section or near.topic >= LEAST_RELEVANCE) and for_them


def _share(wanted: frozenset[str], quote: Quote) -> float:
    """Return the share of wanted words that a sentence holds, with its title and heading."""
    return len(wanted & content_stems(_with_place(quote))) / len(wanted) if wanted else 0.0


def _for_groups(groups: Sequence[frozenset[str]], quote: Quote) -> float:
    """Return how far a sentence is for the patient groups asked for: most where it opens with them ("Pregnancy: ...")."""
    said = [stem(word) for word in words(_OTHERS.sub("", quote.text))]
    shares = (1.0 if group & set(said[:2]) else 0.5 * bool(group & set(said)) for group in groups)
    return sum(shares) / len(groups) if groups else 0.0


def _with_place(quote: Quote) -> str:
    """Return the sentence with the title and heading it stands under, without which a bullet may not say what it is about."""
    heading = quote.passage.heading_path[-1] if quote.passage.heading_path else ""
    return " ".join(words(f"{quote.document.title} {heading}")) + ": " + quote.text
