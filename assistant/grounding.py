"""The gate every statement passes: quotes are verbatim, sentences are covered by what they cite.

Knows passages and words. Does not know models: a statement is checked the same way whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.assessment import Citation, CitedDocument
from assistant.errors import QuoteMismatch
from assistant.words import content_sequence, content_stems, negated, numbers
from index.document import Document, Passage
from index.reading.hostile import instruction_spans
from index.recommendations import strength_of
from index.sentences import sentence_spans
from index.standing import standing_words

STARTER_NOTICE = "starter notes, not a guideline"
# Share of a sentence's content words that its sources must hold. Chosen high: a wrongly withheld sentence costs a little
# polish, a wrongly shown one may cost a patient.
SUPPORT_THRESHOLD = 0.8
# Share of its neighbouring content words that must be neighbours in one source too: true words joined anew are a new claim.
ORDER_THRESHOLD = 0.75


@dataclass(frozen=True)
class Quote:
    """A sentence of a passage, by offsets into the passage's text."""

    passage: Passage
    document: Document
    start: int
    end: int

    @property
    def text(self) -> str:
        """The words quoted."""
        return self.passage.text[self.start : self.end]

    @property
    def standing_cautions(self) -> tuple[str, ...]:
        """What must be said with the quote because its document is no longer current; empty while it is."""
        return standing_cautions(self.document)


@dataclass(frozen=True)
class Support:
    """How well a statement is covered by quotes: the share of content words, and the quote that covers most."""

    supported: bool
    coverage: float
    quote: int | None
    reason: str = ""


def standing_cautions(document: Document | CitedDocument) -> tuple[str, ...]:
    """Return what must be said with advice from a document that is no longer current; nothing while it is."""
    told = standing_words(document.superseded_by, document.withdrawn)
    return (f"source {told}",) if told else ()


def cite(passage: Passage, document: Document, quote: str, start: int, end: int, number: int) -> Citation:
    """Return a citation after checking that the quote is verbatim.

    Raises QuoteMismatch when `passage.text[start:end]` is not `quote`, or the quote is blank.
    """
    if passage.text[start:end] != quote or not quote.strip():
        raise QuoteMismatch(f"{passage.id}[{start}:{end}] is not {quote!r}; drop the claim or cite again")
    if passage.document_id != document.id or document.text[passage.start : passage.end] != passage.text:
        raise QuoteMismatch(
            f"passage {passage.id} is not part of document {document.id} as stored; run 'wardround index add'"
        )
    return Citation(
        number=number,
        passage_id=passage.id,
        quote=quote,
        start=start,
        end=end,
        document=CitedDocument(
            id=document.id,
            title=document.title,
            issuer=document.issuer,
            published=document.published,
            page=passage.page,
            url=document.url,
            heading_path=passage.heading_path,
            trust=document.trust,
            notice=STARTER_NOTICE if document.trust == "starter" else "",
            standing=document.standing,
            superseded_by=document.superseded_by,
            withdrawn=document.withdrawn,
        ),
        strength=strength_of(quote) or document.strength,
    )


class Citations:
    """The numbered citations of one answer; the same quote keeps its number."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, int, int], Citation] = {}

    def number(self, quote: Quote) -> int:
        """Return the number of the citation for a quote, making and checking it first if it is new."""
        key = (quote.passage.id, quote.start, quote.end)
        if key not in self._made:
            self._made[key] = cite(
                quote.passage, quote.document, quote.text, quote.start, quote.end, number=len(self._made) + 1
            )
        return self._made[key].number

    def all(self) -> tuple[Citation, ...]:
        """Return every citation made, in order of number."""
        return tuple(self._made.values())


def quotes(passage: Passage, document: Document) -> tuple[Quote, ...]:
    """Return the sentences of a passage as quotes, without those that speak to a language model."""
    instructions = instruction_spans(passage.text)
    return tuple(
        Quote(passage, document, start, end)
        for start, end in sentence_spans(passage.text)
        if not any(begin <= start < stop for begin, stop in instructions)
    )


def support(statement: str, sources: Sequence[str], *, context: Iterable[str] = ()) -> Support:
    """Check one sentence against the quotes it may rest on, and against the case as `context`.

    A sentence is supported when at least `SUPPORT_THRESHOLD` of its content words stand in the sources or the context, at
    least `ORDER_THRESHOLD` of its pairs of neighbouring words are near each other in one of them, every number stands there
    too, next to the same word, and it is negated only if the quote that covers most of it is. This is a lexical check: it
    cannot see that two words mean the same, so it errs towards withholding.
    """
    wanted = content_stems(statement)
    if not wanted:
        return Support(False, 0.0, None, "no content")
    context = list(context)
    known = frozenset[str]().union(*(content_stems(text) for text in context))
    held = [content_stems(source) for source in sources]
    coverage = len(wanted & known.union(*held)) / len(wanted)
    best = max(range(len(held)), key=lambda number: len(wanted & held[number]), default=None)
    strange = numbers(statement) - numbers(" ".join([*sources, *context]))
    if coverage < SUPPORT_THRESHOLD:
        return Support(False, coverage, best, "words that no source holds")
    if strange:
        return Support(False, coverage, best, f"numbers that no source holds: {', '.join(sorted(strange))}")
    if not _in_order(statement, [*sources, *context]):
        return Support(False, coverage, best, "words joined as no source joins them")
    if best is not None and negated(statement) and not negated(sources[best]):
        return Support(False, coverage, best, "negated, but its source is not")
    return Support(True, coverage, best)


def _in_order(statement: str, sources: Sequence[str]) -> bool:
    """Say whether enough neighbouring content words of a statement are near each other, in that order, in one source."""
    said = content_sequence(statement)
    near: set[tuple[str, str]] = set()
    next_to: set[tuple[str, str]] = set()
    for source in sources:
        held = content_sequence(source)
        next_to.update(pairwise(held))
        near.update(zip(held, held[2:], strict=False))
    near |= next_to
    pairs = list(pairwise(said))
    if any(pair not in next_to for pair in pairs if any(word[0].isdigit() for word in pair)):
        return False
    return not pairs or sum(pair in near for pair in pairs) / len(pairs) >= ORDER_THRESHOLD
