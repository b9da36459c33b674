"""The one question or test whose answer is expected to change the differential most.

For each finding that a candidate is described with and that the case leaves open: how probable it is in each candidate and in
"none of these", and by how many bits knowing it is expected to lower the entropy of the differential. A test must tell more
than a question to be asked for first. Knows candidates and their likelihoods. Does not know how an answer is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.answered import is_open
from assistant.assessment import NextQuestion
from assistant.case import Case, Finding
from assistant.disease_names import keys
from assistant.evidence import IsA
from assistant.expectation import expectations
from assistant.information_gain import Array, expected_gains, most_telling, updated, yes_no
from assistant.question_kinds import kind_of
from assistant.ranking import Ranked
from assistant.words import name_key
from index.phenotypes import PhenotypeKnowledge

# The candidates the question is to separate: those that are shown.
SEPARATED = 10
# Below this no answer is worth the patient's time.
LEAST_GAIN = 0.005
_NAMED = 2


@dataclass(frozen=True)
class Inquiry:
    """What could be asked: the findings, their probability in each candidate (and last in none of them), and the shares."""

    findings: tuple[Finding, ...]
    names: tuple[str, ...]
    shares: Array
    present: Array

    @property
    def gains(self) -> Array:
        """The bits that each finding is expected to tell."""
        return expected_gains(self.shares, *yes_no(self.present))

    @property
    def costs(self) -> Array:
        """What finding each out costs."""
        return np.array([kind_of(finding.label).cost for finding in self.findings])

    def movement(self, name: str) -> dict[str, float]:
        """Return how far knowing each finding is expected to move one candidate's share, by the finding's label."""
        if name not in self.names:
            return {}
        own = self.present[:, self.names.index(name)]
        moved = np.abs(own - self.present @ self.shares)
        return {finding.label: float(move) for finding, move in zip(self.findings, moved, strict=True)}


def inquiry(
    case: Case, ranked: Sequence[Ranked], is_a: IsA, phenotypes: PhenotypeKnowledge | None = None
) -> Inquiry | None:
    """Return what could be asked to separate the leading candidates; None where nothing they are described with is open."""
    leading = ranked[:SEPARATED]
    findings = _open_findings(case, ranked, is_a)
    if not findings:
        return None
    shares = np.array([one.likelihood.score for one in leading])
    rest = max(1.0 - float(shares.sum()), 0.0)
    return Inquiry(
        findings=findings,
        names=tuple(one.candidate.condition.name for one in leading),
        shares=np.append(shares, rest) / (float(shares.sum()) + rest),
        present=expectations(findings, leading, phenotypes),
    )


def next_question(asked: Inquiry | None) -> NextQuestion | None:
    """Return the most useful question, or None where no answer would tell anything."""
    if asked is None:
        return None
    gains = asked.gains
    best = most_telling(gains, asked.costs)
    if best is None or gains[best] < LEAST_GAIN:
        return None
    finding = asked.findings[best].label
    return NextQuestion(
        question=kind_of(finding).ask(finding),
        finding=finding,
        reason=_reason(asked, best),
        gain=round(float(gains[best]), 3),
    )


def _open_findings(case: Case, ranked: Sequence[Ranked], is_a: IsA) -> tuple[Finding, ...]:
    """Return the findings described of the candidates that can be asked for; what only names a candidate cannot."""
    names = {key for one in ranked for key in keys(one.candidate.condition)}
    found: dict[str, Finding] = {}
    for one in ranked[:SEPARATED]:
        for match in one.examined.matches.missing if one.examined else ():
            found.setdefault(match.finding.label, match.finding)
    return tuple(
        finding for finding in found.values() if name_key(finding.label) not in names and is_open(finding, case, is_a)
    )


def _reason(asked: Inquiry, finding: int) -> str:
    """Return which candidates a yes and a no make likelier, and which less likely."""
    after_yes = updated(asked.shares, asked.present[finding])
    after_no = updated(asked.shares, 1.0 - asked.present[finding])
    raised, lowered = _changed(asked, after_yes)
    by_no, _ = _changed(asked, after_no)
    yes = f"A yes makes {_listed(raised)} likelier" + (f" and {_listed(lowered[:1])} less likely" if lowered else "")
    no = f"a no makes {_listed(by_no[:1])} likelier" if by_no else f"a no makes {_listed(raised[:1])} less likely"
    return f"{yes}; {no}."


def _changed(asked: Inquiry, after: Array) -> tuple[list[str], list[str]]:
    """Return the candidates whose share rises most and falls most, leaving out what hardly moves."""
    moves = [(float(after[n] - asked.shares[n]), name) for n, name in enumerate(asked.names)]
    least = max((abs(move) for move, _ in moves), default=0.0) / 4
    raised = [name for move, name in sorted(moves, key=lambda entry: -entry[0]) if move > least]
    lowered = [name for move, name in sorted(moves, key=lambda entry: entry[0]) if move < -least]
    return raised[:_NAMED], lowered[:_NAMED]


def _listed(names: Sequence[str]) -> str:
    return " and ".join(names)
