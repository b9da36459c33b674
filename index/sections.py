"""What a section of a guideline is about, told from its headings.

Knows heading wording only. The kinds are those a clinician looks for; anything else is `other`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

SectionKind = Literal["presentation", "red flags", "tests", "differential", "treatment", "referral", "other"]

# Order matters: "differential diagnosis" must not be taken for "diagnosis", nor "when to refer" for anything else.
_KINDS: tuple[tuple[SectionKind, re.Pattern[str]], ...] = (
    ("differential", re.compile(r"differential|mimic", re.IGNORECASE)),
    ("referral", re.compile(r"\brefer|\badmi(t|ssion)|follow.?up", re.IGNORECASE)),
    ("red flags", re.compile(r"red.?flag|danger|warning sign|alarm|emergency sign", re.IGNORECASE)),
    (
        "treatment",
        re.compile(
            r"treat|manag|therap|\bdrugs?\b|medicin|dosage|dosing|first.?line|care plan|supportive", re.IGNORECASE
        ),
    ),
    ("tests", re.compile(r"test|investigat|examin|diagnos|laborator|imaging|work.?up|assessment", re.IGNORECASE)),
    (
        "presentation",
        re.compile(
            r"present|symptom|sign|clinical feature|feature|manifest|introduc|overview|what is|inform", re.IGNORECASE
        ),
    ),
)


def section_kind(heading_path: Sequence[str]) -> SectionKind:
    """Return the kind of section the innermost telling heading names; "other" where none does."""
    for heading in reversed(heading_path):
        for kind, pattern in _KINDS:
            if pattern.search(heading):
                return kind
    return "other"
