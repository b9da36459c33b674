"""What the patient was exposed to: tobacco, alcohol, drugs, travel, work, animals, sick people, food, substances.

Knows wordings by kind. Does not know findings, nor what an exposure may cause.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from assistant.case import Mention, Span
from assistant.reading.sections import Sections
from assistant.reading.status import status_at
from assistant.reading.tables import structure
from index.sentences import sentence_spans

_FILE = "exposures.yaml"
_FORMER = re.compile(
    r"\b(?:former|ex-?smoker|quit|stopped|gave up|previous(?:ly)?|used to|in the past|years ago)\b", re.I
)
# Of these it matters whether the patient still has the habit.
_HABITS = frozenset(("tobacco", "alcohol", "drugs"))
# In characters: how far from its words "quit" may stand.
_NEAR = 30


def read_exposures(text: str, sections: Sections) -> tuple[Mention, ...]:
    """Return what the text says the patient was exposed to, in its order: the words, and their kind as the detail.

    A habit that was given up has "former" behind its kind. What is denied, uncertain or a relative's is left out.
    """
    found = [mention for start, end in sentence_spans(text) for mention in _in_sentence(text, start, end, sections)]
    kept: list[Mention] = []
    for mention in sorted(found, key=lambda one: (_span(one).start, -_span(one).end)):
        if not any(_span(other).end > _span(mention).start for other in kept):
            kept.append(mention)
    return tuple(kept)


def _span(mention: Mention) -> Span:
    return mention.span or Span(start=0, end=0)


def _in_sentence(text: str, start: int, end: int, sections: Sections) -> Iterator[Mention]:
    sentence = text[start:end]
    for kind, pattern in _kinds():
        for match in pattern.finditer(sentence):
            worded = sections.status(start + match.start(), status_at(sentence, *match.span()))
            if worded in ("absent", "family", "uncertain"):
                continue
            near = sentence[max(0, match.start() - _NEAR) : match.end() + _NEAR]
            former = kind in _HABITS and _FORMER.search(near) is not None
            span = Span(start=start + match.start(), end=start + match.end())
            yield Mention(name=match[0], detail=f"{kind}, former" if former else kind, span=span)


@cache
def _kinds() -> tuple[tuple[str, re.Pattern[str]], ...]:
    raw = structure(_FILE)
    names: Mapping[str, str] = raw["names"]
    return tuple((kind, _pattern("|".join(wordings), names)) for kind, wordings in raw["kinds"].items())


def _pattern(text: str, names: Mapping[str, str]) -> re.Pattern[str]:
    for name, meaning in names.items():
        text = text.replace(f"<{name}>", meaning)
    return re.compile(rf"(?<![\w-])(?:{text})(?![\w])", re.I)
