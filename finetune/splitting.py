"""Divide cases between training and validation so that no diagnosis stands in both, under whatever name.

Knows keys of names. Does not know cases or examples.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from finetune.examples import Part


def parts(names: Mapping[str, Sequence[str]], share: float, seed: int) -> tuple[dict[str, Part], dict[Part, int]]:
    """Return each case's part, and how many diagnoses each part has.

    `names` holds the keys of every name of a case's diagnosis: cases that have one in common, directly or through other
    cases, stay together. Whole diagnoses are put aside, in seeded order, until `share` of the cases is reached; of two or
    more diagnoses at least one is held out and one kept.
    """
    groups = _groups(names)
    random.Random(seed).shuffle(groups)  # noqa: S311 - a split, not a secret
    wanted, held_out = share * len(names), 0
    divided: dict[str, Part] = {}
    counts: dict[Part, int] = {"train": 0, "validation": 0}
    for place, group in enumerate(groups):
        last = place == len(groups) - 1
        part: Part = "validation" if held_out < wanted and not (last and not counts["train"]) else "train"
        held_out += len(group) if part == "validation" else 0
        counts[part] += 1
        divided |= dict.fromkeys(group, part)
    return divided, counts


def _groups(names: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Return the cases that share a name, directly or through others, in an order that depends on nothing but them."""
    leader: dict[str, str] = {}

    def lead(key: str) -> str:
        while leader.setdefault(key, key) != key:
            key = leader[key]
        return key

    for keys in names.values():
        for key in keys[1:]:
            first, second = sorted((lead(keys[0]), lead(key)))
            leader[second] = first
    grouped: dict[str, list[str]] = {}
    for case, keys in names.items():
        grouped.setdefault(lead(keys[0]), []).append(case)
    return [grouped[key] for key in sorted(grouped)]
