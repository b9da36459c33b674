"""What a new fact changed: findings, danger signs, and places in the differential.

Knows two assessments of one patient. Does not know which turn lies between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assistant import phrasing
from assistant.assessment import Assessment
from assistant.case import Case

_SIGNS = {"present": "", "absent": "no ", "past": "history of ", "family": "in the family: ", "uncertain": "perhaps "}


def changes(before: Assessment, after: Assessment) -> tuple[str, ...]:
    """Return one line for each change, the case first, then danger signs, then the differential."""
    return (
        *_added("noted", "no longer noted", facts(before.case), facts(after.case)),
        *_added("danger sign", "danger sign no longer found", _dangers(before), _dangers(after)),
        *_moves(before, after),
    )


def facts(case: Case) -> tuple[str, ...]:
    """Return everything understood of a case, in words: two cases with the same facts need no second assessment."""
    found = [_SIGNS[one.status] + phrasing.finding(one) for one in case.findings]
    found += map(phrasing.measurement, case.measurements)
    found += [f"takes {phrasing.mention(one)}" for one in case.medications]
    found += [f"allergic to {phrasing.mention(one)}" for one in case.allergies]
    return (phrasing.patient(case), *dict.fromkeys(found))


def _dangers(assessment: Assessment) -> list[str]:
    return [phrasing.plain(flag.sign) for flag in assessment.red_flags]


def _added(new: str, gone: str, before: Iterable[str], after: Iterable[str]) -> Iterator[str]:
    old, now = list(before), list(after)
    yield from (f"{new}: {name}" for name in now if name not in old)
    yield from (f"{gone}: {name}" for name in old if name not in now)


def _moves(before: Assessment, after: Assessment) -> Iterator[str]:
    old = {diagnosis.name: rank for rank, diagnosis in enumerate(before.differential, 1)}
    now = {diagnosis.name: rank for rank, diagnosis in enumerate(after.differential, 1)}
    for name, rank in now.items():
        if name not in old:
            yield f"new: {phrasing.plain(name)} at {rank}"
        elif old[name] != rank:
            yield f"{phrasing.plain(name)} moved from {old[name]} to {rank}"
    yield from (f"no longer listed: {phrasing.plain(name)}" for name in old if name not in now)
