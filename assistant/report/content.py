"""What stands in a report, in the order of a record: summary, danger signs, differential, plan, gaps, sources, origin.

Knows assessments. Does not know file formats; adds nothing to what was assessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant import phrasing
from assistant.assessment import Advice, Assessment, Diagnosis, Evidence, Provenance
from assistant.cautions import COVERAGE_NOTE
from assistant.citation_numbers import CitationNumbers
from assistant.report.block import Block, Bullets, Heading, Paragraph, Quotation, Table

TITLE = "Differential diagnosis and plan"
# What keeps a report at one to two pages.
ROWS = 5
PLANNED = 3


def report_blocks(assessment: Assessment) -> tuple[Block, ...]:
    """Return the blocks of a report, with one numbering of quotes throughout."""
    numbering = CitationNumbers()
    return (
        Heading(TITLE, level=1),
        Paragraph(f"{phrasing.plain(assessment.notice)} {_date(assessment.provenance)}", strong=True),
        *_danger(assessment),
        *_summary(assessment),
        *_differential(assessment, numbering),
        *_plan(assessment, numbering),
        *_missing(assessment, numbering),
        *_sources(numbering),
        *_origin(assessment.provenance),
    )


def _date(provenance: Provenance) -> str:
    return f"Made {phrasing.plain(provenance.created)}." if provenance.created else ""


def _danger(assessment: Assessment) -> Iterator[Block]:
    if assessment.red_flags:
        yield Heading("Danger signs present")
        yield Bullets(
            tuple((phrasing.danger(flag), (f"Source: {phrasing.danger_source(flag)}",)) for flag in assessment.red_flags)
        )


def _summary(assessment: Assessment) -> Iterator[Block]:
    yield Heading("Summary")
    if assessment.summary:
        yield Paragraph(phrasing.sentence(assessment.summary))
    yield Bullets(tuple((f"{title}: {text}", ()) for title, text in phrasing.case_parts(assessment.case)))


def _differential(assessment: Assessment, numbering: CitationNumbers) -> Iterator[Block]:
    yield Heading("Differential")
    if assessment.abstention is not None:
        said = "Not to be relied on" if assessment.differential else "No differential is offered"
        explanation = phrasing.plain(assessment.abstention.explanation)
        yield Paragraph(f"{said} ({assessment.abstention.reason}). {explanation}", strong=True)
    shown = assessment.differential[:ROWS]
    if not shown:
        return
    rows = tuple(_row(rank, diagnosis, numbering) for rank, diagnosis in enumerate(shown, 1))
    yield Table(("", "Diagnosis", "Likelihood", "For", "Against"), rows)
    for diagnosis in shown:
        if diagnosis.rationale:
            yield Paragraph(f"{phrasing.plain(diagnosis.name)}: {phrasing.sentence(diagnosis.rationale)}")
    if others := assessment.differential[ROWS:]:
        named = (f"{phrasing.plain(other.name)} ({other.likelihood.band})" for other in others)
        yield Paragraph(f"Also considered: {'; '.join(named)}.")
    yield Paragraph("Likelihood is a rank in words, not a calibrated chance.")


def _row(rank: int, diagnosis: Diagnosis, numbering: CitationNumbers) -> tuple[str, ...]:
    codes = phrasing.codes(diagnosis)
    name = phrasing.plain(diagnosis.name) + (f" ({codes})" if codes else "")
    sides = (_reasons(side, diagnosis, numbering) for side in (diagnosis.supporting, diagnosis.against))
    return (str(rank), name, diagnosis.likelihood.band, *sides)


def _reasons(side: Sequence[Evidence], diagnosis: Diagnosis, numbering: CitationNumbers) -> str:
    marked = ((given, numbering.mark(diagnosis.citations, given.citation)) for given in side)
    return "; ".join(phrasing.evidence(given, mark) for given, mark in marked)


def _plan(assessment: Assessment, numbering: CitationNumbers) -> Iterator[Block]:
    planned = [one for one in assessment.differential[:PLANNED] if one.next_steps or one.treatment]
    if not planned:
        return
    yield Heading("Plan to consider")
    for diagnosis in planned:
        yield Heading(phrasing.plain(diagnosis.name), level=3)
        yield Bullets(
            tuple(
                (f"{kind}: {phrasing.plain(one.text)} {numbering.mark(diagnosis.citations, one.citation)}", _cautions(one))
                for kind, advice in (("Test", diagnosis.next_steps), ("Treatment", diagnosis.treatment))
                for one in advice
            )
        )
    if any(diagnosis.treatment for diagnosis in planned):
        yield Paragraph(COVERAGE_NOTE)


def _cautions(advice: Advice) -> tuple[str, ...]:
    return tuple(f"Caution: {phrasing.plain(caution)}" for caution in advice.cautions)


def _missing(assessment: Assessment, numbering: CitationNumbers) -> Iterator[Block]:
    asked = assessment.next_question
    items = [(f"Most useful next: {phrasing.next_question(asked)}", ())] if asked else []
    for diagnosis in assessment.differential[:PLANNED]:
        if diagnosis.missing:
            reasons = _reasons(diagnosis.missing, diagnosis, numbering)
            items.append((f"Not known, for {phrasing.plain(diagnosis.name)}: {reasons}", ()))
    items += [
        (f'Said by the model, supported by no quote: "{phrasing.plain(one.statement)}" ({phrasing.plain(one.reason)})', ())
        for one in assessment.unsupported
    ]
    if items:
        yield Heading("What is missing")
        yield Bullets(tuple(items))


def _sources(numbering: CitationNumbers) -> Iterator[Block]:
    if numbering.sources():
        yield Heading("Sources")
    for number, citation in numbering.sources().items():
        document = citation.document
        standing = phrasing.standing(document)
        place = phrasing.place(document.model_copy(update={"url": ""})) + (f" ({standing})" if standing else "")
        where = f"{place}; passage {phrasing.plain(citation.passage_id)}, document {phrasing.plain(document.id)}"
        yield Quotation(number, phrasing.plain(citation.quote), where, phrasing.plain(document.url))


def _origin(provenance: Provenance) -> Iterator[Block]:
    prompts = ", ".join(f"{name} {version}" for name, version in sorted(provenance.prompts.items()))
    facts = (
        ("Wardround", provenance.wardround),
        ("Language model", provenance.model),
        ("Model SHA-256", provenance.model_sha256),
        ("Adapter", provenance.adapter or "none"),
        ("Embedding model", provenance.embedder),
        ("Index", f"generation {provenance.index_generation}, {provenance.index_documents} documents"),
        ("Phenotype knowledge", provenance.phenotypes or "none"),
        ("Prompts", prompts),
        ("Seconds", f"{provenance.seconds:.1f}"),
    )
    yield Heading("How this was made")
    yield Table(("", ""), tuple((title, phrasing.plain(text)) for title, text in facts if text))
