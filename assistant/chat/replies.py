"""A short reply to the question that was asked: "yes", "no, but she has a cough", "not known".

Put into a statement of its own, so that the case reads the same whoever reads it later. Knows wording. Does not know what the
statement changes.
"""

from __future__ import annotations

import re

_YES = (
    r"(?:yes|yeah|yep|yup|y|correct|positive|present|indeed|it is|there is|"
    r"(?:he|she|they) (?:does|do|has|have|is|did))"
)
_NO = (
    r"(?:no|nope|n|none|negative|absent|not at all|never|it is not|it isn't|there is not|there isn't|"
    r"(?:he|she|they) (?:does|do|has|have|is|did)(?:n't| not))"
)
_NOT_KNOWN = (
    r"(?:not known|unknown|no idea|not sure|unsure|unclear|not (?:yet )?(?:done|tested|examined|asked|available|measured)|"
    r"pending|(?:i |we )?(?:do not|don't|cannot|can't) (?:know|say|tell)|nobody knows|skip|pass)"
)
# A reply ends there, or goes on as a reply does: "no fever" and "no known allergies" are facts of their own.
_REST = r"(?P<rest>\s*$|\s*[.!]\s*$|\s*[,;.:!-]\s+.*|\s+(?:but|and|since|for|only|after|with|until|when|at)\b.*)"
_REPLIES = tuple(
    (kind, re.compile(rf"\W*{words}{_REST}", re.IGNORECASE | re.DOTALL))
    for kind, words in (("not known", _NOT_KNOWN), ("yes", _YES), ("no", _NO))
)
_NOT_KNOWN_STATEMENT = re.compile(r"Not known: (?P<finding>[^\n]+)\.")


def as_statement(line: str, finding: str) -> str | None:
    """Return what a line says of the finding that was asked for, None where it is no reply to the question."""
    for kind, pattern in _REPLIES:
        if found := pattern.fullmatch(line.strip()):
            return _statement(kind, finding, found["rest"].strip())
    return None


def not_known_in(statement: str) -> str:
    """Return the finding that a statement says nobody knows of, "" where it is another statement."""
    found = _NOT_KNOWN_STATEMENT.fullmatch(statement.strip())
    return found["finding"] if found else ""


def _statement(kind: str, finding: str, rest: str) -> str:
    if kind == "not known":
        return f"Not known: {finding}."
    said = f"There is {finding}" if kind == "yes" else f"There is no {finding}"
    if rest.startswith(","):
        return said + rest
    more = rest.lstrip(" .!;:-")
    if rest[:1] in tuple(".!;:-"):
        return f"{said}. {more}".strip()
    return f"{said} {more}" if more else f"{said}."
