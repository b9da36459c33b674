"""What is known now of the documents that a stored assessment cites: superseded, withdrawn or removed since it was made.

Knows citations and the index. Changes no quote and no judgement: what was assessed stays, what became of its sources is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.assessment import Advice, Assessment, Citation, Diagnosis
from assistant.grounding import standing_cautions
from index.guideline_index import GuidelineIndex
from index.standing import Standing

REMOVED = "no longer in the index"


def sources_now(sources: Mapping[int, Citation], index: GuidelineIndex) -> dict[int, Citation]:
    """Return numbered quotes with what is known now of their documents."""
    return dict(zip(sources, _cited_now(tuple(sources.values()), index), strict=True))


def assessment_now(assessment: Assessment, index: GuidelineIndex) -> Assessment:
    """Return an assessment with what is known now of the documents it cites, and the cautions that follow with advice."""
    return assessment.model_copy(
        update={"differential": tuple(_diagnosis_now(one, index) for one in assessment.differential)}
    )


def _diagnosis_now(diagnosis: Diagnosis, index: GuidelineIndex) -> Diagnosis:
    cited = _cited_now(diagnosis.citations, index)
    if cited == diagnosis.citations:
        return diagnosis
    before, now = (
        {one.number: standing_cautions(one.document) for one in known} for known in (diagnosis.citations, cited)
    )

    def told(advice: Advice) -> Advice:
        return _advice_now(advice, before[advice.citation], now[advice.citation])

    return diagnosis.model_copy(
        update={
            "citations": cited,
            "next_steps": tuple(map(told, diagnosis.next_steps)),
            "treatment": tuple(map(told, diagnosis.treatment)),
        }
    )


def _advice_now(advice: Advice, before: tuple[str, ...], now: tuple[str, ...]) -> Advice:
    others = tuple(caution for caution in advice.cautions if caution not in before)
    return advice.model_copy(update={"cautions": (*now, *others)})


def _cited_now(citations: Sequence[Citation], index: GuidelineIndex) -> tuple[Citation, ...]:
    there = {edition.id for edition in index.life_cycle.editions.of(one.document.id for one in citations)}
    known = index.life_cycle.standings()
    return tuple(_now(one, known.get(one.document.id), one.document.id in there) for one in citations)


def _now(citation: Citation, standing: Standing | None, there: bool) -> Citation:
    own = citation.document.notice.removesuffix(REMOVED).removesuffix("; ")
    if not there:
        # Nothing newer is known of it: what was said of it when it was quoted stays.
        facts = {"notice": "; ".join(part for part in (own, REMOVED) if part)}
    else:
        facts = {
            "notice": own,
            "standing": standing.status if standing else "current",
            "superseded_by": standing.superseded_by if standing else "",
            "withdrawn": standing.withdrawn if standing else "",
        }
    return citation.model_copy(update={"document": citation.document.model_copy(update=facts)})
