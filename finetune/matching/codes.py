"""Whether codes say that an answer is the gold disease, or a kind of it.

Knows the shape of ICD-10-CM codes. Does not know their titles: only a case whose gold comes with a code is judged by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

_ICD = re.compile(r"[A-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4})?")


def is_icd(code: str) -> bool:
    """Say whether a code has the shape of ICD-10-CM."""
    return _ICD.fullmatch(code) is not None


def icd_rule(known: Iterable[str], gold_code: str) -> Literal["same code", "code beneath"] | None:
    """Return the rule under which an answer's ICD-10-CM codes lie within the gold's, or None.

    All of them must: a condition that is coded N81.10 (cystocele) among others is prolapse in general. Downwards at any
    depth, for a child is a kind of its parent; never upwards, for a parent, above all one of three characters, holds much
    else.
    """
    own = {code.replace(".", "") for code in known if is_icd(code)}
    gold = gold_code.replace(".", "")
    if not own or not all(code.startswith(gold) for code in own):
        return None
    return "same code" if own == {gold} else "code beneath"
