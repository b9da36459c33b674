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
from assistant.ranking import POSTERIOR, Ranked, contradicted, explained, features, reranked
from index.phenotypes import DiseaseMatch

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
    kept = _without_annotations(finding, [_forgetting(finding, one) for one in ranked])
    before = features(case, [one.candidate for one in ranked])
    after = features(left, [one.candidate for one in kept])
    # The words of the finding stay in the narrative, by which a case that is nothing but codes is told.
    coded = features(case, [one.candidate for one in kept]) if any(POSTERIOR in row for row in before) else after
    changed = [
        {
            **one.features,
            **{name: one.features[name] + new[name] - old[name] for name in _OF_FINDINGS},
            **{name: value for name, value in by_codes.items() if name == POSTERIOR},
        }
        for one, old, new, by_codes in zip(kept, before, after, coded, strict=True)
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


def _without_annotations(finding: Finding, ranked: Sequence[Ranked]) -> list[Ranked]:
    """Return the candidates without the share that a finding has of their phenotype scores and probabilities.

    The diseases that are no candidates are taken to explain the finding as badly as the candidate that explains it worst.
    """
    matches = [one.candidate.phenotype for one in ranked]
    shares = [_share(finding, match) for match in matches]
    if not any(shares):
        return list(ranked)
    chances = [match.probability * 10**-share if match else 0.0 for match, share in zip(matches, shares, strict=True)]
    rest = max(1.0 - sum(match.probability for match in matches if match), 0.0) * 10 ** -min(shares)
    total = sum(chances) + rest or 1.0
    return [
        one
        if match is None
        else replace(
            one,
            candidate=replace(
                one.candidate,
                phenotype=replace(match, score=match.score - share, probability=chance / total),
            ),
        )
        for one, match, share, chance in zip(ranked, matches, shares, chances, strict=True)
    ]


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
