"""Files made to harm a reader, written on the spot: bombs, loops, depth, and text that is hidden or speaks to a program."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path

from sample_files import write_docx


def pdf(objects: list[bytes]) -> bytes:
    """Return a PDF of these objects, numbered from 1; the first is the catalogue."""
    out, offsets = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return bytes(out + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start))


def bomb_pdf(megabytes: int) -> bytes:
    """Return a PDF whose one page unpacks to megabytes of drawing commands."""
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(b"(x) Tj " * 150_000) for _ in range(megabytes)) + packer.flush()
    stream = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(data), data)
    return pdf([b"<< /Type /Catalog /Pages 2 0 R >>", _PAGES, _page(b"4 0 R"), stream])


_PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"


def _page(content: bytes) -> bytes:
    return b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents %s >>" % content


def looped_pdfs() -> dict[str, bytes]:
    """Return PDFs whose references run in circles: pages, contents, and the parent of a page."""
    catalogue = b"<< /Type /Catalog /Pages 2 0 R >>"
    return {
        "kids": pdf([catalogue, b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 9 >>"]),
        "each-other": pdf(
            [catalogue, b"<< /Type /Pages /Kids [3 0 R] /Count 2 >>", b"<< /Type /Pages /Kids [2 0 R] /Count 2 >>"]
        ),
        "content": pdf([catalogue, _PAGES, _page(b"4 0 R"), b"4 0 R"]),
        "length": pdf([catalogue, _PAGES, _page(b"4 0 R"), b"<< /Length 4 0 R >>\nstream\nBT ET\nendstream"]),
        "form": pdf(
            [
                catalogue,
                _PAGES,
                _page(b"4 0 R /Resources << /XObject << /F 5 0 R >> >>"),
                b"<< /Length 4 >>\nstream\n/F Do\nendstream",
                b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /F 5 0 R >> >> /Length 4 >>\n"
                b"stream\n/F Do\nendstream",
            ]
        ),
    }


def write_docx_with(file: Path, body: bytes) -> Path:
    """Write a Word file whose main part is `body`."""
    write_docx(file)
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, body if name == "word/document.xml" else data)
    return file


_WORD = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word(inner: bytes, doctype: bytes = b"") -> bytes:
    """Return the main part of a Word file."""
    return b'<?xml version="1.0"?>%s<w:document %s><w:body>%s</w:body></w:document>' % (doctype, _WORD, inner)


def laughs() -> bytes:
    """Return a main part in which ten entities, each ten times the one before, stand for ten thousand million."""
    levels = [b'<!ENTITY a0 "laugh ">']
    levels += [b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 11)]
    return word(b"<w:p><w:r><w:t>&a10;</w:t></w:r></w:p>", b"<!DOCTYPE d [%s]>" % b"".join(levels))


def stealing_entity(secret: Path) -> bytes:
    """Return a main part that asks the reader to put another file of this machine into the text."""
    return word(
        b"<w:p><w:r><w:t>read &secret;</w:t></w:r></w:p>",
        b'<!DOCTYPE d [<!ENTITY secret SYSTEM "%s">]>' % secret.as_uri().encode(),
    )


def lying_zip(megabytes: int) -> bytes:
    """Return an archive whose directory declares a few bytes where there are megabytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b" " * megabytes * 1_000_000)
        archive.writestr("word/document.xml", b" " * megabytes * 1_000_000)
    return buffer.getvalue().replace(struct.pack("<I", megabytes * 1_000_000), struct.pack("<I", 100))


def zip_of_zips(megabytes: int) -> bytes:
    """Return an archive within an archive within an archive, the innermost of many megabytes."""
    data = b"0" * megabytes * 1_000_000
    for _ in range(3):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("word/document.xml", data)
        data = buffer.getvalue()
    return data
