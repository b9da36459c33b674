"""Read files in a process of their own, which can be stopped: one for a whole run, started again when it had to be.

A file that would take too long, too much memory, or bring the process down costs one line. Only JSON comes back.
"""

from __future__ import annotations

import dataclasses
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from index.document import Document
from index.errors import UnreadableFile
from index.reading.drafts import DocumentDefaults, Limits
from index.reading.worker import DOCUMENT, END, ERROR, HEADER, SPENT

_CHUNK = 1 << 20
_PACKAGES = Path(__file__).parents[2]


class ReadingProcess:
    """Reads files one at a time in another process. Call `close`, or use it as a context."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._lock = threading.Lock()
        self._running: _Running | None = None
        self._closed = False

    def __enter__(self) -> ReadingProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the process at once; a file that is being read then is not read."""
        self._closed = True
        if running := self._running:
            # Whoever waits for an answer gets none now, and leaves the pipes alone before they are closed.
            running.kill()
        with self._lock:
            if running:
                running.stop()
            self._running = None

    def read(self, path: Path, defaults: DocumentDefaults | None = None) -> list[Document]:
        """Return the documents of a file.

        Raises UnreadableFile when it cannot be read, or not within the limits of time and memory.
        """
        with self._lock:
            running = self._started(path)
            try:
                documents = list(running.read(path, defaults or DocumentDefaults(), self.limits))
            except BaseException:
                if not running.fit:
                    running.stop()
                    self._running = None
                raise
        return documents

    def _started(self, path: Path) -> _Running:
        if self._closed:
            raise UnreadableFile(f"{path}: was not read, because reading was stopped")
        if self._running is None:
            self._running = _Running(self.limits)
        return self._running


class _Running:
    """One process, and the pipes to it. `fit` says whether it may be asked again: no answer is half way, no limit reached."""

    def __init__(self, limits: Limits) -> None:
        self.fit = True
        # Nothing is ever written to this pipe: it closes when this process is gone, and then the other ends too.
        life_line, self._alive = os.pipe()
        # -P and the given path: a file called yaml.py beside the guidelines must never be run.
        command = [sys.executable, "-P", "-m", "index.reading.worker", str(life_line), str(limits.memory_bytes)]
        paths = os.pathsep.join(filter(None, (str(_PACKAGES), os.environ.get("PYTHONPATH"))))
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=(life_line,),
                env={**os.environ, "PYTHONPATH": paths},
                # Ctrl-C is for the process that was started by the user; it stops this one in order.
                process_group=0,
                bufsize=0,
            )
        except BaseException:
            os.close(self._alive)
            raise
        finally:
            os.close(life_line)

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()

    def stop(self) -> None:
        """End the process, wait for it, and close the pipes to it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        if self._alive >= 0:
            os.close(self._alive)
            self._alive = -1

    def read(self, path: Path, defaults: DocumentDefaults, limits: Limits) -> Iterator[Document]:
        """Yield the documents of one file as they come. Raises UnreadableFile."""
        size = _size(path)
        seconds = limits.seconds_for(size)
        deadline = time.monotonic() + seconds
        left = limits.text_bytes
        self.fit = False
        self._ask(path, size, defaults, limits)
        while True:
            kind, length = HEADER.unpack(self._exactly(HEADER.size, path, deadline, seconds))
            left -= length
            if left < 0:
                raise UnreadableFile(f"{path}: gives over {limits.text_bytes / 1e6:.0f} MB of text; split it")
            data = self._exactly(length, path, deadline, seconds)
            self.fit = kind in (ERROR, END)
            if kind in (ERROR, SPENT):
                raise UnreadableFile(" ".join(data.decode(errors="replace").split()))
            if kind != DOCUMENT:
                return
            yield Document.model_validate_json(data)

    def _ask(self, path: Path, size: int, defaults: DocumentDefaults, limits: Limits) -> None:
        request = {
            "path": str(path),
            "size": size,
            "defaults": defaults.model_dump(mode="json"),
            "limits": dataclasses.asdict(limits),
        }
        if self._process.stdin is None:
            return
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
        except (OSError, ValueError) as error:
            raise UnreadableFile(f"{path}: was not read, because the process that reads ended") from error

    def _exactly(self, count: int, path: Path, deadline: float, seconds: float) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            parts += self._some(count - len(parts), path, deadline, seconds)
        return bytes(parts)

    def _some(self, most: int, path: Path, deadline: float, seconds: float) -> bytes:
        pipe = self._process.stdout
        try:
            ready = pipe is not None and select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))[0]
            data = os.read(pipe.fileno(), min(most, _CHUNK)) if pipe is not None and ready else b""
        except (OSError, ValueError) as error:
            raise UnreadableFile(f"{path}: was not read, because reading was stopped") from error
        if not ready:
            raise UnreadableFile(f"{path}: takes over {seconds:.0f} s to read; split it, or save it in a simpler form")
        if not data:
            raise UnreadableFile(f"{path}: {self._how_it_ended(seconds)}")
        return data

    def _how_it_ended(self, seconds: float) -> str:
        code = self._process.wait()
        if code in (-signal.SIGXCPU, -signal.SIGKILL):
            return f"takes over {seconds:.0f} s to read, or too much memory; split it"
        return f"brings the reader down (exit {code}); save it in another form"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # reading it says what is wrong
