"""What a new fact changed: findings, danger signs, and places in the differential.

Knows two assessments of one patient. Does not know which turn lies between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assistant import phrasing
from assistant.assessment import Assessment, Diagnosis
from assistant.case import Case

_SIGNS = {"present": "", "absent": "no ", "past": "history of ", "family": "in the family: ", "uncertain": "perhaps "}
# Below this place a diagnosis may come, go and move unsaid: nobody acts on the difference between the 7th and the 8th.
PLACES = 5
_REASONS = 3


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
    for asked in case.not_known:
        about.setdefault(asked, []).append(f"{phrasing.plain(asked)} is not known")
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
    old, now = _places(before), _places(after)
    for name, (rank, diagnosis) in now.items():
        if name not in old:
            if rank <= PLACES:
                yield f"new: {phrasing.plain(name)} at {rank}{_because(None, diagnosis)}"
            continue
        was, earlier = old[name]
        if was != rank and min(was, rank) <= PLACES:
            yield f"{phrasing.plain(name)} moved from {was} to {rank}{_because(earlier, diagnosis)}"
        elif was == rank <= PLACES and earlier.likelihood.band != diagnosis.likelihood.band:
            changed = f"now {diagnosis.likelihood.band}, before {earlier.likelihood.band}"
            yield f"{phrasing.plain(name)} stays at {rank}, {changed}{_because(earlier, diagnosis)}"
    yield from (
        f"no longer listed: {phrasing.plain(name)}"
        for name, (rank, _) in old.items()
        if name not in now and rank <= PLACES
    )


def _because(before: Diagnosis | None, after: Diagnosis) -> str:
    """Return what is told for and against a diagnosis that was not before: " (for it: rash; against it: no fever)"."""
    sides = (
        ("for it", after.supporting, before.supporting if before else ()),
        ("against it", after.against, before.against if before else ()),
    )
    said = []
    for title, given, earlier in sides:
        known = {evidence.finding for evidence in earlier}
        if new := [phrasing.plain(evidence.finding) for evidence in given if evidence.finding not in known]:
            said.append(f"{title}: {', '.join(new[:_REASONS])}")
    return f" ({'; '.join(said)})" if said else ""


def _places(assessment: Assessment) -> dict[str, tuple[int, Diagnosis]]:
    return {diagnosis.name: (rank, diagnosis) for rank, diagnosis in enumerate(assessment.differential, 1)}
