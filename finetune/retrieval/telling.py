"""Say a comparison of retrieval systems in lines of text.

Knows what was measured. Does not know terminals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from finetune.retrieval.comparing import MEASURES, NDCG, Comparison, Difference, Scores
from finetune.retrieval.measures import Interval, mean_interval

Say = Callable[[str], None]
Groups = Callable[[Scores, str], Sequence[Sequence[float]]]
_HEADS = ("nDCG@10", "recall@10", "MRR@10")
_NAME, _COLUMN = 18, 22


def describe(comparison: Comparison, line: Say) -> None:
    """Say the tables: one for each type of query, one over all, and what the hybrid gains over each other system."""
    line(f"{len(comparison.scores[0].queries)} queries, {comparison.docnos} docnos judged at: {comparison.level}")
    if comparison.unmatched:
        line(f"{comparison.unmatched} docnos are not in the index; they count as not found by every system")
    if comparison.unjudged:
        line(f"{comparison.unjudged} queries have nothing judged relevant and are left out")
    for note in comparison.notes:
        line(note)
    several = len(comparison.types) > 1
    for kind in comparison.types:
        count = sum(query.type == kind for query in comparison.scores[0].queries)
        _table(f"{kind} ({count})", comparison, line, partial(_of_type, kind))
    if several:
        _table("all queries alike", comparison, line, lambda one, measure: [one.values[measure]])
        _table("all types alike", comparison, line, lambda one, measure: one.grouped(measure))
    line("")
    line("median ms a search, embedding the query included:")
    line("  " + ", ".join(f"{one.system} {one.median_ms:.1f}" for one in comparison.scores))
    _gains(comparison.differences(), line)


def _of_type(kind: str, one: Scores, measure: str) -> Sequence[Sequence[float]]:
    return [one.of_type(measure, kind)]


def _table(title: str, comparison: Comparison, line: Say, groups: Groups) -> None:
    line("")
    line(f"{title:<{_NAME}}" + "".join(f"{head:<{_COLUMN}}" for head in _HEADS).rstrip())
    for one in comparison.scores:
        cells = (_cell(mean_interval(groups(one, measure))) for measure in MEASURES)
        line(f"  {one.system:<{_NAME - 2}}" + "".join(f"{cell:<{_COLUMN}}" for cell in cells).rstrip())


def _cell(interval: Interval) -> str:
    return f"{interval.value:.3f} ({interval.low:.3f}-{interval.high:.3f})"


def _gains(differences: list[Difference], line: Say) -> None:
    if differences:
        line("")
        line(f"gain of {differences[0].system} in {_HEADS[MEASURES.index(NDCG)]}, with its 95 % interval:")
    for one in differences:
        relative = "" if one.relative is None else f", {one.relative:+.0%}"
        doubt = "" if one.interval.excludes_zero else " (no difference that excludes zero)"
        amount = f"{one.interval.value:+.3f} ({one.interval.low:+.3f} to {one.interval.high:+.3f}){relative}"
        line(f"  over {one.over:<16}{one.type or 'all queries alike':<18}{amount}{doubt}")
