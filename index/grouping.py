"""Group found passages by the condition they are about, so that one well-documented condition is one row.

Knows conditions and titles. Does not know how passages were found or which cases they are for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from index.document import Hit
from index.expansion import name_key


@dataclass(frozen=True)
class ConditionHits:
    """The hits on one condition, best first; `name` is the document's title where it is about none."""

    name: str
    hits: tuple[Hit, ...]

    @property
    def score(self) -> float:
        """The score of the best hit."""
        return self.hits[0].score


def by_condition(hits: Iterable[Hit]) -> list[ConditionHits]:
    """Return the groups in the order of their best hits; names that differ in spelling or plural alone are one."""
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        groups.setdefault(name_key(_name(hit)), []).append(hit)
    return [ConditionHits(_name(group[0]), tuple(group)) for group in groups.values()]


def _name(hit: Hit) -> str:
    return hit.document.condition.name if hit.document.condition else hit.document.title
