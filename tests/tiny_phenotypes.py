"""A tiny ontology with six findings below one root and three diseases, one of them known to both catalogues."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from index.phenotypes import PhenotypeKnowledge
from index.phenotypes.compiling import propagated, sparse

ROOT = "HP:0000118"
TERMS = {
    ROOT: ("Phenotypic abnormality", []),
    "HP:0000001": ("Bent blue toe", ["Azure curved toe"]),
    "HP:0000002": ("Square ear lobe", []),
    "HP:0000003": ("Green hair streak", []),
    "HP:0000004": ("Squeaking knee", []),
    "HP:0000005": ("Humming elbow", []),
    "HP:0000006": ("Double thumbnail", []),
}
TOE, EAR, HAIR, KNEE, ELBOW, THUMB = (term for term in TERMS if term != ROOT)
OLD_TOE = "HP:0000099"
DISEASES: dict[tuple[str, ...], tuple[str, dict[str, float]]] = {
    ("OMIM:1", "ORPHA:10"): ("Bluetoe syndrome", {TOE: 0.95, EAR: 0.9, HAIR: 0.6}),
    ("OMIM:2",): ("Squeakhum disease", {KNEE: 0.95, ELBOW: 0.9, HAIR: 0.3}),
    ("ORPHA:30",): ("Doublethumb dysplasia", {THUMB: 1.0, EAR: 0.2, KNEE: 0.0}),
}


def tiny_phenotypes() -> PhenotypeKnowledge:
    """Make the knowledge from arrays in the archive's form."""
    ids = sorted(TERMS)
    position = {term: number for number, term in enumerate(ids)}
    ancestors = [sorted({position[term], position[ROOT]}) for term in ids]
    rows = [{position[term]: value for term, value in found.items()} for _, found in DISEASES.values()]
    texts: dict[str, Any] = {
        "version": "HPO tiny",
        "terms": [[term, *TERMS[term]] for term in ids],
        "replaced": {OLD_TOE: TOE},
        "diseases": [[list(codes), [name]] for codes, (name, _) in DISEASES.items()],
    }
    tables = {"direct": sparse(rows), "propagated": sparse([propagated(row, ancestors) for row in rows])}
    return PhenotypeKnowledge(
        {
            "texts": np.frombuffer(json.dumps(texts).encode(), dtype=np.uint8),
            "ancestor_offsets": np.cumsum([0, *(len(row) for row in ancestors)], dtype=np.int64),
            "ancestors": np.array([one for row in ancestors for one in row], dtype=np.int32),
            **{
                f"{name}_{part}": values
                for name, table in tables.items()
                for part, values in zip(("offsets", "columns", "values"), table, strict=True)
            },
        }
    )
