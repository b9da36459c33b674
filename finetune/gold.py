"""Whether a diagnosis in a differential is the gold diagnosis of a case, and by which rule it was judged so.

An answer counts when it says at least what the gold says: the same disease, or a kind of it. One that says less ("glaucoma"
for "acute angle-closure glaucoma") does not. Knows names, synonyms and codes. Does not know how either came about. What
cannot be matched is a miss, never a hit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Literal

from assistant.assessment import Diagnosis
from finetune.matching import codes
from finetune.matching.names import Key, Name, broader, close, narrower, numbered_apart, read_name, same
from finetune.matching.tables import whole_names
from index.document import Condition

Rule = Literal["same name", "synonym", "same code", "code beneath", "same disease", "narrower name", "close name"]
RULES: tuple[Rule, ...] = (
    "same name",
    "synonym",
    "same code",
    "code beneath",
    "same disease",
    "narrower name",
    "close name",
)


_NONE: frozenset[Key] = frozenset()


class GoldMatcher:
    """Matches against the synonyms of the conditions it was given, and the names that diseases have by their ids.

    `diseases` are the names of OMIM and Orphanet diseases by id, as the phenotype knowledge has them.
    """

    def __init__(self, conditions: Iterable[Condition], diseases: Mapping[str, str] | None = None) -> None:
        self._equal: dict[Key, set[Key]] = defaultdict(set)
        self._synonyms: dict[Key, set[Key]] = defaultdict(set)
        self._bearers: dict[Key, set[str]] = defaultdict(set)
        self._diseases = diseases or {}
        for names in whole_names():
            forms = _forms(names)
            for key in forms:
                self._equal[key] |= forms
        for condition in conditions:
            known = _forms((condition.name, *condition.synonyms))
            for key in read_name(condition.name).forms:
                self._synonyms[key] |= known
            for key in known:
                self._bearers[key].add(condition.name)
        self._rule = lru_cache(maxsize=200_000)(self._judged)

    def rule(self, diagnosis: Diagnosis, gold: str, gold_code: str = "") -> Rule | None:
        """Return the rule under which the diagnosis is the gold one, or None."""
        found = diagnosis.codes
        return self._rule(diagnosis.name, (*found.icd10cm, *found.omim, *found.orpha), gold, gold_code)

    def knows(self, gold: str) -> bool:
        """Say whether one of its conditions is the gold diagnosis, by name or synonym."""
        wanted = read_name(gold)
        near = set(wanted.forms).union(*(self._equal.get(key, _NONE) for key in wanted.forms))
        if any(key in self._synonyms for key in near):
            return True
        return any(self._rule(title, (), gold, "") is not None for key in near for title in self._bearers.get(key, ()))

    def rule_by_name(self, name: str, gold: str) -> Rule | None:
        """Return the rule under which a name means the gold diagnosis, or None."""
        return self._rule(name, (), gold, "")

    def one_disease(self, one: str, other: str) -> bool:
        """Say whether two names of conditions are the same or synonyms; a kind of a disease is another one here."""
        return any(self.rule_by_name(*names) in ("same name", "synonym") for names in ((one, other), (other, one)))

    def rank(self, differential: Sequence[Diagnosis], gold: str, gold_code: str = "") -> tuple[int, Rule] | None:
        """Return the 1-based place of the gold diagnosis and the rule that found it, or None."""
        for place, diagnosis in enumerate(differential, 1):
            rule = self.rule(diagnosis, gold, gold_code)
            if rule is not None:
                return place, rule
        return None

    def _judged(self, name: str, known: tuple[str, ...], gold: str, gold_code: str) -> Rule | None:
        given, wanted = read_name(name), read_name(gold)
        if same(given, wanted):
            return "same name"
        if self._synonymous(given, wanted):
            return "synonym"
        by_code = self._by_code(given, known, wanted, gold_code)
        if by_code is not None:
            return by_code
        if narrower(given, wanted):
            return "narrower name"
        return "close name" if close(given, wanted) else None

    def _synonymous(self, given: Name, wanted: Name) -> bool:
        """Say whether two names mean one disease by our own table, or because a condition of the index bears both.

        What a corpus calls a synonym may be a kind ("small cell lung cancer" of lung cancer), another number of a series,
        or a disease that has a title of its own, whose own synonyms must then agree.
        """
        if any(not self._equal.get(key, _NONE).isdisjoint(wanted.forms) for key in given.forms):
            return True
        if broader(given, wanted) or numbered_apart(given, wanted):
            return False
        forth, back = self._lists(given, wanted), self._lists(wanted, given)
        return (forth and back) if self._are_apart(given, wanted) else (forth or back)

    def _lists(self, title: Name, synonym: Name) -> bool:
        return any(not self._synonyms.get(key, _NONE).isdisjoint(synonym.forms) for key in title.forms)

    def _by_code(self, given: Name, known: Sequence[str], wanted: Name, gold_code: str) -> Rule | None:
        if not gold_code:
            return None
        if codes.is_icd(gold_code):
            return None if self._are_apart(given, wanted) else codes.icd_rule(known, gold_code)
        if gold_code in known:
            return "same code"
        return "same disease" if self._named_alike(given, known, gold_code) else None

    def _are_apart(self, given: Name, wanted: Name) -> bool:
        """Say whether the index has both as conditions of their own: then a shared code is a shared drawer, not a disease.

        Acute pyelonephritis and acute interstitial nephritis are both coded N10.
        """
        return all(any(key in self._synonyms for key in name.forms) for name in (given, wanted))

    def _named_alike(self, given: Name, known: Sequence[str], gold_code: str) -> bool:
        """Say whether the answer's own name, or that of one of its rare diseases, is the name of the gold code's disease."""
        gold = read_name(self._diseases.get(gold_code, ""))
        names = (given, *(read_name(self._diseases[code]) for code in known if code in self._diseases))
        return any(same(name, gold) or self._synonymous(name, gold) for name in names)


def _forms(names: Iterable[str]) -> frozenset[Key]:
    return frozenset(key for name in names for key in read_name(name).forms if key)
