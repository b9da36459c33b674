"""The weights by which a disease's features are summed, read from `weights.yaml`.

Knows the file. Does not know what the features mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from index.errors import GuidelineIndexError
from index.phenotypes.features import NAMES

_FILE = Path(__file__).with_name("weights.yaml")


@cache
def load_weights(file: Path = _FILE) -> Mapping[str, float]:
    """Return the weight of each feature. Raises GuidelineIndexError where the file has others than there are."""
    weights: dict[str, float] = yaml.safe_load(file.read_text(encoding="utf-8"))["weights"]
    if set(weights) != set(NAMES):
        raise GuidelineIndexError(
            f"{file.name} has weights for {sorted(weights)}, but the features are {sorted(NAMES)}"
        )
    return weights
