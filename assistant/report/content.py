"""What stands in a report, in the order of a record: summary, danger signs, differential, plan, gaps, sources, origin.

Knows assessments. Does not know file formats; adds nothing to what was assessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant import phrasing
from assistant.assessment import Advice, Assessment, Diagnosis, Evidence, Provenance
from assistant.cautions import COVERAGE_NOTE
from assistant.citation_numbers import CitationNumbers
from assistant.report.block import Block, Bullets, Heading, Paragraph, Quotes, Source, Table
from assistant.sources import cited_sources

TITLE = "Differential diagnosis and plan"
# What keeps a report at one to two pages.
ROWS = 5
# Of the leading diagnosis every reason is given, of the others the most telling ones.
STRONGEST = 3
PLANNED = 3
REASONS = 5
# Tests and treatments each of a diagnosis that does not lead.
_ALTERNATIVE_STEPS = 2
_TEST, _TREATMENT = "Test", "Treatment"
_WORTH_A_PLAN = ("very likely", "likely", "possible")
# How a rationale opens that only names findings of the table again.
_PICKED = "Most telling"


def report_blocks(assessment: Assessment) -> tuple[Block, ...]:
    """Return the blocks of a report, with one numbering of quotes throughout."""
    numbering = CitationNumbers()
    return (
        Heading(TITLE, level=1),
        Paragraph(f"{phrasing.plain(assessment.notice)} {_date(assessment.provenance)}", strong=True),
        *_danger(assessment),
        *_urgency(assessment),
        *_summary(assessment),
        *_differential(assessment, numbering),
        *_must_not_miss(assessment),
        *_plan(assessment, numbering),
        *_missing(assessment, numbering),
        *_sources(assessment, numbering),
        *_origin(assessment.provenance),
    )


def _date(provenance: Provenance) -> str:
    return f"Made {phrasing.moment(provenance.created)}." if provenance.created else ""


def _danger(assessment: Assessment) -> Iterator[Block]:
    if assessment.red_flags:
        yield Heading("Danger signs present", danger=True)
        yield Bullets(
            tuple(
                (phrasing.danger(flag), (f"Source: {phrasing.danger_source(flag)}",)) for flag in assessment.red_flags
            )
        )


def _urgency(assessment: Assessment) -> Iterator[Block]:
    if assessment.triage is not None:
        yield Paragraph(f"Urgency suggested: {phrasing.urgency(assessment.triage)}", strong=True)


def _must_not_miss(assessment: Assessment) -> Iterator[Block]:
    if assessment.must_not_miss:
        yield Heading("Not to be missed, not excluded by the case")
        named = ((phrasing.not_to_be_missed(one), (phrasing.excluded_by(one),)) for one in assessment.must_not_miss)
        yield Bullets(tuple(named))


def _summary(assessment: Assessment) -> Iterator[Block]:
    yield Heading("Summary")
    parts = phrasing.case_parts(assessment.case)
    if phrasing.adds(assessment.summary, (text for part in parts for text in part)):
        yield Paragraph(phrasing.sentence(assessment.summary))
    yield Bullets(tuple((f"{title}: {text}", ()) for title, text in parts))


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
    for diagnosis, row in zip(shown, rows, strict=True):
        if phrasing.adds(diagnosis.rationale, (_PICKED, *row)):
            yield Paragraph(f"{phrasing.plain(diagnosis.name)}: {phrasing.sentence(diagnosis.rationale)}")
    if carried := [(phrasing.plain(one.name), phrasing.carried_by(one)) for one in shown if one.carried_by]:
        named = (f"{name} on {findings}" for name, findings in carried)
        yield Paragraph(f"What rests most on what: {'; '.join(named)}.")
    if others := assessment.differential[ROWS:]:
        named = (f"{phrasing.plain(other.name)} ({other.likelihood.band})" for other in others)
        yield Paragraph(f"Also considered: {'; '.join(named)}.")
    yield Paragraph("Likelihood is a rank in words, not a calibrated chance.")


def _row(rank: int, diagnosis: Diagnosis, numbering: CitationNumbers) -> tuple[str, ...]:
    code = phrasing.main_code(diagnosis)
    name = phrasing.plain(diagnosis.name) + (f" ({code})" if code else "")
    most = len(diagnosis.supporting) if rank == 1 else STRONGEST
    sides = (_reasons(side[:most], diagnosis, numbering) for side in (diagnosis.supporting, diagnosis.against))
    return (str(rank), name, diagnosis.likelihood.band, *sides)


def _reasons(side: Sequence[Evidence], diagnosis: Diagnosis, numbering: CitationNumbers) -> str:
    marked = ((given, numbering.mark(diagnosis.citations, given.citation)) for given in side[:REASONS])
    told = "; ".join(phrasing.evidence(given, mark) for given, mark in marked)
    return told + (f"; and {len(side) - REASONS} more" if len(side) > REASONS else "")


def _plan(assessment: Assessment, numbering: CitationNumbers) -> Iterator[Block]:
    planned = _planned(assessment)
    if not planned:
        return
    yield Heading("Plan to consider")
    for diagnosis, steps in planned:
        yield Heading(phrasing.plain(diagnosis.name), level=3)
        yield Bullets(tuple(_step(kind, one, diagnosis, numbering) for kind, one in steps))
        for found in diagnosis.conflicts if any(kind == _TREATMENT for kind, _ in steps) else ():
            yield Paragraph(phrasing.conflict(found, diagnosis.citations, numbering), strong=True)
    if any(kind == _TREATMENT for _, steps in planned for kind, _ in steps):
        yield Paragraph(COVERAGE_NOTE)
    for said in assessment.not_checked:
        yield Paragraph(phrasing.plain(said), strong=True)


def _planned(assessment: Assessment) -> list[tuple[Diagnosis, list[tuple[str, Advice]]]]:
    """Return the diagnoses worth a plan, each with its steps: the leading one, and in short those not held unlikely."""
    planned = []
    for rank, one in enumerate(assessment.differential[:PLANNED]):
        most = None if rank == 0 else _ALTERNATIVE_STEPS
        steps = [(_TEST, step) for step in one.next_steps[:most]] + [
            (_TREATMENT, step) for step in one.treatment[:most]
        ]
        if steps and (rank == 0 or one.likelihood.band in _WORTH_A_PLAN):
            planned.append((one, steps))
    return planned


def _step(kind: str, advice: Advice, diagnosis: Diagnosis, numbering: CitationNumbers) -> tuple[str, tuple[str, ...]]:
    mark = numbering.mark(diagnosis.citations, advice.citation)
    return f"{kind}: {phrasing.plain(advice.text)} {mark}", _cautions(advice)


def _cautions(advice: Advice) -> tuple[str, ...]:
    return tuple(f"Caution: {phrasing.plain(caution)}" for caution in advice.cautions)


def _missing(assessment: Assessment, numbering: CitationNumbers) -> Iterator[Block]:
    asked = assessment.next_question
    items = [(f"Most useful next: {phrasing.next_question(asked)}", ())] if asked else []
    planned = [diagnosis for diagnosis, _ in _planned(assessment)]
    for diagnosis in planned or assessment.differential[:1]:
        if diagnosis.missing:
            reasons = _reasons(diagnosis.missing, diagnosis, numbering)
            items.append((f"Not known, for {phrasing.plain(diagnosis.name)}: {reasons}", ()))
    if withheld := len(assessment.unsupported):
        what = "One statement" if withheld == 1 else f"{withheld} statements"
        items.append((f"{what} of the language model left out, because no quote supports it", ()))
    if items:
        yield Heading("What is missing")
        yield Bullets(tuple(items))


def _sources(assessment: Assessment, numbering: CitationNumbers) -> Iterator[Block]:
    if numbering.sources():
        yield Heading("Sources")
    advice = (step for _, steps in _planned(assessment) for _, step in steps)
    for source in cited_sources(numbering.sources(), advice):
        passages = tuple(
            Quotes(", ".join(part for part in (one.section, f"passage {one.id}") if part), one.quotes, one.above)
            for one in source.passages
        )
        yield Source(phrasing.source(source.document), passages, phrasing.plain(source.document.url))


def _origin(provenance: Provenance) -> Iterator[Block]:
    prompts = ", ".join(f"{name} {version}" for name, version in sorted(provenance.prompts.items()))
    facts = (
        ("Wardround", provenance.wardround),
        ("language model", provenance.model),
        ("its SHA-256", provenance.model_sha256),
        ("adapter", provenance.adapter or "none"),
        ("embedding model", provenance.embedder),
        ("index", f"generation {provenance.index_generation}, {provenance.index_documents} documents"),
        ("phenotype knowledge", provenance.phenotypes or "none"),
        ("prompts", prompts),
    )
    yield Heading("How this was made")
    made = "; ".join(f"{title} {phrasing.plain(text)}" for title, text in facts if text)
    yield Paragraph(f"{made}; {provenance.seconds:.1f} s.")
