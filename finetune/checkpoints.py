"""Keep a training run on disk so that it goes on, after any interruption, exactly where it was.

A checkpoint is a folder with the adapter, the optimiser's moments and the curve so far, as safetensors and JSON: nothing
that could run code when it is read. Order of examples, learning rate and noise follow from seed and step, so they need no
keeping. Knows files. Does not know how a step is made.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from assistant.errors import TrainingError
from index.document import Frozen

_STATE, _TENSORS = "state.json", "state.safetensors"
_MOMENTS = ("step", "exp_avg", "exp_avg_sq")


class Point(Frozen):
    """The curve at one step: mean loss a learnt token, and the validation loss where it was measured."""

    step: int
    loss: float | None
    learning_rate: float
    validation_loss: float | None = None


class RunState(Frozen):
    """How far a run is: the hash of everything that decides its course, and the curve so far."""

    run: str
    step: int
    seconds: float
    tokens: int
    curve: tuple[Point, ...]


def save(folder: Path, state: RunState, parameters: Mapping[str, Any], optimiser: Any) -> None:
    """Write a checkpoint below the folder, then remove the older ones. Raises TrainingError when the disk refuses."""
    from safetensors.torch import save_file

    tensors = {f"weight/{name}": value.detach().cpu().contiguous() for name, value in parameters.items()}
    for name, value in parameters.items():
        kept = optimiser.state.get(value, {})
        tensors |= {f"{moment}/{name}": kept[moment].detach().cpu().contiguous() for moment in _MOMENTS if kept}
    target = folder / f"checkpoint-{state.step:06d}"
    temporary = target.with_suffix(".part")
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        save_file(tensors, temporary / _TENSORS)
        (temporary / _STATE).write_text(state.model_dump_json(indent=1), encoding="utf-8")
        temporary.replace(target)
    except OSError as error:
        raise TrainingError(
            f"cannot write {target}: {error.strerror}; make room and run the same command again to go on"
        ) from error
    for older in _checkpoints(folder):
        if older != target:
            shutil.rmtree(older, ignore_errors=True)


def restore(folder: Path, run: str, parameters: Mapping[str, Any], optimiser: Any) -> RunState | None:
    """Load the newest checkpoint into the parameters and the optimiser; None where there is none.

    Raises TrainingError when it belongs to a run with another recipe, base or data, or cannot be read.
    """
    from safetensors.torch import load_file

    found = _checkpoints(folder)
    if not found:
        return None
    try:
        state = RunState.model_validate_json((found[-1] / _STATE).read_bytes())
        tensors = load_file(found[-1] / _TENSORS)
    except (OSError, ValidationError, ValueError) as error:
        raise TrainingError(f"{found[-1]} cannot be read ({type(error).__name__}); remove it to begin anew") from error
    if state.run != run:
        raise TrainingError(
            f"{found[-1]} belongs to a run with another recipe, base or data; choose another output or remove it"
        )
    for name, value in parameters.items():
        value.data.copy_(tensors[f"weight/{name}"])
        optimiser.state[value] = {
            moment: tensors[f"{moment}/{name}"].to(value.device if moment != "step" else "cpu") for moment in _MOMENTS
        }
    return state


def clear(folder: Path) -> None:
    """Remove all checkpoints of a run that is done."""
    for found in _checkpoints(folder):
        shutil.rmtree(found, ignore_errors=True)


def _checkpoints(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("checkpoint-*") if path.suffix != ".part")
