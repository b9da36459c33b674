"""Which conditions are proposed, and which documents are about one and the same."""

from __future__ import annotations

from itertools import permutations

import pytest

from assistant.candidates import propose, told_narrative
from assistant.case import Case, Finding, Span
from index.document import Condition, Document, Hit, Passage
from index.guideline_index import Query


class _Index:
    """Finds the same hits whatever is asked."""

    def __init__(self, conditions: list[Condition]) -> None:
        self._conditions = conditions

    def search(self, query: Query, limit: int = 10) -> list[Hit]:
        return [self._hit(number, condition) for number, condition in enumerate(self._conditions)]

    @staticmethod
    def _hit(number: int, condition: Condition) -> Hit:
        document = Document(id=f"d{number}", title=condition.name, text="fever", condition=condition)
        return Hit(
            passage=Passage(id=f"d{number}-0", document_id=document.id, start=0, end=5, text="fever"),
            document=document,
            score=1.0,
        )


CASE = Case(narrative="fever", findings=(Finding(label="fever"),))
NAMES = [
    Condition(name="Essential hypertension", synonyms=("hypertension", "high blood pressure")),
    Condition(name="Hypertension"),
    Condition(name="Hypertensive emergency"),
]


@pytest.mark.parametrize("order", list(permutations(NAMES)), ids=lambda order: ", ".join(one.name for one in order))
def test_a_document_named_by_another_s_synonym_is_about_the_same_condition_in_any_order(order: tuple[Condition, ...]):
    proposed = propose(CASE, _Index(list(order)), None)  # type: ignore[arg-type]
    assert sorted(len(candidate.documents) for candidate in proposed) == [1, 2]


def test_what_is_denied_does_not_attract():
    text = "No fever, but a cough."
    denied = Finding(label="fever", status="absent", spans=(Span(start=3, end=8),))
    assert told_narrative(Case(narrative=text, findings=(denied,))) == "No , but a cough."
