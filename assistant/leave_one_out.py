"""Which findings carry a diagnosis: how far its likelihood falls when the case is ranked again without one of them.

Nothing is searched again. What the findings themselves score is recomputed exactly (what each candidate explains, what its
description denies, which findings its passages know, the phenotype annotations); what the search scored for the narrative as a
whole, and what a model thought, stays as it was, so that a finding told at length carries somewhat more than is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.assessment import Carrier
from assistant.candidates import Candidate, telling_findings
from assistant.case import Case, Finding
from assistant.ranking import Ranked, contradicted, explained, features, reranked

# The features that add up finding by finding, apart from those that the examined sentences give.
_OF_FINDINGS = ("coverage", "phenotype")
# Losses below this are rounding.
LEAST_LOSS = 0.005


def carriers(case: Case, ranked: Sequence[Ranked], names: Sequence[str]) -> dict[str, tuple[Carrier, ...]]:
    """Return for each named diagnosis the findings it rests on most, the largest loss of likelihood first."""
    before = _shares(ranked)
    losses: dict[str, list[Carrier]] = {name: [] for name in names}
    for finding in dict.fromkeys((*telling_findings(case), *case.with_status("absent"))):
        if not any(_is_matched(finding, one) for one in ranked if one.candidate.condition.name in losses):
            continue
        after = _shares(without(finding, case, ranked))
        for name, found in losses.items():
            loss = round(before[name] - after[name], 4)
            if loss >= LEAST_LOSS:
                span = finding.spans[0] if finding.spans else None
                found.append(Carrier(finding=_said(finding), loss=loss, case_span=span))
    return {name: tuple(sorted(found, key=lambda one: -one.loss)) for name, found in losses.items()}


def without(finding: Finding, case: Case, ranked: Sequence[Ranked]) -> list[Ranked]:
    """Return the candidates ranked as if the case did not hold a finding."""
    left = case.model_copy(update={"findings": tuple(one for one in case.findings if one != finding)})
    kept = [_forgetting(finding, one) for one in ranked]
    before = features(case, [one.candidate for one in ranked])
    after = features(left, [one.candidate for one in kept])
    changed = [
        {**one.features, **{name: one.features[name] + new[name] - old[name] for name in _OF_FINDINGS}}
        for one, old, new in zip(kept, before, after, strict=True)
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
    return replace(one, candidate=_unannotated(finding, one.candidate), examined=examined)


def _unannotated(finding: Finding, candidate: Candidate) -> Candidate:
    """Return a candidate without the share that a finding has of its phenotype score."""
    found = candidate.phenotype
    if found is None or not finding.hpo:
        return candidate
    share = sum(value for term, value in found.by_finding if term == finding.hpo)
    left = tuple(entry for entry in found.by_finding if entry[0] != finding.hpo)
    return replace(candidate, phenotype=replace(found, score=found.score - share, by_finding=left))


def _shares(ranked: Sequence[Ranked]) -> dict[str, float]:
    return {one.candidate.condition.name: one.likelihood.score for one in ranked}


def _is_matched(finding: Finding, one: Ranked) -> bool:
    """Say whether anything is known of a finding in a candidate."""
    matches = one.examined.matches if one.examined else None
    matched = matches is not None and any(match.finding == finding for match in (*matches.supporting, *matches.against))
    annotated = one.candidate.phenotype is not None and any(
        term == finding.hpo for term, _ in one.candidate.phenotype.by_finding
    )
    return matched or annotated


def _said(finding: Finding) -> str:
    return f"no {finding.label}" if finding.status == "absent" else finding.label
