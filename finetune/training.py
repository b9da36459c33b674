"""Train an adapter: set up, train, save, clean up.

One short loop on accelerate, so that the same code runs on a CPU, one GPU or several. The loop is our own because its
checkpoints then hold no pickle, and a step follows from seed and number alone, so that a run taken up again draws the same
curve. Knows the loop. Does not know where data or base come from, nor how progress is shown.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.errors import TrainingError
from assistant.settings import Settings
from finetune import checkpoints
from finetune.adapter_folder import AdapterRecord, finished, read_record, save_adapter
from finetune.batches import batch_of_step
from finetune.checkpoints import Point, RunState
from finetune.examples import Example, PreparedData
from finetune.loop import Course, Work, follow
from finetune.recipe import Recipe
from finetune.tokens import IGNORED, Encoded, encode, end_of_turn, tensors
from finetune.trained_base import Base, find_base, load_tokenizer, load_with_adapter

# The cosine ends at this share of the highest learning rate.
_FLOOR = 0.1


@dataclass(frozen=True)
class Step:
    """One step that is done, for whoever shows progress."""

    point: Point
    steps: int
    tokens_per_second: float


Report = Callable[[Step], None]


@dataclass(frozen=True)
class _Data:
    train: list[Encoded]
    validation: list[Encoded]
    left_out: int


def train(recipe: Recipe, settings: Settings, report: Report = lambda step: None) -> AdapterRecord:
    """Train as the recipe says and return the record; a run that was interrupted goes on, a finished one is returned.

    Raises TrainingError, each time with what to change, and ModelMissing when the base is not here.
    """
    base, data = find_base(recipe.base, settings), PreparedData.open(recipe.data)
    run = _run_hash(recipe, base, data)
    done = finished(recipe.output, read_record, lambda record: record.run == run)
    if done is not None:
        return done
    encoded = _encoded(data, recipe, load_tokenizer(base))
    try:
        trainer = _Trainer(recipe, base, run, encoded, settings.threads)
        state = trainer.run(report)
    except (RuntimeError, MemoryError) as error:
        if "memory" not in str(error).lower() and not isinstance(error, MemoryError):
            raise
        raise TrainingError(
            f"out of memory with micro_batch {recipe.micro_batch} and max_tokens {recipe.max_tokens}; halve micro_batch, "
            "then max_tokens, or set quantisation: nf4"
        ) from error
    record = AdapterRecord(
        run=run,
        base=base.identity.name,
        base_spec=base.spec,
        base_sha256=base.identity.sha256,
        data_sha256=data.card_sha256,
        prompts=data.card.prompts,
        recipe=recipe.model_dump(mode="json"),
        examples=len(encoded.train),
        left_out_as_too_long=encoded.left_out,
        seconds=round(state.seconds, 1),
        tokens_per_second=round(state.tokens / max(state.seconds, 1e-9), 1),
        curve=state.curve,
    )
    if trainer.accelerator.is_main_process:
        record = save_adapter(trainer.adapted, recipe.output, record)
        checkpoints.clear(recipe.output)
    trainer.accelerator.wait_for_everyone()
    return record


def learning_rate(step: int, recipe: Recipe) -> float:
    """Return the rate of a step (from 0): a straight warm-up, then half a cosine down to a tenth."""
    if step < recipe.warmup_steps:
        return recipe.learning_rate * (step + 1) / recipe.warmup_steps
    share = (step - recipe.warmup_steps) / max(recipe.steps - recipe.warmup_steps, 1)
    return recipe.learning_rate * (_FLOOR + (1 - _FLOOR) * (1 + math.cos(math.pi * share)) / 2)


class _Trainer:
    """A run in memory: the network with its adapter, the optimiser, and how far they are."""

    def __init__(self, recipe: Recipe, base: Base, run: str, data: _Data, threads: int) -> None:
        import torch
        from accelerate import Accelerator

        torch.set_num_threads(threads)
        self.recipe = recipe
        self.data = data
        self.run_hash = run
        # A quantised or bfloat16 base already computes in its own precision.
        self.accelerator = Accelerator(mixed_precision="no")
        if recipe.batch < self.accelerator.num_processes:
            raise TrainingError(
                f"batch {recipe.batch} cannot be shared among {self.accelerator.num_processes} processes"
            )
        self.adapted = load_with_adapter(base, recipe.quantisation, recipe.lora, recipe.seed)
        self.parameters = {name: value for name, value in self.adapted.named_parameters() if value.requires_grad}
        self.optimiser = torch.optim.AdamW(
            self.parameters.values(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        self.network = self.accelerator.prepare_model(self.adapted)

    def run(self, report: Report) -> RunState:
        """Make all steps that are not done yet and return where it ended."""
        recipe = self.recipe
        return follow(
            Course(
                run=self.run_hash,
                folder=recipe.output,
                steps=recipe.steps,
                checkpoint_every=recipe.checkpoint_every,
                validate_every=recipe.validate_every,
                keeps=self.accelerator.is_main_process,
            ),
            Work(self._step, lambda step: learning_rate(step, recipe), self._validation_loss),
            self.parameters,
            self.optimiser,
            lambda point, state: report(Step(point, recipe.steps, state.tokens / state.seconds)),
        )

    def _step(self, step: int) -> tuple[float, int]:
        """Learn from one batch; return its mean loss a learnt token and how many tokens were read."""
        import torch

        recipe, lengths = self.recipe, [len(one) for one in self.data.train]
        batch = [self.data.train[place] for place in batch_of_step(step, lengths, recipe.batch, recipe.seed)]
        mine = batch[self.accelerator.process_index :: self.accelerator.num_processes]
        learnt = sum(len(one.completion) for one in batch)
        self.network.train()
        torch.manual_seed(
            recipe.seed * 1_000_003 + step * self.accelerator.num_processes + self.accelerator.process_index
        )
        total = 0.0
        for start in range(0, len(mine), recipe.micro_batch):
            # Every process knows how many tokens the whole batch teaches, so that their mean gradient is the batch's.
            loss = self._loss(mine[start : start + recipe.micro_batch]) / learnt
            self.accelerator.backward(loss * self.accelerator.num_processes)
            total += float(loss.detach())
        total = float(self.accelerator.reduce(torch.tensor(total, device=self.accelerator.device), reduction="sum"))
        if not math.isfinite(total):
            raise TrainingError(
                f"the loss is {total} at step {step + 1}; lower learning_rate (it is {recipe.learning_rate})"
            )
        self.accelerator.clip_grad_norm_(list(self.parameters.values()), recipe.clip)
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(step, recipe)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        return total, sum(len(one) for one in batch)

    def _loss(self, batch: Sequence[Encoded]) -> Any:
        """Return the summed loss of the learnt tokens; logits are computed for the last positions only."""
        import torch

        made = tensors(batch, self.accelerator.device)
        output = self.network(
            input_ids=made.ids, attention_mask=made.mask, logits_to_keep=made.learnt + 1, use_cache=False
        )
        logits = output.logits[:, :-1].float()
        return torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), made.labels.flatten(), ignore_index=IGNORED, reduction="sum"
        )

    def _validation_loss(self) -> float:
        import torch

        shown = self.data.validation[: self.recipe.validation_examples]
        self.network.eval()
        size = self.recipe.micro_batch
        with torch.no_grad():
            sums = [float(self._loss(shown[start : start + size])) for start in range(0, len(shown), size)]
        return round(sum(sums) / sum(len(one.completion) for one in shown), 5)


def _encoded(data: PreparedData, recipe: Recipe, tokenizer: Any) -> _Data:
    end = end_of_turn(tokenizer)

    def fitting(examples: Sequence[Example]) -> tuple[list[Encoded], int]:
        encoded = [encode(example, tokenizer, end) for example in examples]
        kept = [one for one in encoded if len(one) <= recipe.max_tokens]
        return kept, len(encoded) - len(kept)

    train_part, too_long = fitting(data.examples("train"))
    validation, _ = fitting(data.examples("validation"))
    if not train_part or not validation:
        raise TrainingError(
            f"no {'validation' if train_part else 'training'} example of {data.folder} fits into max_tokens "
            f"{recipe.max_tokens}; raise it"
        )
    # Validation is measured on a slice of the examples: spread it over all of them.
    return _Data(train_part, validation[:: max(len(validation) // recipe.validation_examples, 1)], too_long)


def _run_hash(recipe: Recipe, base: Base, data: PreparedData) -> str:
    """Return a hash of all that decides the course of a run; where it is written and how often it is kept does not."""
    decides = recipe.model_dump_json(exclude={"output", "data", "checkpoint_every"})
    return hashlib.sha256("/".join((decides, base.identity.sha256, data.card_sha256)).encode()).hexdigest()
