"""Bring files into the index: skip what did not change, read, split, embed what is new, write file by file.

Files are read in a second process, the next ones while these are embedded; what a hostile file does there costs one line.

Embedding is the slow part: small files are embedded together, so that no core waits at the end of each, and each batch of
vectors is kept as soon as it is made, keyed by its text. The documents of a file appear in one transaction at the end. A
stopped run loses at most one batch and is taken up where it stood.
"""

from __future__ import annotations

import hashlib
import stat
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from index.document import Document
from index.embedding import Embedder
from index.embedding_blocks import embed_blocks
from index.errors import UnreadableFile
from index.findable import FindablePassage, findable
from index.reading import DocumentDefaults, Limits, find_files, whole_path
from index.reading.process import ReadingProcess
from index.splitting import split
from index.store import FileState, Store

# Raised when reading or splitting changes, so that files are read again although they did not change.
_READING_VERSION = 2
# What is read before it is needed is held in memory: so many files, or so many bytes of them, but always one.
_AHEAD, _BYTES_AHEAD = 32, 4_000_000
# Files are embedded together until there are so many passages.
_TOGETHER = 128


@dataclass(frozen=True)
class FailedFile:
    """A file that could not be read, and why in one line."""

    path: Path
    reason: str


@dataclass(frozen=True)
class FlaggedFile:
    """A file that was indexed but holds something suspicious: text hidden from the eye, or written for a program."""

    path: Path
    flags: tuple[str, ...]


@dataclass(frozen=True)
class AddProgress:
    """How far adding has come; `passages` counts the passages that need a vector, of `path` and those embedded with it."""

    path: str
    files_done: int
    files: int
    passages_done: int = 0
    passages: int = 0


Tell = Callable[[AddProgress], None]


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
    flagged: tuple[FlaggedFile, ...] = ()


@dataclass(frozen=True)
class _Reading:
    """A file that changed, and its documents, which may still be on their way."""

    number: int
    state: FileState
    documents: Future[list[Document]]


@dataclass(frozen=True)
class _File:
    """A file that was read, with what it will be found by."""

    number: int
    state: FileState
    documents: list[Document]
    found: list[FindablePassage]


@dataclass
class Adding:
    """One run of adding, with the writing lock held."""

    store: Store
    embedder: Embedder
    defaults: DocumentDefaults
    progress: Tell | None = None
    limits: Limits = field(default_factory=Limits)
    _counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("added", "unchanged", "documents", "passages", "embedded"), 0)
    )
    _failed: list[FailedFile] = field(default_factory=list)
    _flagged: list[FlaggedFile] = field(default_factory=list)

    def run(self, paths: Sequence[Path]) -> AddReport:
        """Add files and folders, and remove what was indexed of files in these folders that are gone."""
        start = time.monotonic()
        files = find_files(paths)
        with closing(self._readings(files)) as readings:
            for together in self._groups(readings):
                self._embed(together, len(files))
                for file in together:
                    self._keep(file)
        stale = self._stale(paths)
        if self.store.remove_files(stale):
            self.store.database.empty_log()
        if self._counts["added"]:
            self.store.drop_unused_embeddings()
        self._tell(AddProgress("", len(files), len(files)))
        seconds = time.monotonic() - start
        failed, flagged = tuple(self._failed), tuple(self._flagged)
        return AddReport(removed_stale=len(stale), failed=failed, flagged=flagged, seconds=seconds, **self._counts)

    def _tell(self, progress: AddProgress) -> None:
        if self.progress:
            self.progress(progress)

    def _readings(self, files: Sequence[Path]) -> Generator[_Reading, None, None]:
        """Yield the files that changed, each being read while the one before it is dealt with."""
        waiting: deque[_Reading] = deque()
        # The process is stopped before the thread that waits for it, so that Ctrl-C need not wait for a file.
        with ThreadPoolExecutor(1) as pool, ReadingProcess(self.limits) as process:
            for number, file in enumerate(files):
                if not waiting:  # else it would be told of files that are far ahead of those being embedded
                    self._tell(AddProgress(str(file), number, len(files)))
                if state := self._if_changed(file):
                    waiting.append(_Reading(number, state, pool.submit(process.read, file, self.defaults)))
                while len(waiting) > 1 and _is_far_ahead(waiting):
                    yield waiting.popleft()
            yield from waiting

    def _groups(self, readings: Iterable[_Reading]) -> Iterator[list[_File]]:
        """Yield the files that could be read, some together while they are small."""
        together: list[_File] = []
        for reading in readings:
            together += self._read(reading)
            if sum(len(file.found) for file in together) >= _TOGETHER:
                yield together
                together = []
        if together:
            yield together

    def _read(self, reading: _Reading) -> list[_File]:
        """Return the file, or nothing when it could not be read, which is noted."""
        try:
            documents = list({document.id: document for document in reading.documents.result()}.values())
        except UnreadableFile as error:
            self._failed.append(FailedFile(Path(reading.state.path), str(error)))
            return []
        found = [one for document in documents for one in findable(document, split(document))]
        return [_File(reading.number, reading.state, documents, found)]

    def _keep(self, file: _File) -> None:
        self.store.replace_file(file.state, file.documents, file.found)
        if flags := tuple(dict.fromkeys(flag for document in file.documents for flag in document.flags)):
            self._flagged.append(FlaggedFile(Path(file.state.path), flags))
        self._counts["added"] += 1
        self._counts["documents"] += len(file.documents)
        self._counts["passages"] += len(file.found)

    def _if_changed(self, file: Path) -> FileState | None:
        try:
            state = self._unless_unchanged(file)
        except UnreadableFile as error:
            self._failed.append(FailedFile(file, str(error)))
            return None
        self._counts["unchanged"] += state is None
        return state

    def _unless_unchanged(self, file: Path) -> FileState | None:
        """Return the state of a file that must be read, None when it did not change. Raises UnreadableFile."""
        known = self.store.file(str(file))
        read_as = f"{_READING_VERSION} {self.defaults.model_dump_json(exclude_defaults=True)}"
        try:
            status = file.stat()
            if known and (known.size, known.mtime_ns, known.read_as) == (status.st_size, status.st_mtime_ns, read_as):
                return None
            if not stat.S_ISREG(status.st_mode):  # opening a named pipe would wait for ever
                raise UnreadableFile(f"{file}: is no regular file; copy what it holds into one")
            with file.open("rb") as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise UnreadableFile(f"{file}: {error.strerror or error}") from error
        state = FileState(str(file), status.st_size, status.st_mtime_ns, sha256, read_as)
        if known and (known.sha256, known.read_as) == (sha256, read_as):
            self.store.touch_file(state)
            return None
        return state

    def _embed(self, together: Sequence[_File], files: int) -> None:
        """Make and keep the vectors that are missing, each distinct text once."""
        salt = self.store.salt
        texts = {one.key(salt): one.embedded for file in together for one in file.found}
        missing = self.store.missing_embeddings(texts)
        last, done = together[-1], 0
        for block in embed_blocks(self.embedder, {key: text for key, text in texts.items() if key in missing}):
            self.store.add_embeddings(block)
            done += len(block)
            self._counts["embedded"] += len(block)
            self._tell(AddProgress(last.state.path, last.number, files, done, len(missing)))

    def _stale(self, paths: Sequence[Path]) -> list[str]:
        folders = [path for path in map(whole_path, paths) if path.is_dir()]
        known = self.store.file_paths() if folders else []
        return [p for p in known if any(Path(p).is_relative_to(folder) for folder in folders) and _is_gone(Path(p))]


def _is_far_ahead(waiting: Sequence[_Reading]) -> bool:
    return len(waiting) > _AHEAD or sum(reading.state.size for reading in waiting) > _BYTES_AHEAD


def _is_gone(path: Path) -> bool:
    """Say whether there is no file any more; one that merely may not be looked at is there."""
    try:
        return not path.exists()
    except OSError:
        return False
