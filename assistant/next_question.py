"""The one question or test whose answer would change the differential most.

For a finding that some candidates are known to show and others not, the answer splits the likelihood in two; the best
question splits it most evenly (largest binary entropy of the likelihood that the finding is to be expected).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from assistant.assessment import Diagnosis, NextQuestion


def entropy(share: float) -> float:
    """Return the binary entropy in bits of a probability."""
    return 0.0 if share <= 0 or share >= 1 else -(share * math.log2(share) + (1 - share) * math.log2(1 - share))


def next_question(differential: Sequence[Diagnosis]) -> NextQuestion | None:
    """Return the most useful question about a finding that is missing, or None where no candidate expects one."""
    expecting: dict[str, list[Diagnosis]] = {}
    for diagnosis in differential:
        for finding in dict.fromkeys(evidence.finding for evidence in diagnosis.missing):
            expecting.setdefault(finding, []).append(diagnosis)
    total = sum(diagnosis.likelihood.score for diagnosis in differential)
    if not expecting or total <= 0:
        return None

    def gain(finding: str) -> float:
        return entropy(sum(diagnosis.likelihood.score for diagnosis in expecting[finding]) / total)

    best = max(expecting, key=lambda finding: (gain(finding), -list(expecting).index(finding)))
    names = [diagnosis.name for diagnosis in expecting[best]]
    others = [diagnosis.name for diagnosis in differential if diagnosis.name not in names]
    against = f" rather than {others[0]}" if others else ""
    return NextQuestion(
        question=f"Is there {best}?",
        finding=best,
        reason=f"If present it points to {', '.join(names[:2])}{against}.",
    )
