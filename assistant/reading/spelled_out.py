"""Abbreviations of a note spelled out in the words of a sentence, so that phrases need only one form.

The words keep the place of the abbreviation. Knows the table it is given. Does not know which findings there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from assistant.reading.phrases import Sentence
from assistant.reading.tokens import Token, tokens


class Abbreviations:
    """A table from an abbreviation, a regular expression in the letter case of notes, to the words it stands for."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._stems = [tuple(token.stem for token in tokens(words)) for words in table.values()]
        forms = "|".join(f"(?P<a{number}>{form})" for number, form in enumerate(table))
        self._form = re.compile(rf"(?<![\w/])(?:{forms})(?![\w/])") if table else None

    def spelled(self, sentence: Sentence) -> Sentence:
        """Return the sentence with the words of each abbreviation in place of it."""
        found = list(self._form.finditer(sentence.text)) if self._form else []
        if not found:
            return sentence
        return replace(sentence, words=tuple(self._words(sentence.words, found)))

    def _words(self, words: Iterable[Token], found: list[re.Match[str]]) -> Iterable[Token]:
        told: set[int] = set()
        for word in words:
            over = next((one for one in found if one.start() < word.end and word.start < one.end()), None)
            if over is None:
                yield word
            elif over.start() not in told:
                told.add(over.start())
                for place, stem in enumerate(self._stems[int((over.lastgroup or "a0")[1:])]):
                    yield Token(stem, over.start(), over.end(), word.break_before and place == 0)
