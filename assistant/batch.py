"""Many cases, one JSON line each: assessed in order, one line out for each, resumable after any interruption.

Every line is flushed to disk before the next case begins, so that a crash costs at most the case under way. What is wrong
with one case is its line's error; a model or an index that fails stops the run, because the next case would fail too.
Knows lines and files. Does not know progress bars.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from assistant.case import Case
from assistant.case_input import writable
from assistant.errors import GuidelineIndexError, ModelError, UsageError, WardroundError

if TYPE_CHECKING:
    from assistant.assistant import Assistant

_LOG = logging.getLogger(__name__)
# What a line of ours begins with: a file that does not is somebody's, and nothing is cut off it.
_OPENING = b'{"id": '


@dataclass(frozen=True)
class BatchInput:
    """One line of the input: its number, its id, and its object, or why it cannot be used."""

    line: int
    id: str | int | None
    fields: dict[str, Any]
    error: str = ""


@dataclass(frozen=True)
class Written:
    """How many cases have their line in an output file already, and how many of these lines are errors."""

    cases: int = 0
    errors: int = 0


@dataclass(frozen=True)
class BatchOutcome:
    """One case that was done: its id, the error if it had one, and the seconds it took."""

    id: str | int | None
    error: str
    seconds: float


def read_inputs(file: Path) -> Iterator[BatchInput]:
    """Yield the inputs of a file, blank lines left out. Raises UsageError when the file cannot be read."""
    try:
        with file.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield _input(number, line)
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}; give a file of JSON lines") from error


def count_inputs(file: Path) -> int:
    """Return how many inputs a file has. Raises UsageError when it cannot be read or has none."""
    count = sum(1 for _ in read_inputs(file))
    if not count:
        raise UsageError(f'{file} has no cases; give one JSON object a line, such as {{"id": 1, "text": "..."}}')
    return count


def _input(number: int, line: bytes) -> BatchInput:
    try:
        fields = json.loads(line.decode("utf-8-sig"))
    except ValueError as error:
        return BatchInput(number, None, {}, f"line {number} is not JSON: {error}")
    if not isinstance(fields, dict) or not isinstance(fields.get("id"), str | int):
        return BatchInput(number, None, {}, f'line {number} is not an object with an "id"')
    return BatchInput(number, fields["id"], fields, _unusable(fields))


def _unusable(fields: dict[str, Any]) -> str:
    """Return why an input object cannot be used, "" when it can; fields of the user's own ("gold") are left alone."""
    given = [name for name in ("text", "phenotypes", "fhir") if name in fields]
    if len(given) != 1:
        return 'give one of "text", "phenotypes" and "fhir"'
    if not isinstance(fields.get("fhir", {}), dict | list):
        return '"fhir" must be a FHIR R4 bundle, or a list of resources'
    if not isinstance(fields.get("text", ""), str):
        return '"text" must be a string'
    for name in ("phenotypes", "excluded"):
        terms = fields.get(name, [])
        if not isinstance(terms, list) or not all(isinstance(term, str) for term in terms):
            return f'"{name}" must be a list of HPO ids such as "HP:0001945"'
    return ""


def run_batch(assistant: Assistant, inputs: Path, output: Path) -> Iterator[BatchOutcome]:
    """Assess every input that has no line in `output` yet, and yield what came of each once its line is on the disk.

    Raises UsageError when a file cannot be used or `output` belongs to another input, and whatever a model or an index
    raises when it cannot go on; what was done is kept.
    """
    done = finished(inputs, output)
    try:
        with output.open("ab") as stream:
            for one in islice(read_inputs(inputs), done.cases, None):
                started = time.perf_counter()
                line, error = _line(assistant, one)
                _append(stream, line)
                yield BatchOutcome(one.id, error, time.perf_counter() - started)
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}; what was done is kept, run it again") from error


def _append(stream: BinaryIO, line: bytes) -> None:
    stream.write(line)
    stream.flush()
    os.fsync(stream.fileno())


def _line(assistant: Assistant, one: BatchInput) -> tuple[bytes, str]:
    """Return the output line of an input, and the error in it."""
    # In ASCII, so that an id holding half a character is read back as the same id.
    key, error = json.dumps(one.id), one.error
    body = ""
    if not error:
        try:
            body = assistant.assess(_case(assistant, one.fields)).model_dump_json(by_alias=True)
        except (ModelError, GuidelineIndexError):
            raise
        except WardroundError as failure:
            error = str(failure)
        except Exception as failure:  # one strange case must not cost the thousand after it
            _LOG.info("case %r", one.id, exc_info=True)
            error = f"internal error, please report it: {type(failure).__name__}: {failure}"
    last = f'"error": {json.dumps(error, ensure_ascii=False)}' if error else f'"assessment": {body}'
    return f'{{"id": {key}, {last}}}\n'.encode("utf-8", errors="replace"), error


def _case(assistant: Assistant, fields: dict[str, Any]) -> Case:
    if "text" in fields:
        return assistant.read(writable(fields["text"]))
    if "fhir" in fields:
        return assistant.read(json.dumps(fields["fhir"]))
    age = fields.get("age")
    return assistant.read_phenotypes(
        fields["phenotypes"], fields.get("excluded", []), "" if age is None else str(age), str(fields.get("sex") or "")
    )


def finished(inputs: Path, output: Path) -> Written:
    """Return what `output` has already, after cutting off a line that an interruption left torn.

    Raises UsageError when the file cannot be made, a line is not one that this command wrote, or has another id than the
    input at its place.
    """
    if not output.parent.is_dir():
        raise UsageError(f"there is no folder {output.parent}; make it, or choose another --output")
    if not output.exists():
        return Written()
    try:
        content = output.read_bytes()
        whole = content.rfind(b"\n") + 1
        lines = [_written(line, number, output) for number, line in enumerate(content[:whole].splitlines(), 1)]
        torn = content[whole:]
        if torn:
            _refuse_foreign(torn, output)
            with output.open("r+b") as stream:
                stream.truncate(whole)
    except OSError as error:
        raise UsageError(f"cannot use {output}: {error.strerror}; choose another --output") from error
    _check_same_cases([line["id"] for line in lines], inputs, output)
    return Written(len(lines), sum("error" in line for line in lines))


def _written(line: bytes, number: int, output: Path) -> dict[str, Any]:
    try:
        written = json.loads(line)
    except ValueError:
        written = None
    if not isinstance(written, dict) or "id" not in written or not written.keys() & {"assessment", "error"}:
        raise UsageError(f"line {number} of {output} was not written by 'ask --batch'; choose another --output")
    return written


def _refuse_foreign(torn: bytes, output: Path) -> None:
    if not torn.startswith(_OPENING[: len(torn)]):
        raise UsageError(f"{output} was not written by 'ask --batch'; choose another --output")


def _check_same_cases(ids: list[str | int | None], inputs: Path, output: Path) -> None:
    wanted = [one.id for one in islice(read_inputs(inputs), len(ids))]
    for number, (mine, theirs) in enumerate(zip(ids, wanted, strict=False), 1):
        if mine != theirs:
            raise UsageError(
                f"line {number} of {output} is case {mine!r}, but {inputs} has {theirs!r} there; choose another --output"
            )
    if len(wanted) < len(ids):
        raise UsageError(f"{output} has {len(ids)} cases, {inputs} only {len(wanted)}; choose another --output")
