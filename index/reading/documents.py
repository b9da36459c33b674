"""Read a file of documents: JSON lines, each a whole `Document` with its provenance, as the corpus catalogue writes them.

Nothing in the file is believed that can be worked out: text is cleaned again, and ids are made from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from index.document import Document
from index.errors import UnreadableFile
from index.reading.cleaning import clean_text, one_line
from index.reading.drafts import DocumentDefaults, Limits, decode, make_document
from index.reading.hostile import INSTRUCTION_FLAG

# Made from text and place, never taken from the file.
_WORKED_OUT = frozenset(("id", "title", "text", "path", "page_starts"))


def read(path: Path, data: bytes, limits: Limits, defaults: DocumentDefaults) -> Iterator[Document]:
    """Yield the documents of the file, in its order. Raises UnreadableFile naming the line that holds none."""
    for number, line in enumerate(decode(data, path).split("\n"), start=1):
        if line.strip():
            document = _document(path, number, line)
            known = {name: getattr(document, name) for name in document.model_fields_set - _WORKED_OUT}
            yield make_document(path, document.title, clean_text(document.text), defaults, **known)


def written(document: Document) -> str:
    """Return the line that `read` makes this document of again; flags that reading sets anew are not written."""
    flags = tuple(flag for flag in document.flags if not flag.startswith(INSTRUCTION_FLAG))
    own = document.model_copy(update={"flags": flags})
    return own.model_dump_json(exclude_defaults=True, exclude={"path", "page_starts"})


def _document(path: Path, number: int, line: str) -> Document:
    try:
        return Document.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the line"
        raise UnreadableFile(
            f"{path}: line {number} is no document: {place}: {one_line(first['msg'])[:100]}"
        ) from error
