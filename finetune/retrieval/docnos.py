"""What the docnos of a judged set name in an index: passages, or documents by one of their names.

Decides once for a whole set, for the finest level at which most of its docnos are found. Does not know systems.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.errors import UsageError
from finetune.retrieval.judged import JudgedSet
from index.document import Document
from index.errors import UnknownPassage
from index.guideline_index import GuidelineIndex

PASSAGE = "passage id"
# Judged documents are ranked by their best passage, so this many passages are asked for to fill ten places.
PASSAGES_FOR_DOCUMENTS = 200
Names = Callable[[Document], Iterable[str]]
# Finest first. Several documents can have one title, address or file; they then count as one.
_LEVELS: dict[str, Names] = {
    "document id": lambda document: (document.id,),
    "record id": lambda document: document.record_ids,
    "title": lambda document: (document.title, document.title.casefold()),
    "file": lambda document: _file_names(document.path),
    "address": lambda document: (document.url,) if document.url else (),
}


@dataclass(frozen=True)
class Level:
    """At which level a set is judged, and which unit (the thing ranked and judged) each document belongs to there.

    `units` is None for passages, which are their own units; `unmatched` are the docnos that are not in the index.
    """

    name: str
    units: Mapping[str, str] | None
    unmatched: tuple[str, ...]

    def collapsed(self, ranked: Sequence[tuple[str, str]]) -> list[str]:
        """Return the units of passages given with their document ids, best first, each unit once."""
        if self.units is None:
            return [passage for passage, _ in ranked]
        return list(dict.fromkeys(self.units.get(document, document) for _, document in ranked))


def resolved(judged: JudgedSet, index: GuidelineIndex) -> tuple[JudgedSet, Level]:
    """Return the set with its docnos made units of the index, and the level that was decided for.

    A docno that is not in the index keeps its name: what cannot be found counts against every system alike. Raises
    UsageError when the index holds none of them.
    """
    docnos = judged.docnos()
    found = {docno: docno for docno in docnos if _is_passage(docno, index)}
    name, units = PASSAGE, None
    if len(found) * 2 < len(docnos):
        for level, (by_docno, unit_of) in _by_level(docnos, index).items():
            if len(by_docno) > len(found):
                name, found, units = level, by_docno, unit_of
    if not found:
        raise UsageError(
            f"none of the {len(docnos)} docnos is in {index.folder}: {docnos[0]!r} is no passage id, document id, record"
            " id, title, file or address there; index their corpus, or give it as --corpus"
        )
    grades = {query: _unit_grades(own, found) for query, own in judged.grades.items()}
    unmatched = tuple(docno for docno in docnos if docno not in found)
    return replace(judged, grades=grades), Level(name, units, unmatched)


def _unit_grades(own: Mapping[str, int], found: Mapping[str, str]) -> dict[str, int]:
    """Return grades by unit; of several judgements of one unit the best counts."""
    grades: dict[str, int] = {}
    for docno, grade in own.items():
        unit = found.get(docno, docno)
        grades[unit] = max(grade, grades.get(unit, grade))
    return grades


def _is_passage(docno: str, index: GuidelineIndex) -> bool:
    try:
        index.passage(docno)
    except UnknownPassage:
        return False
    return True


def _by_level(docnos: Sequence[str], index: GuidelineIndex) -> dict[str, tuple[dict[str, str], dict[str, str]]]:
    """Return for each level which docnos name a unit, and the unit of each document that one of them names."""
    bearers: dict[str, dict[str, list[str]]] = {level: defaultdict(list) for level in _LEVELS}
    wanted = {docno: docno for docno in docnos} | {docno.casefold(): docno for docno in docnos}
    for document in index.documents():
        for level, names in _LEVELS.items():
            for name in names(document):
                if name in wanted:
                    bearers[level][wanted[name]].append(document.id)
    return {level: _united(by_docno) for level, by_docno in bearers.items()}


def _united(by_docno: Mapping[str, Sequence[str]]) -> tuple[dict[str, str], dict[str, str]]:
    """Make each docno's documents one unit, and docnos that share a document the same unit."""
    unit_of: dict[str, str] = {}
    for docno, documents in by_docno.items():
        unit = next((unit_of[document] for document in documents if document in unit_of), docno)
        for document in documents:
            unit_of.setdefault(document, unit)
    return {docno: unit_of[documents[0]] for docno, documents in by_docno.items()}, unit_of


def _file_names(path: str) -> tuple[str, ...]:
    """Return what a file may be called: its whole path, any end of it, and its name without the ending."""
    if not path:
        return ()
    parts = Path(path).parts
    ends = ["/".join(parts[place:]) for place in range(1, len(parts))]
    return (path, *ends, *(str(Path(end).with_suffix("")) for end in ends))
