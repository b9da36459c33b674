"""Cases with a known diagnosis, read from the forms in which such sets come.

Knows file shapes only: JSON lines with `id`, `text` (or `phenotypes`, `excluded`, `age`, `sex`) and `gold`; phenopacket
lines; CSV with a vignette and an answer column.
"""

from __future__ import annotations

import csv
import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import UsageError

_TEXT = ("text", "case_vignette", "vignette", "question")
_GOLD = ("gold", "answer", "diagnosis")


@dataclass(frozen=True)
class GoldCase:
    """A case and the diagnosis it is known to have."""

    id: str
    gold: str
    gold_code: str = ""
    text: str = ""
    present: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    age: str = ""
    sex: str = ""
    group: str = ""


def read_cases(file: Path, *, limit: int | None = None, seed: int = 7) -> list[GoldCase]:
    """Return the cases of a file, or a seeded random sample of `limit`, in the order of the file.

    Raises UsageError when the file cannot be read or a line lacks its case or its diagnosis.
    """
    try:
        rows = _csv_rows(file) if file.suffix.lower() == ".csv" else _json_rows(file)
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise UsageError(f"cannot read cases from {file}: {error}") from error
    cases = [_case(row, number, file) for number, row in enumerate(rows, 1)]
    if limit is not None and limit < len(cases):
        kept = sorted(random.Random(seed).sample(range(len(cases)), limit))  # noqa: S311 - a sample, not a secret
        return [cases[number] for number in kept]
    return cases


def _csv_rows(file: Path) -> list[dict[str, Any]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _json_rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def _case(row: dict[str, Any], number: int, file: Path) -> GoldCase:
    gold = next((row[name] for name in _GOLD if row.get(name)), None)
    text = next((str(row[name]) for name in _TEXT if row.get(name)), "")
    present = _terms(row.get("phenotypes") or row.get("observed"))
    if gold is None or not (text or present):
        raise UsageError(
            f"{file}, case {number}: needs a text or phenotypes, and a gold diagnosis; it has {sorted(row)}"
        )
    first = gold[0] if isinstance(gold, list) else gold
    name, code = (first["label"], first["id"]) if isinstance(first, dict) else (str(first), "")
    return GoldCase(
        id=str(row.get("id") or row.get("case_id") or number),
        gold=name.strip(),
        gold_code=code,
        text=text,
        present=present,
        absent=_terms(row.get("excluded")),
        age=str(row.get("age") or ""),
        sex=str(row.get("sex") or "").lower(),
        group=str(row.get("category") or row.get("group") or ""),
    )


def _terms(values: Any) -> tuple[str, ...]:
    return tuple(value["id"] if isinstance(value, dict) else str(value) for value in values or ())
