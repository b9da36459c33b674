"""Rank diseases by how well their annotated phenotypes explain a set of findings.

Knows HPO terms, their names, and how often each occurs in each disease. Does not know patients or text.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import GuidelineIndexError
from index.phenotypes.features import Features
from index.phenotypes.tables import Hierarchy, TermTable, Vector
from index.phenotypes.weights import load_weights


@dataclass(frozen=True)
class Term:
    """An HPO term: id, preferred name, exact and related synonyms."""

    id: str
    name: str
    synonyms: tuple[str, ...]


@dataclass(frozen=True)
class DiseaseMatch:
    """A disease and how well it explains the findings.

    `score` is the summed log10 likelihood ratio, `by_finding` each finding's share of it; `probability` is the share that
    the whole model gives the disease among all diseases, by which matches are ordered. `ids` and `names` are all under
    which the disease goes, the first of each in `id` and `name`.
    """

    id: str
    name: str
    score: float
    by_finding: tuple[tuple[str, float], ...]
    probability: float = 0.0
    ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class PhenotypeKnowledge:
    """The compiled HPO archive, held in memory (about 40 MB)."""

    def __init__(self, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        texts = json.loads(arrays["texts"].tobytes())
        self.version: str = texts["version"]
        self._terms: list[list[object]] = texts["terms"]
        self._diseases: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
            (tuple(ids), tuple(names)) for ids, names in texts["diseases"]
        ]
        self._position = {str(term[0]): number for number, term in enumerate(self._terms)}
        self._position |= {old: self._position[new] for old, new in texts["replaced"].items()}
        self._hierarchy = Hierarchy(arrays["ancestor_offsets"].astype(np.int64), arrays["ancestors"].astype(np.int32))
        direct, propagated = (
            TermTable.from_arrays(arrays, name, len(self._terms)) for name in ("direct", "propagated")
        )
        self._annotated = propagated
        single_gene = np.array([float(ids[0].startswith("OMIM:")) for ids, _ in self._diseases])
        self._features = Features(direct, propagated, self._hierarchy, single_gene)

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

    @property
    def background(self) -> Vector:
        """The share of diseases in which each term, or a descendant of it, is annotated (shape: terms)."""
        return self._features.background

    def name(self, term: str) -> str:
        """Return the preferred name of a term, "" when unknown."""
        number = self._number(term)
        return "" if number is None else str(self._terms[number][1])

    def current(self, term: str) -> str:
        """Return the id that stands for a term now: its own, or that of the term it was replaced by."""
        number = self._number(term)
        return term if number is None else str(self._terms[number][0])

    def is_a(self, term: str, ancestor: str) -> bool:
        """Say whether `term` is `ancestor` or one of its descendants."""
        low, high = self._number(term), self._number(ancestor)
        return low is not None and high is not None and high in self._hierarchy.above(low)

    def ancestors(self, term: str) -> frozenset[str]:
        """Return the ids of a term's ancestors and its own; empty for an unknown term."""
        number = self._number(term)
        above = () if number is None else self._hierarchy.above(number)
        return frozenset(str(self._terms[one][0]) for one in above)

    def descendants(self, ancestor: str) -> frozenset[str]:
        """Return the ids of a term's descendants and its own; empty for an unknown term."""
        number = self._number(ancestor)
        below = () if number is None else self._hierarchy.below(number)
        return frozenset(str(self._terms[one][0]) for one in below)

    def rank(
        self, present: Sequence[str], absent: Sequence[str] = (), *, limit: int = 20, only: Collection[str] = ()
    ) -> list[DiseaseMatch]:
        """Return the diseases that explain the findings best, the most probable first.

        A conditional logit over all diseases: the probability is proportional to exp(w . x), with the features x of
        `index.phenotypes.features` and the weights w of `index/phenotypes/weights.yaml`. `only` restricts the answer to
        diseases with an id of one of these catalogues ("OMIM", "ORPHA"). Unknown terms are ignored.
        """
        known, known_absent = self._numbers(present), self._numbers(absent)
        if not known:
            return []
        probability = _softmax(self._linear(list(known.values()), list(known_absent.values())))
        order = np.argsort(-probability, kind="stable")
        kept = [one for one in order if not only or any(i.split(":")[0] in only for i in self._diseases[one][0])][
            :limit
        ]
        logs = [(term, np.log10(self._features.present_ratio(number)[kept])) for term, number in known.items()]
        logs += [(term, np.log10(self._features.absent_ratio(number)[kept])) for term, number in known_absent.items()]
        return [
            self._match(int(number), float(probability[number]), [(term, float(log[place])) for term, log in logs])
            for place, number in enumerate(kept)
        ]

    def features(self, present: Sequence[str], absent: Sequence[str] = ()) -> dict[str, Vector]:
        """Return what `rank` weighs, one number a disease in the order of `diseases`; {} when no term is known."""
        known = list(self._numbers(present).values())
        return self._features.of(known, list(self._numbers(absent).values())) if known else {}

    @property
    def diseases(self) -> Sequence[tuple[tuple[str, ...], tuple[str, ...]]]:
        """The ids and the names of each disease, OMIM first."""
        return self._diseases

    def frequency(self, disease: str, term: str) -> float | None:
        """Return how often the term occurs in the disease, in [0, 1]; None when either is unknown or not annotated."""
        number, row = self._number(term), self._disease_numbers.get(disease)
        if number is None or row is None:
            return None
        rows, values = self._annotated.column(number)
        found = np.flatnonzero(rows == row)
        return float(values[found[0]]) if len(found) else None

    def expected(self, disease: str, limit: int = 8) -> list[tuple[Term, float]]:
        """Return the most frequent and most telling annotated terms of a disease, with their frequencies."""
        row = self._disease_numbers.get(disease)
        if row is None:
            return []
        here = self._annotated.rows == row
        found = sorted(
            zip(self._annotated.terms[here], self._annotated.values[here], strict=True),
            key=lambda entry: -float(entry[1]) * -float(np.log(self.background[entry[0]])),
        )
        return [(self.terms[int(term)], float(value)) for term, value in found[:limit]]

    @cached_property
    def disease_names(self) -> dict[str, str]:
        """Disease id ("OMIM:143470", "ORPHA:90") to name."""
        return {one: names[0] for ids, names in self._diseases for one in ids}

    @cached_property
    def _disease_numbers(self) -> dict[str, int]:
        return {one: number for number, (ids, _) in enumerate(self._diseases) for one in ids}

    def _number(self, term: str) -> int | None:
        return self._position.get(term)

    def _numbers(self, terms: Sequence[str]) -> dict[str, int]:
        """Return the numbers of the terms that are known, each once."""
        numbers = {number: term for term in terms if (number := self._number(term)) is not None}
        return {term: number for number, term in numbers.items()}

    def _linear(self, present: Sequence[int], absent: Sequence[int]) -> Vector:
        weights = load_weights()
        found = self._features.of(present, absent)
        total: Vector = np.sum([weights[name] * values for name, values in found.items()], axis=0)
        return total

    def _match(self, number: int, probability: float, shares: Sequence[tuple[str, float]]) -> DiseaseMatch:
        ids, names = self._diseases[number]
        score = sum(share for _, share in shares)
        return DiseaseMatch(ids[0], names[0], score, tuple(shares), probability, ids, names)


def _softmax(values: Vector) -> Vector:
    powers = np.exp(values - values.max())
    shares: Vector = powers / powers.sum()
    return shares
