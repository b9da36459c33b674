"""Annotations of the Human Phenotype Ontology: a document a disease, its signs by how often they occur.

Frequencies come as counts of patients, percentages, or terms of the ontology; each is said in words. Annotations of the
same sign from several articles stand once, with the frequency of the one that counted the most patients.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from index.corpora.catalogue import Corpus
from index.corpora.parsing.drafting import Draft, bullets
from index.corpora.parsing.ontology import term_names
from index.document import Condition, Document

_TERMS = {
    "HP:0040280": (1.0, "in all patients"),
    "HP:0040281": (0.9, "very frequent, in 80 to 99 %"),
    "HP:0040282": (0.55, "frequent, in 30 to 79 %"),
    "HP:0040283": (0.17, "occasional, in 5 to 29 %"),
    "HP:0040284": (0.03, "very rare, in 1 to 4 %"),
    "HP:0040285": (0.0, "excluded"),
}
# From this share of patients on a sign stands under the heading.
_HEADINGS = ((0.8, "Signs in most patients"), (0.3, "Frequent signs"), (0.0, "Occasional and rare signs"))
_UNCOUNTED = "Signs, frequency not stated"
_OTHER_ASPECTS = {"I": "Inheritance", "C": "Onset and course"}

Row = dict[str, str]


class Frequency(NamedTuple):
    """How often a sign occurs: the share of patients, in words, and how many patients were counted."""

    share: float
    words: str
    patients: int = 0


def parse(files: Sequence[Path], corpus: Corpus) -> Iterator[Document]:
    """Yield a document for each disease that has signs."""
    annotations, ontology = files
    names = term_names(ontology)
    by_disease: dict[str, list[Row]] = defaultdict(list)
    with annotations.open(encoding="utf-8", newline="") as lines:
        rows = (line for line in lines if not line.startswith("#"))
        for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE):
            by_disease[row["database_id"]].append(row)
    for disease, its_rows in by_disease.items():
        draft = _draft(its_rows, names)
        if not draft.is_empty:
            url = f"https://hpo.jax.org/browse/disease/{disease}"
            known = {"url": url, "condition": _condition(disease, draft.title), "record_ids": (disease,)}
            yield draft.document(corpus, annotations, **known)


def _draft(rows: Sequence[Row], names: Mapping[str, str]) -> Draft:
    draft = Draft(rows[0]["disease_name"].strip())
    signs: dict[str, Frequency | None] = {}
    absent: dict[str, None] = {}
    for row in rows:
        sign, frequency = names.get(row["hpo_id"], row["hpo_id"]), _frequency(row["frequency"])
        if row["aspect"] == "P" and (row["qualifier"] == "NOT" or (frequency and not frequency.share)):
            absent[sign] = None
        elif row["aspect"] == "P":
            signs[sign] = _better(signs.get(sign), frequency)
    for heading, lines in _by_heading(signs).items():
        draft.add((heading,), bullets(lines))
    draft.add(("Signs that are absent",), bullets(sign for sign in absent if sign not in signs))
    for aspect, heading in _OTHER_ASPECTS.items():
        found = dict.fromkeys(names.get(row["hpo_id"], row["hpo_id"]) for row in rows if row["aspect"] == aspect)
        draft.add((heading,), bullets(found))
    return draft


def _by_heading(signs: Mapping[str, Frequency | None]) -> dict[str, list[str]]:
    """Return the signs below their headings, the most frequent first."""
    lines: dict[str, list[str]] = {heading: [] for heading in (*(words for _, words in _HEADINGS), _UNCOUNTED)}
    for sign, frequency in sorted(signs.items(), key=lambda pair: -(pair[1].share if pair[1] else 0.0)):
        if frequency is None:
            lines[_UNCOUNTED].append(sign)
        else:
            heading = next(words for share, words in _HEADINGS if frequency.share >= share)
            lines[heading].append(f"{sign}: {frequency.words}")
    return lines


def _frequency(written: str) -> Frequency | None:
    """Return the frequency as annotated: "3/10", "45%", a term of the ontology, or None where none is given."""
    if written in _TERMS:
        return Frequency(*_TERMS[written])
    if written.endswith("%"):
        return Frequency(float(written.rstrip("%")) / 100, f"in {written.rstrip('%')} %")
    counted, _, of = written.partition("/")
    if not of or int(of) == 0:
        return None
    return Frequency(int(counted) / int(of), f"in {int(counted)} of {int(of)} patients", int(of))


def _better(known: Frequency | None, found: Frequency | None) -> Frequency | None:
    if known is None or found is None:
        return known or found
    return found if found.patients > known.patients else known


def _condition(disease: str, name: str) -> Condition:
    source, _, number = disease.partition(":")
    return Condition(
        name=name,
        omim=(number,) if source == "OMIM" else (),
        orpha=(number,) if source == "ORPHA" else (),
        frequency="rare",
    )
