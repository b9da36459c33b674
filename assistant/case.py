"""The case as understood: who the patient is, and what was found, measured, taken and ruled out.

Knows the shape of a case. Does not know how it is read from text, nor what it may mean.
"""

from __future__ import annotations

from typing import Literal

from index.document import Frozen

Status = Literal["present", "absent", "past", "family", "uncertain"]
Flag = Literal["low", "normal", "high", "critical-low", "critical-high", "unknown"]


class Span(Frozen):
    """A stretch of the case narrative: `narrative[start:end]`."""

    start: int
    end: int


class Finding(Frozen):
    """A symptom, sign, test result or history item, with its status and the words it was read from.

    `label` is the preferred clinical term in lower case. `hpo` is the Human Phenotype Ontology id ("HP:0001945")
    where the finding matches a term, else "". `spans` are all places in the narrative that state it; empty only for
    findings given as codes. `duration` is the wording of the text ("for 3 days"), `onset` how it began ("sudden"),
    `severity` how bad it is ("severe"), each "" when not stated; `side` is the side of the body.
    """

    label: str
    status: Status = "present"
    hpo: str = ""
    duration: str = ""
    onset: str = ""
    severity: str = ""
    side: Literal["", "left", "right", "both"] = ""
    spans: tuple[Span, ...] = ()


class Measurement(Frozen):
    """A vital sign or laboratory value in the unit given, judged against a usual adult range where one is known.

    `unit` follows UCUM ("mm[Hg]", "Cel", "g/dL", "/min", "%"). `low` and `high` bound the reference range used.
    `finding` is the clinical name of an abnormal value ("fever", "hypotension", "anaemia"), "" when normal or unknown;
    `severity` is its grade ("moderate") where a publication defines one.
    """

    analyte: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    flag: Flag = "unknown"
    finding: str = ""
    severity: str = ""
    span: Span | None = None


class Mention(Frozen):
    """A medicine, allergy or exposure named in the case."""

    name: str
    detail: str = ""
    span: Span | None = None


def age_in_words(years: float) -> str:
    """Return an age as a case opens with it, in whole years, months or days that were completed: "58-year-old"."""
    # A little is added because ages are kept in years: seven months are 0.583.
    if years >= 2:
        return f"{int(years + 0.002)}-year-old"
    if years * 12 >= 1:
        return f"{int(years * 12 + 0.05)}-month-old"
    return f"{round(max(years, 0) * 365.25)}-day-old"


class Case(Frozen):
    """Everything understood about one patient; `narrative` is the text all spans refer to.

    `not_known` are the labels of findings that were asked about and to which nobody has the answer.
    """

    narrative: str
    age_years: float | None = None
    sex: Literal["female", "male", "unknown"] = "unknown"
    pregnant: bool | None = None
    findings: tuple[Finding, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    medications: tuple[Mention, ...] = ()
    allergies: tuple[Mention, ...] = ()
    exposures: tuple[Mention, ...] = ()
    not_known: tuple[str, ...] = ()

    def with_status(self, *status: Status) -> tuple[Finding, ...]:
        """Return the findings whose status is one of those given, in the order of the narrative."""
        return tuple(finding for finding in self.findings if finding.status in status)
