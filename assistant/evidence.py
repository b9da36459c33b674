"""What the index says about one condition, held against the findings of a case, sentence by sentence.

Knows findings and quotes. Does not rank, and does not ask a model: these are the reasons that stand without one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice

from assistant.candidates import Candidate, telling_findings
from assistant.case import Case, Finding
from assistant.grounding import Quote, quotes
from assistant.one_sex import fits_sex
from assistant.reading.tables import lines
from assistant.words import content_stems, negated
from index.document import Document, Status
from index.guideline_index import GuidelineIndex
from index.sections import SectionKind, section_kind

FindingsOf = Callable[[str], tuple[Finding, ...]]
IsA = Callable[[str, str], bool]

DOCUMENTS_PER_CONDITION = 3
PASSAGES_PER_DOCUMENT = 24
# What is current counts first, whoever issued what is not.
STANDINGS: dict[Status, int] = {"current": 0, "superseded": 1, "withdrawn": 2}
_TRUST_ORDER = {"guideline": 0, "starter": 1, "reference": 2, "unknown": 3}
# Where a condition is described. Danger signs and differentials describe something else: a complication, another disease.
_DESCRIBING: tuple[SectionKind, ...] = ("presentation", "other")
_OTHER_PATIENTS = {
    "child": re.compile(
        r"^(in |for )?(the )?(newborn|neonat|infant|child|toddler|paediatric|pediatric|babies)", re.IGNORECASE
    ),
    "adult": re.compile(r"^(in |for )?(the )?(adult|older|elderly)", re.IGNORECASE),
    "male": re.compile(r"^(in |for )?men\b", re.IGNORECASE),
    "female": re.compile(r"^(in |for )?(women|pregnan|breast-?feeding)", re.IGNORECASE),
    "pregnant": re.compile(r"^(in |for |during )?pregnan", re.IGNORECASE),
}
# What opens or marks a sentence on treatment that is written for such a patient.
_FOR_THE_ALLERGIC = re.compile(r"\ballerg(?:y|ic)\b", re.IGNORECASE)
# What may come, or comes late, and does not: its absence does not speak against the condition.
HEDGED = re.compile(
    r"\b(?:may|might|can|sometimes|occasional(?:ly)?|rare(?:ly)?|some|often absent|complications?|late|not always)\b",
    re.IGNORECASE,
)
_ADULT_YEARS, _CHILD_YEARS = 18, 12
# A sentence that opens by naming a form, a stage or a group speaks of that one only.
_SUBSET = re.compile(r"[^:.;]{3,60}:\s")


# Guidelines state what treatment is to achieve, then what to do, last what to give; a suggestion begins with the last.
_GOAL = re.compile(r"\b(goals?|objectives?|aims?)\b", re.IGNORECASE)
_DRUG = re.compile(r"(?<!non-)(?<!non )\bdrugs?\b|first.?line|(?<!non-)pharmacolog|medicin", re.IGNORECASE)


@cache
def _not_guidance() -> re.Pattern[str]:
    return re.compile("|".join(lines("not_guidance.txt")), re.IGNORECASE)


@dataclass(frozen=True)
class Dossier:
    """All sentences of the documents about one condition, by the kind of section they stand in."""

    sections: dict[SectionKind, tuple[Quote, ...]]

    def of(self, *kinds: SectionKind) -> tuple[Quote, ...]:
        """Return the sentences of these kinds of section, in the order of the kinds."""
        return tuple(quote for kind in kinds for quote in self.sections.get(kind, ()))


@dataclass(frozen=True)
class Match:
    """A finding of the case (or one it lacks) and the sentence that makes it count."""

    finding: Finding
    quote: Quote


@dataclass
class Matches:
    """The findings that speak for and against a condition, those not yet known, and all that are described of it."""

    supporting: list[Match] = field(default_factory=list)
    against: list[Match] = field(default_factory=list)
    missing: list[Match] = field(default_factory=list)
    described: tuple[Match, ...] = ()


@dataclass(frozen=True)
class Examined:
    """What the index says about a candidate, and what of it the case shows, denies and leaves open."""

    known: Dossier
    matches: Matches


class Examiner:
    """Holds candidates against the findings of a case, with one index and one reader of findings."""

    def __init__(self, index: GuidelineIndex, findings_of: FindingsOf, is_a: IsA) -> None:
        self._index = index
        self._findings_of = findings_of
        self._is_a = is_a

    def examine(self, case: Case, candidate: Candidate) -> Examined:
        """Return the sentences about a candidate and what of the case they match."""
        known = dossier(candidate, self._index)
        return Examined(known, match(case, known, self._findings_of, self._is_a))


def dossier(candidate: Candidate, index: GuidelineIndex) -> Dossier:
    """Collect the sentences about a candidate: current documents first, of these the most trusted ones.

    A withdrawn document is read only where there is nothing else.
    """
    sections: dict[SectionKind, list[Quote]] = {}
    holding = [one for one in candidate.documents if one.standing != "withdrawn"] or candidate.documents
    ordered = sorted(holding, key=lambda one: (STANDINGS[one.standing], _TRUST_ORDER[one.trust]))
    for document in ordered[:DOCUMENTS_PER_CONDITION]:
        for passage in islice(index.passages_of(document.id), PASSAGES_PER_DOCUMENT):
            telling = (quote for quote in quotes(passage, document) if not _not_guidance().search(quote.text))
            sections.setdefault(section_kind(passage.heading_path), []).extend(telling)
    return Dossier({kind: tuple(found) for kind, found in sections.items()})


def match(case: Case, known: Dossier, findings_of: FindingsOf, is_a: IsA) -> Matches:
    """Hold every finding of the case against every sentence that describes the condition.

    A finding the sentence also states speaks for the condition, one stated with the opposite status against it. A finding
    of the description that the case does not mention is missing. Where the dictionary reads nothing, a sentence that
    holds all content words of a present finding, and no negation, speaks for it too.
    """
    result = Matches()
    described = [
        (quote, findings_of(quote.text)) for quote in known.of(*_DESCRIBING) if not for_other_patients(quote.text, case)
    ]
    for finding in (*most_specific(telling_findings(case), is_a), *case.with_status("absent")):
        for_it, against_it = _best_matches(finding, described, is_a)
        if for_it is not None:
            result.supporting.append(Match(finding, for_it))
        elif against_it is not None:
            result.against.append(Match(finding, against_it))
    result.missing = _missing(case, described, is_a)
    result.described = tuple(Match(finding, quote) for quote, stated in described for finding in stated)
    return result


def most_specific(findings: Sequence[Finding], is_a: IsA) -> tuple[Finding, ...]:
    """Return the findings without those that another of the same status already says: pain, beside chest pain."""
    return tuple(
        finding
        for finding in findings
        if not any(
            finding.hpo and other.hpo != finding.hpo and other.status == finding.status and is_a(other.hpo, finding.hpo)
            for other in findings
        )
    )


def _best_matches(
    finding: Finding, described: Iterable[tuple[Quote, tuple[Finding, ...]]], is_a: IsA
) -> tuple[Quote | None, Quote | None]:
    """Return the closest sentence that agrees with the finding and the closest that states the opposite.

    A sentence that names the finding itself is closer than one that names a wider one, or that only holds its words; of
    equally close ones the first counts.
    """
    closest: dict[bool, tuple[int, Quote]] = {}
    for quote, stated in described:
        said = _said_of(finding, quote, stated, is_a)
        if said is None:
            continue
        agrees, distance = said
        if not agrees and (_SUBSET.match(quote.text) or (finding.status == "absent" and HEDGED.search(quote.text))):
            continue  # "Disseminated disease: fever" says nothing against a patient without fever
        if agrees not in closest or distance < closest[agrees][0]:
            closest[agrees] = (distance, quote)
    return (closest[True][1] if True in closest else None, closest[False][1] if False in closest else None)


def _said_of(finding: Finding, quote: Quote, stated: Sequence[Finding], is_a: IsA) -> tuple[bool, int] | None:
    """Return whether a sentence agrees with a finding and at which distance, None where it does not speak of it."""
    same = [other for other in stated if same_finding(finding, other, is_a) and other.status in ("present", "absent")]
    named = next((other for other in same if other.label == finding.label or other.hpo == finding.hpo != ""), None)
    if same:
        chosen = named or same[0]
        return (chosen.status == "absent") == (finding.status == "absent"), 0 if named else 1
    wanted = content_stems(finding.label)
    held_by_another = any(wanted <= content_stems(other.label) for other in stated)  # "pain" in "chest pain"
    if finding.status == "absent" or not wanted or held_by_another or negated(quote.text):
        return None
    return (True, 2) if wanted <= content_stems(quote.text) else None


def same_finding(case_finding: Finding, described: Finding, is_a: IsA) -> bool:
    """Say whether the case's finding is the described one, or a more specific form of it."""
    if case_finding.label == described.label:
        return True
    if not (case_finding.hpo and described.hpo):
        return False
    narrow, wide = case_finding.hpo, described.hpo
    if case_finding.status == "absent":
        # The absence of pain excludes colic; the absence of colic does not exclude pain.
        narrow, wide = wide, narrow
    return is_a(narrow, wide)


def _missing(case: Case, described: Sequence[tuple[Quote, tuple[Finding, ...]]], is_a: IsA) -> list[Match]:
    missing: dict[str, Match] = {}
    for quote, stated in described:
        if section_kind(quote.passage.heading_path) != "presentation":
            continue
        for other in stated:
            mentioned = any(
                same_finding(mine.model_copy(update={"status": "present"}), other, is_a) for mine in case.findings
            )
            if other.status == "present" and not mentioned and fits_sex(other, case.sex, is_a):
                missing.setdefault(other.label, Match(other, quote))
    return list(missing.values())


def treatment_quotes(known: Dossier, case: Case, limit: int) -> tuple[Quote, ...]:
    """Return the first sentences on treatment that fit the patient, those written for such a patient first.

    Those on medicines come before those on other measures, and goals last; those for other patients, and those of guidance
    that is no longer current, are returned only if nothing else is left.
    """
    found = _of_best_standing(known.of("treatment"))
    fitting = [quote for quote in found if not for_other_patients(quote.text, case)]

    def place(quote: Quote) -> tuple[bool, int]:
        return not _for_such_a_patient(quote.text, case), _treatment_step(quote)

    return tuple(sorted(fitting or found, key=place)[:limit])


def _treatment_step(quote: Quote) -> int:
    """Return 0 for a sentence on what to give, 1 for other measures, 2 for goals, by the headings it stands under."""
    headings = " > ".join(quote.passage.heading_path)
    return 2 if _GOAL.search(headings) else 0 if _DRUG.search(headings) else 1


def _for_such_a_patient(text: str, case: Case) -> bool:
    """Say whether a sentence is written for the patient's allergy, pregnancy or childhood."""
    child = case.age_years is not None and case.age_years < _CHILD_YEARS
    return bool(
        (case.allergies and _FOR_THE_ALLERGIC.search(text))
        or (case.pregnant and _OTHER_PATIENTS["pregnant"].match(text))
        or (child and _OTHER_PATIENTS["child"].match(text))
    )


def test_quotes(known: Dossier, limit: int) -> tuple[Quote, ...]:
    """Return the first sentences on examination and tests."""
    return _of_best_standing(known.of("tests"))[:limit]


def _of_best_standing(found: Sequence[Quote]) -> tuple[Quote, ...]:
    """Return the sentences of current documents; of superseded or withdrawn ones only where there are no others."""
    best = min((STANDINGS[quote.document.standing] for quote in found), default=0)
    return tuple(quote for quote in found if STANDINGS[quote.document.standing] == best)


def sentences_about(documents: Sequence[Document], index: GuidelineIndex) -> tuple[Quote, ...]:
    """Return every sentence of these documents."""
    return tuple(
        quote
        for document in documents
        for passage in index.passages_of(document.id)
        for quote in quotes(passage, document)
    )


def for_other_patients(text: str, case: Case) -> bool:
    """Say whether a sentence opens with a group of patients that this one does not belong to."""
    adult = case.age_years is not None and case.age_years >= _ADULT_YEARS
    child = case.age_years is not None and case.age_years < _CHILD_YEARS
    ruled_out = {
        "child": adult,
        "adult": child,
        "male": case.sex == "female",
        "female": case.sex == "male",
        "pregnant": case.pregnant is False or case.sex == "male",
    }
    return any(out and _OTHER_PATIENTS[group].match(text) for group, out in ruled_out.items())
