"""What the resources of a FHIR R4 record say of a patient now: who, why seen, which conditions, medicines and allergies.

A record is a whole life. The newest encounter leads: its reasons are the complaint. An active condition that began more
than a year before a complaint is history, as "known hypertension" is in a note; without a complaint it is present.
Names, identifiers, addresses and free narrative are never looked at. Knows resources. Does not know the dictionary of
findings, nor how a case is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from assistant.case import Status
from assistant.reading.demographics import Sex
from assistant.reading.fhir_fields import codes_of, first_date, name_of, objects, target_of, word_of
from assistant.reading.fhir_record import Resource

_YEAR = 365.25
_HISTORY_AFTER = timedelta(days=365)
# A record that lists "history of cardiac arrest" beside an active cardiac arrest means the one of then.
_HISTORY = "history of "
_UNSURE = frozenset(("unconfirmed", "provisional", "differential"))
_OVER = frozenset(("resolved", "inactive", "remission"))
_NOT_HELD = frozenset(("planned", "cancelled", "entered-in-error", "proposed"))
_TAKEN = frozenset(("active", "on-hold", "unknown", "draft", "intended"))
_TAKEN_BEFORE = frozenset(("completed", "stopped"))
_DATES = (
    "effectiveDateTime",
    "effectivePeriod",
    "onsetDateTime",
    "recordedDate",
    "period",
    "authoredOn",
    "issued",
    "date",
)
_PREGNANCY_STATUS, _PREGNANT = "82810-3", frozenset(("77386006", "LA15173-0"))


@dataclass(frozen=True)
class Condition:
    """A condition with its status, when it began and ended, and whether the newest encounter is about it."""

    name: str
    status: Status
    since: date | None
    until: date | None = None
    is_over: bool = False
    is_complaint: bool = False


@dataclass(frozen=True)
class Allergy:
    """What a patient is allergic to, and how it showed."""

    name: str
    reaction: str


@dataclass(frozen=True)
class Facts:
    """What a record says, apart from what was observed."""

    age_years: float | None
    sex: Sex
    pregnant: bool | None
    newest: date
    seen: date | None
    complaints: tuple[str, ...]
    conditions: tuple[Condition, ...]
    medicines: tuple[str, ...]
    former_medicines: tuple[str, ...]
    allergies: tuple[Allergy, ...]
    family: tuple[tuple[str, str], ...]


def facts_of(resources: Sequence[Resource], today: date) -> Facts:
    """Return what a record says; without any clinical date it is taken as of `today`."""
    patient = next((one for one in resources if one["resourceType"] == "Patient"), {})
    newest = max(_clinical_dates(resources), default=today)
    encounter = _newest_encounter(resources)
    complaints = _complaints(resources, encounter)
    conditions = tuple(_conditions(resources, encounter, complaints, newest))
    current, former = _medicines(resources)
    sex: Sex = (
        "female" if patient.get("gender") == "female" else "male" if patient.get("gender") == "male" else "unknown"
    )
    return Facts(
        age_years=_age(patient, newest),
        sex=sex,
        pregnant=_pregnant(resources),
        newest=newest,
        seen=first_date(encounter, "period") if encounter else None,
        complaints=complaints,
        conditions=conditions,
        medicines=current,
        former_medicines=former,
        allergies=tuple(_allergies(resources)),
        family=tuple(_family(resources)),
    )


def of_kind(resources: Sequence[Resource], *kinds: str) -> Iterator[Resource]:
    """Yield the resources of some kinds that were not entered in error."""
    for one in resources:
        if one["resourceType"] in kinds and one.get("status") != "entered-in-error":
            yield one


def _clinical_dates(resources: Sequence[Resource]) -> Iterator[date]:
    kinds = ("Encounter", "Observation", "Condition", "MedicationRequest", "MedicationStatement", "DiagnosticReport")
    for one in of_kind(resources, *kinds):
        found = first_date(one, *_DATES)
        if found is not None:
            yield found


def _age(patient: Resource, newest: date) -> float | None:
    """Return the age at the newest clinical date, or at death where that came first."""
    born, died = first_date(patient, "birthDate"), first_date(patient, "deceasedDateTime")
    at = min(newest, died) if died else newest
    return round((at - born).days / _YEAR, 3) if born and born <= at else None


def _pregnant(resources: Sequence[Resource]) -> bool | None:
    told = [one for one in of_kind(resources, "Observation") if _PREGNANCY_STATUS in codes_of(one.get("code"), "loinc")]
    if not told:
        return None
    last = max(told, key=lambda one: first_date(one, *_DATES) or date.min)
    concept = last.get("valueCodeableConcept")
    return not _PREGNANT.isdisjoint(codes_of(concept)) or name_of(concept).lower() == "pregnant"


def _newest_encounter(resources: Sequence[Resource]) -> Resource | None:
    held = [one for one in of_kind(resources, "Encounter") if word_of(one.get("status")) not in _NOT_HELD]
    return max(held, key=lambda one: first_date(one, "period") or date.min, default=None)


def _complaints(resources: Sequence[Resource], encounter: Resource | None) -> tuple[str, ...]:
    """Return why the patient was seen last: the reasons of the encounter, or the conditions it points to."""
    if encounter is None:
        return ()
    names = [name_of(reason) for reason in objects(encounter.get("reasonCode"))]
    pointed = {target_of(reason) for reason in objects(encounter.get("reasonReference"))}
    pointed |= {target_of(use.get("condition")) for use in objects(encounter.get("diagnosis"))}
    names += [
        name_of(one.get("code")) for one in of_kind(resources, "Condition") if word_of(one.get("id")) in pointed - {""}
    ]
    return tuple(dict.fromkeys(name for name in names if name))


def _conditions(
    resources: Sequence[Resource], encounter: Resource | None, complaints: Sequence[str], newest: date
) -> Iterator[Condition]:
    seen = first_date(encounter, "period") if encounter else None
    names = {name_of(one.get("code")).lower() for one in of_kind(resources, "Condition")}
    told: set[tuple[str, Status]] = set()
    for one in of_kind(resources, "Condition"):
        name, status = name_of(one.get("code")), _condition_status(one)
        if not name or status is None:
            continue
        since = first_date(one, "onsetDateTime", "onsetPeriod", "recordedDate")
        here = encounter is not None and target_of(one.get("encounter")) == encounter.get("id", "") != ""
        is_complaint = name in complaints or (here and status in ("present", "uncertain"))
        is_old = since is not None and (seen or newest) - since > _HISTORY_AFTER
        is_over = status == "past"
        if status == "present" and not is_complaint and ((complaints and is_old) or _HISTORY + name.lower() in names):
            status = "past"
        if (name.lower(), status) not in told:
            told.add((name.lower(), status))
            until = first_date(one, "abatementDateTime", "abatementPeriod")
            yield Condition(name, status, since, until, is_over, is_complaint)


def _condition_status(condition: Resource) -> Status | None:
    """Return the status of a condition by its verification and its course, None for one entered in error."""
    verified = set(codes_of(condition.get("verificationStatus")))
    clinical = set(codes_of(condition.get("clinicalStatus")))
    if "entered-in-error" in verified:
        return None
    if "refuted" in verified:
        return "absent"
    is_over = bool(clinical & _OVER) or (not clinical and any(key.startswith("abatement") for key in condition))
    if is_over:
        return "past"
    return "uncertain" if verified & _UNSURE else "present"


def _medicines(resources: Sequence[Resource]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the medicines taken now and those taken before, each once; what is taken now is not of before."""
    named = {str(one.get("id")): name_of(one.get("code")) for one in of_kind(resources, "Medication")}
    current: dict[str, None] = {}
    former: dict[str, None] = {}
    for one in of_kind(resources, "MedicationRequest", "MedicationStatement"):
        reference = target_of(one.get("medicationReference"))
        name = name_of(one.get("medicationCodeableConcept")) or named.get(reference, "")
        status = word_of(one.get("status", "active"))
        if name and one.get("doNotPerform") is not True and status in _TAKEN | _TAKEN_BEFORE:
            (current if status in _TAKEN else former)[name] = None
    return tuple(current), tuple(name for name in former if name not in current)


def _allergies(resources: Sequence[Resource]) -> Iterator[Allergy]:
    seen: set[str] = set()
    for one in of_kind(resources, "AllergyIntolerance"):
        states = {*codes_of(one.get("verificationStatus")), *codes_of(one.get("clinicalStatus"))}
        reactions = [
            name_of(sign) for event in objects(one.get("reaction")) for sign in objects(event.get("manifestation"))
        ]
        substances = [name_of(event.get("substance")) for event in objects(one.get("reaction"))]
        name = name_of(one.get("code")) or next(filter(None, substances), "")
        if name and name.lower() not in seen and not states & {"refuted", "entered-in-error", "inactive", "resolved"}:
            seen.add(name.lower())
            yield Allergy(name, ", ".join(dict.fromkeys(filter(None, reactions))))


def _family(resources: Sequence[Resource]) -> Iterator[tuple[str, str]]:
    for one in of_kind(resources, "FamilyMemberHistory"):
        for condition in objects(one.get("condition")):
            if name := name_of(condition.get("code")):
                yield name_of(one.get("relationship")) or "relative", name
