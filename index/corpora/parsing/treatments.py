"""Annotations of medical actions: a document a disease, what treats or prevents which sign, and the article that says so."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from index.corpora.catalogue import Corpus
from index.corpora.parsing.drafting import Draft, bullets
from index.corpora.parsing.ontology import term_names
from index.document import Condition, Document, Source

_RELATIONS = {
    "treats": "Treatment",
    "prevents": "Prevention",
    "contraindicated": "Contraindicated",
    "no_observed_benefit": "No benefit observed",
    "lack of observed response": "No response observed",
    "investigates": "Investigation",
}

Row = dict[str, str]


def parse(files: Sequence[Path], corpus: Corpus) -> Iterator[Document]:
    """Yield a document for each disease; actions whose relation is unknown are left out."""
    annotations, ontology = files
    signs = term_names(ontology)
    by_disease: dict[str, list[Row]] = defaultdict(list)
    with annotations.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            by_disease[row["disease_id"]].append(row)
    for disease, rows in by_disease.items():
        draft = Draft(rows[0]["disease_name"])
        for relation, heading in _RELATIONS.items():
            draft.add((heading,), bullets(_actions([row for row in rows if row["relation"] == relation], signs)))
        if not draft.is_empty:
            known = {"condition": Condition(name=draft.title), "sources": _sources(rows), "record_ids": (disease,)}
            yield draft.document(corpus, annotations, **known)


def _actions(rows: Sequence[Row], signs: Mapping[str, str]) -> Iterator[str]:
    """Yield each action once, with the signs it acts on and the articles that say so."""
    by_action: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_action[_action(row)].append(row)
    for action, its_rows in by_action.items():
        # An id that is no sign names the disease itself.
        on = dict.fromkeys(signs[row["hpo_id"]] for row in its_rows if row["hpo_id"] in signs)
        said_in = dict.fromkeys(row["source_id"] for row in its_rows if row["source_id"])
        yield f"{action}{' for ' if on else ''}{', '.join(on)} ({', '.join(said_in)})"


def _action(row: Row) -> str:
    name = row["maxo_name"].strip()
    return f"{name} ({row['extension_name'].strip()})" if row["extension_name"].strip() else name


def _sources(rows: Sequence[Row]) -> tuple[Source, ...]:
    articles = dict.fromkeys(row["source_id"] for row in rows if row["source_id"].startswith("PMID:"))
    return tuple(
        Source(issuer="PubMed", title=article, url=f"https://pubmed.ncbi.nlm.nih.gov/{article.removeprefix('PMID:')}/")
        for article in articles
    )
