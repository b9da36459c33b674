"""Queries made of published and made-up patients: their findings, answered by the passages about their diagnosis.

Knows two file shapes: phenopacket lines, and the table of DDXPlus. Does not know how texts become cases.
"""

from __future__ import annotations

import ast
import csv
import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from assistant.disease_names import keys
from assistant.errors import UsageError
from finetune.retriever.pairs import Pair
from finetune.retriever.taught import Taught
from finetune.retriever.told_cases import answers_about, listed, narrative
from index.document import Condition

_FEWEST = 2
_MOST = 12
_ASKING = re.compile(
    r"^(?:do|does|are|is|have|has|did|were) (?:you|your|the|any)\b(?:\s+(?:had|ever|been|recently|noticed|currently|have|"
    r"feel|experienced|experiencing|diagnosed with))*\s*",
    re.IGNORECASE,
)
# DDXPlus writes two names in one, and groups where guidelines have single diseases.
_ALSO = re.compile(r"\s*(?:/|\()\s*|\)")


def phenopacket_pairs(file: Path, learnt: Taught, draw: random.Random) -> Iterator[Pair]:
    """Yield a query for each case whose diagnosis a document is about. Raises UsageError for an unreadable file."""
    for number, row in enumerate(_lines(file), 1):
        try:
            labels = [str(one["label"]) for one in row["observed"]]
            gold = str(row["gold"][0]["label"])
        except (KeyError, TypeError, IndexError) as error:
            raise UsageError(f"{file}, line {number}: needs observed and gold with labels ({error!r})") from error
        sex = str(row.get("sex")).lower()
        condition = Condition(name=gold, sex=sex) if sex in ("female", "male") else Condition(name=gold)
        yield from _pairs("phenopackets", labels, condition, learnt, draw)


def ddxplus_pairs(file: Path, learnt: Taught, draw: random.Random) -> Iterator[Pair]:
    """Yield a query for each patient whose pathology a document is about. Raises UsageError for an unreadable file."""
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            rows = [
                (row["English Pathology"], row["SEX"], ast.literal_eval(row["English Evidences"]))
                for row in csv.DictReader(lines)
            ]
    except (OSError, UnicodeDecodeError, KeyError, ValueError, SyntaxError) as error:
        raise UsageError(f"cannot read patients from {file}: {error!r}") from error
    for name, sex, evidence in rows:
        labels = [label for asked, said in evidence.items() if (label := as_finding(str(asked), str(said)))]
        condition = Condition(name=name, sex="female" if sex == "F" else "male", ages=("any",))
        yield from _pairs("ddxplus", labels, condition, learnt, draw)


def as_finding(asked: str, said: str) -> str:
    """Return what a question and its answer say of a patient; "" where the answer is no, none or a bare number."""
    if said.strip().lower() in ("false", "no", "n", "none", "nowhere", "na", "") or said.strip().isdigit():
        return ""
    finding = _ASKING.sub("", asked.strip().rstrip("?")).strip()
    finding = re.sub(r"\byour\b", "the", re.sub(r"^(?:a|an|any|that) ", "", finding)).rstrip(" :")
    return finding if said.strip().lower() in ("true", "yes", "y") else f"{finding}: {said}"


def _pairs(
    source: str, labels: Sequence[str], condition: Condition, learnt: Taught, draw: random.Random
) -> Iterator[Pair]:
    forms = [form for form in _ALSO.split(condition.name) if form.strip()]
    documents = learnt.named(sorted(key for form in (condition.name, *forms) for key in keys(Condition(name=form))))
    if not documents or len(labels) < _FEWEST:
        return
    answers = answers_about(documents)
    some = draw.sample(labels, min(len(labels), draw.randint(_FEWEST, _MOST)))
    yield Pair(listed(some, condition, draw), answers, "findings", source, documents[0].number)
    told = [f"{label[:1].upper()}{label[1:]}." for label in some]
    yield Pair(narrative(told, condition, draw), answers, "narrative", source, documents[0].number)


def _lines(file: Path) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line.strip()]
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise UsageError(f"cannot read cases from {file}: {error}") from error
