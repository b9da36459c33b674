"""What in a case speaks for caution with a treatment that guidance suggests.

Knows medicines and rules. Does not know doses.
"""

from __future__ import annotations

from assistant.case import Case

COVERAGE_NOTE = "Cautions cover common medicines only; check an up-to-date formulary before prescribing."


def cautions(text: str, case: Case) -> tuple[str, ...]:
    """Return one line for each reason for caution, empty when none is known."""
    return ()
