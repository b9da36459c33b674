"""How a case text was read: the text with its findings marked, then each finding with its status and code.

Knows spans. Does not know how findings are recognised.
"""

from __future__ import annotations

from collections.abc import Iterator

from assistant import phrasing
from assistant.case import Case, Span, Status
from assistant.terminal.line import BLANK, Line

_SIGNS: dict[Status, str] = {"present": "+", "absent": "-", "past": "<", "family": "f", "uncertain": "?"}
_LEGEND = "[present]+  [absent]-  [past]<  [family]f  [uncertain]?  [measured or named]="


def reading_view(case: Case) -> list[Line]:
    """Return the marked text and the list of what was read."""
    lines = [Line("HOW THE TEXT WAS READ", style="heading"), Line(_LEGEND, style="quiet"), BLANK]
    lines += [Line(phrasing.plain(part)) for part in marked(case).splitlines() if part.strip()]
    lines += [BLANK, Line("WHAT WAS FOUND", style="heading")]
    lines += [Line(phrasing.patient(case), lead="Patient", hang=10)]
    lines += list(_findings(case))
    lines += [Line(phrasing.measurement(one), lead="measured", hang=10) for one in case.measurements]
    lines += [Line(phrasing.mention(one), lead="takes", hang=10) for one in case.medications]
    return lines + [Line(phrasing.mention(one), lead="allergy", hang=10) for one in case.allergies]


def _findings(case: Case) -> Iterator[Line]:
    for found in case.findings:
        words = ", ".join(f'"{phrasing.plain(case.narrative[span.start : span.end])}"' for span in found.spans)
        origin = f", read from {words}" if words else ""
        yield Line(f"{phrasing.finding(found)} {found.hpo}".rstrip() + origin, lead=found.status, hang=10)


def marked(case: Case) -> str:
    """Return the narrative with every finding in brackets and the sign of its status behind; inner overlaps unmarked."""
    text, position = "", 0
    for span, sign in sorted(_spans(case), key=lambda one: (one[0].start, -one[0].end)):
        if span.start >= position:
            text += f"{case.narrative[position : span.start]}[{case.narrative[span.start : span.end]}]{sign}"
            position = span.end
    return text + case.narrative[position:]


def _spans(case: Case) -> Iterator[tuple[Span, str]]:
    for found in case.findings:
        for span in found.spans:
            yield span, _SIGNS[found.status]
    places = [measured.span for measured in case.measurements]
    places += [named.span for named in (*case.medications, *case.allergies)]
    yield from ((span, "=") for span in places if span is not None)
