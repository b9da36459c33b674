"""Whether a finding named in a sentence is present, denied, past, of the family, or uncertain.

Trigger phrases with a direction and a scope, after ConText (Harkema et al., J Biomed Inform 2009,
doi:10.1016/j.jbi.2009.05.002). Knows wording. Does not know which findings there are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from assistant.case import Status


@dataclass(frozen=True)
class Rule:
    """A trigger: its wording, the status it gives, and whether it acts on what follows or on what goes before."""

    pattern: re.Pattern[str]
    status: Status
    forward: bool


@dataclass(frozen=True)
class Rules:
    """All triggers, and the wordings that end a scope or only look like a trigger."""

    triggers: tuple[Rule, ...]
    ends: re.Pattern[str]
    harmless: re.Pattern[str]


@cache
def load_rules() -> Rules:
    """Return the rules of `assistant/data/status_rules.yaml`."""
    raw = yaml.safe_load((files("assistant") / "data" / "status_rules.yaml").read_text(encoding="utf-8"))
    triggers = tuple(
        Rule(_pattern(words), status, direction == "before")
        for status, sides in raw["triggers"].items()
        for direction, words in sides.items()
    )
    return Rules(triggers, _pattern(raw["ends"]), _pattern(raw["harmless"]))


def status_at(sentence: str, start: int, end: int) -> Status:
    """Return the status of the finding at `sentence[start:end]`.

    The nearest trigger whose scope reaches the finding decides; family outranks the others.
    """
    rules = load_rules()
    masked = rules.harmless.sub(lambda match: "~" * len(match[0]), sentence)
    reaching: list[tuple[int, Status]] = []
    for rule in rules.triggers:
        for trigger in rule.pattern.finditer(masked):
            between = masked[trigger.end() : start] if rule.forward else masked[end : trigger.start()]
            outside = trigger.end() > start if rule.forward else trigger.start() < end
            if not outside and not rules.ends.search(between):
                reaching.append((len(between), rule.status))
    if any(status == "family" for _, status in reaching):
        return "family"
    return min(reaching, default=(0, "present"), key=lambda one: one[0])[1]


def _pattern(phrases: list[str]) -> re.Pattern[str]:
    return re.compile(
        "|".join(rf"(?<!\w){phrase}(?!\w)" for phrase in sorted(phrases, key=len, reverse=True)), re.IGNORECASE
    )
