"""How the parts of a case and of an assessment are put in words, the same on screen, in a report and in the chat.

Knows wording. Does not know layout, colour or any file format: what it returns is plain text on one line.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

from assistant.assessment import (
    Citation,
    CitedDocument,
    Codes,
    Conflict,
    Diagnosis,
    Evidence,
    MustNotMiss,
    NextQuestion,
    RedFlag,
    Triage,
)
from assistant.case import Case, Finding, Measurement, Mention, Status, age_in_words
from assistant.citation_numbers import CitationNumbers
from assistant.words import content_stems
from index.standing import standing_words

INTENDED_USE = (
    "For health professionals. Drafts for review by a clinician; a decision aid, not a medical device. Nothing leaves"
    " this machine unless you choose a model on a server."
)
# How many of the findings that carry a diagnosis are named.
CARRIERS = 3
# UCUM, as clinicians write it.
_UNITS = {
    "mm[Hg]": "mmHg",
    "Cel": "°C",
    "[degF]": "°F",
    "10*9/L": "×10⁹/L",  # noqa: RUF001
    "10*12/L": "×10¹²/L",  # noqa: RUF001
    "10*3/uL": "×10³/µL",  # noqa: RUF001
    "mosm/kg": "mOsm/kg",
    "m[IU]/L": "mIU/L",
    "u[IU]/mL": "µIU/mL",
    "meq/L": "mEq/L",
    "umol/L": "µmol/L",
    "mL/min/{1.73_m2}": "mL/min/1.73 m²",
}
_FLAGS = {"critical-low": "critically low", "critical-high": "critically high", "low": "low", "high": "high"}
_STATUS_TITLES: tuple[tuple[Status, str], ...] = (
    ("present", "Present"),
    ("absent", "Absent"),
    ("past", "Past"),
    ("family", "Family"),
    ("uncertain", "Uncertain"),
)
# Unicode categories: controls, line and paragraph separators, lone surrogates; invisible format characters.
_REPLACED = {"Cc": " ", "Zl": " ", "Zp": " ", "Cs": "\ufffd", "Cf": ""}


def plain(text: str) -> str:
    """Return a text on one line, free of control and direction characters that could disguise what is shown."""
    if not text.isascii() or not text.isprintable():
        text = "".join(_REPLACED.get(unicodedata.category(letter), letter) for letter in text)
    return " ".join(text.split())


def patient(case: Case) -> str:
    """Return who the patient is: "58-year-old male", "pregnant 31-year-old female", "patient of unknown age"."""
    sex = case.sex if case.sex != "unknown" else "patient"
    age = f"{age_in_words(case.age_years)} {sex}" if case.age_years is not None else f"{sex}, age unknown"
    return f"pregnant {age}" if case.pregnant else age


def finding(found: Finding) -> str:
    """Return a finding with its duration: "chest pain (for an hour)"."""
    return plain(found.label) + _bracketed(found.duration)


def measurement(measured: Measurement) -> str:
    """Return a measurement with its judgement: "systolic blood pressure 80 mmHg (low: hypotension; usual 90-140)"."""
    unit = _UNITS.get(measured.unit, plain(measured.unit))
    value = f"{measured.value:g}{'' if unit in ('%', '/min') or not unit else ' '}{unit}"
    judged = ": ".join(part for part in (_FLAGS.get(measured.flag, ""), plain(measured.finding)) if part)
    if judged and (measured.low is not None or measured.high is not None):
        judged += f"; usual {_range(measured.low, measured.high)}"
    return f"{plain(measured.analyte)} {value}{_bracketed(judged)}"


def _range(low: float | None, high: float | None) -> str:
    if low is None:
        return f"up to {high:g}"
    return f"from {low:g}" if high is None else f"{low:g} to {high:g}"


def mention(named: Mention) -> str:
    """Return a medicine or allergy with its detail: "penicillin (rash)"."""
    return plain(named.name) + _bracketed(named.detail)


def case_parts(case: Case) -> tuple[tuple[str, str], ...]:
    """Return the case as understood, as pairs of a title and a text; parts with nothing in them are left out."""
    listed = [("Patient", patient(case))]
    listed += [(title, _listed(map(finding, case.with_status(status)))) for status, title in _STATUS_TITLES]
    listed += [
        ("Measured", _listed(map(measurement, case.measurements))),
        ("Takes", _listed(map(mention, case.medications))),
        ("Allergies", _listed(map(mention, case.allergies))),
    ]
    return tuple((title, text) for title, text in listed if text)


def case_line(case: Case) -> str:
    """Return the case in one line: what a chat shows after each change."""
    parts = dict(case_parts(case))
    words = {"Absent": "no ", "Past": "history of ", "Family": "family: ", "Uncertain": "perhaps ", "Takes": "takes "}
    words["Allergies"] = "allergic to "
    return "; ".join(words.get(title, "") + text for title, text in parts.items()) + "."


def danger(flag: RedFlag) -> str:
    """Return a danger sign and why it matters."""
    return f"{plain(flag.sign)}: {plain(flag.why)}" if flag.why else plain(flag.sign)


def urgency(found: Triage) -> str:
    """Return how soon the case should be seen, as a signpost, and its basis: "now. Danger sign: stridor"."""
    return f"{found.level}. {'; '.join(plain(said) for said in found.basis)}".rstrip(".") + "."


def not_to_be_missed(found: MustNotMiss) -> str:
    """Return a dangerous diagnosis that is not excluded, with what points to it: "stroke: face droop"."""
    pointing = _listed(plain(one.finding) for one in found.because)
    return f"{plain(found.name)}: {pointing}" if pointing else plain(found.name)


def excluded_by(found: MustNotMiss) -> str:
    """Return how a dangerous diagnosis is excluded and where that is written."""
    written = ", ".join(plain(part) for part in (found.source, found.source_url) if part)
    return f"To exclude it: {plain(found.exclude_by)}" + (f" ({written})" if written else "")


def danger_source(flag: RedFlag) -> str:
    """Return where a danger sign is written."""
    return ", ".join(plain(part) for part in (flag.source, flag.source_url) if part)


def evidence(given: Evidence, mark: str) -> str:
    """Return one reason with the mark of its citation, or with its basis: "chest pain [1]"."""
    text = plain(given.finding)
    if mark:
        text += f" {mark}"
    return text + _bracketed(given.basis)


def carried_by(diagnosis: Diagnosis) -> str:
    """Return the findings a diagnosis rests on most, the one it loses most without first: "nausea, sweating"."""
    return _listed(plain(carrier.finding) for carrier in diagnosis.carried_by[:CARRIERS])


def likelihood(diagnosis: Diagnosis, *, numbers: bool = False) -> str:
    """Return the band in words; with `numbers` the rank score too, which is not a calibrated chance."""
    band = diagnosis.likelihood.band
    return f"{band}, rank score {diagnosis.likelihood.score:.2f}" if numbers else band


def main_code(diagnosis: Diagnosis) -> str:
    """Return the one code that says most: the first ICD-10-CM code, else the first of another system."""
    known = diagnosis.codes
    first = Codes(icd10cm=known.icd10cm[:1], omim=known.omim[:1], orpha=known.orpha[:1])
    return codes(diagnosis.model_copy(update={"codes": first})).partition("; ")[0]


def codes(diagnosis: Diagnosis) -> str:
    """Return the codes of a diagnosis: "ICD-10-CM I21.9; OMIM:143470"."""
    known = diagnosis.codes
    listed = [f"ICD-10-CM {', '.join(known.icd10cm)}"] if known.icd10cm else []
    listed += [_prefixed("OMIM", known.omim), _prefixed("ORPHA", known.orpha)]
    return plain("; ".join(part for part in listed if part))


def next_question(asked: NextQuestion) -> str:
    """Return the next question and why it is asked."""
    return plain(f"{asked.question} {asked.reason}")


def place(document: CitedDocument) -> str:
    """Return where a quote stands: title, headings, page, issuer, date, address."""
    headings = [heading for heading in document.heading_path if heading != document.title]
    where = " > ".join(plain(part) for part in (document.title, *headings))
    rest = (_page(document), plain(document.issuer), plain(document.published), plain(document.url))
    return ", ".join(part for part in (where, *rest) if part)


def place_and_standing(document: CitedDocument) -> str:
    """Return where a quote stands, what kind of source that is where it is no guideline, and whether it still holds."""
    return place(document) + _bracketed(standing(document))


def source(document: CitedDocument) -> str:
    """Return which document this is: title, issuer, date, its kind where it is no guideline, and whether it still holds."""
    parts = (plain(document.title), plain(document.issuer), plain(document.published))
    return ", ".join(part for part in parts if part) + _bracketed(standing(document))


def section(document: CitedDocument) -> str:
    """Return where in its document a quote stands: headings and page."""
    headings = " > ".join(plain(heading) for heading in document.heading_path if heading != document.title)
    return ", ".join(part for part in (headings, _page(document)) if part)


def _page(document: CitedDocument) -> str:
    return f"p. {document.page}" if document.page is not None else ""


def marks(numbers: Iterable[int]) -> str:
    """Return the marks of several citations: "[5] [6]"."""
    return " ".join(f"[{number}]" for number in numbers)


def standing(document: CitedDocument) -> str:
    """Return what a reader must see of a source: that it no longer holds, or is less than a guideline; else ""."""
    told = standing_words(plain(document.superseded_by), plain(document.withdrawn))
    return "; ".join(part for part in (told, _kind(document)) if part)


def _kind(document: CitedDocument) -> str:
    kinds = {"reference": "reference work, not a guideline", "starter": "starter notes, not a guideline"}
    return plain(document.notice) or kinds.get(
        document.trust, "" if document.trust == "guideline" else "source of unknown standing"
    )


def conflict(found: Conflict, citations: Sequence[Citation], numbering: CitationNumbers) -> str:
    """Return what guidance differs on and what each body says: 'Guidance differs on ...: A (2022) says "..." [1]; ...'."""
    cited = [next(one for one in citations if one.number == number) for number in found.citations]
    said = (f'{_body(one.document)} says "{plain(one.quote)}" {numbering.mark(citations, one.number)}' for one in cited)
    return f"Guidance differs on {plain(found.about)}: {'; '.join(said)}"


def _body(document: CitedDocument) -> str:
    return plain(document.issuer or document.title) + _bracketed(document.published)


def adds(text: str, known: Iterable[str]) -> bool:
    """Say whether a text has a word that what is shown beside it has not: a repetition costs a reader time."""
    return not content_stems(text) <= content_stems(" ".join(known))


def moment(timestamp: str) -> str:
    """Return an ISO 8601 time to the minute: "2026-01-31 09:05 UTC"; what is no such time stays as it is."""
    try:
        made = datetime.fromisoformat(timestamp)
    except ValueError:
        return plain(timestamp)
    return f"{made:%Y-%m-%d %H:%M} {made.tzname() or ''}".rstrip()


def sentence(text: str) -> str:
    """Return a text with a capital first and a full stop last."""
    shown = plain(text)
    return shown[:1].upper() + shown[1:] + ("" if shown.endswith((".", "!", "?")) else ".") if shown else ""


def _listed(parts: Iterable[str]) -> str:
    return ", ".join(parts)


def _bracketed(text: str) -> str:
    return f" ({plain(text)})" if text else ""


def _prefixed(system: str, known: tuple[str, ...]) -> str:
    return ", ".join(code if code.startswith(f"{system}:") else f"{system}:{code}" for code in known)
