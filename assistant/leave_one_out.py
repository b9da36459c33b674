"""Which findings carry a diagnosis: how far its likelihood falls when the case is ranked again without one of them.

Nothing is searched again. What the findings themselves score is recomputed exactly (what each candidate explains, what its
description denies, which findings its passages know, the phenotype annotations); what the search scored for the narrative as a
whole, and what a model thought, stays as it was, so that a finding told at length carries somewhat more than is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.assessment import Carrier
from assistant.candidates import telling_findings
from assistant.case import Case, Finding
from assistant.ranking import Ranked, contradicted, explained, features, reranked
from assistant.rare_or_common import ANNOTATED, TRUST
from index.phenotypes import DiseaseMatch, PhenotypeKnowledge

# The features that add up finding by finding, apart from those that the examined sentences give.
_OF_FINDINGS = ("coverage", "phenotype")
# Where annotations are believed the annotated diseases are ranked anew: more than are proposed, so that all are met.
RANKED_ANEW = 200
# Losses below this are rounding.
LEAST_LOSS = 0.005
# Believed less than this, the annotations are left as they are: ranking them anew takes time.
LEAST_TRUST = 0.05


def carriers(
    case: Case, ranked: Sequence[Ranked], names: Sequence[str], phenotypes: PhenotypeKnowledge | None = None
) -> dict[str, tuple[Carrier, ...]]:
    """Return for each named diagnosis the findings it rests on most, the largest loss of likelihood first."""
    before = _shares(ranked)
    losses: dict[str, list[Carrier]] = {name: [] for name in names}
    for finding in dict.fromkeys((*telling_findings(case), *case.with_status("absent"))):
        if not any(_is_matched(finding, one) for one in ranked if one.candidate.condition.name in losses):
            continue
        after = _shares(without(finding, case, ranked, phenotypes))
        for name, found in losses.items():
            loss = round(before[name] - after[name], 4)
            if loss >= LEAST_LOSS:
                span = finding.spans[0] if finding.spans else None
                found.append(Carrier(finding=_said(finding), loss=loss, case_span=span))
    return {name: tuple(sorted(found, key=lambda one: -one.loss)) for name, found in losses.items()}


def without(
    finding: Finding, case: Case, ranked: Sequence[Ranked], phenotypes: PhenotypeKnowledge | None = None
) -> list[Ranked]:
    """Return the candidates ranked as if the case did not hold a finding."""
    left = case.model_copy(update={"findings": tuple(one for one in case.findings if one != finding)})
    believed = any(one.features.get(TRUST, 0.0) > LEAST_TRUST for one in ranked)
    kept = [_forgetting(finding, one) for one in ranked]
    kept = _without_annotations(finding, left, kept, phenotypes if believed else None)
    before = features(case, [one.candidate for one in ranked])
    after = features(left, [one.candidate for one in kept])
    # The words of the finding stay in the narrative, by which a case that is nothing but codes is told.
    annotated = features(case, [one.candidate for one in kept]) if believed else before
    changed = [
        {
            **one.features,
            **{name: one.features[name] + new[name] - old[name] for name in _OF_FINDINGS},
            **{name: value for name, value in annotations.items() if name in (TRUST, ANNOTATED)},
        }
        for one, old, new, annotations in zip(kept, before, after, annotated, strict=True)
    ]
    kept = [replace(one, features=row) for one, row in zip(kept, changed, strict=True)]
    kept = reranked(kept, "contradicted", contradicted(kept))
    return reranked(kept, "explained", explained(kept))


def _forgetting(finding: Finding, one: Ranked) -> Ranked:
    """Return a candidate without what was matched of a finding."""
    examined = one.examined
    if examined is not None:
        matches = examined.matches
        examined = replace(
            examined,
            matches=replace(
                matches,
                supporting=[match for match in matches.supporting if match.finding != finding],
                against=[match for match in matches.against if match.finding != finding],
            ),
        )
    return replace(one, examined=examined)


def _without_annotations(
    finding: Finding, left: Case, ranked: Sequence[Ranked], phenotypes: PhenotypeKnowledge | None
) -> list[Ranked]:
    """Return the candidates with phenotype matches that do not know of a finding; ranked anew where `phenotypes` is given."""
    anew = {}
    if phenotypes is not None:
        present = [one.hpo for one in telling_findings(left) if one.hpo]
        absent = [one.hpo for one in left.with_status("absent") if one.hpo]
        anew = {match.id: match for match in phenotypes.rank(present, absent, limit=RANKED_ANEW)}
    return [
        one
        if (match := one.candidate.phenotype) is None
        else replace(one, candidate=replace(one.candidate, phenotype=anew.get(match.id) or _unmatched(finding, match)))
        for one in ranked
    ]


def _unmatched(finding: Finding, match: DiseaseMatch) -> DiseaseMatch:
    return replace(match, score=match.score - _share(finding, match), probability=0.0)


def _share(finding: Finding, match: DiseaseMatch | None) -> float:
    """Return how much a finding gives to a phenotype score."""
    return sum(value for term, value in match.by_finding if term == finding.hpo) if match and finding.hpo else 0.0


def _shares(ranked: Sequence[Ranked]) -> dict[str, float]:
    return {one.candidate.condition.name: one.likelihood.score for one in ranked}


def _is_matched(finding: Finding, one: Ranked) -> bool:
    """Say whether anything is known of a finding in a candidate."""
    matches = one.examined.matches if one.examined else None
    matched = matches is not None and any(match.finding == finding for match in (*matches.supporting, *matches.against))
    return matched or _share(finding, one.candidate.phenotype) != 0.0


def _said(finding: Finding) -> str:
    return f"no {finding.label}" if finding.status == "absent" else finding.label
