"""Dangerous diagnoses that a case does not exclude and that its differential does not show.

For each complaint the file names what must be thought of; a condition stays in sight while something in the case points
to it and nothing excludes it. Says how it is excluded, never that it is there. Does not know likelihoods.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.assessment import Diagnosis, Evidence, MustNotMiss
from assistant.case import Case
from assistant.must_not_miss_rules import Dangerous, DangerousConditions, load_conditions
from assistant.red_flag_rules import URGENCIES, in_years
from assistant.signs_present import Seen, SignsPresent
from assistant.words import name_key

# More than this is a list that nobody reads.
MOST = 5
# The diagnoses of the differential that every view shows with their reasons.
SHOWN = 5


@dataclass(frozen=True)
class _Open:
    """A condition that is not excluded: where its complaint stands, and each sign that points to it."""

    name: str
    condition: Dangerous
    complaint: tuple[str, Seen]
    points: tuple[tuple[str, Seen], ...]

    @property
    def order(self) -> tuple[int, int]:
        """What comes first: the most signs, then the most urgent."""
        return (-len(self.points), URGENCIES.index(self.condition.urgency))


def must_not_miss(
    case: Case, differential: Sequence[Diagnosis], known: DangerousConditions | None = None
) -> tuple[MustNotMiss, ...]:
    """Return the dangerous diagnoses to keep in sight, at most `MOST`, those with most pointing to them first."""
    known = known or load_conditions()
    present = SignsPresent(case, known.all_signs, known.spelling)
    shown = differential[:SHOWN]
    open_ones = [
        one
        for name, condition in known.conditions.items()
        if not _is_shown(name, condition, shown) and (one := _looked_at(name, condition, case, known, present))
    ]
    return tuple(_worded(one, known) for one in sorted(open_ones, key=lambda one: one.order)[:MOST])


def _looked_at(
    name: str, condition: Dangerous, case: Case, known: DangerousConditions, present: SignsPresent
) -> _Open | None:
    """Return the condition with what points to it, None where the case does not call for it or excludes it."""
    fits = in_years(case.age_years, condition.ages) and (
        condition.sex == "any" or case.sex in (condition.sex, "unknown")
    )
    if not fits or _is_excluded(condition, present):
        return None
    if condition.together and not any(present.sign(sign) for sign in condition.together):
        return None
    complaints = list(_complaints(condition, known, present))
    points = tuple((sign, seen) for sign in condition.points if (seen := present.sign(sign)) is not None)
    telling = any(present.sign(sign) for sign in condition.needs) if condition.needs else bool(points)
    for complaint, sign, seen in complaints:
        if telling or (complaint in condition.always and not _is_long_standing(seen, known, present)):
            return _Open(name, condition, (sign, seen), points)
    return None


def _is_excluded(condition: Dangerous, present: SignsPresent) -> bool:
    denied = bool(condition.denied) and all(present.is_denied(sign) for sign in condition.denied)
    return denied or any(present.sign(sign) is not None for sign in condition.not_if)


def _complaints(
    condition: Dangerous, known: DangerousConditions, present: SignsPresent
) -> Iterator[tuple[str, str, Seen]]:
    for complaint in condition.presents:
        for sign in known.presentations[complaint]:
            if (seen := present.sign(sign)) is not None:
                yield complaint, sign, seen


def _is_long_standing(seen: Seen, known: DangerousConditions, present: SignsPresent) -> bool:
    """Say whether the sentence of a complaint tells that it has lasted for months or years."""
    return seen.span is not None and present.sentence_has(seen.span, known.long_standing)


def _is_shown(name: str, condition: Dangerous, shown: Sequence[Diagnosis]) -> bool:
    names = {name_key(one) for one in (name, *condition.also)}
    return any(
        name_key(diagnosis.name) in names
        or any(code.startswith(begun) for code in diagnosis.codes.icd10cm for begun in condition.icd10cm)
        for diagnosis in shown
    )


def _worded(one: _Open, known: DangerousConditions) -> MustNotMiss:
    source = known.source_of(one.condition)
    said = dict([one.complaint, *one.points])
    return MustNotMiss(
        name=one.name,
        because=tuple(Evidence(finding=sign, case_span=seen.span) for sign, seen in said.items()),
        exclude_by=one.condition.exclude,
        source=f"{source.issuer}: {source.title} ({source.year})",
        source_url=source.url,
        urgency=one.condition.urgency,
    )
