"""Propose the conditions that could explain a case, each with the evidence that proposed it.

Two sources propose: passages of the guideline index, grouped by the condition they are about, and diseases whose
annotated phenotypes fit the findings. Knows where candidates come from. Does not know how they are weighed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from assistant.case import Case, Finding, Status, age_in_words
from assistant.disease_names import keys, merged
from index.document import Condition, Document, Hit
from index.guideline_index import GuidelineIndex
from index.phenotypes import DiseaseMatch, PhenotypeKnowledge
from index.search import Query
from index.sentences import sentence_spans

PASSAGES_PER_QUERY = 200
PHENOTYPE_CANDIDATES = 20
# Below this summed log10 likelihood ratio a disease fits no better than many others do by chance.
LEAST_PHENOTYPE_SCORE = 3.0
# Unless hardly any other disease fits better.
LEAST_PHENOTYPE_PROBABILITY = 0.05
LEAST_CODED_FINDINGS = 3
# What stands in every case and tells of none: "vital signs are within normal limits".
_NORMAL = re.compile(
    r"\b(?:unremarkable|non-?contributory|within (?:the )?(?:normal|reference)|normal|no abnormalit\w*|up[ -]to[ -]date)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[,;]| and | but ")
_SUSCEPTIBILITY = re.compile(r"\bsusceptibility to\b", re.IGNORECASE)
_UNTELLING: tuple[Status, ...] = ("absent", "family")


@dataclass(frozen=True)
class Candidate:
    """A condition, the documents about it, and the raw evidence for it.

    `narrative_hits` and `finding_hits` are the passages found by the case's words and by its findings alone, best first.
    """

    condition: Condition
    documents: tuple[Document, ...] = ()
    narrative_hits: tuple[Hit, ...] = ()
    finding_hits: tuple[Hit, ...] = ()
    phenotype: DiseaseMatch | None = None


@dataclass
class _Group:
    condition: Condition
    keys: set[str]
    others: list[Condition] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)
    hits: dict[str, list[Hit]] = field(default_factory=lambda: defaultdict(list))
    phenotype: DiseaseMatch | None = None

    def candidate(self) -> Candidate:
        return Candidate(
            merged(self.condition, self.others),
            tuple(self.documents.values()),
            tuple(self.hits["narrative"]),
            tuple(self.hits["findings"]),
            self.phenotype,
        )


def told_narrative(case: Case) -> str:
    """Return the narrative without what it denies, what runs in the family, and what it says is normal.

    Negated findings must not attract, and neither must normal ones: they stand in every case. On 500 development vignettes
    leaving out what is normal placed the diagnosis first in 19.2 instead of 18.4 of 100 (LOG.md).
    """
    text = list(case.narrative)
    spans = [span for finding in case.with_status(*_UNTELLING) for span in finding.spans]
    spans += [one.span for one in case.measurements if one.span and one.flag == "normal"]
    for span in spans:
        text[span.start : span.end] = " " * (span.end - span.start)
    told = "".join(text)
    kept = " ".join(_without_normal(told[start:end]) for start, end in sentence_spans(told))
    return " ".join(kept.split()) or " ".join(told.split())


def _without_normal(sentence: str) -> str:
    """Return a sentence without the clauses that say something is normal."""
    if not _NORMAL.search(sentence):
        return sentence
    return " ".join(clause for clause in _CLAUSE.split(sentence) if not _NORMAL.search(clause))


def telling_findings(case: Case) -> tuple[Finding, ...]:
    """Return the findings that count towards a diagnosis: present first, then past and uncertain ones."""
    return case.with_status("present") + case.with_status("past", "uncertain")


def propose(case: Case, index: GuidelineIndex, phenotypes: PhenotypeKnowledge | None) -> list[Candidate]:
    """Return every condition that the index or the phenotype knowledge proposes for the case, unranked."""
    groups: list[_Group] = []
    by_key: dict[str, _Group] = {}
    for name, query in queries(case):
        for hit in index.search(query, limit=PASSAGES_PER_QUERY):
            if hit.document.condition is not None:
                group = _group(hit.document.condition, groups, by_key)
                group.documents.setdefault(hit.document.id, hit.document)
                group.hits[name].append(hit)
    for match in _phenotype_matches(case, phenotypes):
        group = _group(_coded(match), groups, by_key)
        if group.phenotype is None or match.probability > group.phenotype.probability:
            group.phenotype = match
    return [group.candidate() for group in groups]


def queries(case: Case) -> Iterable[tuple[str, Query]]:
    """Yield what the index is asked about a case: its narrative without what is absent, and its findings alone."""
    labels = tuple(finding.label for finding in telling_findings(case))
    narrative = told_narrative(case)
    if narrative:
        yield "narrative", Query(text=narrative, phrases=(narrative, *labels), candidates=PASSAGES_PER_QUERY)
    if labels:
        yield "findings", Query(text=_who(case) + ", ".join(labels), phrases=labels, candidates=PASSAGES_PER_QUERY)


def _who(case: Case) -> str:
    age = "" if case.age_years is None else f"{age_in_words(case.age_years)} "
    return f"{age}{case.sex if case.sex != 'unknown' else 'patient'} with " if age or case.sex != "unknown" else ""


def _group(condition: Condition, groups: list[_Group], by_key: dict[str, _Group]) -> _Group:
    """Return the group this condition belongs to: one it shares its own name with, or that bears one of its synonyms."""
    own = keys(Condition(name=condition.name))
    known = next((by_key[key] for key in sorted(own) if key in by_key), None) or next(
        (by_key[key] for key in sorted(keys(condition)) if key in by_key and key in by_key[key].keys), None
    )
    if known is None:
        known = _Group(condition, set(own))
        groups.append(known)
    elif condition != known.condition and condition not in known.others:
        known.others.append(condition)
    for key in own | keys(condition):
        by_key.setdefault(key, known)
    return known


def is_coded(case: Case) -> bool:
    """Say whether a case is nothing but coded findings, as `CaseReader.from_phenotypes` makes it from HPO ids."""
    text = list(case.narrative)
    for span in (span for finding in case.findings for span in finding.spans):
        text[span.start : span.end] = " " * (span.end - span.start)
    left = {word for word in "".join(text).replace(";", " ").split() if word != "no"}
    return bool(case.findings) and all(finding.hpo for finding in case.findings) and not left


def _phenotype_matches(case: Case, phenotypes: PhenotypeKnowledge | None) -> Sequence[DiseaseMatch]:
    present = [finding.hpo for finding in telling_findings(case) if finding.hpo]
    coded = is_coded(case)
    if phenotypes is None or (len(present) < LEAST_CODED_FINDINGS and not coded):
        return ()
    absent = [finding.hpo for finding in case.with_status("absent") if finding.hpo]
    matches = phenotypes.rank(present, absent, limit=PHENOTYPE_CANDIDATES)
    return [match for match in matches if coded or _fits(match)]


def _fits(match: DiseaseMatch) -> bool:
    if _SUSCEPTIBILITY.search(match.name):
        return False  # a gene that raises the risk of a disease is no diagnosis of a patient who has its signs
    return match.score >= LEAST_PHENOTYPE_SCORE or match.probability >= LEAST_PHENOTYPE_PROBABILITY


def _coded(match: DiseaseMatch) -> Condition:
    ids = match.ids or (match.id,)
    omim, orpha = (tuple(one for one in ids if one.startswith(f"{catalogue}:")) for catalogue in ("OMIM", "ORPHA"))
    return Condition(name=match.name, frequency="rare", omim=omim, orpha=orpha)
