"""Train the query side of the retriever: set up, train, save, clean up.

The loss is sentence-transformers' MultipleNegativesRankingLoss over query vectors that are learnt and passage vectors that
stay. A step follows from seed and number alone, so that a run taken up again draws the same curve. Knows the loop. Does not
know where pairs or vectors come from, nor how progress is shown.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.errors import TrainingError
from finetune.checkpoints import Point, RunState
from finetune.examples import sha256_of
from finetune.loop import Course, Work, follow
from finetune.retriever.bank import Bank
from finetune.retriever.pairs import Pair, Pairs
from finetune.retriever.query_side import WEIGHTS, QuerySide
from finetune.retriever.recipe import RetrieverRecipe

# The rate falls in a straight line to this share of the highest.
_FLOOR = 0.05
# Validation draws from a seed of its own.
_CHECKING = 1_000_003


@dataclass(frozen=True)
class Step:
    """One step that is done, for whoever shows progress."""

    point: Point
    steps: int
    pairs_per_second: float
    minutes_left: float


Report = Callable[[Step], None]


@dataclass(frozen=True)
class Lesson:
    """What is learnt: pairs that teach, pairs that check, and the passages that answer them."""

    teach: Pairs
    check: Pairs
    bank: Bank


def learning_rate(step: int, recipe: RetrieverRecipe) -> float:
    """Return the rate of a step (from 0): a straight way up, then a straight way down."""
    if step < recipe.warmup_steps:
        return recipe.learning_rate * (step + 1) / recipe.warmup_steps
    share = (step - recipe.warmup_steps) / max(recipe.steps - recipe.warmup_steps, 1)
    return recipe.learning_rate * (_FLOOR + (1 - _FLOOR) * (1 - share))


def run_hash(recipe: RetrieverRecipe, side: QuerySide, lesson: Lesson) -> str:
    """Return a hash of all that decides the course of a run.

    Where it is written, how often it is kept and how much of it is used in the end do not.
    """
    decides = recipe.model_dump_json(exclude={"output", "base", "checkpoint_every", "strength"})
    vectors = hashlib.sha256(lesson.bank.vectors.numpy().tobytes()).hexdigest()
    parts = (decides, sha256_of(side.folder / WEIGHTS), lesson.teach.sha256, lesson.check.sha256, vectors)
    return hashlib.sha256("/".join(parts).encode()).hexdigest()


class Trainer:
    """A run in memory: the network with its adapter, the optimiser, and how far they are."""

    def __init__(self, recipe: RetrieverRecipe, side: QuerySide, lesson: Lesson, run: str, threads: int) -> None:
        import torch
        from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

        torch.set_num_threads(threads)
        self.recipe = recipe
        self.side = side
        self.lesson = lesson
        self.run_hash = run
        self.loss = MultipleNegativesRankingLoss(side.model, scale=recipe.scale)
        self.optimiser = torch.optim.AdamW(
            side.parameters.values(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
        )

    def run(self, report: Report) -> RunState:
        """Make all steps that are not done yet and return where it ended."""
        recipe = self.recipe

        def say(point: Point, state: RunState) -> None:
            left = (recipe.steps - state.step) * state.seconds / state.step / 60
            report(Step(point, recipe.steps, state.step * recipe.batch / state.seconds, left))

        return follow(
            Course(
                run=self.run_hash,
                folder=recipe.output,
                steps=recipe.steps,
                checkpoint_every=recipe.checkpoint_every,
                validate_every=recipe.validate_every,
            ),
            Work(self._step, lambda step: learning_rate(step, recipe), self._validation_loss),
            self.side.parameters,
            self.optimiser,
            say,
        )

    def _step(self, step: int) -> tuple[float, int]:
        """Learn from one batch; return its loss and how many tokens of queries were read."""
        import torch

        recipe = self.recipe
        batch = self.lesson.teach.batch(step, recipe.batch, recipe.seed, self.lesson.bank.related)
        self.side.model.train()
        torch.manual_seed(recipe.seed * _CHECKING + step)
        loss, tokens = self._loss(batch, random.Random(f"{recipe.seed}/{step}/answers"))  # noqa: S311 - a draw
        loss.backward()
        torch.nn.utils.clip_grad_norm_(list(self.side.parameters.values()), recipe.clip)
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(step, recipe)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        return float(loss.detach()), tokens

    def _loss(self, batch: Sequence[Pair], draw: random.Random) -> tuple[Any, int]:
        """Return the loss of a batch, with its gradient, and how many tokens of queries were read."""
        import torch

        bank = self.lesson.bank
        queries, tokens = self.side.vectors([pair.query for pair in batch])
        if not bool(torch.isfinite(queries).all()):
            raise TrainingError(
                f"the vectors are no longer numbers; lower learning_rate (it is {self.recipe.learning_rate})"
            )
        negatives = bank.negatives(queries.detach(), batch, self.recipe.negatives, self.recipe.near, draw)
        candidates = [bank.vectors[bank.positives(batch, draw)], *(bank.vectors[places] for places in negatives.T)]
        unused = torch.empty(0)  # the loss needs no labels: the first candidate is the answer
        return self.loss.compute_loss_from_embeddings([queries, *candidates], unused), tokens

    def _validation_loss(self) -> float:
        import torch

        recipe, losses = self.recipe, []
        self.side.model.eval()
        with torch.no_grad():
            for number in range(recipe.validation_batches):
                batch = self.lesson.check.batch(number, recipe.batch, _CHECKING, self.lesson.bank.related)
                losses.append(float(self._loss(batch, random.Random(f"{_CHECKING}/{number}"))[0]))  # noqa: S311 - a draw
        return round(sum(losses) / len(losses), 5)
