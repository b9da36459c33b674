"""Find what the guidelines in the index disagree on about one condition, each side with the sentence that says it.

Brings the documents on a condition together and reads from their sentences what they recommend; `index.conflicts` judges.
Starter notes are left out: they are a summary of several bodies, not a body that recommends. Knows documents and medicines.
Does not know cases.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations

from assistant.assessment import Conflict
from assistant.disease_names import keys
from assistant.grounding import Citations, Quote, quotes
from assistant.reading.formulary import ALLERGEN, Named, named_in
from assistant.suggested_medicines import suggested_in
from assistant.words import name_key
from index.conflicts import Aspect, Disagreement, Stated, between
from index.document import Condition, Document
from index.guideline_index import GuidelineIndex
from index.recommendations import Mention, recommendations
from index.sections import section_kind

PER_CONDITION = 3
_DOCUMENTS = 12
_ABOUT: dict[Aspect, str] = {
    "direction": "whether to give {}",
    "first choice": "the first choice, {}",
    "dose": "the dose of {}",
    "duration": "how long to give {}",
}
# What a guideline puts before the name of a condition in the title of a chapter on it.
_QUALIFIERS = re.compile(
    r"^(?:(?:(?:case )?management|treatment|therapy|care) of|acute|uncomplicated|severe|complicated|[/,&-]|and|or)\s+",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"\s*[(\[][^)\]]*[)\]]")
_TABLE_HEAD = re.compile(r"\b(?:dose|dosage|frequency|duration)\b", re.IGNORECASE)
_SALT = re.compile(r"\b(benzathine|procaine|depot|liposomal|lipid)\s+$", re.IGNORECASE)
_ELSEWHERE = ("differential", "presentation", "tests")


@dataclass(frozen=True)
class Difference:
    """What two bodies disagree on, and what each says."""

    about: str
    first: Quote
    second: Quote


class Differences:
    """Finds disagreements in one index; what is known of a condition is kept until the index changes."""

    def __init__(self, index: GuidelineIndex) -> None:
        self._index = index
        self._names: tuple[int, dict[str, list[str]]] = (-1, {})
        self._found = lru_cache(maxsize=256)(self._find)

    def about(self, condition: Condition) -> tuple[Difference, ...]:
        """Return what current guidance of different bodies disagrees on about a condition, the gravest first."""
        return self._found(self._index.generation, condition)

    def _find(self, _generation: int, condition: Condition) -> tuple[Difference, ...]:
        bodies: dict[str, list[Document]] = defaultdict(list)
        for document in self._documents(condition):
            # What is in brackets tells how a text came from a body ("structured by ..."); it is no other body.
            bodies[_BRACKETS.sub("", document.issuer).casefold()].append(document)
        if len(bodies) < 2:
            return ()
        said = [[one for document in issued for one in _stated(document, self._index)] for issued in bodies.values()]
        found = [one for pair in combinations(said, 2) for one in between(*pair)]
        different = {(one.aspect, one.intervention): one for one in reversed(found)}
        return tuple(map(_difference, reversed(different.values())))[:PER_CONDITION]

    def _documents(self, condition: Condition) -> Iterator[Document]:
        """Yield the current guidelines and reference works on a condition that say who issued them.

        Where there is no guideline nothing is yielded: reference works describe what is done, they do not recommend.
        """
        names = self._guidelines_by_name()
        listed = list(dict.fromkeys(one for key in sorted(keys(condition)) for one in names.get(key, ())))
        if listed:
            called = (condition.name, *condition.synonyms)
            listed += [one.id for one in self._index.life_cycle.editions.trusted("reference", called)]
        for name in listed[:_DOCUMENTS]:
            document = self._index.document(name)
            if document.issuer and document.standing == "current":
                yield document

    def _guidelines_by_name(self) -> dict[str, list[str]]:
        generation = self._index.generation
        if self._names[0] != generation:
            names: dict[str, list[str]] = defaultdict(list)
            for edition in self._index.life_cycle.editions.trusted("guideline"):
                for key in _title_keys(edition.condition or edition.title):
                    names[key].append(edition.id)
            self._names = (generation, names)
        return self._names[1]


def _title_keys(title: str) -> frozenset[str]:
    """Return the keys of a title, with and without what qualifies the condition it names."""
    bare = title
    while (shorter := _QUALIFIERS.sub("", bare)) != bare:
        bare = shorter
    forms = {form for name in (title, bare) for form in (name, _BRACKETS.sub("", name))}
    return frozenset(filter(None, map(name_key, forms)))


def _difference(found: Disagreement[Quote]) -> Difference:
    return Difference(_ABOUT[found.aspect].format(found.intervention), found.first.place, found.second.place)


def cited_conflict(found: Difference, made: Citations) -> Conflict:
    """Return a difference with a citation for each side, made and checked."""
    return Conflict(about=found.about, citations=(made.number(found.first), made.number(found.second)))


def _stated(document: Document, index: GuidelineIndex) -> Iterator[Stated[Quote]]:
    """Yield what a document recommends, sentence by sentence, each read with what stands above it."""
    above = _Above(document.title)
    for passage in index.passages_of(document.id):
        for quote in quotes(passage, document):
            yield from _read(quote, above.context(quote))


def _read(quote: Quote, context: Sequence[str]) -> Iterator[Stated[Quote]]:
    mentions = [
        Mention(_salt(quote.text, one), one.start, one.end)
        for one in named_in(quote.text)
        if ALLERGEN not in one.medicine.classes
    ]
    if not mentions:
        return
    suggested = {one.start for one in suggested_in(quote.text)}
    told_elsewhere = section_kind(quote.passage.heading_path) in _ELSEWHERE
    for one in recommendations(quote.text, mentions, context):
        idle = told_elsewhere and one.dosage.amount is None
        if one.direction == "for" and (idle or one.start not in suggested):
            one = replace(one, direction="unclear")
        yield Stated(one, quote)


def _salt(text: str, named: Named) -> str:
    """Return the name of a medicine, with the salt that is dosed otherwise than the medicine itself."""
    salt = _SALT.search(text[: named.start])
    return f"{salt[1].lower()} {named.medicine.name}" if salt else named.medicine.name


class _Above:
    """What stands above the sentence being read: headings, the line that opens a list, the head of a table."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._head = ""
        self._lines: list[str] = []
        self._in_table = False

    def context(self, quote: Quote) -> tuple[str, ...]:
        """Return what holds for a sentence, and remember the sentence for those below."""
        line = quote.text
        is_row = line.count("|") >= 2 or line.startswith("|")
        if is_row and _TABLE_HEAD.search(line) and not any(letter.isdigit() for letter in line):
            self._head = line
        context = (self._title, *quote.passage.heading_path)
        if is_row:
            context = (*context, *self._lines, self._head)
        elif self._lines and _opens(self._lines[-1]):
            context = (*context, self._lines[-1])
        if not is_row:
            self._lines = [*self._lines, line][-2:] if not self._in_table else [line]
            self._head = ""
        self._in_table = is_row
        return context


def _opens(line: str) -> bool:
    """Say whether a line is only there to announce the next ones."""
    return line.rstrip().endswith(":")
