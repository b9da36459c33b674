"""Whether this installation is complete: each part that Wardround needs, its state, and the command that mends it.

Mends nothing itself and stays on this machine. Does not know how the findings are shown.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from assistant.errors import GuidelineIndexError, ModelError, WardroundError
from assistant.models.catalogue import CATALOGUE, PHENOTYPES, Entry, embedder_folder, is_ready
from assistant.settings import Settings

_OLDEST_PYTHON = (3, 11)
_GIGABYTE = 1_000_000_000
# An index of a few hundred guidelines and the case store fit in this.
_LEAST_FREE = _GIGABYTE // 2
# Named with their versions, because reports of trouble turn on them.
_TELLING = ("transformers", "sentence-transformers", "faiss-cpu", "langchain-core", "peft", "xllamacpp", "onnxruntime")


@dataclass(frozen=True)
class Check:
    """One part: what was found, and where it is not `ok` the command or step that mends it.

    `mend` is "" where `found` is an error's message, which names it. A part that is not `needed` makes Wardround better,
    but it works without.
    """

    name: str
    ok: bool
    found: str
    mend: str = ""
    needed: bool = True


def checks(settings: Settings) -> Iterator[Check]:
    """Yield every check, the quick ones first."""
    yield _python()
    yield from _packages()
    yield from (_download(entry, settings) for entry in CATALOGUE.values())
    yield _language_model(settings)
    yield _index(settings)
    yield _case_store(settings)
    yield from _disk(settings)
    yield _torch()


def _python() -> Check:
    found = f"{platform.python_version()} in {sys.prefix}"
    return Check("Python", sys.version_info >= _OLDEST_PYTHON, found, "install Python 3.11 or newer, then: make setup")


def _packages() -> Iterator[Check]:
    from packaging.requirements import Requirement

    needed = [Requirement(text) for text in requires("wardround") or ()]
    needed = [one for one in needed if one.marker is None or one.marker.evaluate({"extra": ""})]
    wrong = 0
    for one in needed:
        has = _version(one.name)
        if not has or not one.specifier.contains(has, prereleases=True):
            wrong += 1
            yield Check(f"package {one.name}", False, has or "not installed", f"pip install --upgrade '{one}'")
    told = ", ".join(f"{name} {_version(name) or 'missing'}" for name in _TELLING)
    found = f"wardround {version('wardround')}, {len(needed) - wrong} of {len(needed)} as required: {told}"
    yield Check("packages", not wrong, found, "the lines above say how")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _torch() -> Check:
    try:
        import torch
    except (ImportError, OSError) as error:
        return Check("torch", False, f"cannot be imported: {_first_line(error)}", "pip install --force-reinstall torch")
    if torch.cuda.is_available():
        return Check("torch", True, f"{torch.__version__}, CUDA {torch.version.cuda}: {torch.cuda.get_device_name()}")
    return Check("torch", True, f"{torch.__version__}, no CUDA: runs on {os.cpu_count()} processors")


def _download(entry: Entry, settings: Settings) -> Check:
    name, needed = f"download {entry.name}", entry.name != PHENOTYPES
    folder = settings.models_folder / entry.name
    fetch = f"wardround models get {entry.name}"
    if not is_ready(entry.name, settings):
        return Check(name, False, f"{entry.what} is not in {settings.models_folder}", fetch, needed)
    for member in entry.members:
        if _sha256(folder / member.target) != member.sha256:
            found = f"{folder / member.target} does not have the hash it must have"
            return Check(name, False, found, f"rm -r '{folder}' && {fetch}", needed)
    return Check(name, True, f"{entry.what}, hashes right, in {folder}")


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _language_model(settings: Settings) -> Check:
    from assistant.models.spec import DEFAULT, open_model

    spec = settings.model or DEFAULT
    if spec.startswith(("http://", "https://")):
        return Check("language model", True, f"{spec}, not contacted")
    try:
        identity = open_model(spec, settings).identity
    except ModelError as error:
        return Check("language model", False, str(error))
    return Check("language model", True, f"{identity.name} ({identity.kind})")


def _index(settings: Settings) -> Check:
    from index.embedding import open_embedder
    from index.guideline_index import GuidelineIndex

    folder, starter = settings.index_folder, "wardround index add --starter"
    if not folder.is_dir():
        return Check("index", False, f"no index in {folder}", starter)
    try:
        index = GuidelineIndex.open(folder, open_embedder(settings.embedder or embedder_folder(settings)))
    except (GuidelineIndexError, ModelError) as error:
        return Check("index", False, str(error))
    try:
        held = f"{index.document_count} documents, {index.passage_count} passages, generation {index.generation}"
        return Check("index", index.document_count > 0, f"{held} in {folder}", starter)
    finally:
        index.close()


def _case_store(settings: Settings) -> Check:
    from assistant.store import CaseStore

    file = settings.cases_file
    mend = "set WARDROUND_DATA_FOLDER to a folder you may write to"
    if not file.exists():
        place = _standing_folder(file)
        return Check("case store", os.access(place, os.W_OK), f"none yet; {file} is made by the first chat", mend)
    try:
        CaseStore.check(file)
    except WardroundError as error:
        return Check("case store", False, str(error))
    return Check("case store", os.access(file, os.W_OK), str(file), f"chmod u+w '{file}'")


def _disk(settings: Settings) -> Iterator[Check]:
    folders = {_standing_folder(folder): folder for folder in (settings.cache_folder, settings.data_folder)}
    one_a_disk = {standing.stat().st_dev: (standing, folder) for standing, folder in folders.items()}
    for standing, folder in one_a_disk.values():
        free = shutil.disk_usage(standing).free
        found = f"{free / _GIGABYTE:.1f} GB free for {folder}"
        yield Check("disk space", free >= _LEAST_FREE, found, "free some space, or set another WARDROUND_DATA_FOLDER")


def _standing_folder(path: Path) -> Path:
    """Return the nearest folder above a path that exists."""
    return next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.is_dir())


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
