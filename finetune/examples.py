"""Prepared data: the examples, the cases held out, and the card that says what they are and where they come from.

Knows files and their hashes. Does not know how an example is made, nor how a model learns from it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from assistant.errors import TrainingError
from assistant.models.language_model import Message
from finetune.cases import GoldCase
from index.document import Frozen

Part = Literal["train", "validation"]
EXAMPLES, HELD_OUT, CARD = "examples.jsonl", "held_out.jsonl", "data_card.json"
SCHEMA = "wardround.training-data/1"
_Row = TypeVar("_Row")


class Example(Frozen):
    """One prompt as the assistant sends it, and the answer to learn.

    `choices` are the continuations the assistant would have scored, where the prompt is one that is scored.
    """

    id: str
    case_id: str
    prompt: str
    prompt_version: str
    messages: tuple[Message, ...]
    completion: str
    choices: tuple[str, ...] = ()
    part: Part
    licence: str = ""


class Source(Frozen):
    """A file that cases were read from."""

    name: str
    sha256: str
    cases: int
    licence: str


class DataCard(Frozen):
    """What a prepared folder holds, in counts and hashes."""

    schema_: str = SCHEMA
    sources: tuple[Source, ...]
    cases: int
    duplicates_removed: int
    unreadable: int
    gold_among_candidates: int
    diagnoses: dict[Part, int]
    held_out_cases: int
    examples: dict[Part, dict[str, int]]
    prompts: dict[str, str]
    index_generation: int
    index_documents: int
    index_licences: tuple[str, ...]
    seed: int
    sha256: dict[str, str]


class PreparedData:
    """A folder that `prepare` wrote, each file checked against the card when it is opened."""

    def __init__(self, folder: Path, card: DataCard, card_sha256: str) -> None:
        self.folder = folder
        self.card = card
        self.card_sha256 = card_sha256

    @classmethod
    def open(cls, folder: Path) -> PreparedData:
        """Open a folder. Raises TrainingError when it is not whole or a file is not the one the card describes."""
        try:
            card = DataCard.model_validate_json((folder / CARD).read_bytes())
            found = {name: sha256_of(folder / name) for name in card.sha256}
        except (OSError, ValidationError) as error:
            raise TrainingError(
                f"{folder} holds no prepared data ({type(error).__name__}); run 'wardround finetune prepare' first"
            ) from error
        for name, wanted in card.sha256.items():
            if found[name] != wanted:
                raise TrainingError(f"{folder / name} was changed after it was prepared; prepare the data again")
        return cls(folder, card, sha256_of(folder / CARD))

    def examples(self, part: Part, prompt: str = "") -> list[Example]:
        """Return the examples of one part, of one prompt where it is named."""
        rows = _read(self.folder / EXAMPLES, TypeAdapter(Example))
        return [row for row in rows if row.part == part and prompt in ("", row.prompt)]

    def held_out(self) -> list[GoldCase]:
        """Return the cases whose diagnoses no training example has."""
        return _read(self.folder / HELD_OUT, TypeAdapter(GoldCase))


def write_prepared(folder: Path, examples: Sequence[Example], held_out: Sequence[GoldCase], card: DataCard) -> DataCard:
    """Write a folder, the card last and with the hashes of the rest, and return the card as written.

    Raises TrainingError when the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CARD).unlink(missing_ok=True)
        _write(folder / EXAMPLES, [example.model_dump_json() for example in examples])
        encoder = TypeAdapter(GoldCase)
        _write(folder / HELD_OUT, [encoder.dump_json(case).decode() for case in held_out])
        hashes = {name: sha256_of(folder / name) for name in (EXAMPLES, HELD_OUT)}
        whole = card.model_copy(update={"sha256": hashes})
        (folder / CARD).write_text(whole.model_dump_json(indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise TrainingError(f"cannot write {folder}: {error.strerror}; choose another --output") from error
    return whole


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def fingerprint(case: GoldCase) -> str:
    """Return a hash under which two cases are equal when their words are: case and spacing do not count."""
    values = asdict(case) | {"id": "", "group": "", "text": " ".join(case.text.lower().split())}
    return hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()


def _write(file: Path, lines: Sequence[str]) -> None:
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _read(file: Path, kind: TypeAdapter[_Row]) -> list[_Row]:
    # Only a line feed ends a line: texts may hold the other characters that str.splitlines takes for one.
    return [kind.validate_json(line) for line in file.read_bytes().split(b"\n") if line]
