"""An assessment in full, as lines for a terminal: danger signs first, sources last.

Knows the order in which a clinician reads. Does not know widths or colours, and adds nothing to what was assessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from assistant import phrasing
from assistant.assessment import (
    Advice,
    Assessment,
    Citation,
    CitedDocument,
    Diagnosis,
    Evidence,
    MustNotMiss,
    RedFlag,
    Triage,
)
from assistant.cautions import COVERAGE_NOTE
from assistant.citation_numbers import CitationNumbers
from assistant.sources import cited_sources
from assistant.terminal.line import BLANK, Line

IN_FULL = 5
_TITLE = 10
_DEEP = 3


def full_view(
    assessment: Assessment, numbering: CitationNumbers, *, numbers: bool = False, everything: bool = False
) -> list[Line]:
    """Return the whole assessment; `numbers` adds scores, `everything` shows each diagnosis in full."""
    shown = assessment.differential if everything else assessment.differential[:IN_FULL]
    cited: dict[int, Citation] = {}
    lines = [
        Line(phrasing.plain(assessment.notice), style="quiet"),
        *case_view(assessment),
        *danger_view(assessment.red_flags),
        *urgency_view(assessment.triage),
        *abstention_view(assessment),
    ]
    if shown:
        lines += [BLANK, Line("DIFFERENTIAL, MOST LIKELY FIRST", style="heading")]
    for rank, diagnosis in enumerate(shown, 1):
        lines += _diagnosis(rank, diagnosis, numbering, numbers)
        cited |= _cited(diagnosis, numbering)
    lines += _others(assessment.differential[len(shown) :], len(shown) + 1, numbers)
    lines += must_not_miss_view(assessment.must_not_miss)
    lines += [*question_view(assessment), *_unsupported(assessment), *_sources(cited, shown)]
    if any(diagnosis.treatment for diagnosis in shown):
        lines += [BLANK, Line(COVERAGE_NOTE, style="quiet")]
    lines += (Line(phrasing.plain(said), style="strong") for said in assessment.not_checked)
    return [*lines, BLANK, Line(provenance_line(assessment), style="quiet")]


def case_view(assessment: Assessment) -> Iterator[Line]:
    """Yield the case as understood."""
    yield from (BLANK, Line("CASE AS UNDERSTOOD", style="heading"))
    parts = phrasing.case_parts(assessment.case)
    for title, text in parts:
        yield Line(text, lead=title, hang=_TITLE)
    if phrasing.adds(assessment.summary, (text for part in parts for text in part)):
        yield Line(phrasing.sentence(assessment.summary), lead="Summary", hang=_TITLE)


def danger_view(red_flags: Sequence[RedFlag]) -> Iterator[Line]:
    """Yield the danger signs, which nobody may miss."""
    if red_flags:
        yield from (BLANK, Line(" DANGER SIGNS PRESENT ", style="danger"))
    for source, flags in groupby(red_flags, key=phrasing.danger_source):
        yield from (Line(phrasing.danger(flag), lead="!!", style="strong") for flag in flags)
        yield Line(f"Source: {source}", indent=_DEEP, style="quiet")


def urgency_view(found: Triage | None) -> Iterator[Line]:
    """Yield how soon the case should be seen, as a signpost."""
    if found is not None:
        yield from (BLANK, Line(phrasing.urgency(found), lead="Urgency suggested:", style="strong"))


def must_not_miss_view(found: Sequence[MustNotMiss], *, brief: bool = False) -> Iterator[Line]:
    """Yield the dangerous diagnoses that are not excluded; `brief` leaves out how they are."""
    if found:
        yield from (BLANK, Line("NOT TO BE MISSED, NOT EXCLUDED BY THE CASE", style="heading"))
    for one in found:
        yield Line(phrasing.not_to_be_missed(one), lead="-", style="strong")
        if not brief:
            yield Line(phrasing.excluded_by(one), indent=_DEEP, style="quiet")


def abstention_view(assessment: Assessment) -> Iterator[Line]:
    """Yield why no differential is offered, or why the one offered must not be relied on."""
    if assessment.abstention is None:
        return
    title = "DO NOT RELY ON THIS DIFFERENTIAL" if assessment.differential else "NO DIFFERENTIAL OFFERED"
    yield from (BLANK, Line(f"{title}: {assessment.abstention.reason}", style="heading"))
    yield Line(phrasing.plain(assessment.abstention.explanation))


def question_view(assessment: Assessment) -> Iterator[Line]:
    """Yield the one question that would tell most."""
    if assessment.next_question is not None:
        yield from (BLANK, Line(phrasing.next_question(assessment.next_question), lead="Ask next:", style="strong"))


def source_view(number: int, citation: Citation) -> Iterator[Line]:
    """Yield a quote, word for word, and where it stands."""
    lead = f"[{number}]"
    yield Line(f'"{phrasing.plain(citation.quote)}"', lead=lead, hang=len(lead))
    stated = f"; {phrasing.plain(citation.strength)}" if citation.strength else ""
    yield Line(phrasing.place_and_standing(citation.document) + stated, indent=len(lead) + 1, style="quiet")


def provenance_line(assessment: Assessment) -> str:
    """Return in one line what made the assessment."""
    made = assessment.provenance
    model = f"model {made.model}" + (f" with adapter {made.adapter}" if made.adapter else "")
    index = f"index generation {made.index_generation} ({made.index_documents} documents)"
    return phrasing.plain(f"Wardround {made.wardround}, {model}, {index}, {made.seconds:.1f} s.")


def _diagnosis(rank: int, diagnosis: Diagnosis, numbering: CitationNumbers, numbers: bool) -> Iterator[Line]:
    lead = f"{rank}."
    yield BLANK
    name = f"{phrasing.plain(diagnosis.name)} ({phrasing.likelihood(diagnosis, numbers=numbers)})"
    yield Line(name, lead=lead, hang=_DEEP - 1, style="strong")
    if phrasing.codes(diagnosis):
        yield Line(phrasing.codes(diagnosis), indent=_DEEP, style="quiet")
    if diagnosis.rationale:
        yield Line(phrasing.sentence(diagnosis.rationale), indent=_DEEP)
    sides = (("For", diagnosis.supporting), ("Against", diagnosis.against), ("Not known", diagnosis.missing))
    for title, side in sides:
        if side:
            yield _listed(title, reasons(side, diagnosis, numbering))
    if diagnosis.carried_by:
        yield _listed("Rests on", phrasing.carried_by(diagnosis))
    yield from _advice("Tests", diagnosis.next_steps, diagnosis, numbering)
    yield from _advice("Treat", diagnosis.treatment, diagnosis, numbering)
    for found in diagnosis.conflicts:
        yield Line(phrasing.conflict(found, diagnosis.citations, numbering), indent=_DEEP, style="strong")


def reasons(side: Sequence[Evidence], diagnosis: Diagnosis, numbering: CitationNumbers) -> str:
    """Return reasons in one line, each with its mark."""
    marked = ((given, numbering.mark(diagnosis.citations, given.citation)) for given in side)
    return "; ".join(phrasing.evidence(given, mark) for given, mark in marked)


def _listed(title: str, text: str) -> Line:
    return Line(text, lead=title, indent=_DEEP, hang=_TITLE)


def _advice(title: str, advice: Sequence[Advice], diagnosis: Diagnosis, numbering: CitationNumbers) -> Iterator[Line]:
    for position, one in enumerate(advice):
        mark = numbering.mark(diagnosis.citations, one.citation)
        yield _listed(title if position == 0 else "", f"{phrasing.plain(one.text)} {mark}")
        for caution in one.cautions:
            yield Line(f"Caution: {phrasing.plain(caution)}", indent=_DEEP + _TITLE, style="strong")


def _cited(diagnosis: Diagnosis, numbering: CitationNumbers) -> dict[int, Citation]:
    """Return the quotes a diagnosis shows, by their number."""
    return {numbering.number(citation): citation for citation in diagnosis.citations}


def _others(diagnoses: Sequence[Diagnosis], first: int, numbers: bool) -> Iterator[Line]:
    if not diagnoses:
        return
    named = (
        f"{rank}. {phrasing.plain(diagnosis.name)} ({phrasing.likelihood(diagnosis, numbers=numbers)})"
        for rank, diagnosis in enumerate(diagnoses, first)
    )
    yield from (BLANK, Line("; ".join(named), lead="Also considered:"))


def _unsupported(assessment: Assessment) -> Iterator[Line]:
    if assessment.unsupported:
        yield from (BLANK, Line("SAID BY THE MODEL, SUPPORTED BY NO QUOTE", style="heading"))
    for statement in assessment.unsupported:
        yield Line(f'"{phrasing.plain(statement.statement)}" ({phrasing.plain(statement.reason)})', lead="?")


def _sources(cited: dict[int, Citation], shown: Sequence[Diagnosis]) -> Iterator[Line]:
    """Yield the quotes by document and section; advice is a quote already, and is not printed twice."""
    if cited:
        yield from (BLANK, Line("SOURCES", style="heading"))
    advice = (one for diagnosis in shown for one in (*diagnosis.next_steps, *diagnosis.treatment))
    for source in cited_sources(cited, advice):
        yield Line(_source(source.document), style="quiet")
        for passage in source.passages:
            for number, quote in passage.quotes:
                lead = f"[{number}]"
                yield Line(
                    f'"{quote}" ({passage.section})' if passage.section else f'"{quote}"',
                    lead=lead,
                    hang=len(lead),
                    indent=2,
                )
            if passage.above:
                yield Line(f"{passage.section}, word for word above", lead=phrasing.marks(passage.above), indent=2)


def _source(document: CitedDocument) -> str:
    address = phrasing.plain(document.url)
    return f"{phrasing.source(document)} {address}" if address else phrasing.source(document)
