"""The parts a report is made of, whatever format it is written in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is the title, `danger` what must not be missed."""

    text: str
    level: int = 2
    danger: bool = False


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `strong` ones must not be missed."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list; an item is its text and the items below it."""

    items: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Table:
    """A table with a row of titles."""

    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Quotes:
    """Quotes of one passage: where it is, each numbered quote word for word, and the numbers shown above as advice."""

    place: str
    quotes: tuple[tuple[int, str], ...] = ()
    above: tuple[int, ...] = ()


@dataclass(frozen=True)
class Source:
    """A document that is quoted, its address if it has one, and the quotes."""

    text: str
    passages: tuple[Quotes, ...]
    url: str = ""


Block = Heading | Paragraph | Bullets | Table | Source
