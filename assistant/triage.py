"""How soon a case should be seen, as a signpost with its basis: danger signs, measured values, what is not excluded.

A signpost for the clinician who decides, never an order; what is not written in the case is not known here. Does not
know diagnoses beyond those that must not be missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.assessment import MustNotMiss, RedFlag, Triage, Urgency
from assistant.case import Case
from assistant.early_warning import PARTS, SOURCE, early_warning

_LEVELS: tuple[Urgency, ...] = ("now", "today", "routine")
# Thresholds of the score itself: 7 asks for an emergency response, 5 or a single 3 for an urgent one.
_EMERGENCY, _URGENT, _SINGLE = 7, 5, 3
# Values at their critical limit of these are a failing of breathing, circulation or consciousness.
_VITAL = frozenset(
    ("pulse", "respiratory rate", "systolic blood pressure", "oxygen saturation", "glasgow coma scale", "temperature")
)
_SOON = "to be seen within about two weeks"
_NOTHING = (
    "No danger sign, no critical value and no dangerous diagnosis that must be excluded was found in what is written; "
    "what is not written is not known."
)


def triage(case: Case, red_flags: Sequence[RedFlag], must_not_miss: Sequence[MustNotMiss]) -> Triage:
    """Return how soon the case should be seen and why; never less urgent than its most urgent danger sign."""
    reasons = [*_signs(red_flags), *_values(case), *_not_excluded(must_not_miss)]
    level = min((level for level, _ in reasons), key=_LEVELS.index, default="routine")
    basis = tuple(dict.fromkeys(said for found, said in reasons if found == level))
    return Triage(level=level, basis=basis or (_NOTHING,))


def _signs(red_flags: Sequence[RedFlag]) -> Iterator[tuple[Urgency, str]]:
    for flag in red_flags:
        if flag.urgency == "soon":
            yield "routine", f"Danger sign: {flag.sign} ({_SOON})"
        else:
            yield flag.urgency or "today", f"Danger sign: {flag.sign}"


def _values(case: Case) -> Iterator[tuple[Urgency, str]]:
    score = early_warning(case)
    if score is not None:
        said = f"NEWS2 of at least {score.total}, from {len(score.points)} of {PARTS} parts ({SOURCE})"
        if score.total >= _EMERGENCY:
            yield "now", said
        elif score.total >= _URGENT or score.highest >= _SINGLE:
            yield "today", said
    for one in case.measurements:
        if one.flag in ("critical-low", "critical-high"):
            side = "low" if one.flag == "critical-low" else "high"
            level: Urgency = "now" if one.analyte in _VITAL and score is None else "today"
            yield level, f"Critically {side} {one.analyte}: {one.value:g} {one.unit}".strip()


def _not_excluded(must_not_miss: Sequence[MustNotMiss]) -> Iterator[tuple[Urgency, str]]:
    for one in must_not_miss:
        yield "today", f"Not excluded: {one.name}"
