"""Whether what is shown is what the documents say: every quote checked against the database, every sentence against its quotes.

Quotes are looked up with plain SQLite, not with the code that made them. A sentence counts as unmarked where it is shown as
advice but does not stand in its quote, or is worded by a model and says a number or more than a fifth of content words that
neither quotes nor case hold. Measured on exam vignettes (CRAFT-MD's development part). Does not know diagnoses from errors.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from assistant.assessment import Assessment, Citation, Diagnosis
from assistant.assistant import Assistant
from assistant.words import content_stems, numbers
from finetune.evaluation.diagnosing import assessed, told_items
from finetune.evaluation.intervals import mean_figure
from finetune.evaluation.measure import Figure, Item, Outcome
from finetune.evaluation.vignettes import FILE

# The vignettes looked at where no other number is asked for; each shows some thirty quotes.
VIGNETTES = 200
_DATABASE = "index.sqlite"
_FOUND = """
    SELECT substr(documents.text, passages.start_offset + 1, passages.end_offset - passages.start_offset)
    FROM passages JOIN documents ON documents.id = passages.document_id
    WHERE passages.id = ? AND documents.id = ?
"""
_MOST_FOREIGN = 0.2
# The program's own words around findings that the model chose.
_FRAME = content_stems("Most telling for")


class Citations:
    """The share of verbatim quotes, and the sentences shown that nothing supports."""

    name = "citations"

    def items(self, mirror: Path, limit: int | None, seed: int) -> Sequence[Item]:
        """Return a seeded sample of vignettes."""
        return told_items(mirror / FILE, limit or VIGNETTES, seed)

    def judge(self, item: Item, assistant: Assistant) -> Outcome:
        """Return how many quotes are not verbatim and which sentences are unsupported though not marked so."""
        assessment = assessed(item.content.text, assistant)
        diagnoses = assessment.differential if assessment is not None else ()
        with closing(_opened(assistant.index.folder / _DATABASE)) as database:
            wrong = [one.quote for shown in diagnoses for one in shown.citations if not is_verbatim(one, database)]
        return {
            "quotes": sum(len(shown.citations) for shown in diagnoses),
            "wrong": wrong,
            "sentences": sum(1 for _ in _sentences(assessment)),
            "unmarked": [text for text, supported in _sentences(assessment) if not supported],
            "marked": len(assessment.unsupported) if assessment is not None else 0,
            "uncited": sum(_uncited(shown) for shown in diagnoses),
        }

    def figures(self, outcomes: Sequence[Outcome], seed: int) -> Sequence[Figure]:
        """Return the share of verbatim quotes, and the shares of sentences and of reasons that have nothing behind them."""
        verbatim = [hit for one in outcomes for hit in _hits(one["quotes"], len(one["wrong"]))]
        unmarked = [not hit for one in outcomes for hit in _hits(one["sentences"], len(one["unmarked"]))]
        uncited = [one["uncited"] > 0 for one in outcomes]
        return [
            mean_figure(self.name, "quotes verbatim in the database", verbatim, seed, target=1.0),
            mean_figure(self.name, "sentences unsupported and unmarked", unmarked, seed, target=0.0, least=False),
            mean_figure(self.name, "cases with a reason without a source", uncited, seed, target=0.0, least=False),
        ]

    def details(self, outcomes: Sequence[Outcome], seed: int) -> Mapping[str, Any]:
        """Return the sentences and quotes that failed, and how many were withheld under their mark."""
        return {
            "not verbatim": [text for one in outcomes for text in one["wrong"]][:20],
            "unmarked": [text for one in outcomes for text in one["unmarked"]][:20],
            "marked as unsupported": sum(int(one["marked"]) for one in outcomes),
        }


def is_verbatim(citation: Citation, database: sqlite3.Connection) -> bool:
    """Say whether a quote stands at its place in the passage it names, as the database has it."""
    row = database.execute(_FOUND, (citation.passage_id, citation.document.id)).fetchone()
    return row is not None and row[0][citation.start : citation.end] == citation.quote


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


def _sentences(assessment: Assessment | None) -> Iterator[tuple[str, bool]]:
    """Yield every sentence shown outside of quotes, and whether what is cited supports it."""
    if assessment is None:
        return
    case = " ".join((assessment.case.narrative, *(finding.label for finding in assessment.case.findings)))
    case += " ".join(f" {one.name} {one.detail}" for one in assessment.case.medications)
    # "28 days old" is also four weeks.
    case += " ".join(f" {(assessment.case.age_years or 0) * parts:.0f}" for parts in (1, 12, 52))
    if assessment.summary:
        yield assessment.summary, _covered(assessment.summary, case)
    for shown in assessment.differential:
        quotes = {one.number: " ".join(one.quote.split()) for one in shown.citations}
        for advice in (*shown.next_steps, *shown.treatment):
            yield advice.text, " ".join(advice.text.split()) in quotes.get(advice.citation, "")
        if shown.rationale:
            yield shown.rationale, _covered(shown.rationale, " ".join((case, shown.name, *quotes.values())))


def _covered(sentence: str, source: str) -> bool:
    wanted = content_stems(sentence) - _FRAME
    foreign = len(wanted - content_stems(source)) / max(len(wanted), 1)
    return foreign <= _MOST_FOREIGN and numbers(sentence) <= numbers(source)


def _uncited(shown: Diagnosis) -> int:
    """Return how many reasons of a diagnosis name neither a citation that is there nor another basis."""
    there = {one.number for one in shown.citations}
    reasons = (*shown.supporting, *shown.against, *shown.missing)
    return sum(one.citation not in there and not one.basis for one in reasons)


def _hits(total: int, failed: int) -> list[bool]:
    return [True] * (total - failed) + [False] * failed
