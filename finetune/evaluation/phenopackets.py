"""Rare diseases from coded findings: how often the confirmed diagnosis of a published patient is among the first.

The data set is a sample of the Phenopacket Store. The weights of the phenotype model were fitted on a part of its diseases,
and the annotations may stem from the very articles that the patients do. A part of the diseases is not annotated in the
knowledge at hand, and can only be missed; the figures on the others are told apart. Does not know how diseases are ranked.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.assessment import Codes, Diagnosis, Likelihood
from assistant.assistant import Assistant
from assistant.errors import UsageError
from finetune.cases import GoldCase, read_cases
from finetune.evaluation.diagnosing import matcher_of
from finetune.evaluation.intervals import mean_figure
from finetune.evaluation.measure import Figure, Item, Outcome
from index.phenotypes import DiseaseMatch, PhenotypeKnowledge

FILE = "phenopackets-rare/phenopackets_sample.jsonl"
TARGETS: Mapping[int, float] = {1: 0.62, 10: 0.78}
NAMES = {1: "gold first", 10: "gold among ten"}
MOST_SECONDS = 0.3
LISTED = 10
_UNWEIGHED = Likelihood(band="unlikely", score=0.0)


class Phenopackets:
    """How often the diagnosis is first and among ten, in the assessment and in the phenotype ranking alone."""

    name = "phenopackets"

    def items(self, mirror: Path, limit: int | None, seed: int) -> Sequence[Item]:
        """Return the patients, or a seeded sample."""
        return [Item(case.id, case) for case in packets(mirror, limit, seed)]

    def judge(self, item: Item, assistant: Assistant) -> Outcome:
        """Return where the diagnosis stands.

        Raises UsageError without phenotype data.
        """
        patient: GoldCase = item.content
        knowledge = knowledge_of(assistant)
        present, absent = known_terms(patient.present, knowledge), known_terms(patient.absent, knowledge)
        started = time.perf_counter()
        listed = as_diagnoses(knowledge.rank(present, absent, limit=LISTED))
        seconds = time.perf_counter() - started
        case = assistant.read_phenotypes(present, absent, patient.age, patient.sex) if present else None
        served = assistant.assess(case) if case is not None else None
        return {
            "gold": patient.gold,
            "annotated": is_annotated(patient, knowledge, assistant),
            "unknown_terms": len(patient.present) + len(patient.absent) - len(present) - len(absent),
            "place": place_of(patient, served.differential if served is not None else (), assistant),
            "ranked": place_of(patient, listed, assistant),
            "rank_seconds": seconds,
            "cost": served.provenance.seconds if served is not None else 0.0,
        }

    def figures(self, outcomes: Sequence[Outcome], seed: int) -> Sequence[Figure]:
        """Return the shares of all, of those whose disease is annotated, of the ranking alone, and its time."""
        annotated = [one for one in outcomes if one["annotated"]]
        return [
            *place_figures(self.name, outcomes, seed, targets=TARGETS),
            mean_figure(self.name, "gold is annotated", [one["annotated"] for one in outcomes], seed),
            *place_figures(self.name, annotated, seed, ", of these"),
            *place_figures(self.name, outcomes, seed, ", phenotypes alone", key="ranked"),
            mean_figure(
                self.name,
                "seconds to rank",
                [one["rank_seconds"] for one in outcomes],
                seed,
                unit="s",
                target=MOST_SECONDS,
                least=False,
            ),
        ]

    def details(self, outcomes: Sequence[Outcome], seed: int) -> Mapping[str, Any]:
        """Return what a whole assessment costs, and how many terms the knowledge did not have."""
        return {
            "median seconds an assessment": statistics.median([one["cost"] for one in outcomes] or [0.0]),
            "terms not known": sum(one["unknown_terms"] for one in outcomes),
        }


def packets(mirror: Path, limit: int | None, seed: int) -> list[GoldCase]:
    """Return the patients of the sample. Raises UsageError where it is not there."""
    file = mirror / FILE
    if not file.is_file():
        raise UsageError(f"the data set is not there: {file}")
    return read_cases(file, limit=limit, seed=seed)


def knowledge_of(assistant: Assistant) -> PhenotypeKnowledge:
    """Return the assistant's phenotype knowledge. Raises UsageError where it has none."""
    if assistant.phenotypes is None:
        raise UsageError("rare diseases cannot be ranked without phenotype data; run 'wardround models get hpo'")
    return assistant.phenotypes


def known_terms(terms: Sequence[str], knowledge: PhenotypeKnowledge) -> tuple[str, ...]:
    """Return the terms that this release of the ontology has."""
    return tuple(term for term in terms if knowledge.name(term))


def as_diagnoses(matches: Sequence[DiseaseMatch]) -> list[Diagnosis]:
    """Return ranked diseases in the form that a differential has, so that one rule judges both."""
    return [Diagnosis(name=one.name, codes=_codes(one.ids), likelihood=_UNWEIGHED) for one in matches]


def is_annotated(patient: GoldCase, knowledge: PhenotypeKnowledge, assistant: Assistant) -> bool:
    """Say whether the phenotype knowledge has the diagnosis, by its id or by its name."""
    if patient.gold_code in knowledge.disease_names:
        return True
    matcher = matcher_of(assistant)
    return any(
        matcher.rule_by_name(name, patient.gold) == "same name" for _, names in knowledge.diseases for name in names
    )


def place_of(patient: GoldCase, differential: Sequence[Diagnosis], assistant: Assistant) -> int | None:
    """Return the 1-based place of the diagnosis, or None."""
    found = matcher_of(assistant).rank(differential, patient.gold, patient.gold_code)
    return found[0] if found else None


def place_figures(
    measure: str,
    outcomes: Sequence[Outcome],
    seed: int,
    which: str = "",
    *,
    key: str = "place",
    targets: Mapping[int, float] | None = None,
) -> list[Figure]:
    """Return how often the place under `key` is first and among ten."""
    return [
        mean_figure(
            measure,
            f"{name}{which}",
            [one[key] is not None and one[key] <= limit for one in outcomes],
            seed,
            target=(targets or {}).get(limit),
        )
        for limit, name in NAMES.items()
    ]


def _codes(ids: Sequence[str]) -> Codes:
    return Codes(
        omim=tuple(one for one in ids if one.startswith("OMIM:")),
        orpha=tuple(one for one in ids if one.startswith("ORPHA:")),
    )
