"""The table of an evaluation: as lines for a terminal, as JSON, and as the section of a README.

Knows figures. Does not know how they came about.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from assistant.errors import UsageError
from finetune.evaluation.measure import Figure
from finetune.evaluation.running import Plan, Result
from finetune.evaluation.system import System

SCHEMA = "wardround.evaluation/1"
START = "<!-- evaluation: made by `wardround evaluate --json FILE --readme README.md`, not by hand -->"
END = "<!-- end of the evaluation -->"
_HEADER = ("measure", "figure", "value", "95 % interval", "items", "to reach", "reached")


def as_json(results: Sequence[Result], system: System, plan: Plan) -> dict[str, Any]:
    """Return everything about a run that a later reader needs, without times of the day or paths."""
    return {
        "schema": SCHEMA,
        "seed": plan.seed,
        "limit": plan.limit,
        "system": asdict(system),
        "figures": [{**asdict(figure), "reached": figure.is_reached} for one in results for figure in one.figures],
        "measures": {
            one.measure: {
                "items": one.items,
                "seconds": one.seconds,
                "errors": dict(one.errors),
                "details": dict(one.details),
            }
            for one in results
            if not one.skipped
        },
        "skipped": {one.measure: one.skipped for one in results if one.skipped},
    }


def figures_of(told: Mapping[str, Any]) -> list[Figure]:
    """Return the figures of such JSON. Raises UsageError where it is none."""
    if told.get("schema") != SCHEMA:
        raise UsageError(f"not an evaluation: its schema is {told.get('schema')!r}, not {SCHEMA!r}")
    return [Figure(**{name: value for name, value in row.items() if name != "reached"}) for row in told["figures"]]


def table(figures: Sequence[Figure]) -> list[str]:
    """Return the lines of the table, columns aligned; a measure is named once."""
    rows = [_HEADER, *(_cells(figure) for figure in _named_once(figures))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    left = (0, 1, 6)
    return [
        "  ".join(
            cell.ljust(size) if column in left else cell.rjust(size)
            for column, (cell, size) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def markdown(figures: Sequence[Figure]) -> str:
    """Return the table in Markdown."""
    lines = [_HEADER, ("---", "---", "---:", "---:", "---:", "---:", "---"), *map(_cells, _named_once(figures))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def write_section(file: Path, figures: Sequence[Figure]) -> None:
    """Put the table between the two marks of a README. Raises UsageError where the marks are not there."""
    try:
        text = file.read_text(encoding="utf-8")
        before, after = _around(text, file)
        file.write_text(f"{before}{START}\n\n{markdown(figures)}\n\n{END}{after}", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error


def section(text: str, file: Path) -> str:
    """Return what stands between the marks. Raises UsageError where they are not there."""
    before, after = _around(text, file)
    return text[len(before) + len(START) : len(text) - len(after) - len(END)].strip()


def _around(text: str, file: Path) -> tuple[str, str]:
    start, end = text.find(START), text.find(END)
    if start < 0 or end < start:
        raise UsageError(f"{file} lacks the lines between which the table goes: {START!r} and {END!r}")
    return text[:start], text[end + len(END) :]


def _named_once(figures: Sequence[Figure]) -> list[Figure]:
    return [
        replace(figure, measure="" if place and figures[place - 1].measure == figure.measure else figure.measure)
        for place, figure in enumerate(figures)
    ]


def _cells(figure: Figure) -> tuple[str, ...]:
    target = "" if figure.target is None else f"{'≥' if figure.least else '≤'} {_told(figure.target, figure.unit)}"
    return (
        figure.measure,
        figure.name,
        _told(figure.value, figure.unit),
        f"{_told(figure.low, figure.unit)} to {_told(figure.high, figure.unit)}",
        f"{figure.items:,}",
        target,
        {None: "", True: "yes", False: "no"}[figure.is_reached],
    )


def _told(value: float, unit: str) -> str:
    if not unit:
        return f"{value:.1%}".replace("%", " %")
    return f"{value:.3g}" if unit == "1" else f"{value:.3g} {unit}"


def write_json(told: Mapping[str, Any], file: Path) -> None:
    """Write the JSON of a run. Raises UsageError where that cannot be done."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error


def read_json(file: Path) -> dict[str, Any]:
    """Return the JSON of a run. Raises UsageError where it cannot be read."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {file}: {error}") from error
    if not isinstance(told, dict):
        raise UsageError(f"{file} is not an evaluation")
    return told
