"""Divide cases between training and validation so that no diagnosis stands in both, under whatever name.

Knows keys of names. Does not know cases or examples.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence

from finetune.examples import Part


def parts(
    names: Mapping[str, Sequence[str]], taught: Collection[str], share: float, seed: int
) -> tuple[dict[str, Part], dict[Part, int]]:
    """Return each case's part, and how many diagnoses each part has.

    `names` holds the keys of every name of a case's diagnosis: cases that have one in common, directly or through other
    cases, stay together. Whole diagnoses are put aside, in seeded order, until `share` of the cases is reached: among those
    with a case that is `taught`, and among the others. Of two or more taught diagnoses one at least goes each way.
    """
    groups = _groups(names)
    random.Random(seed).shuffle(groups)  # noqa: S311 - a split, not a secret
    divided: dict[str, Part] = {}
    counts: dict[Part, int] = {"train": 0, "validation": 0}
    for of_use in (True, False):
        some = [group for group in groups if any(case in taught for case in group) == of_use]
        wanted, held_out = share * sum(map(len, some)), 0
        for place, group in enumerate(some):
            last_for_training = of_use and place == len(some) - 1 and not counts["train"]
            part: Part = "validation" if held_out < wanted and not last_for_training else "train"
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
