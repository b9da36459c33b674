"""Queries whose answer is known because it was written for them: MedQuAD's questions, and the titles of sections.

What was written for a query is graded 2, what other documents of the same name say on the same point is graded 1, and
the rest of the same document, its near misses, is judged not relevant. Knows records, headings and passages. Does not
know how many queries are wanted, nor systems.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import UsageError
from finetune.retrieval.judged import JudgedQuery
from finetune.retrieval.shelf import Shelf, shares_stretch, told
from index.document import Document, Passage
from index.sections import SectionKind, section_kind

QUESTION, TITLE = "question", "title"
_BLANK_BEFORE_MARK = re.compile(r"\s+(?=[?!.,;:])")
_SYMPTOMS = re.compile(r"symptom|\bsigns?\b|clinical (?:feature|presentation)|^presentation", re.IGNORECASE)
# The kinds whose names leave no doubt of what is asked; a "presentation" may be a definition or a list of symptoms.
_PLAIN_KINDS: frozenset[SectionKind] = frozenset(("treatment", "tests", "differential", "referral"))
# A section longer than what is looked at cannot be found whole.
_LONGEST_SECTION = 10


@dataclass(frozen=True)
class Question:
    """One question of a corpus, with the answer that was written for it; one record id may be at several addresses."""

    record_id: str
    url: str
    topic: str
    text: str
    answer: str

    @property
    def id(self) -> str:
        """What no other question has."""
        return f"{self.record_id}-{hashlib.sha256(self.url.encode()).hexdigest()[:8]}"


def read_questions(file: Path) -> list[Question]:
    """Return the questions of a file of MedQuAD's records. Raises UsageError naming a line without one."""
    questions = []
    for number, line in enumerate(_text(file).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            text = _BLANK_BEFORE_MARK.sub("", row["question"])
            question = Question(row["qid"], row.get("url", ""), row["focus"], text, row["answer"])
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{file}, line {number}: needs qid, focus, question and answer ({error!r})") from error
        questions.append(question)
    return questions


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {file}: {error}") from error


def judged_question(question: Question, shelf: Shelf) -> tuple[JudgedQuery, dict[str, int]] | None:
    """Return a question with its grades, None when no passage of its answer is found in the index."""
    answer, grades = told(question.answer), dict[str, int]()
    own = shelf.of_record(question.record_id, question.url)
    for document in own:
        passages = shelf.passages(document.id)
        grades |= {passage.id: 2 if shares_stretch(passage, answer) else 0 for passage in passages}
    if 2 not in grades.values():
        return None
    for passage in _elsewhere(question.topic, own, shelf):
        if same_point(passage.heading_path, (question.text,)):
            grades[passage.id] = 1
    return JudgedQuery(f"question-{question.id}", question.text, QUESTION, question.topic), grades


def _elsewhere(name: str, own: Sequence[Document], shelf: Shelf) -> Iterator[Passage]:
    """Yield the passages of the other documents of this name."""
    known = {document.id for document in own}
    for document in shelf.named(name):
        if document.id not in known:
            yield from shelf.passages(document.id)


def same_point(headings: Sequence[str], others: Sequence[str]) -> bool:
    """Say whether two heading paths ask for the same: in the same words, or plainly for the same kind of section."""
    if headings and others and told(headings[-1]) == told(others[-1]):
        return True
    kind = section_kind(headings)
    if kind in _PLAIN_KINDS:
        return kind == section_kind(others)
    return any(map(_SYMPTOMS.search, headings)) and any(map(_SYMPTOMS.search, others))


def judged_titles(document: Document, shelf: Shelf) -> Iterator[tuple[JudgedQuery, dict[str, int]]]:
    """Yield a query for each section of a document, "title: heading" or the title alone, with its grades."""
    passages = shelf.passages(document.id)
    for number, (heading, section) in enumerate(_sections(passages)):
        if len(section) > _LONGEST_SECTION:
            continue
        within = {passage.id for passage in section}
        grades = {passage.id: 2 if passage.id in within else 0 for passage in passages}
        others = _elsewhere(document.title, [document], shelf)
        path = (heading,) if heading else ()
        grades |= {passage.id: 1 for passage in others if not path or same_point(passage.heading_path, path)}
        text = f"{document.title}: {heading}" if heading else document.title
        yield JudgedQuery(f"title-{document.id}-{number}", text, TITLE, document.title), grades


def _sections(passages: Sequence[Passage]) -> list[tuple[str, list[Passage]]]:
    """Return the sections of a document by the first heading that not all its passages stand under."""
    shared = _shared_depth([passage.heading_path for passage in passages])
    sections: dict[str, list[Passage]] = {}
    for passage in passages:
        heading = passage.heading_path[shared] if len(passage.heading_path) > shared else ""
        sections.setdefault(heading, []).append(passage)
    return list(sections.items())


def _shared_depth(paths: Iterable[Sequence[str]]) -> int:
    depth = 0
    for together in zip(*paths, strict=False):
        if len(set(together)) > 1:
            break
        depth += 1
    return depth
