"""What is computed of every disease to say how well it explains a set of findings: one number a feature, for all at once.

With f(t, d) the frequency of term t in disease d (propagated to ancestors), b(t) the share of diseases annotated with t, and
the information content ic(t) = -log10 b(t):

ratio         the sum over present t of log10(UNEXPLAINED + max over ancestors a of f(a, d) / b(t) * (b(t) / b(a)) ** 3): a
              likelihood ratio as in LIRICAL (Robinson et al., Am J Hum Genet 2020, doi:10.1016/j.ajhg.2020.06.021), where a
              related finding counts for as much as the two share
frequency     the sum over explained present t of log10 f(t, d)
annotated     the sum of ic(t) over present t that are annotated as they stand, not only through a kind of them
unexplained   the share of present t with f(t, d) = 0
similarity    the mean over present t of the largest sqrt(f(a, d)) * ic(a) over its ancestors (Resnik, IJCAI 1995)
cosine        the cosine between the case's terms and the disease's, both with their ancestors, weighted by ic (and f)
overlap       the same as shared over united weight: simGIC (Pesquita et al., BMC Bioinformatics 2008,
              doi:10.1186/1471-2105-9-S5-S4)
unmentioned   the sum over the disease's terms of log10(1 - MENTIONED * f): what it leads one to expect
size          log10(1 + number of its annotated terms)
asked         the sum of ic(t) over absent t annotated as they stand, constant ones left out: what is denied was
              looked for, and one looks for what a suspected disease may show
contrary      the sum over absent t that are constant in the disease of log10((1 - f) / (1 - b)): a likelihood ratio
single_gene   1 where OMIM has it, 0 where only Orphanet does (groups, and diseases that are not inherited)

The last feature is a prior, for coded findings come nearly always from genetic clinics. Does not know weights or names.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from index.phenotypes.tables import Hierarchy, TermTable, Vector

NAMES = (
    "ratio",
    "frequency",
    "annotated",
    "unexplained",
    "similarity",
    "cosine",
    "overlap",
    "unmentioned",
    "size",
    "asked",
    "contrary",
    "single_gene",
)
# A finding the disease does not explain still has this ratio: misreading, coincidence and atypical courses happen.
UNEXPLAINED = 0.02
# How much less a merely related finding counts: chosen among 1, 2, 3 and 4 on published rare-disease cases.
RELATEDNESS = 3.0
# No annotated finding is so constant that its absence excludes the disease.
HIGHEST_FREQUENCY = 0.98
_LOWEST_FREQUENCY = 0.001
# As frequent as five of five patients show, or "very frequent": what a patient with the disease hardly lacks.
_CONSTANT = 0.9
# The share of a patient's findings that a description of the case mentions.
_MENTIONED = 0.3


class Features:
    """Computes the features of all diseases; what does not depend on the case is computed once."""

    def __init__(self, direct: TermTable, propagated: TermTable, hierarchy: Hierarchy, single_gene: Vector) -> None:
        self._direct = direct
        self._propagated = propagated
        self._hierarchy = hierarchy
        self._single_gene = single_gene
        self._diseases = len(single_gene)

    @cached_property
    def background(self) -> Vector:
        """The share of diseases in which each term, or a descendant of it, is annotated (shape: terms)."""
        share: Vector = (self._propagated.counts.astype(np.float64) + 0.5) / (self._diseases + 1.0)
        return share

    @cached_property
    def content(self) -> Vector:
        """The information content of each term."""
        found: Vector = -np.log10(self.background)
        return found

    @cached_property
    def size(self) -> Vector:
        """The size of each disease's annotation."""
        found: Vector = np.log10(1.0 + np.bincount(self._direct.rows, minlength=self._diseases))
        return found

    @cached_property
    def _unmentioned(self) -> Vector:
        bounded = np.minimum(self._direct.values, HIGHEST_FREQUENCY)
        return self._direct.by_disease(np.log10(1.0 - _MENTIONED * bounded), self._diseases)

    @cached_property
    def _weight(self) -> tuple[Vector, Vector]:
        """The length of each disease's weighted terms as a vector, and their sum."""
        weights: Vector = self._propagated.values * self.content[self._propagated.terms]
        squares = self._propagated.by_disease(weights**2, self._diseases)
        return np.sqrt(squares), self._propagated.by_disease(weights, self._diseases)

    def of(self, present: Sequence[int], absent: Sequence[int]) -> dict[str, Vector]:
        """Return each feature of all diseases for the numbers of the terms that are present and absent."""
        return {
            "ratio": np.sum([np.log10(self.present_ratio(term)) for term in present], axis=0),
            **self._of_present(present),
            **self._of_all_terms(present),
            "unmentioned": self._unmentioned,
            "size": self.size,
            **self._of_absent(absent),
            "single_gene": self._single_gene,
        }

    def present_ratio(self, term: int) -> Vector:
        """Return the likelihood ratio that a present term gives each disease."""
        ratio, own = self._zeros(), self.background[term]
        for ancestor in self._hierarchy.above(term):
            rows, values = self._propagated.column(int(ancestor))
            shared = (own / self.background[ancestor]) ** RELATEDNESS
            ratio[rows] = np.maximum(ratio[rows], values * shared / own)
        return ratio + UNEXPLAINED

    def absent_ratio(self, term: int) -> Vector:
        """Return the likelihood ratio (1 - f) / (1 - b) that an absent term gives each disease."""
        ratio = np.full(self._diseases, 1.0)
        rows, values = self._propagated.column(term)
        ratio[rows] = 1.0 - np.minimum(values, HIGHEST_FREQUENCY)
        found: Vector = ratio / (1.0 - self.background[term])
        return found

    def _zeros(self) -> Vector:
        return np.zeros(self._diseases)

    def _of_present(self, present: Sequence[int]) -> dict[str, Vector]:
        frequency, annotated, unexplained = self._zeros(), self._zeros(), self._zeros() + len(present)
        similarity = self._zeros()
        for term in present:
            rows, values = self._propagated.column(term)
            frequency[rows] += np.log10(np.maximum(values, _LOWEST_FREQUENCY))
            unexplained[rows] -= 1
            annotated[self._direct.column(term)[0]] += self.content[term]
            similarity += self._best_shared(term)
        return {
            "frequency": frequency,
            "annotated": annotated,
            "unexplained": unexplained / len(present),
            "similarity": similarity / len(present),
        }

    def _best_shared(self, term: int) -> Vector:
        best = self._zeros()
        for ancestor in self._hierarchy.above(term):
            rows, values = self._propagated.column(int(ancestor))
            best[rows] = np.maximum(best[rows], np.sqrt(values) * self.content[ancestor])
        return best

    def _of_all_terms(self, present: Sequence[int]) -> dict[str, Vector]:
        terms = np.unique(np.concatenate([self._hierarchy.above(term) for term in present]))
        product, shared = self._zeros(), self._zeros()
        for term in terms:
            rows, values = self._propagated.column(int(term))
            weight = values * self.content[term]
            shared[rows] += weight
            product[rows] += weight * self.content[term]
        length, total = self._weight
        own = self.content[terms]
        return {
            "cosine": product / np.maximum(length * np.sqrt((own**2).sum()), 1e-6),
            "overlap": shared / np.maximum(own.sum() + total - shared, 1e-6),
        }

    def _of_absent(self, absent: Sequence[int]) -> dict[str, Vector]:
        asked, contrary = self._zeros(), self._zeros()
        for term in absent:
            rows, values = self._direct.column(term)
            asked[rows[values < _CONSTANT]] += self.content[term]
            rows, values = self._propagated.column(term)
            most = values >= _CONSTANT
            contrary[rows[most]] += np.log10(self.absent_ratio(term)[rows[most]])
        return {"asked": asked, "contrary": contrary}
