"""Whether the differential offered may be relied on, and if not, for which of the reasons.

Knows likelihoods, conflicts and how much is known of the case. Does not rank. An abstention beside a differential leaves the
list to be read as ideas; what can be said of a text that is no case at all is the reader's.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.assessment import Abstention, Diagnosis
from assistant.candidates import telling_findings
from assistant.case import Case
from assistant.ranking import Weights

# With fewer telling findings than this nearly everything still fits.
LEAST_FINDINGS = 2


def abstention(case: Case, differential: Sequence[Diagnosis], weights: Weights) -> Abstention | None:
    """Return why the differential must not be relied on, None where it may be, as far as its likelihoods say."""
    if not differential:
        return _nothing_found(case)
    leading = differential[0]
    if leading.likelihood.score < weights.abstain_below:
        return _too_little(leading) if _is_sparse(case) else _nothing_fits(leading)
    if leading.conflicts:
        return Abstention(
            reason="conflicting guidance",
            explanation=f"Guidance on {leading.name} does not agree on {leading.conflicts[0].about}; both sides are quoted and "
            "none is preferred here, so the choice of treatment is open.",
        )
    return None


def _is_sparse(case: Case) -> bool:
    return len(telling_findings(case)) <= LEAST_FINDINGS


def _too_little(leading: Diagnosis) -> Abstention:
    return Abstention(
        reason="data missing",
        explanation=f"Too little is known of the case: even {leading.name}, which comes first, is unlikely on what was told. "
        "Give the course, further symptoms and signs, age and sex.",
    )


def _nothing_fits(leading: Diagnosis) -> Abstention:
    return Abstention(
        reason="no evidence",
        explanation=f"No condition in the index explains the case well: even {leading.name}, which comes first, is unlikely. "
        "Take the list as ideas; a condition that the index does not hold is more likely. Add guidelines that cover the case "
        "with 'wardround index add PATH', or give more findings.",
    )


def _nothing_found(case: Case) -> Abstention:
    if len(case.with_status("present")) < LEAST_FINDINGS:
        return Abstention(
            reason="data missing",
            explanation="Too little is known of the case to compare it with the index: give the main symptoms, their "
            "course, age and sex.",
        )
    return Abstention(
        reason="no evidence",
        explanation="No passage of the index and no annotated disease explains these findings. Add guidelines that cover "
        "them with 'wardround index add PATH'.",
    )
