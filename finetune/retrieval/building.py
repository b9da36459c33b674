"""Build the judged development set from the open data sets, on the index that holds their texts.

Knows which data set gives which type of query, and how queries are drawn: by seed and by topic. Does not know how an
index is made or searched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from finetune.cases import read_cases
from finetune.retrieval.corpora import EDLIZ, MEDQUAD, NSTG, VIGNETTES
from finetune.retrieval.judged import JudgedQuery, JudgedSet
from finetune.retrieval.known_items import judged_question, judged_titles, read_questions
from finetune.retrieval.shelf import Shelf
from finetune.retrieval.topics import held_out, topic_key
from finetune.retrieval.vignettes import ReadCase, VignetteJudge
from index.guideline_index import GuidelineIndex

Part = Literal["dev", "held-out", "all"]
Judgement = tuple[JudgedQuery, dict[str, int]]
_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Draw:
    """Which queries are drawn: of which topics, how many of each type at most, and by which seed."""

    part: Part = "dev"
    limit: int = 300
    seed: int = 7

    def takes(self, topic: str) -> bool:
        """Say whether a topic is of the part that is drawn from."""
        return self.part == "all" or held_out(topic) == (self.part == "held-out")

    def ordered(self, items: Iterable[_Item], name: Callable[[_Item], str]) -> list[_Item]:
        """Return items in an order that depends on seed and names alone, so that a larger draw holds a smaller one."""
        return sorted(items, key=lambda item: hashlib.sha256(f"{self.seed} {name(item)}".encode()).digest())


@dataclass(frozen=True)
class Built:
    """The set, and for each type how many queries had to be left out because nothing in the index answers them."""

    judged: JudgedSet
    left_out: dict[str, int]


def build(index: GuidelineIndex, mirror: Path, draw: Draw, read_case: ReadCase) -> Built:
    """Return the judged set over an index of the corpora in a mirror folder. Raises UsageError for a broken data set."""
    shelf = Shelf(index)
    drawn = {
        "question": _questions(mirror / MEDQUAD.file, shelf, draw),
        "vignette": _vignettes(mirror / VIGNETTES.file, shelf, draw, read_case),
        "title": _titles([mirror / NSTG.file, mirror / EDLIZ.file], shelf, draw),
    }
    judgements, left_out = list[Judgement](), dict[str, int]()
    for name, attempts in drawn.items():
        found, left_out[name] = _first(attempts, draw.limit)
        judgements += found
    ordered = sorted(judgements, key=lambda one: _TYPES.index(one[0].type))
    return Built(
        JudgedSet(tuple(query for query, _ in ordered), {query.id: grades for query, grades in ordered}), left_out
    )


_TYPES = ("question", "title", "vignette", "findings")


def _first(attempts: Iterable[Sequence[Judgement]], limit: int) -> tuple[list[Judgement], int]:
    """Return what the first `limit` attempts that gave something gave, and how many before them gave nothing."""
    kept, gave, failed = list[Judgement](), 0, 0
    for judgements in attempts:
        if gave == limit:
            break
        gave, failed = gave + bool(judgements), failed + (not judgements)
        kept += judgements
    return kept, failed


def _questions(file: Path, shelf: Shelf, draw: Draw) -> Iterator[list[Judgement]]:
    """Yield one question a topic, so that no topic counts twice."""
    seen: set[str] = set()
    for question in draw.ordered(read_questions(file), lambda question: question.id):
        topic = topic_key(question.topic)
        if topic not in seen and draw.takes(question.topic):
            seen.add(topic)
            judgement = judged_question(question, shelf)
            yield [judgement] if judgement else []


def _titles(files: Iterable[Path], shelf: Shelf, draw: Draw) -> Iterator[list[Judgement]]:
    """Yield one section a document."""
    documents = [document for file in files for document in shelf.of_file(file)]
    for document in draw.ordered(documents, lambda document: document.id):
        if draw.takes(document.title):
            sections = draw.ordered(judged_titles(document, shelf), lambda judgement: judgement[0].id)
            yield sections[:1]


def _vignettes(file: Path, shelf: Shelf, draw: Draw, read_case: ReadCase) -> Iterator[list[Judgement]]:
    judge = VignetteJudge(shelf, read_case)
    for case in draw.ordered(read_cases(file), lambda case: case.text):
        if draw.takes(case.gold):
            yield list(judge.judged(case))
