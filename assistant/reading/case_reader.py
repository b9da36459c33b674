"""Reads a narrative, or a list of HPO ids, into a `Case`.

Deterministic: the same text gives the same case. Does not know what a finding means for a diagnosis.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache

from assistant.case import Case, Finding, Measurement, Mention, Span
from assistant.reading import demographics
from assistant.reading.analytes import code_of
from assistant.reading.exposures import read_exposures
from assistant.reading.fhir_case import case_of_record
from assistant.reading.fhir_record import Resource, looks_like_record, resources_in
from assistant.reading.measurements import read_measurements
from assistant.reading.medicines import read_medicines
from assistant.reading.sections import sections_of
from assistant.reading.statements import findings_of_conditions, findings_stated, in_order, joined
from assistant.reading.vocabulary import Vocabulary
from index.sentences import sentence_spans

LONGEST_NARRATIVE = 20_000
_LEAST_LATIN = 0.7
_BRACKET = re.compile(r"\s?\([^()]{1,80}\)")
# A line that goes on in lower case goes on with the sentence before it.
_WRAP = re.compile(r"(?<![\n.:;!?])\n(?=[a-z0-9(])")


class CaseReader:
    """Reads with one dictionary of findings."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self.findings = lru_cache(maxsize=200_000)(self._findings)

    def read(self, text: str) -> Case:
        """Return the case a text describes, or a FHIR record given as text.

        A text longer than `LONGEST_NARRATIVE` is cut at a sentence end. Raises UsageError for a record that cannot be read.
        """
        if looks_like_record(text):
            return self.from_record(resources_in(text), date.today())
        return self._read_words(_unwrapped(_bounded(text.strip())))

    def from_record(self, resources: Sequence[Resource], today: date) -> Case:
        """Return the case of a FHIR record: its narrative read as text, with what the record states in its fields.

        A record without any date is taken as of `today`.
        """
        record = case_of_record(resources, today)
        told = self._read_words(record.narrative)
        places = [*(one.span for one in record.stated), *(one.span for one in record.measurements if one.span)]
        apart = [one for one in told.findings if not any(_within(span, places) for span in one.spans)]
        stated = joined([*findings_of_conditions(record.stated, self._vocabulary), *apart])
        return told.model_copy(
            update={
                "age_years": record.age_years,
                "sex": record.sex,
                "pregnant": record.pregnant if record.pregnant is not None else told.pregnant,
                "findings": self._with_measured(stated, record.measurements),
                "measurements": record.measurements,
                "medications": record.medications,
                "allergies": record.allergies,
            }
        )

    def _read_words(self, narrative: str) -> Case:
        age, sex = demographics.age_years(narrative), demographics.sex(narrative)
        pregnant = demographics.pregnant(narrative, sex, age)
        measurements = read_measurements(narrative, age, sex, pregnant)
        medications, allergies = read_medicines(narrative)
        sections = sections_of(narrative)
        stated = findings_stated(narrative, self._vocabulary, sections)
        return Case(
            narrative=narrative,
            age_years=age,
            sex=sex,
            pregnant=pregnant,
            findings=self._with_measured(_without_allergies(narrative, stated, allergies), measurements),
            measurements=measurements,
            medications=medications,
            allergies=allergies,
            exposures=read_exposures(narrative, sections),
        )

    def from_phenotypes(self, present: Sequence[str], absent: Sequence[str], age: str, sex: str) -> Case:
        """Return a case made of HPO ids; `age` is an ISO 8601 duration or a number of years, or ""."""
        entries = [(self._vocabulary.by_hpo(term), "present") for term in present]
        entries += [(self._vocabulary.by_hpo(term), "absent") for term in absent]
        narrative = ""
        findings = []
        for entry, status in entries:
            if narrative:
                narrative += "; "
            start = len(narrative) + (4 if status == "absent" else 0)
            narrative += f"no {entry.label}" if status == "absent" else entry.label
            start = len(narrative) - len(entry.label)
            findings.append(
                Finding(label=entry.label, status=status, hpo=entry.hpo, spans=(Span(start=start, end=len(narrative)),))
            )
        who = demographics.iso_age_years(age) if age.strip() else None
        named = demographics.sex(sex)
        return Case(narrative=narrative, age_years=who, sex=named, findings=tuple(findings))

    def looks_like_a_case(self, case: Case) -> str:
        """Return "" for a case that can be assessed, else why it cannot."""
        letters = [letter for letter in case.narrative if letter.isalpha()]
        latin = sum(letter.isascii() for letter in letters)
        if letters and latin / len(letters) < _LEAST_LATIN:
            return "The text is not in English, the only language that is read so far; please give the case in English."
        if not case.with_status("present", "past", "uncertain"):
            return (
                "No symptom, sign or test result was recognised in this text, so it cannot be assessed as a case. Describe "
                "who the patient is and what was found."
            )
        return ""

    def _with_measured(self, findings: tuple[Finding, ...], measurements: Sequence[Measurement]) -> tuple[Finding, ...]:
        """Return the findings with those that values show; a value outweighs words that deny the same."""
        measured: dict[str, Finding] = {}
        for one in measurements:
            if one.finding and one.span:
                label, hpo = self._known_as(one.finding)
                earlier = measured.get(hpo or label)
                spans = earlier.spans if earlier else ()
                spans = spans if one.span in spans else (*spans, one.span)
                measured[hpo or label] = Finding(label=label, hpo=hpo, severity=one.severity, spans=spans)
        said = {finding.hpo or finding.label for finding in findings if finding.status == "present"}
        kept = [one for one in findings if one.status != "absent" or (one.hpo or one.label) not in measured]
        return in_order([*kept, *(finding for key, finding in measured.items() if key not in said)])

    def _known_as(self, finding: str) -> tuple[str, str]:
        """Return the label and the HPO id of an abnormal value; without an id the dictionary's own label must match."""
        entry = self._vocabulary.entry(finding)
        if entry is None:
            return finding, code_of(finding)
        return (finding, entry.hpo) if entry.hpo else (entry.label, "")

    def _findings(self, text: str) -> tuple[Finding, ...]:
        return findings_stated(text, self._vocabulary)


def _within(span: Span, places: Iterable[Span]) -> bool:
    return any(span.start < place.end and place.start < span.end for place in places)


def _without_allergies(
    narrative: str, findings: Iterable[Finding], allergies: Iterable[Mention]
) -> tuple[Finding, ...]:
    """Return the findings without those that only name an allergy, or its reaction in brackets: no rash of today."""
    told: list[tuple[int, int]] = []
    for span in (allergy.span for allergy in allergies if allergy.span):
        bracket = _BRACKET.match(narrative, span.end)
        told.append((span.start, bracket.end() if bracket else span.end))
    return tuple(
        finding
        for finding in findings
        if not all(any(start < span.end and span.start < end for start, end in told) for span in finding.spans)
    )


def _unwrapped(text: str) -> str:
    """Return the text with the line ends inside its sentences made blanks, so that "no\\ncough" denies; offsets stay."""
    return _WRAP.sub(" ", text)


def _bounded(text: str) -> str:
    if len(text) <= LONGEST_NARRATIVE:
        return text
    cut = max(end for start, end in [(0, 1), *sentence_spans(text[:LONGEST_NARRATIVE])])
    return text[:cut]
