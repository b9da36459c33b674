"""The dictionary of findings: which words name which finding.

Two sources: HPO terms with their synonyms, and our own rows in `assistant/data/findings`, a file a body system, for lay
language, abbreviations and the signs and risk factors that HPO lacks. What names no finding in ordinary text is refused
(`not_findings.txt`). A phrase is compared as a set of stems, so that "pain in the chest" is chest pain.
Knows words and labels. Does not know who has a finding, nor whether it is denied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from assistant.reading.tables import folder_rows, lines
from assistant.reading.tokens import CONJUNCTIONS, Token, modifiers, phrase_stems, tokens
from index.phenotypes import PhenotypeKnowledge

_OWN_ROWS = "findings"
_LONGEST = 7
# A shorter HPO synonym is nearly always an abbreviation that means something else in a case ("ALS", "RA", "MS").
_SHORTEST_HPO_PHRASE = 4
# The branch of HPO that holds findings; the others hold modifiers, onsets and modes of inheritance.
_PHENOTYPIC_ABNORMALITY = "HP:0000118"


@dataclass(frozen=True)
class Entry:
    """A finding that a phrase names: its clinical label and its HPO id, "" when it has none."""

    label: str
    hpo: str


@dataclass(frozen=True)
class Found:
    """A stretch of text that names a finding, and the stems by which it does."""

    entry: Entry
    start: int
    end: int
    stems: frozenset[str]


class Vocabulary:
    """Phrases by the set of their stems; the longest match wins."""

    def __init__(self, phrases: Iterable[tuple[str, Entry]], excluded: Iterable[str] = ()) -> None:
        refused = {phrase_stems(phrase) for phrase in excluded}
        self._entries: dict[frozenset[str], Entry] = {}
        self._by_hpo: dict[str, Entry] = {}
        for phrase, entry in phrases:
            key = phrase_stems(phrase)
            if 0 < len(key) <= _LONGEST and key not in refused:
                self._entries.setdefault(key, entry)
            if entry.hpo:
                self._by_hpo.setdefault(entry.hpo, entry)

    @classmethod
    def load(cls, phenotypes: PhenotypeKnowledge | None) -> Vocabulary:
        """Build the dictionary: our own rows first, so that its labels win, then HPO where its data is at hand."""
        own, refused = list(_own_phrases()), lines("not_findings.txt")
        if phenotypes is None:
            return cls(own, refused)
        labels = {entry.hpo: entry for _, entry in reversed(own) if entry.hpo}
        hpo = ((phrase, labels.get(entry.hpo, entry)) for phrase, entry in _hpo_phrases(phenotypes))
        return cls([*own, *hpo], refused)

    def __len__(self) -> int:
        return len(self._entries)

    def entry(self, phrase: str) -> Entry | None:
        """Return the finding that exactly this phrase names."""
        return self._entries.get(phrase_stems(phrase))

    def by_hpo(self, hpo: str) -> Entry:
        """Return the finding with this HPO id; an id that is not known is its own label."""
        return self._by_hpo.get(hpo, Entry(hpo, hpo))

    def find(self, text: str) -> list[Found]:
        """Return the findings a text names, in its order; where two overlap, the one with more words, then the shorter."""
        every = list(tokens(text))
        plain = [token for token in every if not _may_be_left_out(token)]
        taken: list[Found] = []
        for found in _longest_first([*self._matches(every), *self._matches(plain)]):
            if not any(found.start < other.end and other.start < found.end for other in taken):
                taken.append(found)
        for found in _longest_first(self._coordinated(plain)):
            if not any(
                (found.start, found.end) == (other.start, other.end) or found.stems <= other.stems for other in taken
            ):
                taken.append(found)
        return sorted(taken, key=lambda found: (found.start, found.end))

    def _matches(self, sequence: Sequence[Token]) -> Iterator[Found]:
        for first, opening in enumerate(sequence):
            stems: set[str] = set()
            for last in range(first, min(first + _LONGEST, len(sequence))):
                token = sequence[last]
                if last > first and token.break_before:
                    break
                stems.add(token.stem)
                entry = self._entries.get(frozenset(stems))
                if entry is not None and not {opening.stem, token.stem} & CONJUNCTIONS:
                    yield Found(entry, opening.start, token.end, frozenset(stems))

    def _coordinated(self, sequence: Sequence[Token]) -> Iterator[Found]:
        """Yield what shares its head with another: "chest or abdominal pain", "pain in the chest and abdomen"."""
        for number, token in enumerate(sequence):
            if token.stem not in CONJUNCTIONS or not 0 < number < len(sequence) - 1:
                continue
            left, right = sequence[number - 1], sequence[number + 1]
            if number + 2 < len(sequence) and not sequence[number + 2].break_before:
                yield from self._pair(left, sequence[number + 2])
            if number >= 2 and not left.break_before and not token.break_before:
                yield from self._pair(sequence[number - 2], right)

    def _pair(self, first: Token, last: Token) -> Iterator[Found]:
        stems = frozenset((first.stem, last.stem))
        entry = self._entries.get(stems)
        if entry is not None and len(stems) > 1:
            yield Found(entry, first.start, last.end, stems)


def _may_be_left_out(token: Token) -> bool:
    """Say whether a word may stand inside a finding's name without changing it: "lost 20 pounds" is "lost pounds"."""
    return token.stem in modifiers() or token.stem[0].isdigit()


def _longest_first(found: Iterable[Found]) -> list[Found]:
    return sorted(found, key=lambda one: (-len(one.stems), one.end - one.start, one.start))


def _own_phrases() -> Iterator[tuple[str, Entry]]:
    """Yield the phrases of our own rows: label, phrases separated by "|", HPO id or nothing."""
    for label, phrases, hpo in folder_rows(_OWN_ROWS, 3):
        entry = Entry(label, hpo)
        for phrase in (label, *phrases.split("|")):
            yield phrase, entry


def _hpo_phrases(phenotypes: PhenotypeKnowledge) -> Iterator[tuple[str, Entry]]:
    findings = phenotypes.descendants(_PHENOTYPIC_ABNORMALITY)
    for term in phenotypes.terms:
        if term.id not in findings:
            continue
        entry = Entry(term.name.lower(), term.id)
        for phrase in (term.name, *term.synonyms):
            if len(phrase) >= _SHORTEST_HPO_PHRASE:
                yield phrase, entry
