"""Judge the differential of a case told as text: where the gold diagnosis stands, by which rule, and how sure the answer was.

Shared by the measures that tell cases as text. Knows cases with a gold diagnosis. Does not know where they come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from assistant.assessment import Assessment
from assistant.assistant import Assistant
from assistant.errors import EmptyCase, UsageError
from assistant.words import words
from finetune.cases import GoldCase, read_cases
from finetune.evaluation.intervals import mean_figure
from finetune.evaluation.measure import Figure, Item, Outcome
from finetune.gold import GoldMatcher
from finetune.matching.condition_names import is_condition

_MATCHERS: WeakKeyDictionary[Assistant, GoldMatcher] = WeakKeyDictionary()
NAMES = {1: "gold first", 5: "gold among five", 10: "gold among ten"}
# What the issue of exam cases asks for, by place.
TARGETS: Mapping[int, float] = {1: 0.20, 5: 0.40}


@dataclass(frozen=True)
class ToldCase:
    """A case as text without its diagnosis, the diagnosis, and the specialty it belongs to."""

    text: str
    gold: str
    group: str = ""


def matcher_of(assistant: Assistant) -> GoldMatcher:
    """Return the matcher that knows this assistant's conditions and diseases; made once for each."""
    found = _MATCHERS.get(assistant)
    if found is None:
        diseases = assistant.phenotypes.disease_names if assistant.phenotypes is not None else {}
        found = _MATCHERS[assistant] = GoldMatcher(assistant.index.conditions().values(), diseases)
    return found


def assessed(text: str, assistant: Assistant) -> Assessment | None:
    """Return the assessment of a case told as text, without the time of wording a summary; None for an empty one."""
    try:
        return assistant.assess(assistant.read(text))
    except EmptyCase:
        return None


def judged(told: ToldCase, assistant: Assistant) -> dict[str, Any]:
    """Return where the gold stands in the differential, and what a reader of the outcomes would ask next.

    A differential the assistant does not give has the gold nowhere, for whatever reason.
    """
    assessment, matcher = assessed(told.text, assistant), matcher_of(assistant)
    listed = assessment.differential if assessment is not None else ()
    found = matcher.rank(listed, told.gold)
    abstention = assessment.abstention if assessment is not None else None
    return {
        "gold": told.gold,
        "group": told.group,
        "condition": is_condition(told.gold),
        "indexed": matcher.knows(told.gold),
        "named": names_gold(told.text, told.gold),
        "place": found[0] if found else None,
        "rule": found[1] if found else "",
        "leading": listed[0].name if listed else "",
        "score": listed[0].likelihood.score if listed else 0.0,
        "abstained": abstention.reason if abstention is not None else "",
        "cost": assessment.provenance.seconds if assessment is not None else 0.0,
    }


def names_gold(text: str, gold: str) -> bool:
    """Say whether a case gives its diagnosis away: its name stands in the text, word by word."""
    said, wanted = f" {' '.join(words(text))} ", " ".join(words(gold))
    return bool(wanted) and f" {wanted} " in said


def place_figures(
    measure: str, outcomes: Sequence[Outcome], seed: int, which: str = "", places: Sequence[int] = (1, 5, 10)
) -> list[Figure]:
    """Return how often the gold stood among the first; `which` says of which cases, where not of all."""
    return [
        mean_figure(
            measure,
            f"{NAMES[limit]}{', ' if which else ''}{which}",
            [within(one, limit) for one in outcomes],
            seed,
            target=None if which else TARGETS.get(limit),
        )
        for limit in places
    ]


def within(outcome: Outcome, limit: int) -> bool:
    """Say whether the gold was among the first so many."""
    return outcome["place"] is not None and outcome["place"] <= limit


def by_group(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """Return the shares of each specialty, with how many cases it has."""
    groups = sorted({str(one["group"]) for one in outcomes if one["group"]})
    return {group: _shares([one for one in outcomes if one["group"] == group]) for group in groups}


def _shares(outcomes: Sequence[Outcome]) -> dict[str, float]:
    shares = {NAMES[limit]: sum(within(one, limit) for one in outcomes) / len(outcomes) for limit in NAMES}
    return {"cases": len(outcomes)} | {name: round(value, 4) for name, value in shares.items()}


def by_rule(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """Return how many golds were recognised by each rule."""
    rules = [str(one["rule"]) for one in outcomes if one["rule"]]
    return {rule: rules.count(rule) for rule in sorted(set(rules))}


def told_items(file: Path, limit: int | None, seed: int) -> list[Item]:
    """Return the text cases of a file of cases. Raises UsageError where it is not there."""
    if not file.is_file():
        raise UsageError(f"the data set is not there: {file}")
    return [item_of(case) for case in read_cases(file, limit=limit, seed=seed)]


def item_of(case: GoldCase) -> Item:
    """Return a case as an item of a measure."""
    return Item(case.id, ToldCase(case.text, case.gold, case.group))
