"""Danger signs present in a case, with why each matters and where that is written.

Knows the rules of `assistant/data/red_flags.yaml`. Does not know diagnoses.
"""

from __future__ import annotations

from assistant.assessment import RedFlag
from assistant.case import Case


def red_flags(case: Case) -> tuple[RedFlag, ...]:
    """Return the danger signs of a case, the most urgent first."""
    return ()
