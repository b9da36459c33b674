"""Fit the weights by which `index.phenotypes` ranks diseases, on coded cases whose disease is known.

A conditional logit (McFadden 1974) over the features of `index.phenotypes.features`, fitted on the cases of one half of the
diseases and judged on the other half, so that no disease is judged by weights that have seen it. Knows coded cases. Does not
know how features are made.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.errors import TrainingError
from finetune.cases import GoldCase
from finetune.ranking.choices import Choice
from finetune.ranking.fitting import solve
from index.phenotypes import PhenotypeKnowledge
from index.phenotypes.features import NAMES

# Set by hand. What is constant in a disease is denied for published patients more often than its frequency allows, because
# tables of cohorts list every sign; for a clinician's own case it must speak against the disease. And catalogued cases are all
# of single genes: fitted, that prior would hide every other disease.
BY_HAND: Mapping[str, float] = {"contrary": 0.5, "single_gene": 1.0}
# How many leading diseases a case's gold is told from: those behind hardly change the weights and cost memory.
_CONTENDERS = 500
_HEADER = """\
# The weights by which a disease's features are summed (index/phenotypes/features.py says what each feature is).
# Made by 'wardround finetune phenotypes': a conditional logit on {fitted} coded cases of published patients. On {judged} cases
# of other diseases ({reachable:.1%} annotated at all) the disease was first in {top1:.1%}, among the first ten in {top10:.1%}.
# Set by hand: {by_hand}, for the reasons given in finetune/phenotype_fit.py.
"""


@dataclass(frozen=True)
class PhenotypeFit:
    """Fitted weights, and how often the disease was first / among ten on the cases of other diseases."""

    weights: Mapping[str, float]
    fitted: int
    judged: int
    reachable: float
    top1: float
    top10: float

    def as_yaml(self) -> str:
        """Return the weights file."""
        facts = _HEADER.format(
            fitted=self.fitted,
            judged=self.judged,
            reachable=self.reachable,
            top1=self.top1,
            top10=self.top10,
            by_hand=", ".join(BY_HAND),
        )
        return facts + "weights:\n" + "".join(f"  {name}: {value}\n" for name, value in self.weights.items())


def halves(cases: Sequence[GoldCase], seed: int) -> tuple[list[GoldCase], list[GoldCase]]:
    """Return the cases of one random half of the diseases, and those of the other."""
    diseases = sorted({case.gold_code for case in cases})
    random.Random(seed).shuffle(diseases)  # noqa: S311 - a split, not a secret
    first = set(diseases[: len(diseases) // 2])
    return [one for one in cases if one.gold_code in first], [one for one in cases if one.gold_code not in first]


def fit(
    knowledge: PhenotypeKnowledge,
    cases: Sequence[GoldCase],
    *,
    seed: int = 7,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> PhenotypeFit:
    """Return weights from one half and their figures on the other.

    Raises TrainingError when no coded case has a disease that is annotated.
    """
    first, second = halves([case for case in cases if case.present and case.gold_code], seed)
    data = []
    for done, case in enumerate(first, 1):
        data.append(_choice(knowledge, case))
        advance(done, len(first))
    known = [one for one in data if one is not None]
    if not known or not second:
        raise TrainingError(
            f"none of the {len(first)} coded cases has a disease that is annotated, with others to judge by; give more"
        )
    weights = _weights(known)
    places = [place(knowledge, case, weights) for case in second]
    return PhenotypeFit(
        weights,
        fitted=len(first),
        judged=len(second),
        reachable=_share([found is not None for found in places]),
        top1=_share([found is not None and found <= 1 for found in places]),
        top10=_share([found is not None and found <= 10 for found in places]),
    )


def place(knowledge: PhenotypeKnowledge, case: GoldCase, weights: Mapping[str, float]) -> int | None:
    """Return the place of a case's disease under some weights; None when it is not annotated."""
    gold, found = _gold(knowledge, case), knowledge.features(case.present, case.absent)
    if gold is None or not found:
        return None
    total = np.sum([weights[name] * values for name, values in found.items()], axis=0)
    return 1 + int((total > total[gold]).sum())


def _choice(knowledge: PhenotypeKnowledge, case: GoldCase) -> Choice | None:
    """Return the disease and its closest contenders; None when it is not annotated."""
    gold, found = _gold(knowledge, case), knowledge.features(case.present, case.absent)
    if gold is None or not found:
        return None
    matrix = np.stack([found[name] for name in NAMES], axis=1)
    leading = [np.argsort(-found[name], kind="stable")[:_CONTENDERS] for name in ("ratio", "cosine", "similarity")]
    kept = np.unique(np.concatenate([*leading, [gold]]))
    return Choice(matrix[kept].astype(np.float32), kept == gold)


def _gold(knowledge: PhenotypeKnowledge, case: GoldCase) -> int | None:
    return next((number for number, (ids, _) in enumerate(knowledge.diseases) if case.gold_code in ids), None)


def _weights(data: Sequence[Choice]) -> dict[str, float]:
    """Return the weights, rounded to three digits; features are brought to one scale so that the penalty is fair."""
    spread: NDArray[np.float64] = np.concatenate([one.features for one in data]).std(axis=0)
    spread[spread == 0] = 1.0
    scaled = [Choice(one.features / spread, one.gold) for one in data]
    by_hand = {name: value * spread[NAMES.index(name)] for name, value in BY_HAND.items()}
    solved = dict(zip(NAMES, solve(scaled, NAMES, by_hand)[:-1] / spread, strict=True))
    return {name: BY_HAND.get(name, float(f"{value:.3g}")) for name, value in solved.items()}


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values)
