"""Files of every kind, made on the spot."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

NOTE = """---
title: Gout
synonyms: [podagra, urate crystal arthritis]
icd10cm: [M10.9]
system: musculoskeletal
ages: adult
sex: any
frequency: common
urgency: urgent
sources:
  - issuer: NICE
    title: "Gout: diagnosis and management (NG219)"
    year: 2022
    url: https://www.nice.org.uk/guidance/ng219
---
# Gout

## Presentation
- Sudden, severe pain, swelling and redness of a single joint, often the big toe.
- Synovial fluid shows needle-shaped, negatively birefringent crystals.

## Differential diagnosis
- **Septic arthritis**: fever, marked malaise; joint fluid shows organisms.

## First-line treatment
- Naproxen 500 mg twice daily by mouth for 3 to 5 days; avoid in peptic ulcer disease.
"""


def write_note(folder: Path, title: str = "Gout", name: str = "") -> Path:
    file = folder / f"{name or title.lower().replace(' ', '-')}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(NOTE.replace("Gout", title), encoding="utf-8")
    return file


def write_pdf(file: Path, pages: Sequence[Sequence[str]], password: str = "", title: str = "") -> Path:
    writer = PdfWriter()
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for lines in pages:
        page = writer.add_blank_page(600, 800)
        page[NameObject("/Resources")] = DictionaryObject(
            {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
        )
        shown = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
        content = DecodedStreamObject()
        content.set_data(f"BT /F1 10 Tf 50 750 Td {shown} ET".encode("latin-1"))
        page[NameObject("/Contents")] = writer._add_object(content)
    if title:
        writer.add_metadata({"/Title": title})
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    writer.write(file)
    return file


def write_docx(file: Path) -> Path:
    import docx

    document = docx.Document()
    document.add_heading("Malaria", level=1)
    document.add_heading("Treatment", level=2)
    document.add_paragraph("Give artemether-lumefantrine twice daily for three days.")
    document.add_paragraph("Refer severe malaria at once.", style="List Bullet")
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "5-14 kg", "1 tablet"
    document.save(str(file))
    return file


def write_zip_bomb(file: Path, megabytes: int) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("word/document.xml", "w") as member:
        for _ in range(megabytes):
            member.write(b" " * 1_000_000)
    return file
