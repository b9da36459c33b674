"""The data files of `assistant/data`, read as rows and lines; what begins with "#" is a comment."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from assistant.errors import SettingsError
from index.document import Frozen


class NamesRules(Frozen):
    """What a file of rules holds, whose parts name each other."""

    @abstractmethod
    def missing(self) -> Iterable[tuple[str, str]]:
        """Return (who names it, what) for each name that is not defined."""


_Known = TypeVar("_Known", bound=NamesRules)


def lines(name: str) -> list[str]:
    """Return the lines of a text file that are neither empty nor comments."""
    return _lines(_data() / name)


def rows(name: str, columns: int) -> Iterator[list[str]]:
    """Yield the rows of a tab-separated file. Raises SettingsError for a row with another number of columns."""
    return _rows(_data() / name, columns)


def folder_rows(name: str, columns: int) -> Iterator[list[str]]:
    """Yield the rows of all tab-separated files of a folder, file by file in the order of their names."""
    for file in sorted((_data() / name).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".tsv"):
            yield from _rows(file, columns)


@cache
def structure(name: str) -> Any:
    """Return what a YAML file holds; the same object each time, so it must not be changed."""
    return yaml.load((_data() / name).read_text(encoding="utf-8"), Loader=_loader())  # noqa: S506


def checked(kind: type[_Known], raw: Any, name: str) -> _Known:
    """Return what a file holds as the type it should have, each name in it known.

    Raises SettingsError naming what cannot be used, or which name is not defined.
    """
    try:
        known = kind.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"{name}: {where} = {first['input']!r}: {first['msg']}; mend the file") from error
    for owner, missing in known.missing():
        raise SettingsError(f"{name}: {owner!r} names {missing!r}, which is not defined; add it or mend the name")
    return known


def _loader() -> type:
    """Return the safe loader, in C where PyYAML has it: ten times as fast, and the rules are read at every start."""
    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _data() -> Traversable:
    return files("assistant") / "data"


def _lines(file: Traversable) -> list[str]:
    text = file.read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _rows(file: Traversable, columns: int) -> Iterator[list[str]]:
    for line in _lines(file):
        row = line.split("\t")
        if len(row) != columns:
            raise SettingsError(f"{file.name}: {line!r} has {len(row)} columns, not {columns}; separate them with tabs")
        yield [cell.strip() for cell in row]
