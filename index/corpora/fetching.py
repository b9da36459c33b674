"""Get the files of a corpus: from a mirror folder where they are there, else kept from before, else by download.

Every file is checked by its hash, wherever it comes from. Does not know licences, nor what the files hold.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from index.corpora.catalogue import Corpus, CorpusFile
from index.corpora.downloading import Progress, download, sha256_of
from index.errors import DownloadFailed


def fetch(
    corpus: Corpus,
    folder: Path,
    mirrors: Sequence[Path] = (),
    progress: Progress = lambda step: None,
    *,
    keep: bool = False,
) -> tuple[Path, ...]:
    """Return the paths of the corpus's files, in its order, after checking their hashes.

    Files found below one of `mirrors` are read where they are; with `keep` they are copied to `folder` too, which then
    is a mirror itself. What is in `folder` already is not fetched again. Raises DownloadFailed.
    """
    with _one_at_a_time(corpus, folder):
        return tuple(_fetch_file(file, folder, mirrors, progress, keep=keep) for file in corpus.files)


@contextmanager
def _one_at_a_time(corpus: Corpus, folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f".{corpus.name}.lock", timeout=0):
            yield
    except Timeout as error:
        raise DownloadFailed(f"another process is fetching {corpus.name} into {folder}; wait for it to end") from error
    except OSError as error:
        raise DownloadFailed(
            f"cannot write to {folder}: {error.strerror or error}; choose another with --keep or WARDROUND_CACHE_FOLDER"
        ) from error


def _fetch_file(file: CorpusFile, folder: Path, mirrors: Sequence[Path], progress: Progress, *, keep: bool) -> Path:
    target = folder / file.path
    if _is_right(file, target):
        return target
    found = next((mirror / file.path for mirror in mirrors if (mirror / file.path).is_file()), None)
    if found is None:
        _download(file, target, progress)
        return target
    _check_copy(file, found)
    if not keep:
        return found
    _copy(found, target)
    return target


def _is_right(file: CorpusFile, target: Path) -> bool:
    if not target.is_file() or (file.size is not None and target.stat().st_size != file.size):
        return False
    return sha256_of(target) == file.sha256


def _check_copy(file: CorpusFile, found: Path) -> None:
    """Raise DownloadFailed when a mirror's file is not the pinned one; it is not ours to delete."""
    try:
        digest = sha256_of(found)
    except OSError as error:
        raise DownloadFailed(f"cannot read {found}: {error.strerror or error}") from error
    if digest != file.sha256:
        raise DownloadFailed(
            f"{found} is not the pinned file: its SHA-256 is {digest[:16]}..., not {file.sha256[:16]}...;"
            " put the right one there, or leave the mirror out"
        )


def _download(file: CorpusFile, target: Path, progress: Progress) -> None:
    if file.comes_with:
        raise DownloadFailed(f"{file.path} is not here yet; get it with: {file.comes_with}")
    if not file.url:
        raise DownloadFailed(
            f"{file.path} is to be had from a mirror folder only; name one that holds it with --mirror FOLDER"
            " or WARDROUND_DATA_MIRROR"
        )
    download(file, target, progress)


def _copy(found: Path, target: Path) -> None:
    if target.exists() and target.samefile(found):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.copy")
    shutil.copyfile(found, part)
    part.replace(target)
