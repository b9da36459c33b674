"""Turn ranked candidates into the differential: evidence, next steps, treatment, each with verified citations.

Knows how an assessment is put together. Does not propose or rank, and shows nothing a quote does not carry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from assistant import reasoning
from assistant.assessment import (
    Advice,
    Assessment,
    Carrier,
    Codes,
    Conflict,
    Diagnosis,
    Evidence,
    Provenance,
    Unsupported,
)
from assistant.candidates import Candidate
from assistant.case import Case, Finding
from assistant.cautions import cautions
from assistant.differing import Differences, cited_conflict
from assistant.evidence import Dossier, Examined, Match, Matches, test_quotes, treatment_quotes
from assistant.expectation import weight_against
from assistant.grounding import Citations, Quote, support
from assistant.leave_one_out import carriers
from assistant.models.language_model import LanguageModel
from assistant.next_question import Inquiry, inquiry, next_question
from assistant.ranking import Ranked, age_mismatch, finding_weights, sex_mismatch
from index.document import Condition
from index.phenotypes import PhenotypeKnowledge

SHOWN = 10
WORDED = 3
# The leading diagnoses for which the findings they rest on are shown.
CARRIED = 3
SUPPORTING = 8
AGAINST = 4
MISSING = 4
TESTS = 3
TREATMENTS = 4
# The leading diagnoses for which guidance is compared: those that are shown with their treatment.
WITH_CONFLICTS = 3


@dataclass
class _Draft:
    """A diagnosis being put together: its candidate, its sentences and what was matched in them."""

    ranked: Ranked
    known: Dossier
    matches: Matches
    rationale: str = ""
    carried_by: tuple[Carrier, ...] = ()
    unsupported: list[Unsupported] = field(default_factory=list)


class Assembler:
    """Builds assessments from ranked and examined candidates, perhaps with a model."""

    def __init__(
        self,
        phenotypes: PhenotypeKnowledge | None,
        model: LanguageModel | None,
        differences: Differences | None = None,
    ) -> None:
        self._phenotypes = phenotypes
        self._model = model
        self._differences = differences

    def assemble(
        self, case: Case, ranked: Sequence[Ranked], progress: Callable[[str], None], *, summarise: bool = True
    ) -> Assessment:
        """Return the assessment without danger signs and provenance, which the assistant adds."""
        progress("collecting evidence")
        drafts = [
            _Draft(one, one.examined.known, one.examined.matches)
            for one in ranked
            if one.examined and _has_evidence(one, one.examined)
        ][:SHOWN]
        if not drafts:
            return Assessment(case=case, provenance=_UNSTAMPED)
        leading = [draft.ranked.candidate.condition.name for draft in drafts[:CARRIED]]
        carried = carriers(case, ranked, leading, self._phenotypes)
        _most_telling_first(drafts, carried, finding_weights(ranked))
        summary = ""
        if self._model is not None:
            for draft in drafts[:WORDED]:
                progress(f"checking {draft.ranked.candidate.condition.name}")
                self._let_model_pick(case, draft, self._model)
            if summarise:
                progress("summarising")
                summary = reasoning.summarise(case, self._model)
        asked = inquiry(case, ranked, self._is_a, self._phenotypes)
        _most_telling_missing_first(drafts, asked)
        differential = tuple(self._diagnosis(case, draft, place) for place, draft in enumerate(drafts))
        return Assessment(
            case=case,
            summary=summary or reasoning.brief(case).capitalize(),
            differential=differential,
            next_question=next_question(asked),
            unsupported=tuple(statement for draft in drafts for statement in draft.unsupported),
            provenance=_UNSTAMPED,
        )

    def _is_a(self, term: str, ancestor: str) -> bool:
        return term == ancestor or (self._phenotypes is not None and self._phenotypes.is_a(term, ancestor))

    def _let_model_pick(self, case: Case, draft: _Draft, model: LanguageModel) -> None:
        """Let the model choose what tells most; keep its own words only where quotes and case cover them."""
        name = draft.ranked.candidate.condition.name
        labels = [worded(found.finding) for found in draft.matches.supporting][:SUPPORTING]
        sentences = _sentences_for_model(draft)
        picked = reasoning.pick(case, name, labels, sentences, model)
        draft.matches.supporting.sort(key=lambda found: worded(found.finding) not in picked.findings)
        if picked.findings:
            draft.rationale = f"Most telling for {name}: {', '.join(picked.findings)}."
        if not picked.because:
            return
        checked = support(picked.because, [quote.text for quote in sentences], context=[case.narrative, name])
        if checked.supported:
            draft.rationale = picked.because
        elif reasoning.worth_showing(picked.because):
            draft.unsupported.append(Unsupported(statement=picked.because, reason=f"said of {name}: {checked.reason}"))

    def _diagnosis(self, case: Case, draft: _Draft, place: int) -> Diagnosis:
        made = Citations()
        condition = draft.ranked.candidate.condition
        supporting = tuple(_evidence(found, made) for found in draft.matches.supporting[:SUPPORTING])
        against = tuple(_evidence(found, made) for found in draft.matches.against[:AGAINST])
        return Diagnosis(
            name=condition.name,
            codes=Codes(icd10cm=condition.icd10cm, omim=condition.omim, orpha=condition.orpha),
            likelihood=draft.ranked.likelihood,
            rationale=draft.rationale,
            supporting=supporting + self._phenotype_evidence(case, draft),
            against=against + _demographic_evidence(case, draft.ranked.candidate),
            missing=tuple(
                Evidence(finding=found.finding.label, citation=made.number(found.quote))
                for found in draft.matches.missing[:MISSING]
            ),
            carried_by=draft.carried_by,
            next_steps=_advice(test_quotes(draft.known, TESTS), made, lambda text: ()),
            treatment=_advice(treatment_quotes(draft.known, case, TREATMENTS), made, lambda text: cautions(text, case)),
            conflicts=self._conflicts(condition, made) if place < WITH_CONFLICTS else (),
            citations=made.all(),
        )

    def _conflicts(self, condition: Condition, made: Citations) -> tuple[Conflict, ...]:
        """Return what guidance on a condition does not agree on, each side with its citation."""
        found = self._differences.about(condition) if self._differences is not None else ()
        return tuple(cited_conflict(one, made) for one in found)

    def _phenotype_evidence(self, case: Case, draft: _Draft) -> tuple[Evidence, ...]:
        """Return findings that HPO annotates for the disease and that no quote of the index already supports."""
        found = draft.ranked.candidate.phenotype
        if found is None or self._phenotypes is None:
            return ()
        quoted = {one.finding.label for one in draft.matches.supporting}
        mine = {finding.hpo: finding for finding in case.findings if finding.hpo and finding.status != "absent"}
        evidence = []
        for term, share in sorted(found.by_finding, key=lambda entry: -entry[1]):
            if share > 0.5 and term in mine and mine[term].label not in quoted:
                evidence.append(self._annotation(mine[term], found.id, found.name, self._phenotypes))
        return tuple(evidence[:SUPPORTING])

    def _annotation(self, finding: Finding, disease: str, name: str, known: PhenotypeKnowledge) -> Evidence:
        frequency = known.frequency(disease, finding.hpo)
        how = "a related term is annotated" if frequency is None else f"annotated in {frequency:.0%} of patients"
        return Evidence(
            finding=finding.label,
            case_span=finding.spans[0] if finding.spans else None,
            basis=f"{known.version}, {disease} {name}: {how}",
        )


_UNSTAMPED = Provenance(wardround="", created="", model="")


def _most_telling_first(
    drafts: Sequence[_Draft], carried: Mapping[str, tuple[Carrier, ...]], weights: Mapping[str, float]
) -> None:
    """Order what speaks for and against a diagnosis by how far it moves it.

    For comes first what the diagnosis loses most without, then what the fewest candidates explain, last what is absent.
    """
    for draft in drafts:
        draft.carried_by = carried.get(draft.ranked.candidate.condition.name, ())
        losses = {carrier.finding: carrier.loss for carrier in draft.carried_by}

        def moves(found: Match, losses: Mapping[str, float] = losses) -> tuple[float, float]:
            return losses.get(found.finding.label, 0.0), weights.get(found.finding.label, 0.0)

        draft.matches.supporting.sort(key=moves, reverse=True)
        draft.matches.against.sort(key=weight_against, reverse=True)


def _most_telling_missing_first(drafts: Sequence[_Draft], asked: Inquiry | None) -> None:
    """Order what is missing by how far knowing it would move the diagnosis; what cannot be asked for is left out."""
    for draft in drafts:
        moves = asked.movement(draft.ranked.candidate.condition.name) if asked is not None else {}
        telling = [found for found in draft.matches.missing if found.finding.label in moves]
        draft.matches.missing = sorted(telling, key=lambda found: -moves[found.finding.label])


def _sentences_for_model(draft: _Draft) -> tuple[Quote, ...]:
    """Return the sentences that matter most, matched ones first: a prompt costs time by its length."""
    matched = [one.quote for one in (*draft.matches.supporting, *draft.matches.against)]
    rest = draft.known.of("presentation")
    return tuple(dict.fromkeys([*matched, *rest]))[: reasoning.SENTENCES_SHOWN]


def _has_evidence(ranked: Ranked, examined: Examined) -> bool:
    """Say whether anything in the case was found in a quote or an annotation: without it a name is only a guess."""
    return bool(examined.matches.supporting or ranked.candidate.phenotype)


def _evidence(found: Match, made: Citations) -> Evidence:
    span = found.finding.spans[0] if found.finding.spans else None
    return Evidence(finding=worded(found.finding), case_span=span, citation=made.number(found.quote))


def worded(finding: Finding) -> str:
    """Return a finding with its status in words: "no fever", "history of gout"."""
    return {"absent": f"no {finding.label}", "past": f"history of {finding.label}"}.get(finding.status, finding.label)


def _advice(
    found: Sequence[Quote], made: Citations, cautions_of: Callable[[str], tuple[str, ...]]
) -> tuple[Advice, ...]:
    return tuple(
        Advice(
            text=quote.text,
            citation=made.number(quote),
            cautions=(*quote.standing_cautions, *cautions_of(quote.text)),
        )
        for quote in found
    )


def _demographic_evidence(case: Case, candidate: Candidate) -> tuple[Evidence, ...]:
    condition = candidate.condition
    found = []
    if age_mismatch(condition.ages, case.age_years):
        found.append(Evidence(finding="age", basis=f"described in: {', '.join(condition.ages)}"))
    if sex_mismatch(condition.sex, case.sex):
        found.append(Evidence(finding="sex", basis=f"occurs in the {condition.sex} sex"))
    return tuple(found)
