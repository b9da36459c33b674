"""The patients of the phenopackets written as text, without codes: whether a told case is ranked as well as a coded one.

The text is written by code, seeded by the patient's id: findings by their label or a synonym, in sentences of several forms;
what was looked for and not found as denials; and a relative with an illness that is not the patient's. Told apart are the
assessment, the phenotype ranking of what was read, and the reading itself. Does not know how text is read.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.assistant import Assistant
from assistant.case import Case
from finetune.cases import GoldCase
from finetune.evaluation.diagnosing import assessed
from finetune.evaluation.intervals import mean_figure
from finetune.evaluation.measure import Figure, Item, Outcome
from finetune.evaluation.phenopackets import (
    LISTED,
    as_diagnoses,
    is_annotated,
    knowledge_of,
    known_terms,
    packets,
    place_figures,
    place_of,
)
from index.phenotypes import PhenotypeKnowledge

# Text may cost eight points of what codes reach.
TARGETS: Mapping[int, float] = {1: 0.54, 10: 0.70}
_PRESENT = (
    "Examination showed {}.",
    "{pronoun} had {}.",
    "There was also {}.",
    "Further findings were {}.",
    "{pronoun} was noted to have {}.",
)
_ABSENT = ("There was no {}.", "{pronoun} had no {}.", "No {} was found.", "Tests were negative for {}.")
_FAMILY = (
    "The mother has migraine.",
    "A grandfather had a stroke.",
    "Two uncles have diabetes.",
    "The sister has asthma.",
)
_MOST_TOGETHER = 3
_SYNONYM_SHARE = 0.3
_ISO_AGE = re.compile(r"P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?")


@dataclass(frozen=True)
class Told:
    """A patient, and the number by which the wording is drawn."""

    patient: GoldCase
    seed: int


class Narratives:
    """How often the diagnosis is first and among ten, and how much of the findings is read."""

    name = "narratives"

    def items(self, mirror: Path, limit: int | None, seed: int) -> Sequence[Item]:
        """Return the patients, or a seeded sample."""
        return [Item(case.id, Told(case, seed)) for case in packets(mirror, limit, seed)]

    def judge(self, item: Item, assistant: Assistant) -> Outcome:
        """Return where the diagnosis stands and what was read.

        Raises UsageError without phenotype data.
        """
        told: Told = item.content
        patient, knowledge = told.patient, knowledge_of(assistant)
        text = case_text(patient, knowledge, told.seed)
        case = assistant.read(text)
        present, absent = (_read(case, status) for status in ("present", "absent"))
        served = assessed(text, assistant)
        return {
            "gold": patient.gold,
            "annotated": is_annotated(patient, knowledge, assistant),
            "place": place_of(patient, served.differential if served is not None else (), assistant),
            "ranked": place_of(patient, as_diagnoses(knowledge.rank(present, absent, limit=LISTED)), assistant),
            **_counts("present", present, _current(patient.present, knowledge)),
            **_counts("absent", absent, _current(patient.absent, knowledge)),
        }

    def figures(self, outcomes: Sequence[Outcome], seed: int) -> Sequence[Figure]:
        """Return the shares, those of the phenotype ranking of what was read, and recall and precision of the reading."""
        return [
            *place_figures(self.name, outcomes, seed, targets=TARGETS),
            *place_figures(self.name, outcomes, seed, ", phenotypes alone", key="ranked"),
            *(
                mean_figure(self.name, f"{status} findings, {what}", list(_shares(outcomes, status, of)), seed)
                for status in ("present", "absent")
                for what, of in (("recall", "told"), ("precision", "read"))
            ),
        ]


def case_text(patient: GoldCase, knowledge: PhenotypeKnowledge, seed: int) -> str:
    """Return a patient's case in prose: the same text for the same patient and seed."""
    draw = random.Random(f"{seed} {patient.id}")  # noqa: S311 - wording, not a secret
    pronoun = {"male": "He", "female": "She"}.get(patient.sex, "The patient")
    present = [_wording(term, knowledge, draw) for term in known_terms(patient.present, knowledge)]
    absent = [_wording(term, knowledge, draw) for term in known_terms(patient.absent, knowledge)]
    sentences = [_opening(patient)]
    sentences += [_sentence(_PRESENT, group, " and ", pronoun, draw) for group in _groups(present, draw)]
    sentences.append(draw.choice(_FAMILY))
    sentences += [_sentence(_ABSENT, group, " or ", pronoun, draw) for group in _groups(absent, draw)]
    return " ".join(sentences)


def _opening(patient: GoldCase) -> str:
    found = _ISO_AGE.match(patient.age)
    years, months = (int(found[part] or 0) for part in ("years", "months")) if found else (0, 0)
    who = patient.sex if patient.sex in ("male", "female") else "patient"
    age = f"{years}-year-old " if years else f"{months}-month-old " if months else ""
    return f"This {age}{who} was referred."


def _wording(term: str, knowledge: PhenotypeKnowledge, draw: random.Random) -> str:
    """Return a term's label or one of its synonyms, in lower case where it is no abbreviation or name."""
    known = next(one for one in knowledge.terms if one.id == knowledge.current(term))
    chosen = draw.choice(known.synonyms) if known.synonyms and draw.random() < _SYNONYM_SHARE else known.name
    return chosen[0].lower() + chosen[1:] if chosen[1:2].islower() else chosen


def _groups(wordings: Sequence[str], draw: random.Random) -> Iterator[Sequence[str]]:
    start = 0
    while start < len(wordings):
        size = draw.randint(1, _MOST_TOGETHER)
        yield wordings[start : start + size]
        start += size


def _sentence(forms: Sequence[str], group: Sequence[str], conjunction: str, pronoun: str, draw: random.Random) -> str:
    *earlier, last = group
    told = conjunction.join([", ".join(earlier), last]) if earlier else last
    return draw.choice(forms).format(told, pronoun=pronoun)


def _read(case: Case, status: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.hpo for one in case.findings if one.hpo and one.status == status))


def _current(terms: Sequence[str], knowledge: PhenotypeKnowledge) -> set[str]:
    return {knowledge.current(term) for term in known_terms(terms, knowledge)}


def _counts(status: str, read: Sequence[str], told: set[str]) -> dict[str, int]:
    return {
        f"{status}_told": len(told),
        f"{status}_read": len(set(read)),
        f"{status}_both": len(told & set(read)),
    }


def _shares(outcomes: Sequence[Outcome], status: str, of: str) -> Iterator[float]:
    """Yield for each case the share of findings that were both told and read, of those told or of those read."""
    for one in outcomes:
        if one[f"{status}_{of}"]:
            yield one[f"{status}_both"] / one[f"{status}_{of}"]
