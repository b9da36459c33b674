"""How often a finding is to be expected in each candidate, from what is described of it.

Guidelines say "typically", "may" and "no", hardly ever a number; the numbers here are a judgement of what such words are meant
to say, of the size that surveys of such words report (Mosteller and Youtz, Statistical Science 1990). Where the phenotype
annotations give a frequency, it counts. Knows candidates. Does not know what the case shows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from assistant.case import Finding
from assistant.evidence import HEDGED, Match
from assistant.information_gain import Array
from assistant.question_kinds import kind_of
from assistant.ranking import Ranked
from index.phenotypes import PhenotypeKnowledge

CHARACTERISTIC, DESCRIBED, HEDGED_SHARE, RARE, DENIED = 0.85, 0.65, 0.3, 0.08, 0.03
# What nobody describes of a condition occurs in it as it does in anybody who is ill.
BACKGROUND = 0.1
# A wider finding is described ("chest pain"), not this kind of it.
WIDER_DESCRIBED = 0.25
# A risk factor that is described raises the chance of a condition, yet most who have the condition lack it.
RISK_FACTOR = 0.3
_CHARACTERISTIC = re.compile(
    r"\b(?:typical(?:ly)?|usual(?:ly)?|characteristic(?:ally)?|classic(?:ally)?|always|most|hallmark|(?:nearly|almost) all)\b",
    re.IGNORECASE,
)
_RARE = re.compile(r"\b(?:rare(?:ly)?|uncommon(?:ly)?|seldom|unusual(?:ly)?|infrequent(?:ly)?)\b", re.IGNORECASE)
_LEAST, _MOST = 0.02, 0.98


def expectations(
    findings: Sequence[Finding], ranked: Sequence[Ranked], phenotypes: PhenotypeKnowledge | None = None
) -> Array:
    """Return the probability of each finding in each candidate and, last, in "none of these" (findings x candidates + 1)."""
    kinds = _Kinds(phenotypes)
    table = np.full((len(findings), len(ranked) + 1), BACKGROUND)
    for column, one in enumerate(ranked):
        described = _Described.of(one.examined.matches.described if one.examined else (), kinds)
        annotated = one.candidate.phenotype.id if one.candidate.phenotype else ""
        for row, finding in enumerate(findings):
            known = phenotypes.frequency(annotated, finding.hpo) if phenotypes and annotated and finding.hpo else None
            table[row, column] = described.probability(finding, kinds) if known is None else known
    bounded: Array = np.clip(table, _LEAST, _MOST)
    return bounded


def weight_against(match: Match) -> float:
    """Return how far a match speaks against a candidate, as the logarithm of a likelihood ratio.

    What the description denies and the case shows is rarer than in anybody; what is described and the case lacks is missed
    the more, the more constant it is.
    """
    if match.finding.status != "absent":
        return math.log(BACKGROUND / DENIED)
    return math.log((1 - BACKGROUND) / (1 - _meant(match.quote.text)))


class _Kinds:
    """What each finding is a kind of: its own name and those of its ancestors."""

    def __init__(self, phenotypes: PhenotypeKnowledge | None) -> None:
        self._phenotypes = phenotypes
        self._known: dict[str, frozenset[str]] = {}

    def of(self, finding: Finding) -> frozenset[str]:
        """Return the names a finding goes by: its id and label, and the ids of what it is a kind of."""
        if not finding.hpo or self._phenotypes is None:
            return frozenset((finding.label, finding.hpo or finding.label))
        if finding.hpo not in self._known:
            self._known[finding.hpo] = self._phenotypes.ancestors(finding.hpo) | {finding.hpo}
        return self._known[finding.hpo] | {finding.label}


@dataclass(frozen=True)
class _Described:
    """What is described of one candidate: how probable each finding and all it is a kind of are, and what is denied."""

    probabilities: Mapping[str, float]
    named: frozenset[str]
    denied: frozenset[str]

    @classmethod
    def of(cls, described: Iterable[Match], kinds: _Kinds) -> _Described:
        """Collect the statements; of several about one finding the strongest counts."""
        probabilities: dict[str, float] = {}
        named, denied = set(), set()
        for match in described:
            if match.finding.status == "absent":
                denied |= {match.finding.label, match.finding.hpo or match.finding.label}
            elif match.finding.status == "present":
                named |= {match.finding.label, match.finding.hpo or match.finding.label}
                meant = _meant(match.quote.text)
                for kind in kinds.of(match.finding):
                    probabilities[kind] = max(probabilities.get(kind, 0.0), meant)
        return cls(probabilities, frozenset(named), frozenset(denied))

    def probability(self, finding: Finding, kinds: _Kinds) -> float:
        """Return the probability of a finding: as described, denied with what it is a kind of, or as in anybody."""
        own = self.probabilities.get(finding.label, self.probabilities.get(finding.hpo or finding.label))
        if own is not None:
            return min(own, RISK_FACTOR) if kind_of(finding.label).is_background else own
        above = kinds.of(finding)
        if above & self.denied:
            return DENIED
        return WIDER_DESCRIBED if above & self.named else BACKGROUND


@lru_cache(maxsize=65536)
def _meant(text: str) -> float:
    """Return the probability that a sentence means for the findings it states."""
    if _RARE.search(text):
        return RARE
    if HEDGED.search(text):
        return HEDGED_SHARE
    return CHARACTERISTIC if _CHARACTERISTIC.search(text) else DESCRIBED
