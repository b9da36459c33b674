"""What is said of files that were indexed but hold something suspicious."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.reading.hostile import HIDDEN_FLAG, INSTRUCTION_FLAG

if TYPE_CHECKING:
    from index.adding import AddReport

_MOST_NAMED = 10
_WORDS = (
    (
        INSTRUCTION_FLAG,
        "text written like instructions to a program",
        "those sentences are never quoted or given to a model",
    ),
    (HIDDEN_FLAG, "text hidden from the eye", "it was left out"),
)


def flagged_lines(report: AddReport) -> Iterator[str]:
    """Yield a line for each kind of suspicious text, with the names of the files that hold it."""
    for flag, what, done in _WORDS:
        files = [one.path for one in report.flagged if any(said.startswith(flag) for said in one.flags)]
        if files:
            more = f" and {len(files) - _MOST_NAMED} more" if len(files) > _MOST_NAMED else ""
            holds = "1 file holds" if len(files) == 1 else f"{len(files)} files hold"
            yield f"{holds} {what}: {', '.join(map(str, files[:_MOST_NAMED]))}{more}; {done}"
