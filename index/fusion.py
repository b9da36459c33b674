"""Fuse lexical and dense scores of passages into one.

Knows numbers only.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

# The share of the dense score: of 0.2, 0.25 ... 0.7 the largest at which questions, section titles, case narratives and
# lists of findings are all found better than by either path alone.
DENSE_SHARE = 0.35


def fuse(
    lexical: Mapping[int, float], dense: Mapping[int, float], candidates: int, share: float = DENSE_SHARE
) -> dict[int, float]:
    """Return one score in [0, 1] for each of the best `candidates` passages of either path, by number.

    Both mappings hold a path's passages best first, more of them than are proposed. The score is a convex combination
    of min-max normalised scores, which keeps how far apart candidates are where fusing ranks would lose it (Bruch, Gai
    and Ingber, An Analysis of Fusion Functions for Hybrid Retrieval, ACM Trans Inf Syst 2023, doi:10.1145/3596512).
    BM25 is normalised from its natural minimum, 0, cosine from the lowest among the candidates; missing counts as 0.
    """
    numbers = dict.fromkeys((*islice(lexical, candidates), *islice(dense, candidates)))
    lexical_scores = _scaled({n: lexical[n] for n in numbers if n in lexical}, floor=0.0)
    dense_scores = _scaled({n: dense[n] for n in numbers if n in dense})
    if not lexical or not dense:
        return lexical_scores or dense_scores
    return {n: share * dense_scores.get(n, 0.0) + (1 - share) * lexical_scores.get(n, 0.0) for n in numbers}


def _scaled(scores: Mapping[int, float], floor: float | None = None) -> dict[int, float]:
    if not scores:
        return {}
    low = min(scores.values()) if floor is None else floor
    width = max(scores.values()) - low
    return {number: min(1.0, max(0.0, (score - low) / width)) if width > 0 else 1.0 for number, score in scores.items()}
