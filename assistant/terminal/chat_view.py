"""An assessment and an answer as the chat shows them: short, so that the conversation stays readable.

Knows what fits in a few lines. Does not know turns or commands; `assessment_view` shows everything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant import phrasing
from assistant.answer import Answer, AnswerSentence
from assistant.assessment import Assessment, Diagnosis, RedFlag
from assistant.case import Case
from assistant.citation_numbers import CitationNumbers, sentence_text
from assistant.terminal.assessment_view import (
    abstention_view,
    danger_view,
    must_not_miss_view,
    question_view,
    reasons,
    urgency_view,
)
from assistant.terminal.line import BLANK, Line

ONE_LINE_EACH = 5
_STRONGEST = 2


def understood_lines(case: Case, red_flags: Sequence[RedFlag], shown_before: Sequence[RedFlag] = ()) -> list[Line]:
    """Return the case in a line and the danger signs in it: what is known before any diagnosis is.

    Signs that an earlier turn showed in full are only named again.
    """
    known = {flag.sign for flag in shown_before}
    again = [phrasing.plain(flag.sign) for flag in red_flags if flag.sign in known]
    lines = [Line(phrasing.sentence(phrasing.case_line(case)), lead="Case:")]
    lines += danger_view([flag for flag in red_flags if flag.sign not in known])
    if again:
        lines += [BLANK, Line("; ".join(again) + ".", lead="!! Danger signs as before:", style="strong")]
    return lines


def differential_lines(
    assessment: Assessment, numbering: CitationNumbers, *, numbers: bool = False, changed: Sequence[str] = ()
) -> list[Line]:
    """Return what `changed`, the leading diagnoses in a line each, and the next question."""
    lines = [BLANK, Line("Changed:", style="heading")] if changed else []
    lines += [Line(change, lead="-") for change in changed]
    lines += abstention_view(assessment)
    if assessment.differential:
        lines += [BLANK, Line("Differential, most likely first:", style="heading")]
    for rank, diagnosis in enumerate(assessment.differential[:ONE_LINE_EACH], 1):
        lines.append(_in_one_line(rank, diagnosis, numbering, numbers))
    lines += must_not_miss_view(assessment.must_not_miss, brief=True)
    lines += urgency_view(assessment.triage)
    lines += question_view(assessment)
    closing = "/differential shows tests and treatment, /sources N a quote." if assessment.differential else ""
    return [*lines, BLANK, Line(f"{phrasing.plain(assessment.notice)} {closing}".strip(), style="quiet")]


def unfit_lines(assessment: Assessment) -> list[Line]:
    """Return why a text cannot be taken as a case; nothing of it is kept."""
    said = assessment.abstention.explanation if assessment.abstention else ""
    return [Line(f"This cannot be taken as a case. {phrasing.plain(said)}".strip())]


def note(text: str) -> Line:
    """Return a remark about the conversation itself."""
    return Line(phrasing.plain(text), style="quiet")


def answer_lines(sentence: AnswerSentence) -> list[Line]:
    """Return a sentence of an answer with its marks, and what in the case speaks against it."""
    warned = (Line(f"Caution: {phrasing.plain(caution)}", indent=2, style="strong") for caution in sentence.cautions)
    return [Line(phrasing.plain(sentence_text(sentence))), *warned]


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
        yield Line(_withheld(len(answer.unsupported)), style="quiet")
    own = CitationNumbers({citation.number: citation for citation in answer.citations})
    for found in answer.conflicts:
        yield Line(phrasing.conflict(found, answer.citations, own), style="strong")
    said = [phrasing.plain(sentence.text) for sentence in answer.sentences]
    for citation in answer.citations:
        lead = f"[{citation.number}]"
        quote = phrasing.plain(citation.quote)
        text = phrasing.place_and_standing(citation.document)
        differing = any(citation.number in one.citations for one in answer.conflicts)
        shown = differing or any(sentence.endswith(quote) for sentence in said)
        yield Line(text if shown else f'"{quote}" {text}', lead=lead, hang=len(lead), style="quiet")


def _withheld(count: int) -> str:
    what = "one sentence" if count == 1 else f"{count} sentences"
    return f"The model's own wording of {what} is withheld: the sources do not support it word for word."
