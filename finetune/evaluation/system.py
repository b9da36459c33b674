"""What exactly is measured: program, data files, index, models; two runs may be joined only if all of it is the same.

Knows how to tell systems apart. Does not know what is measured of them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from assistant.assistant import Assistant
from assistant.errors import UsageError

FILE = "system.json"
# What answers a case. The terminal, the reports and the command line only show answers, and change none.
_ANSWERING = ("assistant", "index", "prompts")
_SHOWING = frozenset(("cli", "terminal", "report", "starter", "__pycache__"))
_LENGTH = 12


@dataclass(frozen=True)
class System:
    """What answers the cases; hashes are cut to twelve hex digits."""

    wardround: str
    code: str
    index: str
    generation: int
    documents: int
    embedder: str
    phenotypes: str
    model: str
    model_sha256: str
    adapter: str

    @classmethod
    def of(cls, assistant: Assistant) -> System:
        """Return what an assistant is made of."""
        index = assistant.index
        identity = assistant.model.identity if assistant.model is not None else None
        return cls(
            wardround=version("wardround"),
            code=_code(_ANSWERING),
            index=_digest("\n".join(sorted(index.conditions())) + f"\n{index.passage_count}"),
            generation=index.generation,
            documents=index.document_count,
            embedder=index.embedder_identity,
            phenotypes=assistant.phenotypes.version if assistant.phenotypes is not None else "",
            model=f"{identity.name} ({identity.kind})" if identity else "none",
            model_sha256=identity.sha256 if identity else "",
            adapter=identity.adapter if identity else "",
        )

    @property
    def key(self) -> str:
        """A short name for exactly this system."""
        return _digest(json.dumps(asdict(self), sort_keys=True))

    def claim(self, folder: Path) -> None:
        """Make a folder this system's, raising UsageError where it already holds the outcomes of another one."""
        mine, file = asdict(self), folder / FILE
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not file.exists():
                file.write_text(json.dumps(mine, indent=1) + "\n", encoding="utf-8")
            kept = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UsageError(f"cannot use {folder}: {error}; give another --resume FOLDER") from error
        apart = [
            f"{name} was {kept.get(name)!r}, is {value!r}" for name, value in mine.items() if kept.get(name) != value
        ]
        if apart:
            raise UsageError(
                f"{folder} holds outcomes of another system ({'; '.join(apart)}); give another --resume FOLDER"
            )


def judge_key(mirror: Path | None) -> str:
    """Return a short name for what judges: the code of the evaluation, and the data sets as far as names and sizes tell."""
    files_of = (
        [] if mirror is None else [(file.relative_to(mirror), file) for file in mirror.rglob("*") if file.is_file()]
    )
    sets = sorted(f"{name} {file.stat().st_size}" for name, file in files_of)
    return _digest(_code(("finetune",)) + "\n".join(sets))


@cache
def _code(packages: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for package in packages:
        for name, content in _sources(files(package), package):
            digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return digest.hexdigest()[:_LENGTH]


def _sources(folder: Traversable, name: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir() and entry.name not in _SHOWING:
            found += _sources(entry, f"{name}/{entry.name}")
        elif entry.is_file() and not entry.name.endswith((".pyc", ".safetensors")):
            found.append((f"{name}/{entry.name}", entry.read_bytes()))
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]
