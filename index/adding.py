"""Bring files into the index: skip what did not change, read, split, embed what is new, write file by file.

Embedding is the slow part, so each batch of vectors is kept as soon as it is made, keyed by its text; the documents of
the file appear in one transaction at the end. A stopped run loses at most one batch and is taken up where it stood.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.document import Document, Passage
from index.embedding import Embedder
from index.errors import UnreadableFile
from index.reading import DocumentDefaults, find_files, read_path
from index.splitting import split
from index.store import FileState, IndexedPassage, Store

# Raised when reading or splitting changes, so that files are read again although they did not change.
_READING_VERSION = 1
_BATCH = 128


@dataclass(frozen=True)
class FailedFile:
    """A file that could not be read, and why in one line."""

    path: Path
    reason: str


@dataclass(frozen=True)
class AddProgress:
    """How far adding has come; `passages` counts the passages of the current file that need a vector."""

    path: str
    files_done: int
    files: int
    passages_done: int = 0
    passages: int = 0


@dataclass(frozen=True)
class AddReport:
    """What adding did, in files but for `documents` and `passages`, which count what the added files gave."""

    added: int = 0
    unchanged: int = 0
    removed_stale: int = 0
    failed: tuple[FailedFile, ...] = ()
    documents: int = 0
    passages: int = 0
    embedded: int = 0
    seconds: float = 0.0


@dataclass
class Adding:
    """One run of adding, with the writing lock held."""

    store: Store
    embedder: Embedder
    defaults: DocumentDefaults
    progress: Callable[[AddProgress], None] | None = None
    _counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("added", "unchanged", "documents", "passages", "embedded"), 0)
    )
    _failed: list[FailedFile] = field(default_factory=list)

    def run(self, paths: Sequence[Path]) -> AddReport:
        """Add files and folders, and remove what was indexed of files in these folders that are gone."""
        start = time.monotonic()
        files = find_files(paths)
        for number, file in enumerate(files):
            self._tell(AddProgress(str(file), number, len(files)))
            try:
                self._add_file(file, number, len(files))
            except UnreadableFile as error:
                self._failed.append(FailedFile(file, str(error)))
        stale = self._stale(paths)
        self.store.remove_files(stale)
        if self._counts["added"]:
            self.store.drop_unused_embeddings()
        self._tell(AddProgress("", len(files), len(files)))
        seconds = time.monotonic() - start
        return AddReport(removed_stale=len(stale), failed=tuple(self._failed), seconds=seconds, **self._counts)

    def rebuild(self) -> int:
        """Embed every passage that is in the index anew; vectors are replaced in one transaction."""
        rows = [(document, split(document)) for document in self.store.documents(self.store.document_ids())]
        texts = {embedding_key(text): text for document, passages in rows for text in _texts(document, passages)}
        keys = list(texts)
        vectors: dict[bytes, NDArray[np.float32]] = {}
        for first in range(0, len(keys), _BATCH):
            step = keys[first : first + _BATCH]
            vectors |= dict(zip(step, self.embedder.embed([texts[key] for key in step]), strict=True))
            self._tell(AddProgress("", 0, 1, first + len(step), len(keys)))
        with self.store.database.writing():
            self.store.drop_all_embeddings()
            self.store.add_embeddings(vectors)
        return self.store.count("passages")

    def _tell(self, progress: AddProgress) -> None:
        if self.progress:
            self.progress(progress)

    def _add_file(self, file: Path, number: int, files: int) -> None:
        state = self._unless_unchanged(file)
        if state is None:
            self._counts["unchanged"] += 1
            return
        documents = list({document.id: document for document in read_path(file, defaults=self.defaults)}.values())
        indexed = [entry for document in documents for entry in _indexed(document, split(document))]
        self._embed(indexed, str(file), number, files)
        self.store.replace_file(state, documents, [entry.passage for entry in indexed])
        self._counts["added"] += 1
        self._counts["documents"] += len(documents)
        self._counts["passages"] += len(indexed)

    def _unless_unchanged(self, file: Path) -> FileState | None:
        """Return the state of a file that must be read, None when it did not change. Raises UnreadableFile."""
        known = self.store.file(str(file))
        read_as = f"{_READING_VERSION} {self.defaults.model_dump_json(exclude_defaults=True)}"
        try:
            stat = file.stat()
            if known and (known.size, known.mtime_ns, known.read_as) == (stat.st_size, stat.st_mtime_ns, read_as):
                return None
            with file.open("rb") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise UnreadableFile(f"{file}: {error.strerror or error}") from error
        state = FileState(str(file), stat.st_size, stat.st_mtime_ns, sha256, read_as)
        if known and (known.sha256, known.read_as) == (sha256, read_as):
            self.store.touch_file(state)
            return None
        return state

    def _embed(self, indexed: Sequence[_Entry], path: str, number: int, files: int) -> None:
        """Make and keep the vectors that are missing, each distinct text once."""
        texts = {entry.passage.embedding: entry.embedded for entry in indexed}
        missing = self.store.missing_embeddings(texts)
        # Like lengths together: a batch is as slow as its longest text.
        keys = sorted((key for key in texts if key in missing), key=lambda key: len(texts[key]))
        for first in range(0, len(keys), _BATCH):
            step = keys[first : first + _BATCH]
            vectors = self.embedder.embed([texts[key] for key in step])
            self.store.add_embeddings(dict(zip(step, vectors, strict=True)))
            self._counts["embedded"] += len(step)
            self._tell(AddProgress(path, number, files, first + len(step), len(keys)))

    def _stale(self, paths: Sequence[Path]) -> list[str]:
        folders = [path.expanduser().absolute() for path in paths if path.expanduser().is_dir()]
        known = self.store.file_paths() if folders else []
        return [p for p in known if any(Path(p).is_relative_to(folder) for folder in folders) and not Path(p).exists()]


@dataclass(frozen=True)
class _Entry:
    passage: IndexedPassage
    embedded: str


def embedding_key(text: str) -> bytes:
    """Return the key under which the vector of a text is kept."""
    return hashlib.sha256(text.encode()).digest()[:16]


def _texts(document: Document, passages: Sequence[Passage]) -> list[str]:
    """Return what is embedded of each passage: its place in the document, then its text."""
    return [f"{' > '.join((document.title, *passage.heading_path))}: {passage.text}" for passage in passages]


def _indexed(document: Document, passages: Sequence[Passage]) -> list[_Entry]:
    names = document.condition.synonyms if document.condition else ()
    title = " | ".join((document.title, *names))
    return [
        _Entry(IndexedPassage(passage, embedding_key(text), title, " | ".join(passage.heading_path)), text)
        for passage, text in zip(passages, _texts(document, passages), strict=True)
    ]
