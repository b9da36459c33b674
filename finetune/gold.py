"""Whether a diagnosis in a differential is the gold diagnosis of a case, and by which rule it was judged so.

Knows names, synonyms and codes. Does not know how either came about. What cannot be matched is a miss, never a hit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

from assistant.assessment import Diagnosis
from assistant.disease_names import keys
from assistant.words import name_key
from index.document import Condition

Rule = Literal["same name", "synonym", "same code", "close name"]
# Share of name words two names must have in common to be "close": three of four, so one word may differ.
CLOSE = 0.75


class GoldMatcher:
    """Matches against the synonyms of the conditions it was given."""

    def __init__(self, conditions: Iterable[Condition]) -> None:
        self._synonyms: dict[str, set[str]] = defaultdict(set)
        for condition in conditions:
            known = keys(condition)
            for key in known:
                self._synonyms[key] |= known

    def rule(self, diagnosis: Diagnosis, gold: str, gold_code: str = "") -> Rule | None:
        """Return the rule under which the diagnosis is the gold one, or None."""
        codes = {*diagnosis.codes.icd10cm, *diagnosis.codes.omim, *diagnosis.codes.orpha}
        if gold_code and gold_code in codes:
            return "same code"
        return self.rule_by_name(diagnosis.name, gold)

    def rule_by_name(self, name: str, gold: str) -> Rule | None:
        """Return the rule under which a name means the gold diagnosis, or None."""
        given, wanted = keys(Condition(name=name)), keys(Condition(name=gold))
        if given & wanted:
            return "same name"
        if any(wanted & self._synonyms.get(key, set()) for key in given):
            return "synonym"
        return "close name" if self._close(name_key(name), name_key(gold)) else None

    def rank(self, differential: Sequence[Diagnosis], gold: str, gold_code: str = "") -> tuple[int, Rule] | None:
        """Return the 1-based place of the gold diagnosis and the rule that found it, or None."""
        for place, diagnosis in enumerate(differential, 1):
            rule = self.rule(diagnosis, gold, gold_code)
            if rule is not None:
                return place, rule
        return None

    @staticmethod
    def _close(first: str, second: str) -> bool:
        one, two = set(first.split()), set(second.split())
        return len(one & two) / max(len(one | two), 1) >= CLOSE
