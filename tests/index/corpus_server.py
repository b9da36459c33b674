"""A corpus of one made-up file, and a server on this machine that it can be fetched from.

The server answers with and without ranges, cut off, slow or redirecting.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from index.corpora.catalogue import Corpus, CorpusFile, Licence

CONTENT = bytes(range(256)) * 2000
PATH = "sample/corpus.bin"


def pinned(content: bytes = CONTENT, **known: Any) -> CorpusFile:
    """Return the catalogue's entry for a file of this content; what is `known` of it counts first."""
    facts = {"path": PATH, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    return CorpusFile(**{**facts, **known})


def sample_corpus(*files: CorpusFile, **known: Any) -> Corpus:
    """Return a catalogue's entry for a made-up guideline of these files; what is `known` of it counts first."""
    facts = {
        "name": "sample",
        "title": "Sample guideline",
        "what": "made up",
        "issuer": "Ministry",
        "published": "2021",
        "jurisdiction": "Nowhere",
        "trust": "guideline",
        "homepage": "https://example.org/",
        "revision": "1",
        "licence": Licence(
            name="CC BY-NC 4.0", url="https://example.org/l", attribution="A. Body", notes="NON-COMMERCIAL"
        ),
        "parser": "nstg_text",
        "files": files,
    }
    return Corpus(**{**facts, **known})


@dataclass
class Behaviour:
    """How the server answers, and the ranges it was asked for."""

    content: bytes = CONTENT
    knows_ranges: bool = True
    status: int = 200
    cut_after: int | None = None
    slow: bool = False
    redirect: str = ""
    wrong_range: bool = False
    asked: list[str | None] = field(default_factory=list)


class CorpusServer:
    """A running server; `url` is where its one file is."""

    def __init__(self, behaviour: Behaviour, port: int) -> None:
        self.behaviour = behaviour
        self.url = f"http://127.0.0.1:{port}/corpus.bin"

    def file(self, content: bytes = CONTENT, **known: Any) -> CorpusFile:
        """Return the catalogue's entry for the file, pinned to `content`."""
        return pinned(content, url=self.url, **known)


@contextmanager
def serving(behaviour: Behaviour | None = None) -> Iterator[CorpusServer]:
    """Run a server until the block ends."""
    behaviour = behaviour or Behaviour()

    class Handler(_Handler):
        acts = behaviour

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield CorpusServer(behaviour, server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    acts: Behaviour

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the standard library
        pass

    def do_GET(self) -> None:
        asked = self.headers.get("range")
        self.acts.asked.append(asked)
        if self.acts.redirect:
            self._head(302, {"Location": self.acts.redirect, "Content-Length": "0"})
        elif self.acts.status != 200:
            self._head(self.acts.status, {"Content-Length": "0"})
        elif asked and self.acts.knows_ranges:
            self._part(int(asked.removeprefix("bytes=").rstrip("-")))
        else:
            self._head(200, {"Content-Length": str(len(self.acts.content))})
            self._send(self.acts.content)

    def _part(self, start: int) -> None:
        total = len(self.acts.content)
        if start >= total:
            self._head(416, {"Content-Length": "0", "Content-Range": f"bytes */{total}"})
            return
        said = 0 if self.acts.wrong_range else start
        body = self.acts.content[start:]
        self._head(206, {"Content-Length": str(len(body)), "Content-Range": f"bytes {said}-{total - 1}/{total}"})
        self._send(body)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, body: bytes) -> None:
        body = body if self.acts.cut_after is None else body[: self.acts.cut_after]
        try:
            for start in range(0, len(body), 1 << 14):
                self.wfile.write(body[start : start + (1 << 14)])
                if self.acts.slow:
                    time.sleep(0.05)
        except (BrokenPipeError, ConnectionResetError):
            return
        self.close_connection = True
