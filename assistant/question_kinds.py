"""How a finding is found out: by a question, at the bedside, by a test; what that costs, and how it is asked for.

Knows wording, from a readable table. Does not know which finding tells most.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from assistant.reading.tables import structure

BACKGROUND_KIND = "past or background"
_FILE = "question_kinds.yaml"


@dataclass(frozen=True)
class QuestionKind:
    """A way of finding out: its name, its cost (1 for a question), and the question with a place for the finding."""

    name: str
    cost: float
    template: str
    words: re.Pattern[str]
    labels: frozenset[str]

    @property
    def is_background(self) -> bool:
        """Whether it asks for what was before the illness: a risk factor is described of a condition and seldom there."""
        return self.name == BACKGROUND_KIND

    def ask(self, finding: str) -> str:
        """Return the question for a finding."""
        special: str | None = structure(_FILE)["asked_as"].get(finding)
        return special or self.template.format(finding=finding)


@lru_cache(maxsize=4096)
def kind_of(finding: str) -> QuestionKind:
    """Return the kind that lists the label, else the first one of whose words it holds; the last takes what none names."""
    kinds, label = _kinds(), finding.lower()
    listed = next((kind for kind in kinds if label in kind.labels), None)
    return listed or next((kind for kind in kinds[:-1] if kind.words.search(label)), kinds[-1])


@lru_cache(maxsize=4096)
def can_be_asked(finding: str) -> bool:
    """Say whether the label can stand in a question: some name a conclusion, or what age and record tell."""
    return not any(pattern.fullmatch(finding.lower()) for pattern in _never())


@cache
def _kinds() -> tuple[QuestionKind, ...]:
    return tuple(
        QuestionKind(
            name=row["kind"],
            cost=float(row["cost"]),
            template=row["question"],
            words=_at_word_starts(row["words"]),
            labels=frozenset(label.strip().lower() for label in row.get("labels", "").split("|")),
        )
        for row in structure(_FILE)["kinds"]
    )


@cache
def _never() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in structure(_FILE)["never"])


def _at_word_starts(words: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<![a-z0-9])(?:{one})" for one in words) or "(?!)")
