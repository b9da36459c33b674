"""Which findings belong to an age, so that nobody asks a man of sixty about wet nappies or a baby about smoking.

Knows labels. Does not know the case: what a case states counts as it is stated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache

from assistant.case import Finding
from assistant.reading.tables import rows

_FILE = "one_age.tsv"


def fits_age(finding: Finding, age_years: float | None) -> bool:
    """Return whether a patient of this age can be asked for the finding; true where the age is not known."""
    if age_years is None:
        return True
    return all(low <= age_years < high for low, high in _by_label().get(finding.label, ()))


@cache
def _by_label() -> Mapping[str, Sequence[tuple[float, float]]]:
    ages: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for low, high, labels in rows(_FILE, 3):
        for label in labels.split("|"):
            ages[label].append((float(low), float(high)))
    return ages
