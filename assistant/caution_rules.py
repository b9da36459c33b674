"""The rules of `assistant/data/cautions.yaml`: which medicine calls for caution with what, and who says so.

Knows rules and sources. Does not know any case.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from assistant.errors import SettingsError
from assistant.reading.tables import structure
from index.document import Source

FILE = "cautions.yaml"


@dataclass(frozen=True)
class Limit:
    """A measured value that makes a rule hold: below, or above, a bound in the analyte's first unit."""

    analyte: str
    bound: float
    below: bool


@dataclass(frozen=True)
class Rule:
    """Caution with some medicines for one reason; what is not asked for is None or empty.

    `weeks` of gestation, from and below, narrow a rule for pregnancy where they are known.
    """

    drugs: frozenset[str]
    exceptions: frozenset[str]
    conditions: tuple[str, ...]
    egfr_below: float | None
    under: float | None
    from_age: float | None
    pregnant: bool
    weeks: tuple[float, float]
    taking: frozenset[str]
    limit: Limit | None
    say: str
    source: Source


@dataclass(frozen=True)
class Cross:
    """What an allergy to one class means for other medicines."""

    allergy: str
    drugs: frozenset[str]
    say: str
    source: Source


@dataclass(frozen=True)
class Rules:
    """All rules, the conditions they ask for, and the classes within which an allergy holds."""

    rules: tuple[Rule, ...]
    crosses: tuple[Cross, ...]
    conditions: Mapping[str, re.Pattern[str]]
    allergy_classes: Mapping[str, str]
    allergy_source: Source


@cache
def load_rules() -> Rules:
    """Return the rules. Raises SettingsError for a source or condition that the file does not define."""
    raw = structure(FILE)
    sources = {key: Source(**fields) for key, fields in raw["sources"].items()}
    conditions = {name: _whole_words(words) for name, words in raw["conditions"].items()}
    return Rules(
        rules=tuple(_rule(row, sources, conditions) for row in raw["rules"]),
        crosses=tuple(
            Cross(row["allergy"], frozenset(row["drugs"]), row["say"], _source(row, sources)) for row in raw["crosses"]
        ),
        conditions=conditions,
        allergy_classes=dict(raw["allergies"]),
        allergy_source=sources["allergy"],
    )


def _rule(row: Mapping[str, Any], sources: Mapping[str, Source], conditions: Mapping[str, Any]) -> Rule:
    asked = row.get("condition", [])
    named = (asked,) if isinstance(asked, str) else tuple(asked)
    if unknown := [name for name in named if name not in conditions]:
        raise SettingsError(f"{FILE}: a rule asks for {unknown[0]!r}, which conditions does not define; add it there")
    return Rule(
        drugs=frozenset(row["drugs"]),
        exceptions=frozenset(row.get("except", ())),
        conditions=named,
        egfr_below=row.get("egfr_below"),
        under=row.get("under"),
        from_age=row.get("from_age"),
        pregnant=row.get("pregnant", False),
        weeks=(row.get("from_week", 0.0), row.get("until_week", math.inf)),
        taking=frozenset(row.get("taking", ())),
        limit=_limit(row),
        say=row["say"],
        source=_source(row, sources),
    )


def _limit(row: Mapping[str, Any]) -> Limit | None:
    for side in ("below", "above"):
        for analyte, bound in row.get(side, {}).items():
            return Limit(analyte, float(bound), side == "below")
    return None


def _source(row: Mapping[str, Any], sources: Mapping[str, Source]) -> Source:
    if row["source"] not in sources:
        raise SettingsError(f"{FILE}: a rule cites {row['source']!r}, which sources does not define; add it there")
    return sources[row["source"]]


def _whole_words(words: list[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(words)})(?![\w])", re.IGNORECASE)
