"""How much an answer is expected to tell: the entropy of what is held possible before, less that expected after, in bits.

Knows likelihoods of hypotheses and of answers. Does not know what either stands for: the chat asks about findings of guidelines
by it, and an interview about the questions of a table.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def entropy(shares: Array) -> float:
    """Return the entropy in bits of shares that add up to one."""
    held = shares[shares > 0]
    return float(-(held * np.log2(held)).sum())


def updated(prior: Array, likelihood: Array) -> Array:
    """Return the shares after an answer, by Bayes; unchanged where no hypothesis allows the answer."""
    joint = prior * likelihood
    total = float(joint.sum())
    return joint / total if total > 0 else prior


def expected_gains(prior: Array, answers: Array, starts: NDArray[np.intp]) -> Array:
    """Return for each question the bits its answer is expected to tell: the mutual information of answer and hypothesis.

    `answers` holds a row for each possible answer of each question, the probability of that answer under each hypothesis
    (shape: answers x hypotheses); the rows of one question add up to one and stand together, the first at `starts`.
    """
    if not len(starts):
        return np.zeros(0)
    joint = answers * prior
    overall = joint.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        told = np.where(joint > 0, joint * np.log2(answers / overall), 0.0).sum(axis=1)
    gains: Array = np.add.reduceat(told, starts)
    return np.maximum(gains, 0.0)


def yes_no(present: Array) -> tuple[Array, NDArray[np.intp]]:
    """Return the answers, and where each question's begin, of questions that are answered yes or no.

    `present` is the probability of a yes under each hypothesis (shape: questions x hypotheses).
    """
    answers = np.stack([present, 1.0 - present], axis=1).reshape(-1, present.shape[1])
    return answers, np.arange(0, 2 * len(present), 2)


def most_telling(gains: Array, costs: Array, allowed: NDArray[np.bool_] | None = None) -> int | None:
    """Return the question that tells most for what it costs, the first of equal ones; None where none is allowed.

    A gain is divided by the square root of its cost: what costs four times as much must tell twice as much.
    """
    worth = gains / np.sqrt(costs)
    if allowed is not None:
        worth = np.where(allowed, worth, -np.inf)
    return int(np.argmax(worth)) if len(worth) and np.isfinite(worth.max()) else None
