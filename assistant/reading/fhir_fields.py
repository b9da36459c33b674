"""The small types that FHIR resources are made of: coded concepts, dates, references, quantities.

Records come from strangers: whatever has another shape than it should reads as nothing. Knows field shapes. Does not know
what a resource says of the patient.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

# What SNOMED CT puts behind a name to say of which kind it is.
_KIND = re.compile(
    r"\s*\((?:disorder|finding|situation|procedure|morphologic abnormality|observable entity|event|substance|product|person|"
    r"qualifier value|body structure|regime/therapy|occupation)\)\s*$",
    re.I,
)
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_LONGEST_NAME = 200


def objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a field that may hold one, a list of them, or nothing."""
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, dict):
            yield one


def name_of(concept: Any) -> str:
    """Return the name of a coded concept: its text, else what its first code is called; "" when it has neither."""
    for one in objects(concept):
        names = [one.get("text"), *(coding.get("display") for coding in objects(one.get("coding")))]
        for name in names:
            if isinstance(name, str) and name.strip():
                return _KIND.sub("", " ".join(name.split()))[:_LONGEST_NAME].strip(" .;:")
    return ""


def codes_of(concept: Any, system: str = "") -> tuple[str, ...]:
    """Return the codes of a concept, of one system where a part of its URL is given."""
    return tuple(
        str(coding["code"])
        for one in objects(concept)
        for coding in objects(one.get("coding"))
        if "code" in coding and system in str(coding.get("system", ""))
    )


def date_of(value: Any) -> date | None:
    """Return a date or the day of a time; a year or month alone is taken as its first day."""
    match = _DATE.match(value) if isinstance(value, str) else None
    if match is None:
        return None
    year, month, day = (int(part or 1) for part in match.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def first_date(resource: Mapping[str, Any], *fields: str) -> date | None:
    """Return the date of the first of these fields that holds one; of a period its start."""
    for field in fields:
        value = resource.get(field)
        found = date_of(value.get("start")) if isinstance(value, dict) else date_of(value)
        if found is not None:
            return found
    return None


def target_of(reference: Any) -> str:
    """Return the id a reference points to, "" when it is none."""
    for one in objects(reference):
        value = one.get("reference")
        if isinstance(value, str):
            return re.split(r"[/:]", value)[-1]
    return ""


def word_of(value: Any) -> str:
    """Return a plain code such as a status, "" for what is none."""
    return value if isinstance(value, str) else ""


def number_of(value: Any) -> float | None:
    """Return a number, None for what is none."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
