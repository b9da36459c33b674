"""Find the files to read and hand each to the reader of its kind.

A file that cannot be read raises UnreadableFile with one line that names it; the caller goes on with the next.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from index.document import Document
from index.errors import UnreadableFile
from index.reading.drafts import STARTER_DEFAULTS, STARTER_FOLDER, DocumentDefaults, Limits

_READERS = {
    ".pdf": "pdf",
    ".html": "web_page",
    ".htm": "web_page",
    ".xhtml": "web_page",
    ".docx": "word",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "plain_text",
    ".text": "plain_text",
    ".jsonl": "records",
    ".ndjson": "records",
    ".documents": "documents",
}
# Files that accompany a corpus and are about it, not of it.
_ACCOMPANYING = ("source.md", "readme", "license", "licence", "copying", "notice")


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files to read, each once: those named, and in sorted order all readable kinds in the folders named.

    Hidden files, links out of sight (symbolic links to folders) and files about a corpus (README, SOURCE.md, LICENSE)
    are left out of folders. A path that does not exist is returned, so that reading it says so.
    """
    found: dict[Path, None] = {}
    for path in map(whole_path, paths):
        found.update(dict.fromkeys(_in_folder(path) if path.is_dir() else [path]))
    return list(found)


def whole_path(path: Path) -> Path:
    """Return the path under which a file or folder is known to the index, however it was given: "~/a", "../a"."""
    with suppress(RuntimeError):  # there is no such user: reading it says that there is no such file
        path = path.expanduser()
    return Path(os.path.abspath(path))  # noqa: PTH100 - keep a link's own name, unlike resolve()


def _in_folder(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(parent, name)
            if path.suffix.lower() in _READERS and not name.lower().startswith((".", "~$", *_ACCOMPANYING)):
                yield path


def read_path(path: Path, limits: Limits | None = None, defaults: DocumentDefaults | None = None) -> Iterator[Document]:
    """Yield the documents of one file; JSON lines hold many, every other kind holds one.

    Raises UnreadableFile when the file is broken, encrypted, empty, too large or of an unknown kind.
    """
    limits = limits or Limits()
    defaults = STARTER_DEFAULTS if path.is_relative_to(STARTER_FOLDER) else defaults or DocumentDefaults()
    kind = _READERS.get(path.suffix.lower())
    if kind is None:
        raise UnreadableFile(
            f"{path}: unknown kind {path.suffix or 'without ending'!r}; known are {' '.join(_READERS)}"
        )
    data = _read_bytes(path, limits)
    try:
        yield from importlib.import_module(f"index.reading.{kind}").read(path, data, limits, defaults)
    except (RecursionError, MemoryError) as error:
        raise UnreadableFile(f"{path}: is nested too deeply or unpacks to too much") from error


def _read_bytes(path: Path, limits: Limits) -> bytes:
    try:
        size = path.stat().st_size
        if size > limits.file_bytes:
            raise UnreadableFile(
                f"{path}: {size / 1e6:.0f} MB is over the limit of {limits.file_bytes / 1e6:.0f} MB; split it"
            )
        data = path.read_bytes() if path.is_file() else b""
    except OSError as error:
        raise UnreadableFile(f"{path}: {error.strerror or error}") from error
    if not data.strip():
        raise UnreadableFile(f"{path}: is empty")
    return data
