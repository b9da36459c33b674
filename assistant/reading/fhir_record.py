"""The resources of a FHIR R4 record: a bundle of any kind, a list, one resource, or one resource a line.

Knows the shape of records and what is wrong with one. Does not know what a resource says of the patient.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assistant.errors import EmptyCase, UsageError

Resource = Mapping[str, Any]
# A case told in words may open with "[doctor]"; a record opens as JSON does.
_JSON = re.compile(r"\ufeff?\s*(?:\{\s*[\"}]|\[\s*[{\]])")
_DEEPEST = 4
# Fields that the second version had and the fourth has under another name or shape, by resource.
_OF_DSTU2: Mapping[str, tuple[str, ...]] = {
    "Condition": ("dateRecorded", "notes", "patient"),
    "AllergyIntolerance": ("substance", "lastOccurence", "event"),
    "Encounter": ("indication",),
    "Patient": ("careProvider",),
}
_OF_DSTU2_ALONE = frozenset(("MedicationOrder", "DiagnosticOrder", "ProcedureRequest", "DeviceUseRequest"))
_CLINICAL = frozenset(
    ("Condition", "Observation", "Encounter", "MedicationRequest", "MedicationStatement", "AllergyIntolerance")
)


def looks_like_record(text: str) -> bool:
    """Say whether a text is meant as a record rather than as words."""
    return _JSON.match(text) is not None


def resources_in(text: str) -> tuple[Resource, ...]:
    """Return the resources of a record given as text.

    Raises UsageError for what is no JSON, no FHIR or not R4, EmptyCase for a record without anything clinical.
    """
    return resources_of(_parsed(text))


def resources_of(record: Any) -> tuple[Resource, ...]:
    """Return the resources of a record given as JSON values. Raises as `resources_in`."""
    resources = tuple(_flat(record, 0))
    for one in resources:
        _check_version(one)
    patients = [one for one in resources if one["resourceType"] == "Patient"]
    if len(patients) > 1:
        raise UsageError(f"the record holds {len(patients)} patients; give one patient's record at a time")
    if not any(one["resourceType"] in _CLINICAL for one in resources):
        kinds = ", ".join(sorted({one["resourceType"] for one in resources})) or "nothing"
        raise EmptyCase(f"the FHIR record holds {kinds}; give one with conditions, observations or an encounter")
    return resources


def _parsed(text: str) -> Any:
    try:
        return json.loads(text.removeprefix("\ufeff"))
    except ValueError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2 or not lines[0].rstrip().endswith("}"):
            raise UsageError(f"the record is not JSON: {error}; give a FHIR R4 bundle, or the case as text") from error
        return [_line(number, line) for number, line in enumerate(lines, 1)]
    except RecursionError as error:
        raise UsageError("the record is nested too deeply to be FHIR; give a FHIR R4 bundle") from error


def _line(number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise UsageError(f"line {number} of the record is not JSON: {error}; give one resource a line") from error


def _flat(record: Any, depth: int) -> Iterator[Resource]:
    """Yield the resources of a record, those of bundles within it too."""
    if isinstance(record, list):
        for one in record:
            yield from _flat(one, depth)
        return
    if not isinstance(record, dict) or not isinstance(record.get("resourceType"), str):
        raise UsageError('the record is no FHIR: an object has no "resourceType"; give a FHIR R4 bundle or resources')
    if record["resourceType"] != "Bundle":
        yield record
        return
    entries = record.get("entry", [])
    if depth >= _DEEPEST or not _is_entries(entries):
        raise UsageError('the bundle cannot be read: "entry" must be a list of objects; give a FHIR R4 bundle')
    for entry in entries:
        if "resource" in entry:
            yield from _flat(entry["resource"], depth + 1)


def _is_entries(entries: Any) -> bool:
    return isinstance(entries, Sequence) and all(isinstance(entry, dict) for entry in entries)


def _check_version(resource: Resource) -> None:
    kind = resource["resourceType"]
    old = next((name for name in _OF_DSTU2.get(kind, ()) if name in resource), None)
    coded = kind == "Condition" and isinstance(resource.get("clinicalStatus"), str)
    if kind in _OF_DSTU2_ALONE or old is not None or coded:
        sign = kind if kind in _OF_DSTU2_ALONE else f"{kind}.{old or 'clinicalStatus as a code'}"
        raise UsageError(f"the record is of an older FHIR version ({sign}); convert it to R4 and give it again")
