"""Make all pairs of what may be learnt from. A pure function of texts, recipe and seed.

Knows which source gives which queries. Does not know how pairs are drawn or learnt.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from assistant.candidates import telling_findings
from assistant.reading import CaseReader
from finetune.retriever.known_cases import ddxplus_pairs, phenopacket_pairs
from finetune.retriever.pairs import Pair
from finetune.retriever.questions import questions
from finetune.retriever.taught import CORPORA, Taught, file_of
from finetune.retriever.told_cases import LabelsOf, told_cases

Progress = Callable[[int, int], None]


def make_pairs(
    learnt: Taught,
    sources: Sequence[str],
    mirror: Path | None,
    labels_of: LabelsOf,
    *,
    seed: int,
    progress: Progress = lambda done, total: None,
) -> Iterator[Pair]:
    """Yield the pairs of every source of a recipe, in a fixed order."""
    draw = random.Random(seed)  # noqa: S311 - a draw, not a secret
    for document in learnt.documents:
        yield from questions(document, draw)
        yield from told_cases(document, learnt, labels_of, draw)
        progress(document.number + 1, len(learnt.documents))
    if "phenopackets" in sources:
        yield from phenopacket_pairs(file_of(CORPORA["phenopackets"], mirror), learnt, draw)
    if "ddxplus" in sources:
        yield from ddxplus_pairs(file_of(CORPORA["ddxplus"], mirror), learnt, draw)


def labels_read_by(reader: CaseReader) -> LabelsOf:
    """Return a function that gives the findings a text states as present, by the labels the assistant would search."""

    def labels(text: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(finding.label for finding in telling_findings(reader.read(text))))

    return labels
