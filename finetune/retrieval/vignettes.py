"""Queries that are cases: the passages about the diagnosis a case is known to have are what should be found.

Of a document about the diagnosis, sections that tell how it presents are graded 2 and the others 1. Knows cases, names
of conditions and sections. Does not know how many queries are wanted, nor systems.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator

from assistant.candidates import queries
from assistant.case import Case
from assistant.disease_names import keys
from finetune.cases import GoldCase
from finetune.gold import GoldMatcher
from finetune.retrieval.judged import JudgedQuery
from finetune.retrieval.shelf import Shelf, own_name
from index.document import Condition, Document
from index.sections import section_kind

VIGNETTE, FINDINGS = "vignette", "findings"
ReadCase = Callable[[str], Case]


class VignetteJudge:
    """Judges which passages of a shelf are about the diagnosis of a case."""

    def __init__(self, shelf: Shelf, read_case: ReadCase) -> None:
        self._shelf = shelf
        self._read_case = read_case
        self._matcher = GoldMatcher(document.condition for document in shelf.documents if document.condition)
        self._by_word: dict[str, set[str]] = defaultdict(set)
        self._by_name: dict[str, list[Document]] = defaultdict(list)
        for document in shelf.documents:
            name = own_name(document)
            self._by_name[name].append(document)
            known = document.condition or Condition(name=name)
            for word in {word for key in keys(known) for word in key.split()}:
                self._by_word[word].add(name)

    def documents_about(self, gold: str) -> list[Document]:
        """Return the documents whose condition, or title where none is stated, means this diagnosis."""
        words = {word for key in keys(Condition(name=gold)) for word in key.split()}
        sharing = sorted({name for word in words for name in self._by_word.get(word, ())})
        return [
            document
            for name in sharing
            if self._matcher.rule_by_name(name, gold) is not None
            for document in self._by_name[name]
        ]

    def judged(self, case: GoldCase) -> Iterator[tuple[JudgedQuery, dict[str, int]]]:
        """Yield the case as told, and as the assistant asks for its findings; nothing when none is about its diagnosis."""
        grades = {
            passage.id: 2 if section_kind(passage.heading_path) == "presentation" else 1
            for document in self.documents_about(case.gold)
            for passage in self._shelf.passages(document.id)
        }
        if not grades:
            return
        yield JudgedQuery(f"vignette-{case.id}", case.text, VIGNETTE, case.gold), grades
        asked = dict(queries(self._read_case(case.text))).get("findings")
        if asked is not None:
            yield JudgedQuery(f"findings-{case.id}", asked.text, FINDINGS, case.gold, asked.phrases), grades
