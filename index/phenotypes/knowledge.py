"""Rank diseases by how well their annotated phenotypes explain a set of findings.

Knows HPO terms, their names, and how often each occurs in each disease. Does not know patients or text.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import GuidelineIndexError

# A finding the disease does not explain still has this ratio: misreading, coincidence and atypical courses happen.
UNEXPLAINED_RATIO = 0.02
# No annotated finding is so constant that its absence excludes the disease.
HIGHEST_FREQUENCY = 0.98
# How much less a merely related finding counts: chosen among 1, 2 and 3 on published rare-disease cases.
RELATEDNESS_EXPONENT = 3.0


@dataclass(frozen=True)
class Term:
    """An HPO term: id, preferred name, exact and related synonyms."""

    id: str
    name: str
    synonyms: tuple[str, ...]


@dataclass(frozen=True)
class DiseaseMatch:
    """A disease and how well it explains the findings: the summed log10 likelihood ratio and each finding's share."""

    id: str
    name: str
    score: float
    by_finding: tuple[tuple[str, float], ...]


class PhenotypeKnowledge:
    """The compiled HPO archive, held in memory (about 40 MB)."""

    def __init__(self, arrays: dict[str, NDArray[np.generic]]) -> None:
        texts = json.loads(arrays["texts"].tobytes())
        self.version: str = texts["version"]
        self._terms: list[list[object]] = texts["terms"]
        self._diseases: list[list[str]] = texts["diseases"]
        self._position = {str(term[0]): number for number, term in enumerate(self._terms)}
        self._ancestors = arrays["ancestors"].astype(np.int32)
        self._ancestor_offsets = arrays["ancestor_offsets"].astype(np.int64)
        self._by_term = _columns(arrays["offsets"], arrays["columns"], arrays["values"], len(self._terms))

    @classmethod
    def from_file(cls, file: Path) -> PhenotypeKnowledge:
        """Load the archive. Raises GuidelineIndexError when it is missing or damaged."""
        try:
            with np.load(file, allow_pickle=False) as archive:
                return cls(dict(archive))
        except (OSError, ValueError, KeyError) as error:
            raise GuidelineIndexError(
                f"cannot read the phenotype data {file}; run 'wardround models get hpo'"
            ) from error

    def __len__(self) -> int:
        return len(self._diseases)

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """All terms with their synonyms, in the order of their ids."""
        return tuple(Term(str(i), str(name), tuple(synonyms)) for i, name, synonyms in self._terms)  # type: ignore[arg-type]

    @cached_property
    def background(self) -> NDArray[np.float64]:
        """The share of diseases in which each term, or a descendant of it, is annotated (shape: terms)."""
        counts = np.diff(self._by_term[0])
        return (counts + 0.5) / (len(self._diseases) + 1.0)

    def name(self, term: str) -> str:
        """Return the preferred name of a term, "" when unknown."""
        number = self._number(term)
        return "" if number is None else str(self._terms[number][1])

    def is_a(self, term: str, ancestor: str) -> bool:
        """Say whether `term` is `ancestor` or one of its descendants."""
        low, high = self._number(term), self._number(ancestor)
        return low is not None and high is not None and high in self._above(low)

    def descendants(self, ancestor: str) -> frozenset[str]:
        """Return the ids of a term's descendants and its own; empty for an unknown term."""
        number = self._number(ancestor)
        if number is None:
            return frozenset()
        places = np.flatnonzero(self._ancestors == number)
        below = np.searchsorted(self._ancestor_offsets, places, side="right") - 1
        return frozenset(str(self._terms[term][0]) for term in below)

    def rank(
        self, present: Sequence[str], absent: Sequence[str] = (), *, limit: int = 20, only: Collection[str] = ()
    ) -> list[DiseaseMatch]:
        """Return the diseases that explain the findings best, highest score first.

        For a present term t and a disease d the likelihood ratio is the largest, over the ancestors a of t, of
        (f(a, d) / b(t)) * (b(t) / b(a)) ** RELATEDNESS_EXPONENT, plus UNEXPLAINED_RATIO: f is the frequency of a in d,
        b a term's share of all diseases. An exact match (a = t) counts in full, a related one for as much as the two
        share. An absent term gives (1 - f) / (1 - b). Ratios multiply under the assumption that findings are
        independent given the disease, as in LIRICAL (Robinson et al., Am J Hum Genet 2020,
        doi:10.1016/j.ajhg.2020.06.021), from which the form for exact matches is taken.

        `only` restricts the answer to ids with one of these prefixes ("OMIM", "ORPHA"). Unknown terms are ignored.
        """
        table = self._ratios(present, absent)
        if table is None:
            return []
        labels, logs = table
        scores = logs.sum(axis=0)
        order = np.argsort(-scores, kind="stable")
        matches = []
        for number in order:
            disease, name = self._diseases[number]
            if only and disease.split(":")[0] not in only:
                continue
            shares = tuple((label, float(log)) for label, log in zip(labels, logs[:, number], strict=True))
            matches.append(DiseaseMatch(disease, name, float(scores[number]), shares))
            if len(matches) == limit:
                break
        return matches

    def frequency(self, disease: str, term: str) -> float | None:
        """Return how often the term occurs in the disease, in [0, 1]; None when either is unknown or not annotated."""
        number, row = self._number(term), self._disease_numbers.get(disease)
        if number is None or row is None:
            return None
        rows, values = self._column(number)
        found = np.flatnonzero(rows == row)
        return float(values[found[0]]) if len(found) else None

    def expected(self, disease: str, limit: int = 8) -> list[tuple[Term, float]]:
        """Return the most frequent and most telling annotated terms of a disease, with their frequencies."""
        row = self._disease_numbers.get(disease)
        if row is None:
            return []
        rows, columns, values = self._entries
        here = rows == row
        found = sorted(
            zip(columns[here], values[here], strict=True),
            key=lambda entry: -float(entry[1]) * -float(np.log(self.background[entry[0]])),
        )
        return [(self.terms[int(term)], float(value)) for term, value in found[:limit]]

    @cached_property
    def disease_names(self) -> dict[str, str]:
        """Disease id ("OMIM:143470", "ORPHA:90") to name."""
        return dict(self._diseases)

    @cached_property
    def _disease_numbers(self) -> dict[str, int]:
        return {disease: number for number, (disease, _) in enumerate(self._diseases)}

    @cached_property
    def _entries(self) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
        offsets, rows, values = self._by_term
        return rows, np.repeat(np.arange(len(offsets) - 1, dtype=np.int32), np.diff(offsets)), values

    def _number(self, term: str) -> int | None:
        return self._position.get(term)

    def _above(self, number: int) -> NDArray[np.int32]:
        return self._ancestors[self._ancestor_offsets[number] : self._ancestor_offsets[number + 1]]

    def _column(self, number: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        offsets, rows, values = self._by_term
        return rows[offsets[number] : offsets[number + 1]], values[offsets[number] : offsets[number + 1]]

    def _ratios(self, present: Sequence[str], absent: Sequence[str]) -> tuple[list[str], NDArray[np.float64]] | None:
        """Return the labels of the known terms and their log10 ratios (shape: terms x diseases)."""
        known = [(term, number) for term in dict.fromkeys(present) if (number := self._number(term)) is not None]
        known_absent = [(term, number) for term in dict.fromkeys(absent) if (number := self._number(term)) is not None]
        if not known:
            return None
        rows = [self._present_ratio(number) for _, number in known]
        rows += [self._absent_ratio(number) for _, number in known_absent]
        return [term for term, _ in known + known_absent], np.log10(np.stack(rows))

    def _present_ratio(self, number: int) -> NDArray[np.float64]:
        ratio = np.zeros(len(self._diseases))
        own = self.background[number]
        for ancestor in self._above(number):
            rows, values = self._column(int(ancestor))
            shared = (own / self.background[ancestor]) ** RELATEDNESS_EXPONENT
            ratio[rows] = np.maximum(ratio[rows], values * shared / own)
        return ratio + UNEXPLAINED_RATIO

    def _absent_ratio(self, number: int) -> NDArray[np.float64]:
        ratio = np.full(len(self._diseases), 1.0)
        rows, values = self._column(number)
        ratio[rows] = 1.0 - np.minimum(values, HIGHEST_FREQUENCY)
        excluded: NDArray[np.float64] = ratio / (1.0 - self.background[number])
        return excluded


def _columns(
    offsets: NDArray[np.generic], columns: NDArray[np.generic], values: NDArray[np.generic], terms: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Turn compressed rows (one a disease) into compressed columns (one a term)."""
    rows = np.repeat(np.arange(len(offsets) - 1, dtype=np.int32), np.diff(offsets.astype(np.int64)).astype(np.int64))
    order = np.argsort(columns, kind="stable")
    counts = np.bincount(columns.astype(np.int64), minlength=terms)
    return np.concatenate([[0], np.cumsum(counts)]), rows[order], values.astype(np.float32)[order]
