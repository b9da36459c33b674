"""Order candidates by how well they explain a case: named features, weights in a readable file, a conditional logit.

Knows scores. Does not know where candidates come from, nor how a language model words them. The head of the weights file says
on which cases they were fitted, and how far the likelihoods were off there.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files

import yaml

from assistant.assessment import Band, Likelihood
from assistant.candidates import Candidate, telling_findings
from assistant.case import Case
from assistant.evidence import Examined
from assistant.rare_or_common import ANNOTATED, TRUST, annotated
from assistant.words import content_stems
from index.document import AgeBand, Hit
from index.sections import section_kind

_BANDS: tuple[tuple[float, Band], ...] = (
    (0.6, "very likely"),
    (0.3, "likely"),
    (0.1, "possible"),
    (0.03, "less likely"),
    (0.0, "unlikely"),
)
_AGE_ORDER: tuple[AgeBand, ...] = ("newborn", "infant", "child", "adolescent", "young-adult", "adult", "older-adult")
_AGE_LIMITS = ((28 / 365, 0), (1, 1), (12, 2), (18, 3), (40, 4), (65, 5), (math.inf, 6))
_FREQUENCY = {"common": 1.0, "uncommon": 0.5, "unknown": 0.4, "rare": 0.0}
# A second passage about the same condition adds to the best one, a third hardly more.
_PASSAGE_SHARES = (1.0, 0.4, 0.2)
_PHENOTYPE_SCALE = 12.0
_MOST_DENIED = 3
_UNKNOWN = Likelihood(band="unlikely", score=0.0)


@dataclass(frozen=True)
class Ranked:
    """A candidate with its features, its summed score and its share of the likelihood; `examined` once it was."""

    candidate: Candidate
    features: Mapping[str, float]
    score: float
    likelihood: Likelihood
    examined: Examined | None = None


@dataclass(frozen=True)
class Weights:
    """The weights file: one number a feature, and what turns scores into likelihoods.

    `unlisted` and `follows` times the leading score make the score of a condition that is not among the candidates; scores
    are divided by `temperature` before they become shares. `reach` is how much likelihood may stand before the last
    diagnosis of a set that is to hold the right one in a share of cases of `coverage`. Where even the leading likelihood is
    below `abstain_below` the differential is not to be relied on. `annotations` says how far the annotations of diseases are
    believed in a case told in words: from so many `findings` on; by how surely one disease leads among them (a logistic curve
    over its log odds with this `slope`); by how well it fits (one over its summed log10 likelihood ratio, `ratio` in the
    middle); and not where the candidate that leads by passages knows a share of the findings of `known` or more.
    """

    version: int
    unlisted: float
    weights: Mapping[str, float]
    follows: float = 0.0
    temperature: float = 1.0
    coverage: float = 0.9
    reach: float = 1.0
    abstain_below: float = 0.0
    annotations: Mapping[str, float] = field(default_factory=dict)


@cache
def load_weights() -> Weights:
    """Return the shipped weights."""
    return Weights(**yaml.safe_load((files("assistant") / "data" / "ranking.yaml").read_text(encoding="utf-8")))


def features(case: Case, candidates: Sequence[Candidate]) -> list[dict[str, float]]:
    """Return the features of each candidate, each in [0, 1] (age and sex: 0 fits, -1 does not).

    Where annotated diseases fit the case there are two more, which have no weights: `TRUST` and `ANNOTATED`.
    """
    narrative_lexical = _relative([_passages(c.narrative_hits, "lexical") for c in candidates])
    finding_lexical = _relative([_passages(c.finding_hits, "lexical") for c in candidates])
    narrative_dense = _stretched([_passages(c.narrative_hits, "dense") for c in candidates])
    finding_dense = _stretched([_passages(c.finding_hits, "dense") for c in candidates])
    rarity = _finding_rarity(case, candidates)
    coverage = [_coverage(candidate, rarity) for candidate in candidates]
    leading = max(range(len(candidates)), key=narrative_lexical.__getitem__, default=0)
    mixed = annotated(case, candidates, leading, coverage[leading] if coverage else 0.0, load_weights().annotations)
    return [
        {
            "narrative": _best(candidate.narrative_hits),
            "findings": _best(candidate.finding_hits),
            "narrative_lexical": narrative_lexical[number],
            "finding_lexical": finding_lexical[number],
            "narrative_dense": narrative_dense[number],
            "finding_dense": finding_dense[number],
            "coverage": coverage[number],
            "phenotype": min(max(candidate.phenotype.score, 0.0) / _PHENOTYPE_SCALE, 1.0)
            if candidate.phenotype
            else 0.0,
            "frequency": _FREQUENCY[candidate.condition.frequency],
            "age": -age_mismatch(candidate.condition.ages, case.age_years),
            "sex": -sex_mismatch(candidate.condition.sex, case.sex),
            **mixed[number],
        }
        for number, candidate in enumerate(candidates)
    ]


def rank(case: Case, candidates: Sequence[Candidate]) -> list[Ranked]:
    """Return the candidates by what the search found, most likely first."""
    rows = features(case, candidates)
    return _ordered([_scored(candidate, row) for candidate, row in zip(candidates, rows, strict=True)])


def reranked(ranked: Sequence[Ranked], feature: str, values: Sequence[float]) -> list[Ranked]:
    """Return the candidates in their new order, and their new shares, after one more feature of each is known."""
    return _ordered(
        [
            _scored(one.candidate, {**one.features, feature: value}, one.examined)
            for one, value in zip(ranked, values, strict=True)
        ]
    )


def finding_weights(ranked: Sequence[Ranked]) -> dict[str, float]:
    """Return how much each matched finding tells, by its label: the fewer candidates explain it, the more.

    A finding that m of n candidates explain counts ln((n + 1) / (m + 1/2)), as in inverse document frequency.
    """
    counts = Counter(label for one in ranked for label in _matched(one))
    return {label: math.log((len(ranked) + 1) / (count + 0.5)) for label, count in counts.items()}


def explained(ranked: Sequence[Ranked]) -> list[float]:
    """Return how much of the case each examined candidate explains: the summed weights of the findings it matches.

    The sum is divided by ten to be of the size of the other features.
    """
    weights = finding_weights(ranked)
    return [sum(weights[label] for label in _matched(one)) / 10 for one in ranked]


def contradicted(ranked: Sequence[Ranked]) -> list[float]:
    """Return how far each candidate's description denies what the case shows: [0, 1], 1 from three findings on.

    "No fever or flank pain" in the description of cystitis speaks against it in a patient who has both. What the case
    lacks is another matter: few patients show everything that is described.
    """
    return [min(_denied(one), _MOST_DENIED) / _MOST_DENIED for one in ranked]


def _denied(one: Ranked) -> int:
    return sum(match.finding.status == "present" for match in one.examined.matches.against) if one.examined else 0


def _matched(one: Ranked) -> frozenset[str]:
    matches = one.examined.matches.supporting if one.examined else ()
    return frozenset(match.finding.label for match in matches if match.finding.status != "absent")


def _scored(candidate: Candidate, row: Mapping[str, float], examined: Examined | None = None) -> Ranked:
    weights = load_weights().weights
    score = sum(weights[name] * value for name, value in row.items() if name not in (TRUST, ANNOTATED))
    return Ranked(candidate, row, score, _UNKNOWN, examined)


def _ordered(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Return the candidates by likelihood, each with its share of that one condition or another is there."""
    shares = [
        (1 - one.features.get(TRUST, 0.0)) * share + one.features.get(ANNOTATED, 0.0)
        for one, share in zip(ranked, likelihoods([one.score for one in ranked]), strict=True)
    ]
    ordered = sorted(
        zip(shares, ranked, strict=True), key=lambda pair: (-pair[0], -pair[1].score, pair[1].candidate.condition.name)
    )
    return [replace(one, likelihood=Likelihood(band=band(share), score=round(share, 4))) for share, one in ordered]


def likelihoods(scores: Sequence[float]) -> list[float]:
    """Return the share of each score, beside "a condition that is not listed", which has the rest."""
    weights = load_weights()
    unlisted = weights.unlisted + weights.follows * max([0.0, *scores])
    return softmax([score / weights.temperature for score in (*scores, unlisted)])[:-1]


def softmax(scores: Sequence[float]) -> list[float]:
    """Return the shares exp(s), normalised to sum to 1."""
    top = max(scores, default=0.0)
    powers = [math.exp(score - top) for score in scores]
    return [power / sum(powers) for power in powers]


def band(share: float) -> Band:
    """Return the band of words for a share of the likelihood."""
    return next(name for least, name in _BANDS if share >= least)


def age_mismatch(ages: Sequence[AgeBand], age_years: float | None) -> float:
    """Return 0 when the age fits one of the bands or is unknown, rising to 1 two bands away."""
    if age_years is None or "any" in ages or not ages:
        return 0.0
    own = next(position for limit, position in _AGE_LIMITS if age_years < limit)
    positions = [_AGE_ORDER.index(age) for age in ages if age != "any"]
    # "adult" in a note means 18 and over; age still shifts the odds within it.
    positions += [4] if "adult" in ages else []
    return min(min(abs(own - position) for position in positions), 2) / 2


def sex_mismatch(sex: str, patient: str) -> float:
    """Return 1 when the condition cannot occur in the patient's sex, else 0."""
    return float(sex != "any" and patient != "unknown" and sex != patient)


def _passages(hits: Sequence[Hit], path: str) -> float:
    values = sorted((getattr(hit, path) or 0.0 for hit in hits), reverse=True)
    return sum(share * value for share, value in zip(_PASSAGE_SHARES, values, strict=False))


def _best(hits: Sequence[Hit]) -> float:
    return max((hit.score for hit in hits), default=0.0)


def _relative(values: Sequence[float]) -> list[float]:
    top = max(values, default=0.0)
    return [value / top if top > 0 else 0.0 for value in values]


def _stretched(values: Sequence[float]) -> list[float]:
    """Spread the values over [0, 1]: cosines of related texts all lie close together."""
    top, low = max(values, default=0.0), min(values, default=0.0)
    return [(value - low) / (top - low) if top > low else 0.0 for value in values]


def _finding_rarity(case: Case, candidates: Sequence[Candidate]) -> dict[frozenset[str], float]:
    """Return each telling finding's stems with a weight: the fewer candidates know it, the more it tells."""
    found = {content_stems(finding.label) for finding in telling_findings(case)} - {frozenset()}
    known = [_known_stems(candidate) for candidate in candidates]
    return {stems: math.log((len(known) + 1) / (sum(stems <= one for one in known) + 0.5)) for stems in found if known}


def _coverage(candidate: Candidate, rarity: Mapping[frozenset[str], float]) -> float:
    total = sum(rarity.values())
    known = _known_stems(candidate)
    return sum(weight for stems, weight in rarity.items() if stems <= known) / total if total > 0 else 0.0


def _known_stems(candidate: Candidate) -> frozenset[str]:
    hits = (*candidate.narrative_hits, *candidate.finding_hits)
    telling = [hit for hit in hits if section_kind(hit.passage.heading_path) not in ("differential", "treatment")]
    return frozenset().union(*(content_stems(hit.passage.text) for hit in telling))
