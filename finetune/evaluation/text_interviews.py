"""An interview over a case told as facts: each question uncovers a fact that answers it, or nothing, until the gold leads.

Four ways of asking. "gain" asks what an assessment of what is known so far would ask; "random question" draws from all that the
leading candidates leave open. A written case answers few questions, and one that no fact answers is lost to both. "answered"
goes down the questions by gain to the first that the facts left answer, as with a record that can be looked into; "random fact"
uncovers the facts in a random order: these two lose no question. Knows facts and the assistant. Does not know data sets.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from assistant.assessment import Codes, Diagnosis
from assistant.assistant import Assistant
from assistant.case import Case, Finding
from assistant.next_question import Inquiry, next_question
from assistant.ranking import Ranked
from finetune.gold import GoldMatcher

Strategy = Literal["gain", "random question", "answered", "random fact"]
STRATEGIES: tuple[Strategy, ...] = ("gain", "random question", "answered", "random fact")
# Nobody sits through more.
MOST_QUESTIONS = 12
_SHOWN = 10


@dataclass(frozen=True)
class ToldFacts:
    """A case as facts in the order of its text, the first of which says who the patient is, and the gold diagnosis."""

    facts: tuple[str, ...]
    gold: str


@dataclass(frozen=True)
class Known:
    """What has been told so far, what was asked in vain, and the candidates it leads to."""

    told: tuple[str, ...]
    not_known: tuple[str, ...] = ()
    case: Case | None = None
    ranked: tuple[Ranked, ...] = ()


class TextInterviews:
    """Interviews with one assistant and one rule for what the gold is."""

    def __init__(self, assistant: Assistant, matcher: GoldMatcher) -> None:
        self._assistant = assistant
        self._matcher = matcher

    def leads_at_last(self, told: ToldFacts) -> bool:
        """Say whether the gold leads once everything is told."""
        return self._leads(self._heard(Known(told.facts)), told.gold)

    def questions_needed(self, told: ToldFacts, strategy: Strategy, seed: int) -> int:
        """Return how many questions are asked until the gold leads and stays so; one more than are asked where never."""
        chance = random.Random(seed)  # noqa: S311 - an order, not a secret
        left = list(told.facts[1:])
        known = self._heard(Known(told.facts[:1]))
        needed = 0 if self._leads(known, told.gold) else 1
        for count in range(1, MOST_QUESTIONS + 1):
            if not left:
                break
            known = self._asked(known, left, strategy, chance)
            if not self._leads(known, told.gold):
                needed = count + 1
        return needed

    def _asked(self, known: Known, left: list[str], strategy: Strategy, chance: random.Random) -> Known:
        """Ask once and return what is known then; a fact that was uncovered is left no longer.

        Where there is nothing to ask for any more, the next fact is told, as if to "anything else?".
        """
        if strategy == "random fact":
            fact: str | None = chance.choice(left)
        else:
            asked = self._inquiry(known)
            findings = _ordered(asked, strategy, chance) if asked is not None else []
            fact = next((one for finding in findings for one in left if self._answers(one, finding)), None)
            if fact is None and findings and strategy != "answered":
                return replace(known, not_known=(*known.not_known, findings[0].label))
        fact = fact or left[0]
        left.remove(fact)
        return self._heard(replace(known, told=(*known.told, fact)))

    def _inquiry(self, known: Known) -> Inquiry | None:
        if known.case is None:
            return None
        case = known.case.model_copy(update={"not_known": known.not_known})
        return self._assistant.inquiry(case, known.ranked)

    def _answers(self, fact: str, asked: Finding) -> bool:
        """Say whether a fact speaks of a finding: it names it, or denies what it is a kind of."""
        return any(self._same(mine, asked) for mine in self._assistant.read(fact).findings)

    def _same(self, mine: Finding, asked: Finding) -> bool:
        if mine.label == asked.label:
            return True
        if not (mine.hpo and asked.hpo) or self._assistant.phenotypes is None:
            return False
        kinds = self._assistant.phenotypes.ancestors
        return asked.hpo in kinds(mine.hpo) or (mine.status == "absent" and mine.hpo in kinds(asked.hpo))

    def _heard(self, known: Known) -> Known:
        """Return what is known with the case read anew and its candidates ranked."""
        case = self._assistant.read("\n".join(known.told))
        return replace(known, case=case, ranked=tuple(self._assistant.ranked(case)) if case.findings else ())

    def _leads(self, known: Known, gold: str) -> bool:
        found = self._matcher.rank([_named(one) for one in known.ranked[:_SHOWN]], gold)
        return found is not None and found[0] == 1


def _ordered(asked: Inquiry, strategy: Strategy, chance: random.Random) -> list[Finding]:
    """Return the findings to ask for, in turn: a single one where the first must do."""
    if strategy == "random question":
        return [chance.choice(asked.findings)]
    if strategy == "gain":
        question = next_question(asked)
        return [one for one in asked.findings if question is not None and one.label == question.finding]
    worth = asked.gains / np.sqrt(asked.costs)
    return [asked.findings[int(place)] for place in np.argsort(-worth, kind="stable")]


def _named(one: Ranked) -> Diagnosis:
    """Return a candidate as the diagnosis it would be shown as, as far as its name and codes go."""
    condition = one.candidate.condition
    codes = Codes(icd10cm=condition.icd10cm, omim=condition.omim, orpha=condition.orpha)
    return Diagnosis(name=condition.name, codes=codes, likelihood=one.likelihood)


def without_number(facts: Sequence[str]) -> tuple[str, ...]:
    """Return facts without the numbers they are listed with."""
    return tuple(fact.split(". ", 1)[1] if fact.split(". ", 1)[0].isdecimal() else fact for fact in facts)
