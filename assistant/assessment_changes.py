"""What a new fact changed: findings, danger signs, and places in the differential.

Knows two assessments of one patient. Does not know which turn lies between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assistant import phrasing
from assistant.assessment import Assessment
from assistant.case import Case

_SIGNS = {"present": "", "absent": "no ", "past": "history of ", "family": "in the family: ", "uncertain": "perhaps "}
# Below this place a diagnosis may come, go and move unsaid: nobody acts on the difference between the 7th and the 8th.
PLACES = 5


def changes(before: Assessment, after: Assessment) -> tuple[str, ...]:
    """Return one line for each change, the case first, then danger signs, then the differential."""
    return (
        *_case_changes(before.case, after.case),
        *_added("danger sign", "danger sign no longer found", _dangers(before), _dangers(after)),
        *_moves(before, after),
    )


def facts(case: Case) -> tuple[str, ...]:
    """Return everything understood of a case, in words: two cases with the same facts need no second assessment."""
    return (phrasing.patient(case), *(said for group in _about(case).values() for said in group))


def _about(case: Case) -> dict[str, list[str]]:
    """Return what is said of each finding, quantity, medicine and allergy, by what it is said of."""
    about: dict[str, list[str]] = {}
    for one in case.findings:
        about.setdefault(one.hpo or one.label, []).append(_SIGNS[one.status] + phrasing.finding(one))
    for measured in case.measurements:
        about.setdefault(f"measured {measured.analyte}", []).append(phrasing.measurement(measured))
    for kind, verb, named in (("medicine", "takes", case.medications), ("allergy", "allergic to", case.allergies)):
        for mention in named:
            about.setdefault(f"{kind} {mention.name}", []).append(f"{verb} {phrasing.mention(mention)}")
    return about


def _case_changes(before: Case, after: Case) -> Iterator[str]:
    if phrasing.patient(before) != phrasing.patient(after):
        yield f"patient: {phrasing.patient(after)}, before {phrasing.patient(before)}"
    old, now = _about(before), _about(after)
    for key, said in now.items():
        if key not in old:
            yield f"noted: {'; '.join(said)}"
        elif said != old[key]:
            yield f"now {'; '.join(said)}, before {'; '.join(old[key])}"
    yield from (f"no longer noted: {'; '.join(said)}" for key, said in old.items() if key not in now)


def _dangers(assessment: Assessment) -> list[str]:
    return [phrasing.plain(flag.sign) for flag in assessment.red_flags]


def _added(new: str, gone: str, before: Iterable[str], after: Iterable[str]) -> Iterator[str]:
    old, now = list(before), list(after)
    yield from (f"{new}: {name}" for name in now if name not in old)
    yield from (f"{gone}: {name}" for name in old if name not in now)


def _moves(before: Assessment, after: Assessment) -> Iterator[str]:
    old, now = _ranks(before), _ranks(after)
    for name, rank in now.items():
        if name not in old and rank <= PLACES:
            yield f"new: {phrasing.plain(name)} at {rank}"
        elif name in old and old[name] != rank and min(old[name], rank) <= PLACES:
            yield f"{phrasing.plain(name)} moved from {old[name]} to {rank}"
    yield from (
        f"no longer listed: {phrasing.plain(name)}" for name, rank in old.items() if name not in now and rank <= PLACES
    )


def _ranks(assessment: Assessment) -> dict[str, int]:
    return {diagnosis.name: rank for rank, diagnosis in enumerate(assessment.differential, 1)}
