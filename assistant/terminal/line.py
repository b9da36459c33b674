"""The one thing views are made of: a paragraph with something hanging in front of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Style = Literal["", "heading", "danger", "strong", "quiet"]


@dataclass(frozen=True)
class Line:
    """A paragraph, wrapped by the screen; `lead` ("1.", "For") stands before it and later lines are set below its text.

    `hang` is the width kept for the lead, at least its own; `indent` the columns before everything.
    """

    text: str = ""
    lead: str = ""
    indent: int = 0
    hang: int = 0
    style: Style = ""


BLANK = Line()
