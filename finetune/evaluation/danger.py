"""Measure whether danger signs are ever missed, or raised by words that deny them.

A table of sentences made from `data/danger_signs.txt`: each rule in wordings of clinicians and patients, stated plainly,
denied, of the past, of the family, and as what might come. Measures `assistant.red_flags` on the case as the assistant
reads it. Does not know the phrases by which the rules recognise a sign.

The rules were mended by the first table until nothing of it was missed, so its figure says only that nothing got lost since.
A second table, held back, says what to expect of wordings that the rules have not met.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np

from assistant.assistant import Assistant
from assistant.case import Case
from assistant.red_flag_rules import load_rules
from assistant.red_flags import red_flags
from finetune.evaluation.differential import share
from finetune.evaluation.measure import Figure, Item, Outcome

FILE = "danger_signs.txt"
# Wordings that no rule was mended by: what is missed of these says how the rules do on words they have not met.
UNSEEN = "danger_signs_unseen.txt"
# What a sign as a noun is put into. A possible sign is reported; one that is only warned of is not.
STATED = ("There is {n}.", "Presents with {n}.", "C/o {n}.", "{N} since this morning.", "{N} is suspected.")
DENIED = (
    "No {n}.",
    "Denies {n}.",
    "{N} was ruled out.",
    "Without {n}.",
    "There is no evidence of {n}.",
    "Negative for {n}.",
    "No history of {n}.",
)
PAST = ("{He} had {n} ten years ago.",)
OTHERS = ("{His} mother had {n}.", "Family history: {n} in an uncle.")
# Ten years ago a child was not born.
_YOUNG = re.compile(r"\b(?:boy|girl)\b")
WARNED = ("{He} was told to come back if {n} develops.", "Should {n} occur, {he} will call.")


@dataclass(frozen=True)
class Sentence:
    """A text about one rule: whether it must be reported, and how the text puts it."""

    rule: str
    text: str
    raised: bool
    form: str


@dataclass(frozen=True)
class Entry:
    """A rule's part of the file; `lasting` says that the past of the noun counts too."""

    rule: str
    patient: str
    noun: str
    lasting: bool
    worded: tuple[str, ...]
    harmless: tuple[str, ...]

    def sentences(self) -> Iterator[Sentence]:
        """Yield every sentence that is made of the entry."""
        for text in self.worded:
            yield Sentence(self.rule, f"{self.patient} {text}", True, "paraphrase")
        for text in self.harmless:
            yield Sentence(self.rule, f"{self.patient} {text}", False, "harmless")
        if not self.noun:
            return
        yield from self._formed(STATED, True, "stated")
        yield from self._formed(DENIED, False, "denied")
        if not self.lasting and not _YOUNG.search(self.patient):
            yield from self._formed(PAST, False, "past")
        yield from self._formed(OTHERS, False, "family")
        yield from self._formed(WARNED, False, "warned of")

    def _formed(self, forms: Sequence[str], raised: bool, form: str) -> Iterator[Sentence]:
        he = _pronoun(self.patient)
        his = {"he": "His", "she": "Her", "they": "Their"}[he]
        capital = self.noun[0].upper() + self.noun[1:]
        for pattern in forms:
            text = pattern.format(n=self.noun, N=capital, he=he, He=he.capitalize(), His=his)
            yield Sentence(self.rule, f"{self.patient} {text}", raised, form)


def _pronoun(patient: str) -> str:
    if re.search(r"\b(?:woman|girl)\b", patient):
        return "she"
    return "he" if re.search(r"\b(?:man|boy|farmer)\b", patient) else "they"


def entries(text: str) -> Iterator[Entry]:
    """Yield the entries of a text in the form of the file, which its head explains."""
    for block in re.split(r"\n(?=[a-z])", f"\n{text}")[1:]:
        name, *lines = [line for line in block.splitlines() if line.strip() and not line.startswith("#")]
        marked = [(line[0], line[1:].lstrip("* "), line[1:2] == "*") for line in lines]
        patient = next(said for mark, said, _ in marked if mark == "=")
        noun, lasting = next(((said, star) for mark, said, star in marked if mark == "~"), ("", False))
        worded, harmless = (tuple(said for mark, said, _ in marked if mark == one) for one in "+-")
        yield Entry(name.strip(), patient, noun, lasting, worded, harmless)


@cache
def table(file: str = FILE) -> tuple[Sentence, ...]:
    """Return all sentences of a file of `data`."""
    text = (files("finetune.evaluation") / "data" / file).read_text(encoding="utf-8")
    return tuple(sentence for entry in entries(text) for sentence in entry.sentences())


def reported(case: Case) -> frozenset[str]:
    """Return the names of the rules that a case raises."""
    names = {rule.sign: name for name, rule in load_rules().rules.items()}
    return frozenset(names[flag.sign] for flag in red_flags(case))


class DangerSigns:
    """The measure: the share of signs missed, and of sentences that raise a sign they deny."""

    name = "danger"

    def items(self, mirror: Path, limit: int | None, seed: int) -> Sequence[Item]:
        """Return the sentences, or a random sample of them; needs no data set."""
        items = [Item(f"{number:04d}-{one.rule}", (one, False)) for number, one in enumerate(table())]
        items += [Item(f"unseen-{number:04d}-{one.rule}", (one, True)) for number, one in enumerate(table(UNSEEN))]
        if limit is None or limit >= len(items):
            return items
        chosen = np.random.default_rng(seed).choice(len(items), size=limit, replace=False)
        return [items[place] for place in sorted(chosen)]

    def judge(self, item: Item, assistant: Assistant) -> Outcome:
        """Return whether the rule was reported for one sentence, read as the assistant reads any case."""
        sentence, unseen = item.content
        seen = sentence.rule in reported(assistant.read(sentence.text))
        return {
            "rule": sentence.rule,
            "form": sentence.form,
            "unseen": unseen,
            "expected": sentence.raised,
            "reported": seen,
        }

    def figures(self, outcomes: Sequence[Outcome], seed: int) -> Sequence[Figure]:
        """Return the shares, those of the table held back apart; none of any is the target."""
        named: list[tuple[str, list[bool]]] = []
        for unseen, note in ((False, ""), (True, ", wordings held back")):
            mine = [one for one in outcomes if one["unseen"] is unseen]
            named.append((f"missed{note}", [not one["reported"] for one in mine if one["expected"]]))
            named.append((f"false alarms{note}", [bool(one["reported"]) for one in mine if not one["expected"]]))
        return tuple(self._figure(name, values, seed) for name, values in named if values)

    def _figure(self, name: str, values: Sequence[bool], seed: int) -> Figure:
        found = share([float(value) for value in values], np.random.default_rng(seed))
        return Figure(self.name, name, found.value, found.low, found.high, len(values), target=0.0, least=False)
