"""What the training of a retriever is told: one YAML file whose first line is the command that runs it.

Knows names, types and limits of settings. Does not know how any of them is carried out.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, field_validator

from finetune.recipe import LoraRecipe, read_recipe
from finetune.retriever.taught import CASES_ONLY, CORPORA
from index.document import Frozen


class RetrieverRecipe(Frozen):
    """One training run of the query side. Paths are relative to the folder the program is started in.

    `strength` is the share of the learnt change that is kept: with less of it less is forgotten of what the base could do
    (Wortsman et al., Robust fine-tuning of zero-shot models, CVPR 2022). `kept_out` are files of cases, below the mirror
    folder, on which the result is judged: what is about a diagnosis of theirs that is held out is not learnt from.
    """

    base: str = "default"
    output: Path
    sources: tuple[str, ...] = Field(min_length=1)
    kept_out: tuple[str, ...] = ()
    steps: int = Field(ge=1)
    batch: int = Field(default=64, ge=2)
    negatives: int = Field(default=7, ge=1, le=30)
    near: int = Field(default=2, ge=0)
    strength: float = Field(default=1.0, gt=0, le=1)
    max_tokens: int = Field(default=128, ge=16, le=256)
    scale: float = Field(default=20.0, gt=0)
    learning_rate: float = Field(default=2e-4, gt=0)
    warmup_steps: int = Field(default=0, ge=0)
    clip: float = Field(default=1.0, gt=0)
    weight_decay: float = Field(default=0.01, ge=0)
    checkpoint_every: int = Field(default=25, ge=1)
    validate_every: int = Field(default=50, ge=1)
    validation_batches: int = Field(default=4, ge=1)
    validation_share: float = Field(default=0.05, gt=0, lt=1)
    seed: int = 7
    kinds: dict[str, float] = Field(default_factory=dict)
    weights: dict[str, float] = Field(default_factory=dict)
    lora: LoraRecipe = LoraRecipe(targets=("query", "key", "value", "dense"))

    @field_validator("sources")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in names if name not in CORPORA]
        if unknown:
            raise ValueError(f"no source is called {unknown[0]!r}; known are {', '.join(CORPORA)}")
        if not set(names) - CASES_ONLY:
            raise ValueError("cases alone teach nothing; name a source of passages too")
        return names

    @classmethod
    def read(cls, file: Path, **given: object) -> RetrieverRecipe:
        """Read a file; values `given` (None apart) replace its own. Raises UsageError naming what cannot be used."""
        return read_recipe(file, cls, "finetune/configs/retriever.yaml", given)
