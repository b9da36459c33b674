"""Download one pinned file: resumed where it stopped, never longer than it may be, kept only if its hash is right.

Knows HTTP and files. Does not know the catalogue, licences or what a file holds.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import httpx

from index.corpora.catalogue import CorpusFile, is_safe_address
from index.errors import DownloadFailed

_TIMEOUT = httpx.Timeout(30.0, connect=15.0)
_MOST_REDIRECTS = 5
_CHUNK = 1 << 16
_RANGE = re.compile(r"bytes (\d+)-")
_GONE = (httpx.codes.NOT_FOUND, httpx.codes.GONE, httpx.codes.FORBIDDEN)


@dataclass(frozen=True)
class FetchProgress:
    """How many bytes of a file are here; `size` is None where it is not known before the end."""

    path: str
    done: int
    size: int | None


Progress = Callable[[FetchProgress], None]


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def download(file: CorpusFile, target: Path, progress: Progress) -> None:
    """Fetch the file to `target`, which appears only when it is whole and its hash is right.

    What came of a download that broke off stays beside it as `.part`, and the next call goes on from there. Raises
    DownloadFailed when the file cannot be had, is too long, or is another than the pinned one.
    """
    part = target.with_name(f"{target.name}.{file.sha256[:8]}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.size is None or _length(part) != file.size:
            _fetch(file, part, progress)
        _keep_if_right(file, part, target)
    except OSError as error:
        needed = f" ({file.size / 1e6:.0f} MB)" if file.size else ""
        raise DownloadFailed(
            f"cannot write {part}: {error.strerror or error}; make room{needed} or choose another WARDROUND_CACHE_FOLDER"
        ) from error


def _length(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _keep_if_right(file: CorpusFile, part: Path, target: Path) -> None:
    found = sha256_of(part)
    if found != file.sha256:
        part.unlink()
        raise DownloadFailed(
            f"{file.url} is not the pinned file: its SHA-256 is {found[:16]}..., not {file.sha256[:16]}...;"
            " it was deleted; try again, and if this stays, the file was changed where it comes from"
        )
    part.replace(target)


def _fetch(file: CorpusFile, part: Path, progress: Progress) -> None:
    """Bring `part` to its full length, from where it stands if the server can."""
    have = _length(part)
    try:
        for begin in (have, 0) if 0 < have < file.limit else (0,):
            with _response(file.url, begin) as response:
                if response.status_code != httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                    _write(file, part, response, _start(response, begin), progress)
                    return
        raise httpx.RemoteProtocolError("the server refuses to send any part of it")
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
        raise DownloadFailed(
            f"cannot reach {urlsplit(file.url).hostname} ({_said(error)}); check the network and the proxy,"
            " or take the file from a mirror with --mirror FOLDER"
        ) from error
    except httpx.HTTPError as error:
        raise DownloadFailed(
            f"{file.url} broke off at byte {_length(part)}: {_said(error)}; run the same command again to go on from there"
        ) from error


def _said(error: httpx.HTTPError) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:120]


def _start(response: httpx.Response, asked: int) -> int:
    """Return the byte at which the body begins, 0 where the server knows no ranges; another part than asked is an error."""
    if response.status_code != httpx.codes.PARTIAL_CONTENT:
        return 0
    match = _RANGE.match(response.headers.get("content-range", ""))
    if not match or int(match[1]) != asked:
        raise httpx.RemoteProtocolError("the server sent another part than was asked for")
    return asked


@contextmanager
def _response(url: str, have: int) -> Iterator[httpx.Response]:
    """Open the answer to a request, following redirects to safe addresses only."""
    # "identity": a range counts bytes of what is sent, so nothing may be compressed on the way.
    headers = {"accept-encoding": "identity"} | ({"range": f"bytes={have}-"} if have else {})
    with httpx.Client(timeout=_TIMEOUT, follow_redirects=False) as client:
        for _ in range(_MOST_REDIRECTS):
            with client.stream("GET", url, headers=headers) as response:
                if response.next_request is None:
                    _check_status(url, response)
                    yield response
                    return
                url = str(response.next_request.url)
            if not is_safe_address(url):
                raise DownloadFailed(f"refused to follow a redirect to {url[:100]!r}, which is not https")
    raise DownloadFailed(f"{url[:100]} redirects more than {_MOST_REDIRECTS} times")


def _check_status(url: str, response: httpx.Response) -> None:
    code = response.status_code
    if response.is_success or code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
        return
    advice = (
        "it is no longer there, or was never meant for you; take it from a mirror with --mirror FOLDER"
        if code in _GONE
        else "try again later, or take it from a mirror with --mirror FOLDER"
    )
    raise DownloadFailed(f"{urlsplit(url).hostname} answered {code} for {url}: {advice}")


def _write(file: CorpusFile, part: Path, response: httpx.Response, start: int, progress: Progress) -> None:
    with part.open("r+b" if start else "wb") as stream:
        stream.seek(start)
        stream.truncate()
        done = _copy(file, response, stream, start, progress)
    if file.size is not None and done < file.size:
        raise httpx.RemoteProtocolError(f"{done} of {file.size} bytes came")


def _copy(file: CorpusFile, response: httpx.Response, stream: BinaryIO, done: int, progress: Progress) -> int:
    progress(FetchProgress(file.path, done, file.size))
    for chunk in response.iter_bytes(_CHUNK):
        done += len(chunk)
        if done > file.limit:
            stream.truncate(0)
            raise DownloadFailed(f"{file.url} sends more than the {file.limit} bytes it should have; nothing was kept")
        stream.write(chunk)
        progress(FetchProgress(file.path, done, file.size))
    return done
