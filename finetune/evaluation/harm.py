"""What evidence does to a model's own answer: how often it repairs a wrong one, and how often it breaks a right one.

The model alone chooses among the same candidates by its own scores of their names, given the case and nothing else; with
evidence it is the assistant's leading diagnosis. Both are judged alike. Measured on exam vignettes (CRAFT-MD's development
part) whose gold is among the candidates, since elsewhere neither can be right. Does not know what evidence there was.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assistant import reasoning
from assistant.assistant import WEIGHED, Assistant
from finetune.evaluation.diagnosing import assessed, matcher_of, told_items
from finetune.evaluation.intervals import mean_figure
from finetune.evaluation.measure import Figure, Item, Outcome
from finetune.evaluation.vignettes import FILE

# The model is asked twice a case, which takes seconds: the vignettes looked at where no other number is asked for.
VIGNETTES = 60


class Harm:
    """Repair, harm, and both ways of being right."""

    name = "harm"
    needs_model = True

    def items(self, mirror: Path, limit: int | None, seed: int) -> Sequence[Item]:
        """Return a seeded sample of vignettes."""
        return told_items(mirror / FILE, limit or VIGNETTES, seed)

    def judge(self, item: Item, assistant: Assistant) -> Outcome:
        """Return whether the model alone was right, and whether the answer with evidence was."""
        told, matcher = item.content, matcher_of(assistant)
        assessment = assessed(told.text, assistant)
        names = [one.name for one in assessment.differential[:WEIGHED]] if assessment is not None else []
        golds = [name for name in names if matcher.rule_by_name(name, told.gold) is not None]
        if assessment is None or assistant.model is None or not golds or len(names) < 2:
            return {"left_out": "the gold is not among the candidates"}
        # In the order of the alphabet, so that the order of the evidence does not tell the model anything.
        opinions = reasoning.weigh(assessment.case, sorted(names), assistant.model)
        if not opinions:
            return {"left_out": "the model has no opinion"}
        alone = max(sorted(opinions), key=lambda name: opinions[name])
        return {
            "left_out": "",
            "alone": alone,
            "with": names[0],
            "was_right": alone in golds,
            "is_right": names[0] in golds,
        }

    def figures(self, outcomes: Sequence[Outcome], seed: int) -> Sequence[Figure]:
        """Return the shares; harm is of the cases the model alone had right, repair of those it had wrong."""
        judged = [one for one in outcomes if not one["left_out"]]
        right, wrong = ([one for one in judged if one["was_right"] == was] for was in (True, False))
        return [
            mean_figure(self.name, "model alone right", [one["was_right"] for one in judged], seed),
            mean_figure(self.name, "with evidence right", [one["is_right"] for one in judged], seed),
            mean_figure(self.name, "wrong alone, repaired", [one["is_right"] for one in wrong], seed),
            mean_figure(self.name, "right alone, broken", [not one["is_right"] for one in right], seed),
        ]
