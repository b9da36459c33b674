"""Short queries made of a document's headings: its questions as they stand and reworded, and titles with a section.

The topic goes by its name or by a synonym, so that the passages of "Heart attack" are learnt to answer "myocardial
infarction". Knows headings and names. Does not know cases.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from finetune.retriever.pairs import Answer, Kind, Pair
from finetune.retriever.taught import TaughtDocument
from index.document import Passage
from index.sections import SectionKind, section_kind

# How clinicians word what they look for; our own words.
_WORDINGS: dict[SectionKind, tuple[str, ...]] = {
    "presentation": (
        "symptoms of {name}", "signs and symptoms of {name}", "How does {name} present?", "{name} clinical features",
        "what does {name} look like", "typical findings in {name}",
    ),
    "red flags": ("danger signs in {name}", "red flags {name}", "When is {name} an emergency?"),
    "tests": (
        "How is {name} diagnosed?", "investigations for {name}", "tests for suspected {name}", "{name} work-up",
        "diagnosing {name}", "which imaging or laboratory tests confirm {name}",
    ),
    "differential": ("differential diagnosis of {name}", "what can be mistaken for {name}", "{name} versus what else"),
    "treatment": (
        "treatment of {name}", "How do I treat {name}?", "first-line drug for {name}", "management of {name}",
        "{name} therapy", "what to give for {name}", "drug treatment and dose in {name}",
    ),
    "referral": ("when to refer {name}", "When should {name} be admitted?", "follow-up of {name}"),
}  # fmt: skip
_OTHER_WORDINGS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), wordings)
    for pattern, wordings in (
        (r"cause|aetiolog|etiolog", ("what causes {name}", "causes of {name}", "aetiology of {name}")),
        (r"genetic change|gene\b", ("gene mutated in {name}", "genetics of {name}")),
        (r"inherit", ("inheritance of {name}", "Is {name} hereditary?")),
        (r"how many people|frequen|prevalence", ("how common is {name}", "prevalence of {name}")),
        (r"outlook|prognos", ("prognosis of {name}", "outcome of {name}")),
        (r"risk", ("risk factors for {name}", "who gets {name}")),
        (r"prevent", ("prevention of {name}", "how to prevent {name}")),
        (r"complication", ("complications of {name}",)),
    )
)
_REWORDED, _SHORTEST_NAME = 2, 3


def questions(document: TaughtDocument, draw: random.Random) -> Iterator[Pair]:
    """Yield queries for each section of a document, each answered by all its passages."""
    for heading, section in _sections(document).items():
        within = {passage.id for passage in section}
        near = tuple(passage.id for passage in document.passages if passage.id not in within)
        answers = tuple(Answer(passage.id, 1.0 if place else 2.0) for place, passage in enumerate(section))
        for kind, query in _worded(document, heading, draw):
            yield Pair(query, answers, kind, document.source, document.number, near)


def _sections(document: TaughtDocument) -> dict[str, list[Passage]]:
    sections: dict[str, list[Passage]] = defaultdict(list)
    for passage in document.passages:
        sections[passage.heading_path[0] if passage.heading_path else ""].append(passage)
    return sections


def _worded(document: TaughtDocument, heading: str, draw: random.Random) -> Iterator[tuple[Kind, str]]:
    if not heading:
        yield "title", _name(document, draw)
        return
    if heading.endswith("?"):
        yield "question", heading
        if document.name in heading:
            yield "question", heading.replace(document.name, _name(document, draw))
    else:
        yield "title", f"{_name(document, draw)}: {heading}"
    wordings = _wordings(heading)
    for wording in draw.sample(wordings, min(_REWORDED, len(wordings))):
        yield "question", wording.format(name=_name(document, draw))


def _wordings(heading: str) -> Sequence[str]:
    for pattern, wordings in _OTHER_WORDINGS:
        if pattern.search(heading):
            return wordings
    if re.match(r"what is|introduction|definition|overview", heading, re.IGNORECASE):
        return ("What is {name}?", "{name}", "definition of {name}")
    return _WORDINGS.get(section_kind((heading,)), ())


def _name(document: TaughtDocument, draw: random.Random) -> str:
    """Return the name of a topic or, as often, one of its synonyms; in small letters at times, as people type."""
    names = [name for name in document.synonyms if len(name) >= _SHORTEST_NAME]
    name = draw.choice(names) if names and draw.random() < 0.5 else document.name
    return name.lower() if draw.random() < 0.3 and not name.isupper() else name
