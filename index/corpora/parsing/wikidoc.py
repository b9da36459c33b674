"""Patient information of WikiDoc: a document for each disease, its questions as headings.

Only questions that name their disease are taken; others ("What are the risks?") belonged to a page that the data set
does not name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

from index.corpora.catalogue import Corpus
from index.corpora.parsing.drafting import Draft
from index.document import Condition, Document
from index.reading.cleaning import clean_text, one_line
from index.reading.records import in_sentence_case

_QUESTIONS = {
    "Symptoms": r"what are (?:the )?(?:common )?symptoms(?: of)?",
    "Causes": r"what (?:are the causes|causes)(?: of)?",
    "Who is at highest risk": r"who is at (?:the )?highest risk (?:for|of)",
    "When to seek urgent medical care": r"when to seek urgent medical care (?:when|if) i have",
    "Outlook": r"what to expect if i have",
    "Prevention": r"how to prevent",
}
_PATTERNS = [
    (heading, re.compile(rf"{words}\s+(?P<topic>.+?)\s*(?:\(outlook/prognosis\)\s*)?\?*$", re.I))
    for heading, words in _QUESTIONS.items()
]
_ADVICE_ON_PLACES = re.compile(r"can be found here\.?$")


def parse(files: Sequence[Path], corpus: Corpus) -> Iterator[Document]:
    """Yield a document for each disease, in the order in which the first question about it stands."""
    drafts: dict[str, Draft] = {}
    for path in files:
        for record in json.loads(path.read_text(encoding="utf-8")):
            heading, topic = _asked(record["input"])
            answer = clean_text(record["output"])
            if topic and not _ADVICE_ON_PLACES.search(answer):
                draft = drafts.setdefault(topic.casefold(), Draft(topic))
                draft.add((heading,), answer.split("\n"))
        for draft in drafts.values():
            if not draft.is_empty:
                yield draft.document(corpus, path, condition=Condition(name=draft.title))


def _asked(question: str) -> tuple[str, str]:
    """Return what a question asks about and of which disease, ("", "") where it names none."""
    words = one_line(unquote(question))
    for heading, pattern in _PATTERNS:
        if match := pattern.match(words):
            topic = match["topic"].strip()
            if topic.startswith("(") and topic.endswith(")"):
                topic = topic[1:-1].strip()
            return (heading, in_sentence_case(topic)) if any(map(str.isalpha, topic)) else ("", "")
    return "", ""
