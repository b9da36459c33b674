"""A case told in several turns: of two statements about the same thing, the later one holds.

"No fever after all" withdraws the fever of an earlier turn, a second temperature replaces the first, "she is 47" corrects
the age. Within one turn nothing is weighed: that is reading's task. Knows turns and their places in the narrative. Does
not know how a text is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from assistant.case import Case, Finding, Measurement, Span, Status
from assistant.chat.replies import not_known_in

# One finding cannot be two of these at once; what is past or in the family may stand beside any of them.
_NOW: frozenset[Status] = frozenset(("present", "absent", "uncertain"))
_OTHERS = re.compile(
    r"\b(mother|father|parents?|brother|sister|siblings?|son|daughter|wife|husband|partner|cousin|aunt|uncle|grand\w+|"
    r"friend|colleague|contacts?)\b",
    re.IGNORECASE,
)
_AGE = re.compile(
    r"\b(?:he|she|they|patient|age|aged)(?:'s|'re| is| are)?(?: actually| in fact| really| now| only| already)?"
    r" (?P<n>\d{1,3})(?= (?:years?|yrs?|not|and|rather|instead)\b| ?y/?o\b|\s*(?:[.,;!]|$))"
    r"|\b(?P<old>\d{1,3})[- ]years?[- ]old\b",
    re.IGNORECASE,
)
_SEX = re.compile(
    r"\b(?:he|she|it|they|patient)(?:'s|'re| is| are)(?: actually| in fact| really)?(?: a| an)?(?: \d+[- ]years?[- ]old)? "
    r"(?:(?P<female>woman|female|girl|lady)|(?P<male>man|male|boy|gentleman))\b",
    re.IGNORECASE,
)

# How a case begins: "A 26-year-old woman", "54M", "67 yo female", "This 3-week-old boy".
_OPENING = re.compile(
    r"(?:an? |this |the )?(?:(?:previously )?\w+ )?(?:\d{1,3}|[a-z]+(?:-[a-z]+)?)[- ]?"
    r"(?:(?:years?|months?|weeks?|days?)[- ]old|y/?o\b|[FM]\b)",
    re.IGNORECASE,
)
_OWN_FINDINGS = 2

Read = Callable[[str], Case]


def read_as_told(parts: Sequence[str], read: Read) -> Case:
    """Return the case that the turns together tell, with `narrative` all of them, a line break between two."""
    parts = [part.strip() for part in parts]
    case = read("\n".join(parts))
    if len(parts) == 1:
        return case
    places = _Places(parts)
    measurements, withdrawn = _latest_measurements(case, places)
    findings = _latest_findings(_without(case.findings, withdrawn), places)
    case = case.model_copy(
        update={"findings": findings, "measurements": measurements, **_corrected_patient(case, parts, read)}
    )
    return _with_not_known(case, parts, places)


def is_another_patient(told: Case, before: Case) -> bool:
    """Say whether a turn tells of a patient anew, as cases are opened, and of another than the one before.

    "A 26-year-old woman has ..." after a man of 58, with findings of her own, is no correction.
    """
    if not _OPENING.match(told.narrative) or len(told.with_status("present")) < _OWN_FINDINGS:
        return False
    ages = told.age_years, before.age_years
    other_age = None not in ages and abs((ages[0] or 0.0) - (ages[1] or 0.0)) > 1
    other_sex = "unknown" not in (told.sex, before.sex) and told.sex != before.sex
    return other_age or other_sex


class _Places:
    """Which turn a place of the joined narrative belongs to."""

    def __init__(self, parts: Sequence[str]) -> None:
        self._ends: list[int] = []
        for part in parts:
            self._ends.append((self._ends[-1] if self._ends else -1) + 1 + len(part))

    def turn(self, span: Span | None) -> int:
        """Return the number of the turn a span begins in; what has no place belongs to the first."""
        if span is None:
            return 0
        return next((number for number, end in enumerate(self._ends) if span.start < end), len(self._ends) - 1)

    def latest(self, spans: Iterable[Span]) -> int:
        """Return the number of the last turn that states something."""
        return max(map(self.turn, spans), default=0)


def _latest_findings(findings: Sequence[Finding], places: _Places) -> tuple[Finding, ...]:
    """Return the findings without those that a later turn says otherwise; the later one takes their places over.

    So the words withdrawn no longer count as told: they carry the status of the statement that withdrew them.
    """
    kept: list[Finding] = []
    for finding in findings:
        rivals = [other for other in findings if _rival(finding, other)]
        own = places.latest(finding.spans)
        if any(places.latest(other.spans) > own for other in rivals):
            continue
        earlier = (span for other in rivals if places.latest(other.spans) < own for span in other.spans)
        newest_first = sorted(finding.spans, key=lambda span: -places.turn(span))
        kept.append(finding.model_copy(update={"spans": (*newest_first, *earlier)}))
    return tuple(kept)


def _with_not_known(case: Case, parts: Sequence[str], places: _Places) -> Case:
    """Return the case with what was answered by "not known": it is neither there nor absent until a turn tells."""
    asked = {number: finding for number, part in enumerate(parts) if (finding := not_known_in(part))}
    told = [
        finding.model_copy(update={"spans": spans})
        for finding in case.findings
        if (spans := tuple(span for span in finding.spans if places.turn(span) not in asked)) or not finding.spans
    ]
    known = {finding.label for finding in told}
    left = dict.fromkeys(finding for finding in asked.values() if finding not in known)
    return case.model_copy(update={"findings": tuple(told), "not_known": tuple(left)})


def _rival(finding: Finding, other: Finding) -> bool:
    same = (other.hpo or other.label) == (finding.hpo or finding.label)
    return same and other.status != finding.status and {finding.status, other.status} <= _NOW


def _latest_measurements(case: Case, places: _Places) -> tuple[tuple[Measurement, ...], list[Span]]:
    """Return what holds of the measurements, and the places of those that a later turn replaced or denied."""
    last = {one.analyte: 0 for one in case.measurements}
    for one in case.measurements:
        last[one.analyte] = max(last[one.analyte], places.turn(one.span))
    denied = {one.label: places.latest(one.spans) for one in case.with_status("absent")}
    holding, withdrawn = [], []
    for one in case.measurements:
        turn = places.turn(one.span)
        if turn < last[one.analyte] or (one.finding and turn < denied.get(one.finding, 0)):
            withdrawn += [one.span] if one.span else []
        else:
            holding.append(one)
    return tuple(holding), withdrawn


def _without(findings: Iterable[Finding], withdrawn: Sequence[Span]) -> list[Finding]:
    """Return the findings that rest on more than withdrawn measurements."""
    left = []
    for finding in findings:
        spans = tuple(span for span in finding.spans if not any(_overlap(span, gone) for gone in withdrawn))
        if spans or not finding.spans:
            left.append(finding.model_copy(update={"spans": spans}))
    return left


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _corrected_patient(case: Case, parts: Sequence[str], read: Read) -> dict[str, object]:
    """Return what later turns say of the patient's age, sex and pregnancy; the last word counts."""
    corrected: dict[str, object] = {}
    for part in parts[1:]:
        if _OTHERS.search(part):
            continue
        if age := _AGE.search(part):
            corrected["age_years"] = float(age["n"] or age["old"])
        if sex := _SEX.search(part):
            corrected["sex"] = "female" if sex["female"] else "male"
        pregnant = read(part).pregnant
        if pregnant is not None:
            corrected["pregnant"] = pregnant
    if corrected.get("sex", case.sex) == "male":
        corrected["pregnant"] = None
    return corrected
