"""An assessment and an answer as the chat shows them: short, so that the conversation stays readable.

Knows what fits in a few lines. Does not know turns or commands; `assessment_view` shows everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant import phrasing
from assistant.answer import Answer
from assistant.assessment import Assessment, Diagnosis
from assistant.citation_numbers import CitationNumbers
from assistant.terminal.assessment_view import abstention_view, danger_view, question_view, reasons
from assistant.terminal.line import BLANK, Line

ONE_LINE_EACH = 5
_STRONGEST = 2


def compact_view(
    assessment: Assessment, numbering: CitationNumbers, *, numbers: bool = False, changed: Sequence[str] = ()
) -> list[Line]:
    """Return the case in a line, danger signs, what `changed`, the leading diagnoses in a line each, the next question."""
    lines = [Line(phrasing.sentence(phrasing.case_line(assessment.case)), lead="Case:")]
    lines += danger_view(assessment)
    if changed:
        lines += [BLANK, Line("Changed:", style="heading")]
    lines += [Line(change, lead="-") for change in changed]
    lines += abstention_view(assessment)
    if assessment.differential:
        lines += [BLANK, Line("Differential, most likely first:", style="heading")]
    for rank, diagnosis in enumerate(assessment.differential[:ONE_LINE_EACH], 1):
        lines.append(_in_one_line(rank, diagnosis, numbering, numbers))
    lines += question_view(assessment)
    closing = "/differential shows tests and treatment, /sources N a quote." if assessment.differential else ""
    return [*lines, BLANK, Line(f"{phrasing.plain(assessment.notice)} {closing}".strip(), style="quiet")]


def _in_one_line(rank: int, diagnosis: Diagnosis, numbering: CitationNumbers, numbers: bool) -> Line:
    text = f"{phrasing.plain(diagnosis.name)} ({phrasing.likelihood(diagnosis, numbers=numbers)})"
    sides = (("for", diagnosis.supporting[:_STRONGEST]), ("against", diagnosis.against[:1]))
    given = [f"{title} {reasons(side, diagnosis, numbering)}" for title, side in sides if side]
    return Line(f"{text}: {'. '.join(given)}" if given else text, lead=f"{rank}.", hang=2)


def answer_close(answer: Answer) -> Iterator[Line]:
    """Yield what follows the sentences of an answer: why there are none, what was withheld, where the quotes stand."""
    if answer.not_answered:
        yield Line(phrasing.plain(answer.not_answered))
    if answer.unsupported:
        count = len(answer.unsupported)
        what = "a sentence" if count == 1 else f"{count} sentences"
        yield Line(f"Withheld: {what} of the model that no quote supports.", style="quiet")
    said = {phrasing.plain(sentence.text) for sentence in answer.sentences}
    for citation in answer.citations:
        lead = f"[{citation.number}]"
        quote = phrasing.plain(citation.quote)
        place = phrasing.place(citation.document)
        standing = phrasing.standing(citation.document)
        text = f"{place} ({standing})" if standing else place
        yield Line(text if quote in said else f'"{quote}" {text}', lead=lead, hang=len(lead), style="quiet")
