"""The dangerous conditions of `assistant/data/must_not_miss.yaml`, and the signs that bring them to mind or exclude them.

Knows the file and checks it; its signs and sources add to those of the danger signs. Does not know cases.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from assistant.reading.analytes import analytes
from assistant.reading.phrases import Phrase
from assistant.reading.spelled_out import Abbreviations
from assistant.reading.tables import NamesRules, checked, structure
from assistant.red_flag_rules import Sign, load_rules
from index.document import Frozen, Source

FILE = "must_not_miss.yaml"


class Dangerous(Frozen):
    """A condition: when it must be thought of, what points to it, what excludes it, and how it is excluded.

    `needs` and `together` ask for at least one of their signs; in a complaint of `always` no sign of `needs` is asked
    for. `not_if` excludes by any of its signs, `denied` when the case denies all of them.
    """

    also: tuple[str, ...] = ()
    icd10cm: tuple[str, ...] = ()
    urgency: Literal["now", "today"]
    presents: Annotated[tuple[str, ...], Field(min_length=1)]
    points: Annotated[tuple[str, ...], Field(min_length=1)]
    always: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    together: tuple[str, ...] = Field(default=(), alias="and")
    not_if: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    ages: tuple[float, float] = (0.0, math.inf)
    sex: Literal["any", "female", "male"] = "any"
    exclude: str
    source: str

    @property
    def signs(self) -> tuple[str, ...]:
        """Every sign the condition names."""
        return (*self.points, *self.needs, *self.together, *self.not_if, *self.denied)


class DangerousConditions(NamesRules):
    """The whole file; every source, sign, complaint and analyte that is named is there."""

    sources: dict[str, Source]
    signs: dict[str, Sign]
    long_standing: tuple[Phrase, ...]
    presentations: dict[str, tuple[str, ...]]
    conditions: dict[str, Dangerous]

    @field_validator("long_standing", mode="before")
    @classmethod
    def _parsed(cls, texts: Sequence[str]) -> tuple[Phrase, ...]:
        return tuple(Phrase.parse(text) for text in texts)

    @classmethod
    def of(cls, raw: Any) -> DangerousConditions:
        """Check what the file holds. Raises SettingsError naming what cannot be used."""
        return checked(cls, raw, FILE)

    @cached_property
    def all_signs(self) -> Mapping[str, Sign]:
        """The signs of this file and of the danger signs."""
        return {**load_rules().signs, **self.signs}

    @cached_property
    def spelling(self) -> Abbreviations:
        """The abbreviations of the danger signs."""
        return load_rules().spelling

    def source_of(self, condition: Dangerous) -> Source:
        """Return what a condition rests on."""
        return self.sources.get(condition.source) or load_rules().sources[condition.source]

    def missing(self) -> Iterator[tuple[str, str]]:
        """Yield the signs, complaints, sources and analytes that are named and not there."""
        sources = {*self.sources, *load_rules().sources}
        named = [(name, sign) for name, signs in self.presentations.items() for sign in signs]
        named += [(name, sign) for name, one in self.conditions.items() for sign in one.signs]
        yield from ((name, sign) for name, sign in named if sign not in self.all_signs)
        for name, one in self.conditions.items():
            yield from ((name, complaint) for complaint in one.presents if complaint not in self.presentations)
            yield from ((name, complaint) for complaint in one.always if complaint not in one.presents)
            if one.source not in sources:
                yield name, one.source
        for name, sign in self.signs.items():
            yield from ((name, limit.analyte) for limit in sign.measured if limit.analyte not in analytes())


@cache
def load_conditions() -> DangerousConditions:
    """Return the shipped conditions."""
    return DangerousConditions.of(structure(FILE))
