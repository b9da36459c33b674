"""What a training run is told: one YAML file whose first line is the command that runs it.

Knows names, types and limits of settings. Does not know how any of them is carried out.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeVar

import yaml
from pydantic import Field, ValidationError

from assistant.errors import UsageError
from index.document import Frozen

Quantisation = Literal["auto", "nf4", "none"]
Kind = TypeVar("Kind", bound=Frozen)


class LoraRecipe(Frozen):
    """The shape of the adapter."""

    rank: int = Field(default=16, ge=1)
    alpha: int = Field(default=32, ge=1)
    dropout: float = Field(default=0.05, ge=0, lt=1)
    targets: tuple[str, ...] = Field(default=("q_proj", "k_proj", "v_proj", "o_proj"), min_length=1)


class Recipe(Frozen):
    """One training run. Paths are relative to the folder the program is started in."""

    base: str = "default"
    data: Path
    output: Path
    quantisation: Quantisation = "auto"
    steps: int = Field(ge=1)
    batch: int = Field(default=8, ge=1)
    micro_batch: int = Field(default=4, ge=1)
    max_tokens: int = Field(default=512, ge=16)
    learning_rate: float = Field(default=2e-4, gt=0)
    warmup_steps: int = Field(default=0, ge=0)
    clip: float = Field(default=1.0, gt=0)
    weight_decay: float = Field(default=0.0, ge=0)
    checkpoint_every: int = Field(default=10, ge=1)
    validate_every: int = Field(default=20, ge=1)
    validation_examples: int = Field(default=32, ge=1)
    seed: int = 7
    lora: LoraRecipe = LoraRecipe()

    @classmethod
    def read(cls, file: Path, **given: object) -> Recipe:
        """Read a file; values `given` (None apart) replace its own. Raises UsageError naming what cannot be used."""
        return read_recipe(file, cls, "finetune/configs/default.yaml", given)


def read_recipe(file: Path, kind: type[Kind], example: str, given: Mapping[str, object]) -> Kind:
    """Read a recipe of any kind; values `given` (None apart) replace its own. Raises UsageError naming what is wrong."""
    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"cannot read {file}: {error}".replace("\n", " ")) from error
    if not isinstance(values, dict):
        raise UsageError(f"{file} must hold 'name: value' lines; {example} is an example")
    try:
        return kind.model_validate(values | {name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{file}, {name!r}: {first['msg']} (it is {first.get('input')!r})") from error
