"""Whether a case is one of the diseases that are annotated with phenotypes, or one that passages describe.

A case is one or the other. If the first, each candidate has the probability that the phenotype model gives it; if the second,
the share of its score. The two are mixed by how far the first is believed. Annotations know rare disease; common illness has a
few unspecific findings, which hundreds of annotated diseases explain alike, or one a little, and the passages know them well.
Knows candidates. Does not know scores.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from assistant.candidates import Candidate, is_coded
from assistant.case import Case

# How far the annotations are believed, and what of a candidate's likelihood they give.
TRUST, ANNOTATED = "annotations believed", "annotated"
# Of a case that is nothing but coded findings the annotations tell nearly all; passages settle near ties.
_TRUST_OF_CODES = 0.99
_LEAST = 1e-9


def annotated(
    case: Case, candidates: Sequence[Candidate], leading: int, known: float, curve: Mapping[str, float]
) -> list[dict[str, float]]:
    """Return for each candidate `TRUST`, and that times the probability of the phenotype model, `ANNOTATED`.

    `leading` is the place of the candidate that the passages put first, and `known` the share of the findings it knows, in
    [0, 1]. `curve` is `annotations` of the weights file.
    """
    shares = [candidate.phenotype.probability if candidate.phenotype else 0.0 for candidate in candidates]
    if not any(shares):
        return [{} for _ in candidates]
    trust = _TRUST_OF_CODES
    if not is_coded(case):
        first = max(range(len(shares)), key=shares.__getitem__)
        # Where both lead with the same disease, what the passages list behind it is nearer to practice.
        asked = curve and not (first == leading and candidates[first].narrative_hits)
        trust = _trust(case, candidates[first], known, curve) if asked else 0.0
    return [{TRUST: trust, ANNOTATED: trust * share} for share in shares]


def _trust(case: Case, first: Candidate, known: float, curve: Mapping[str, float]) -> float:
    """Return how far the annotations are believed: one disease leads surely, fits well, and the passages know little."""
    coded = {finding.hpo for finding in case.with_status("present") if finding.hpo}
    if first.phenotype is None or len(coded) < curve["findings"]:
        return 0.0
    probability = first.phenotype.probability
    odds = math.log(max(probability, _LEAST) / max(1 - probability, _LEAST))
    leads, fits = odds * curve["slope"], first.phenotype.score - curve["ratio"]
    return _logistic(leads) * _logistic(fits) * max(0.0, 1 - known / curve["known"])


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value > -700 else 0.0
