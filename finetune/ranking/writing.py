"""Write a fit as the weights file that `assistant.ranking` reads, and tell it in lines of text."""

from __future__ import annotations

from collections.abc import Callable

from assistant.ranking import Weights
from finetune.ranking.fitting import Fit

_HEADER = """\
# What orders the differential diagnosis and makes its likelihoods (assistant/ranking.py says what each feature is).
# Made by 'wardround finetune ranking': a conditional logit on {cases} cases whose diagnosis is known. In folds that the weights
# had not seen the diagnosis was first in {top1:.1%}, among the first five in {top5:.1%} (a candidate at all in {covered:.1%});
# the leading likelihood was off by {error:.1%} on average (expected calibration error, ten bins), and the set held the
# diagnosis, or said that it may be none of those known, in {held:.1%}.
# {origin}
# Such cases over-represent rare disease, hold no sex errors and hardly a denied finding, and show little of a model's worth.
# `temperature` turns scores into likelihoods, beside the score of "a condition that the index does not know", which is
# `unlisted` and `follows` times the leading score;
# `reach` is how much likelihood may stand before the last diagnosis of the set whose `coverage` is stated; one case in ten had
# a leading likelihood below `abstain_below`.
# `annotations`, set by hand: how far annotated diseases are believed in a case told in words (see assistant/rare_or_common.py),
# chosen on 150 told cases of rare disease and 300 vignettes.
"""


def as_yaml(fitted: Fit, current: Weights) -> str:
    """Return the weights file for a fit: its own weights in the order of the current ones, which keep those set by hand."""
    header = _HEADER.format(
        cases=fitted.cases,
        top1=fitted.top1,
        top5=fitted.top5,
        covered=fitted.covered,
        error=fitted.reliability.error,
        held=fitted.reliability.covered,
        origin=_origin(fitted, current),
    )
    made = fitted.calibration
    facts = [
        f"version: {current.version}",
        f"temperature: {made.temperature}",
        f"unlisted: {made.unlisted}",
        f"follows: {made.follows}",
        f"coverage: {made.coverage}",
        f"reach: {made.reach}",
        f"abstain_below: {made.abstain_below}",
        f"annotations: {{{', '.join(f'{name}: {value}' for name, value in current.annotations.items())}}}",
    ]
    lines = [f"  {name}: {fitted.weights.get(name, value)}" for name, value in current.weights.items()]
    return "\n".join([header + "\n".join(facts), "weights:", *lines, ""])


def _origin(fitted: Fit, current: Weights) -> str:
    by_hand = [f"`{name}`" for name in current.weights if name not in fitted.weights]
    if not fitted.weights:
        return "The weights were kept as they were, and only what makes likelihoods of scores was fitted."
    return f"Set by hand: {', '.join(by_hand) or 'nothing'}."


def describe(fitted: Fit, line: Callable[[str], None]) -> None:
    """Say how a fit carries over to unseen cases, line by line."""
    line(
        f"unseen cases: first {fitted.top1:.1%}, among five {fitted.top5:.1%}, a candidate at all {fitted.covered:.1%} "
        f"of {fitted.cases}"
    )
    judged = fitted.reliability
    line(f"calibration error {judged.error:.3f}, Brier {judged.brier:.3f}")
    for share, truth, count in judged.bins:
        line(f"  said {share:6.1%}, was {truth:6.1%} of {count}")
    line(
        f"set of {fitted.calibration.coverage:.0%}: held the diagnosis in {judged.covered:.1%}, {judged.mean_size:.1f} names, "
        f"complete in {judged.complete:.1%}"
    )
    for share, first, among in judged.curve:
        line(f"  surest {share:4.0%}: first {first:.1%}, among five {among:.1%}")
