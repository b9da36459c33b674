"""Queries that read like cases: a patient, some of what a text says of a condition, and things that mean nothing.

Half are told as a narrative, half as the assistant asks for findings. They are answered by what other sections and
documents say of the condition, more than by the sentences they were made of. Knows sentences and findings.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence

from finetune.retriever.pairs import Answer, Pair
from finetune.retriever.taught import Taught, TaughtDocument
from index.document import Condition, Passage
from index.sections import section_kind
from index.sentences import sentence_spans

LabelsOf = Callable[[str], tuple[str, ...]]

# Of the passages that answer a case, those that describe how the condition presents are drawn more often.
_PRESENTING, _OTHER, _SAME = 3.0, 0.5, 1.0
_FEWEST_WORDS, _MOST_WORDS = 3, 45
_MOST_SENTENCES, _MOST_LABELS = 5, 9
# At most this many cases are made of one passage and of one document, so that no long chapter drowns the others.
_A_PASSAGE, _A_DOCUMENT = 4, 8
_YEARS = {
    "newborn": (0, 0), "infant": (1, 1), "child": (2, 11), "adolescent": (12, 17), "young-adult": (18, 39),
    "adult": (20, 64), "older-adult": (65, 90), "any": (1, 88),
}  # fmt: skip
_OPENINGS = (
    "A {age}-year-old {sex} comes to the clinic.", "A {age}-year-old {sex} is brought to the emergency department.",
    "{age}-year-old {sex}.", "A {age}-year-old {sex} presents for evaluation.", "A {sex} aged {age} is seen today.",
)  # fmt: skip
# What stands in most case reports and says little; our own words.
_NOISE = (
    "There is no significant past medical history.", "The patient takes no regular medicines.",
    "Temperature is 36.9 degrees, pulse {pulse} per minute, blood pressure {high}/{low} mm Hg.",
    "Respirations are 16 per minute and oxygen saturation is 98% on room air.", "The patient does not smoke.",
    "Family history is unremarkable.", "The remainder of the examination is normal.", "There are no known allergies.",
    "The patient works in an office and lives with family.", "Body mass index is {mass}.", "Vaccinations are up to date.",
    "The patient returned from a holiday last month.", "Which of the following is the most likely diagnosis?",
    "The patient drinks alcohol on weekends.", "Basic laboratory studies are within normal limits.",
)  # fmt: skip
_TELLING = (
    "The patient has had {findings}.", "Examination shows {findings}.", "There is {findings}.", "Main complaint: {findings}.",
    "Over the past days {findings} developed.", "On questioning, {findings}.",
)  # fmt: skip
_UNTELLING = re.compile(
    r"human phenotype ontology|medlineplus|information|listed|orphanet|the table below|"
    r"\bthe following\b|[:?]$",
    re.IGNORECASE,
)


def told_cases(document: TaughtDocument, learnt: Taught, labels_of: LabelsOf, draw: random.Random) -> Iterator[Pair]:
    """Yield cases made of a document's description of its condition; none where it describes no condition."""
    if document.condition is None:
        return
    describing = [one for one in document.passages if section_kind(one.heading_path) == "presentation"]
    for passage in draw.sample(describing * _A_PASSAGE, min(_A_DOCUMENT, len(describing) * _A_PASSAGE)):
        answers = answers_about(learnt.named(document.keys), passage)
        told, labels = sentences(passage.text, document), labels_of(passage.text)
        if len(labels) > 1:
            some = draw.sample(labels, min(len(labels), draw.randint(2, _MOST_LABELS)))
            text = listed(some, document.condition, draw)
            yield Pair(text, answers, "findings", document.source, document.number)
            told = spoken(some, draw) if draw.random() < 0.5 else told
        if told:
            some = draw.sample(told, min(len(told), draw.randint(2, _MOST_SENTENCES)))
            text = narrative(some, document.condition, draw)
            yield Pair(text, answers, "narrative", document.source, document.number)


def answers_about(documents: Sequence[TaughtDocument], made_of: Passage | None = None) -> tuple[Answer, ...]:
    """Return the passages about a condition, with how often each is drawn."""
    return tuple(
        Answer(passage.id, _weight(passage, made_of)) for document in documents for passage in document.passages
    )


def _weight(passage: Passage, made_of: Passage | None) -> float:
    if made_of is not None and passage.id == made_of.id:
        return _SAME
    return _PRESENTING if section_kind(passage.heading_path) == "presentation" else _OTHER


def sentences(text: str, document: TaughtDocument) -> list[str]:
    """Return the sentences of a text that say something of the condition, its name left out."""
    names = sorted((document.name, *document.synonyms), key=len, reverse=True)
    named = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in names if name), re.IGNORECASE)
    found = (text[start:end].strip() for start, end in sentence_spans(text))
    kept = (sentence for sentence in found if not _UNTELLING.search(sentence))
    spoken = (" ".join(named.sub("this condition", sentence).split()) for sentence in kept)
    return [sentence for sentence in spoken if _FEWEST_WORDS <= len(sentence.split()) <= _MOST_WORDS]


def spoken(labels: Sequence[str], draw: random.Random) -> list[str]:
    """Return sentences that tell of findings, up to three in each."""
    told, left = [], list(labels)
    while left:
        some, left = left[: (count := draw.randint(1, 3))], left[count:]
        told.append(draw.choice(_TELLING).format(findings=" and ".join(filter(None, (", ".join(some[:-1]), some[-1])))))
    return told


def narrative(told: Sequence[str], condition: Condition, draw: random.Random) -> str:
    """Return a case told in sentences, with up to three that say little among them."""
    age, sex = _who(condition, draw)
    adult = age >= _YEARS["young-adult"][0]
    word = (
        draw.choice((sex, {"female": "woman", "male": "man"}[sex])) if adult else {"female": "girl", "male": "boy"}[sex]
    )
    noise = [one.format(pulse=draw.randint(62, 96), high=draw.randint(104, 138), low=draw.randint(62, 86),
                        mass=draw.randint(19, 31)) for one in draw.sample(_NOISE, draw.randint(0, 3))]  # fmt: skip
    body = [*told, *noise]
    draw.shuffle(body)
    ended = (one if one[-1] in ".?!" else f"{one}." for one in body)
    return " ".join((draw.choice(_OPENINGS).format(age=age, sex=word), *ended))


def listed(labels: Sequence[str], condition: Condition, draw: random.Random) -> str:
    """Return findings as the assistant asks for them: who it is, then the findings with commas."""
    age, sex = _who(condition, draw)
    who = draw.choice((f"{age}-year-old {sex} with ", f"{sex} with ", ""))
    return who + ", ".join(labels)


def _who(condition: Condition, draw: random.Random) -> tuple[int, str]:
    sex = draw.choice(("female", "male")) if condition.sex == "any" else condition.sex
    return draw.randint(*_YEARS[draw.choice(condition.ages)]), sex
