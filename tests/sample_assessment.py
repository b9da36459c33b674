"""An assessment made by hand, with every part that a view or a report shows, and the same filled with hostile text."""

from __future__ import annotations

from assistant.assessment import (
    Abstention,
    Advice,
    Assessment,
    Citation,
    CitedDocument,
    Codes,
    Diagnosis,
    Evidence,
    Likelihood,
    NextQuestion,
    Provenance,
    RedFlag,
    Unsupported,
)
from assistant.case import Case, Finding, Measurement, Mention, Span

NARRATIVE = "A 52-year-old man with sudden pain of the big toe, no fever. Temperature 37.1. Takes warfarin."
# Markup of HTML and Markdown, terminal escapes, right-to-left overrides and line breaks, all in one.
HOSTILE = "<script>alert(1)</script> **b** [x](javascript:alert(1)) | `c` \x1b[2J\u202eabc\n# heading\n- item &amp; ![i](http://e.example/p.png)"


def gout_citation(number: int, quote: str, section: str = "Presentation", url: str = "") -> Citation:
    document = CitedDocument(
        id="d1",
        title="Gout",
        issuer="NICE",
        published="2022",
        heading_path=("Gout", section),
        trust="guideline",
        url=url,
    )
    return Citation(number=number, passage_id=f"d1-{section}", quote=quote, start=0, end=len(quote), document=document)


def assessment() -> Assessment:
    """Return an assessment of gout against septic arthritis."""
    pain, fever, naproxen = "Sudden severe pain of one joint.", "Fever is common.", "Naproxen 500 mg twice daily."
    gout = Diagnosis(
        name="Gout",
        codes=Codes(icd10cm=("M10.9", "M10.00")),
        likelihood=Likelihood(band="likely", score=0.61),
        rationale="Most telling: toe pain.",
        supporting=(Evidence(finding="toe pain", case_span=Span(start=27, end=50), citation=1),),
        missing=(Evidence(finding="tophi", citation=1),),
        next_steps=(Advice(text="Aspirate the joint.", citation=2),),
        treatment=(Advice(text=naproxen, citation=3, cautions=("Takes warfarin: bleeding",)),),
        citations=(
            gout_citation(1, pain),
            gout_citation(2, "Aspirate the joint.", "Tests"),
            gout_citation(3, naproxen, "Treatment", url="https://example.org/gout"),
        ),
    )
    septic = Diagnosis(
        name="Septic arthritis",
        likelihood=Likelihood(band="unlikely", score=0.04),
        supporting=(Evidence(finding="toe pain", citation=1),),
        against=(Evidence(finding="no fever", citation=2), Evidence(finding="age", basis="described in: child")),
        treatment=(Advice(text="Flucloxacillin intravenously.", citation=3),),
        citations=(
            gout_citation(1, pain),
            gout_citation(2, fever),
            gout_citation(3, "Flucloxacillin intravenously.", "Other"),
        ),
    )
    return Assessment(
        case=Case(
            narrative=NARRATIVE,
            age_years=52,
            sex="male",
            findings=(
                Finding(label="toe pain", spans=(Span(start=27, end=50),)),
                Finding(label="fever", status="absent"),
            ),
            measurements=(Measurement(analyte="temperature", value=37.1, unit="Cel", flag="normal"),),
            medications=(Mention(name="warfarin"),),
        ),
        summary="A 52-year-old baker with toe pain.",
        red_flags=(
            RedFlag(sign="Hot joint", why="may be septic", source="NICE NG219", source_url="https://nice.example"),
        ),
        differential=(gout, septic),
        next_question=NextQuestion(question="Are there tophi?", finding="tophi", reason="They point to gout."),
        unsupported=(Unsupported(statement="It is the moon.", reason="words that no source holds"),),
        provenance=Provenance(
            wardround="0.1.0", created="2026-01-31T09:05:01+00:00", model="mute (fake)", index_documents=3, seconds=1.25
        ),
    )


def hostile() -> Assessment:
    """Return the same with hostile text wherever a text can come from a case, a document or a model."""
    sane = assessment()
    cite = gout_citation(1, HOSTILE, HOSTILE, url="javascript:alert(1)")
    document = cite.document.model_copy(
        update={"title": HOSTILE, "issuer": HOSTILE, "published": HOSTILE, "notice": HOSTILE}
    )
    diagnosis = Diagnosis(
        name=HOSTILE,
        codes=Codes(icd10cm=(HOSTILE,)),
        likelihood=Likelihood(band="likely", score=0.5),
        rationale=HOSTILE,
        supporting=(Evidence(finding=HOSTILE, citation=1, basis=HOSTILE),),
        against=(Evidence(finding=HOSTILE, basis=HOSTILE),),
        missing=(Evidence(finding=HOSTILE),),
        next_steps=(Advice(text=HOSTILE + " test", citation=1),),
        treatment=(Advice(text=HOSTILE + " treatment", citation=1, cautions=(HOSTILE,)),),
        citations=(cite.model_copy(update={"document": document, "passage_id": HOSTILE}),),
    )
    return sane.model_copy(
        update={
            "case": Case(
                narrative=HOSTILE,
                findings=(Finding(label=HOSTILE, duration=HOSTILE),),
                medications=(Mention(name=HOSTILE, detail=HOSTILE),),
            ),
            "summary": HOSTILE,
            "red_flags": (RedFlag(sign=HOSTILE, why=HOSTILE, source=HOSTILE, source_url=HOSTILE),),
            "differential": (diagnosis,),
            "next_question": NextQuestion(question=HOSTILE, finding=HOSTILE, reason=HOSTILE),
            "abstention": Abstention(reason="no evidence", explanation=HOSTILE),
            "unsupported": (Unsupported(statement=HOSTILE, reason=HOSTILE),),
            "provenance": Provenance(wardround=HOSTILE, created=HOSTILE, model=HOSTILE, adapter=HOSTILE),
        }
    )
