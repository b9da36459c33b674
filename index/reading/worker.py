"""The process that reads files for another: a request a line comes in, framed JSON goes out, nothing else is touched.

Started by `index.reading.process`. Bounds its own memory and processor time, writes no file, and ends with the process that
started it, whatever it is doing then.
"""

from __future__ import annotations

import json
import os
import signal
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from index.document import Document
from index.errors import UnreadableFile
from index.reading.drafts import DocumentDefaults, Limits
from index.reading.files import read_path

# Each answer is a kind, the length of what follows, and that many bytes: a document, an error in one line (after which
# this process is fit to go on, or is not, because its memory is spent), or the end.
HEADER = struct.Struct(">cQ")
DOCUMENT, ERROR, SPENT, END = b"D", b"E", b"M", b"."
_SPARE_SECONDS = 2


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer requests until there are no more."""
    for line in requests:
        for kind, data in _answered(json.loads(line)):
            replies.write(HEADER.pack(kind, len(data)))
            replies.write(data)
        replies.flush()


def _answered(request: dict[str, Any]) -> Iterator[tuple[bytes, bytes]]:
    path, limits = Path(request["path"]), Limits(**request["limits"])
    bound_time(limits.seconds_for(request["size"]))
    try:
        for document in read_path(path, limits, DocumentDefaults.model_validate(request["defaults"])):
            yield DOCUMENT, _framed(document)
    except UnreadableFile as error:
        yield SPENT if isinstance(error.__cause__, MemoryError) else ERROR, str(error).encode(errors="replace")
    except MemoryError:
        yield SPENT, f"{path}: needs more than {limits.memory_bytes / 1e6:.0f} MB of memory to read".encode()
    except Exception as error:  # a reader met something that it was not written for; the others must still be read
        said = " ".join(str(error).split())[:120]
        yield ERROR, f"{path}: cannot be read ({type(error).__name__}: {said})".encode(errors="replace")
    else:
        yield END, b""


def _framed(document: Document) -> bytes:
    return document.model_dump_json(exclude_defaults=True).encode()


def bound_memory(most: int) -> None:
    """Let this process take no more than `most` bytes of memory, and write no file."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        for what, limit in ((resource.RLIMIT_AS, most), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0)):
            hard = resource.getrlimit(what)[1]
            resource.setrlimit(what, (limit if hard < 0 else min(limit, hard), hard))


def bound_time(seconds: float) -> None:
    """Let this process take no more than this many seconds of the processor from now on: the system ends it then."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        until = int(used.ru_utime + used.ru_stime + seconds) + _SPARE_SECONDS
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (until if hard < 0 else min(until, hard), hard))


def die_with_parent(life_line: int) -> None:
    """End when the other end of this pipe closes. The system sends the signal, so that no busy loop can hold it up."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        signal.signal(signal.SIGIO, signal.SIG_DFL)
        fcntl.fcntl(life_line, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(life_line, fcntl.F_SETFL, fcntl.fcntl(life_line, fcntl.F_GETFL) | os.O_ASYNC)


def main() -> None:
    """Read what the process that started this one asks for."""
    die_with_parent(int(sys.argv[1]))
    bound_memory(int(sys.argv[2]))
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not be taken for an answer
    with suppress(BrokenPipeError):
        serve(sys.stdin.buffer, replies)


if __name__ == "__main__":
    main()
