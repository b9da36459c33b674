"""Propose the conditions that could explain a case, each with the evidence that proposed it.

Two sources propose: passages of the guideline index, grouped by the condition they are about, and diseases whose
annotated phenotypes fit the findings. Knows where candidates come from. Does not know how they are weighed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from assistant.case import Case, Finding, Status
from assistant.disease_names import keys, merged
from index.document import Condition, Document, Hit
from index.guideline_index import GuidelineIndex
from index.phenotypes import DiseaseMatch, PhenotypeKnowledge
from index.search import Query

PASSAGES_PER_QUERY = 200
PHENOTYPE_CANDIDATES = 20
# Below this summed log10 likelihood ratio a disease fits no better than many others do by chance.
LEAST_PHENOTYPE_SCORE = 3.0
LEAST_CODED_FINDINGS = 3
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
    """Return the narrative without what is absent or belongs to the family: negated findings must not attract."""
    text = list(case.narrative)
    for finding in case.with_status(*_UNTELLING):
        for span in finding.spans:
            text[span.start : span.end] = " " * (span.end - span.start)
    return " ".join("".join(text).split())


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
        if group.phenotype is None or match.score > group.phenotype.score:
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
    age = "" if case.age_years is None else f"{case.age_years:.0f}-year-old "
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


def _phenotype_matches(case: Case, phenotypes: PhenotypeKnowledge | None) -> Sequence[DiseaseMatch]:
    present = [finding.hpo for finding in telling_findings(case) if finding.hpo]
    if phenotypes is None or len(present) < LEAST_CODED_FINDINGS:
        return ()
    absent = [finding.hpo for finding in case.with_status("absent") if finding.hpo]
    matches = phenotypes.rank(present, absent, limit=PHENOTYPE_CANDIDATES)
    return [match for match in matches if match.score >= LEAST_PHENOTYPE_SCORE]


def _coded(match: DiseaseMatch) -> Condition:
    prefix = match.id.split(":")[0]
    codes = {"omim": (match.id,)} if prefix == "OMIM" else {"orpha": (match.id,)}
    return Condition(name=match.name, frequency="rare", **codes)
