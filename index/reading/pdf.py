"""Read a PDF page by page, so that every passage knows the page it stands on."""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.document import Document
from index.errors import UnreadableFile
from index.reading.cleaning import clean_text, join_lines, joined_paragraphs, one_line
from index.reading.drafts import DocumentDefaults, Limits, make_document, title_from

if TYPE_CHECKING:
    from pypdf import PdfReader

# How much of a page the next one may change: the hyphen of a word that runs on.
_LONGEST_LINE_END = 200
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b")
# Programs put these into the title field instead of a title.
_NOT_A_TITLE = re.compile(r"^(?:untitled|microsoft word|document\d*|.*\.(?:docx?|pdf|indd|qxd|tex))\b", re.I)


def read(path: Path, data: bytes, limits: Limits, defaults: DocumentDefaults) -> Iterator[Document]:
    """Yield the one document of a PDF file, with the offset at which each page begins."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, PyPdfError

    # It warns of every blemish it mends; what it cannot mend is raised.
    logging.getLogger("pypdf").setLevel(logging.ERROR)

    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableFile(f"{path}: is encrypted; save it without a password first")
        if len(reader.pages) > limits.pages:
            raise UnreadableFile(f"{path}: {len(reader.pages)} pages is over the limit of {limits.pages}; split it")
        pages = [page.extract_text() for page in reader.pages]
        title, published = _metadata(reader)
    except DependencyError as error:
        raise UnreadableFile(f"{path}: is encrypted; save it without a password first") from error
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError) as error:
        reason = one_line(str(error))[:120] or type(error).__name__
        raise UnreadableFile(f"{path}: is not a readable PDF ({reason})") from error
    text, page_starts = join_pages(pages)
    known = {"published": published, "page_starts": page_starts}
    yield make_document(path, title or title_from(text, path), text, defaults, **known)


def _metadata(reader: PdfReader) -> tuple[str, str]:
    information = reader.metadata
    if information is None:
        return "", ""
    title = one_line(information.title or "")
    date = re.search(r"(?:19|20)\d\d", str(information.get("/CreationDate", "")))
    return ("" if _NOT_A_TITLE.match(title) or len(title) < 4 else title), date[0] if date else ""


def join_pages(pages: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """Return the text of all pages and the offset at which each begins; running headers and footers are dropped.

    A sentence that runs on over a page break stays one sentence: its second half begins the next page.
    """
    parts: list[str] = []
    starts: list[int] = []
    length = 0
    last = ""
    for page in _without_running_lines([clean_text(page) for page in pages]):
        body = joined_paragraphs(page)
        if last and body and body[0].islower() and (last[-1].isalnum() or last[-1] in ",-\u2013)"):
            seam = join_lines(last, body).removesuffix(body)
            length += len(seam) - len(parts[-1])
            parts[-1] = seam
        elif last and body:
            parts.append("\n\n")
            length += 2
        starts.append(length)
        if body:
            # The end of a page is kept apart, because the next page may change it.
            last = body[-_LONGEST_LINE_END:]
            parts += [body[: len(body) - len(last)], last]
            length += len(body)
    return "".join(parts), tuple(starts)


def _without_running_lines(pages: Sequence[str]) -> list[str]:
    """Drop the first and last lines that, numbers aside, repeat on at least half of the pages (and on four)."""
    counts: Counter[str] = Counter()
    for page in pages:
        lines = page.split("\n")
        counts.update({_NUMBER.sub("#", line) for line in lines[:2] + lines[-2:] if line})
    running = {line for line, count in counts.items() if count >= max(4, len(pages) / 2)}
    kept = []
    for page in pages:
        lines = page.split("\n")
        edges = {0, 1, len(lines) - 2, len(lines) - 1}
        kept.append("\n".join(x for n, x in enumerate(lines) if n not in edges or _NUMBER.sub("#", x) not in running))
    return kept
