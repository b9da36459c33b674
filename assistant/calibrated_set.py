"""The leading diagnoses that hold the right one as often as is stated: a conformal set over calibrated likelihoods.

How far it reaches was found on cases with a known diagnosis (`finetune.ranking.calibrating` says how). "A condition that the
index does not know" is one of the alternatives: where the set needs it, the set says that it is not complete.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.assessment import CalibratedSet
from assistant.ranking import Ranked, Weights


def calibrated_set(ranked: Sequence[Ranked], weights: Weights) -> CalibratedSet | None:
    """Return the set of the stated coverage, most likely first; None where nothing is ranked."""
    if not ranked:
        return None
    other = 1.0 - sum(one.likelihood.score for one in ranked)
    alternatives = sorted(
        [(one.likelihood.score, one.candidate.condition.name) for one in ranked] + [(other, "")],
        key=lambda alternative: -alternative[0],
    )
    names: list[str] = []
    before = 0.0
    for share, name in alternatives:
        if before > weights.reach:
            break
        names.append(name)
        before += share
    return CalibratedSet(
        coverage=weights.coverage, names=tuple(name for name in names if name), complete="" not in names
    )
