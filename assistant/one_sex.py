"""Which findings only one sex can have, so that nobody asks a man about pregnancy.

Knows labels and HPO ids. Does not know the case: what a case states counts as it is stated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from assistant.case import Finding
from assistant.reading.tables import rows

_FILE = "one_sex.tsv"


@dataclass(frozen=True)
class _Findings:
    labels: frozenset[str]
    roots: tuple[str, ...]


def fits_sex(finding: Finding, sex: str, is_a: Callable[[str, str], bool]) -> bool:
    """Return whether a patient of this sex can have the finding; true where the sex is not known."""
    return not any(
        finding.label in known.labels or (finding.hpo and any(is_a(finding.hpo, root) for root in known.roots))
        for other, known in _by_sex().items()
        if sex != "unknown" and other != sex
    )


@cache
def _by_sex() -> Mapping[str, _Findings]:
    return {
        sex: _Findings(frozenset(labels.split("|")), tuple(roots.split("|"))) for sex, labels, roots in rows(_FILE, 3)
    }
