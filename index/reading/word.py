"""Read a Word document (DOCX): heading styles, lists and tables, in the order of the document."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from index.document import Document
from index.errors import UnreadableFile
from index.reading.cleaning import clean_text, one_line, plain_bullet
from index.reading.drafts import DocumentDefaults, Limits, make_document, title_from

if TYPE_CHECKING:
    from docx.table import Table, _Cell
    from docx.text.paragraph import Paragraph

_HEADING = re.compile(r"^heading (\d)", re.I)
_OLE = b"\xd0\xcf\x11\xe0"


def read(path: Path, data: bytes, limits: Limits, defaults: DocumentDefaults) -> Iterator[Document]:
    """Yield the one document of a DOCX file."""
    _refuse_bombs(path, data, limits)
    import docx
    from docx.opc.exceptions import OpcError

    try:
        document = docx.Document(io.BytesIO(data))
        blocks = [_block(block) for block in document.iter_inner_content()]
        properties = document.core_properties
        title, changed = properties.title or "", properties.modified
    except (
        OpcError,
        SyntaxError,
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        ValueError,
        AttributeError,
        OSError,
    ) as error:
        raise UnreadableFile(f"{path}: is not a readable DOCX ({one_line(str(error))[:120]})") from error
    text = clean_text("\n".join(block for block in blocks if block.strip()))
    published = str(changed.year) if changed else ""
    yield make_document(path, one_line(title) or title_from(text, path), text, defaults, published=published)


def _refuse_bombs(path: Path, data: bytes, limits: Limits) -> None:
    """Refuse an archive by the sizes it declares; zipfile never unpacks more of a member than it declares."""
    if data.startswith(_OLE):
        raise UnreadableFile(f"{path}: is encrypted or an old .doc; save it as .docx without a password first")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
            markup = max((m.file_size for m in archive.infolist() if m.filename.endswith((".xml", ".rels"))), default=0)
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise UnreadableFile(f"{path}: is not a readable DOCX ({one_line(str(error))[:120]})") from error
    if unpacked > limits.unpacked_bytes or markup > limits.markup_bytes * 4:
        raise UnreadableFile(f"{path}: unpacks to {unpacked / 1e6:.0f} MB, over the limit; it looks like a zip bomb")


def _cell_text(cell: _Cell) -> str:
    return "\n".join(map(_shown, cell.paragraphs))


def _shown(paragraph: Paragraph) -> str:
    """Return the text of a paragraph without the runs that are formatted as hidden."""
    inner = list(paragraph.iter_inner_content())
    runs = [run for one in inner for run in (one.runs if hasattr(one, "runs") else [one])]
    if not any(run.font.hidden for run in runs):
        return paragraph.text
    return "".join(run.text for run in runs if not run.font.hidden)


def _block(block: Paragraph | Table) -> str:
    from docx.table import Table

    if isinstance(block, Table):
        return "\n".join(" | ".join(one_line(_cell_text(cell)) for cell in row.cells) for row in block.rows)
    text = one_line(_shown(block))
    style = (block.style.name if block.style is not None else "") or ""
    if not text:
        return ""
    if match := _HEADING.match(style):
        return f"{'#' * min(6, int(match[1]))} {text}"
    if style == "Title":
        return f"# {text}"
    numbered = block._p.pPr is not None and block._p.pPr.numPr is not None
    return f"- {text}" if numbered or style.startswith("List") else plain_bullet(text)
