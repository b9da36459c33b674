from __future__ import annotations

from pathlib import Path

import pytest
from sample_files import write_docx, write_note, write_pdf, write_zip_bomb

from index.errors import UnreadableFile
from index.reading import STARTER_FOLDER, DocumentDefaults, Limits, find_files, read_path
from index.splitting import split


def _write(file: Path, data: bytes | str) -> Path:
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return file


def test_a_note_gives_title_condition_and_sources(tmp_path: Path) -> None:
    [document] = read_path(write_note(tmp_path), defaults=DocumentDefaults(issuer="Us", trust="reference"))
    assert (document.title, document.issuer, document.trust) == ("Gout", "Us", "reference")
    assert document.condition is not None
    assert document.condition.synonyms == ("podagra", "urate crystal arthritis")
    assert (document.condition.icd10cm, document.condition.ages) == (("M10.9",), ("adult",))
    assert (document.condition.frequency, document.condition.urgency) == ("common", "urgent")
    assert document.sources[0].year == 2022
    assert "- Septic arthritis: fever" in document.text


def test_starter_notes_are_labelled_so_whatever_the_caller_says() -> None:
    note = min(STARTER_FOLDER.glob("*.md"))
    [document] = read_path(note, defaults=DocumentDefaults(issuer="WHO", trust="guideline"))
    assert (document.issuer, document.trust) == ("Wardround starter notes", "starter")


def test_markdown_paragraphs_and_marks_are_made_plain(tmp_path: Path) -> None:
    text = (
        "Setext\n======\n\nA *wrapped*\nparagraph with a [link](http://x).\n\n* item\n  goes on\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    [document] = read_path(_write(tmp_path / "a.md", text))
    assert document.text == "# Setext\n\nA wrapped paragraph with a link.\n\n- item goes on\n\na | b\n1 | 2"


def test_html_keeps_structure_and_drops_furniture(tmp_path: Path) -> None:
    page = """<!doctype html><html><head><title>Asthma &amp; you</title><meta name="dc.publisher" content="BTS">
    <meta property="article:published_time" content="2024-03-01T00:00"><link rel="canonical" href="https://x.org/a">
    <style>p{}</style></head><body><nav>Home</nav><!-- secret --><h1>Asthma</h1><p>Give <b>salbutamol</b>
    now.</p>Loose text<ul><li>One<li><p>Two</p></ul><table><tr><th>Drug</th><th>Dose</th></tr>
    <tr><td>A</td><td>2 mg</td></tr></table><script>evil()</script></body></html>"""
    [document] = read_path(_write(tmp_path / "a.html", page))
    lines = [line for line in document.text.split("\n") if line]
    assert lines == ["# Asthma", "Give salbutamol now.", "Loose text", "- One", "- Two", "Drug | Dose", "A | 2 mg"]
    assert (document.title, document.issuer, document.published) == ("Asthma & you", "BTS", "2024-03-01")
    assert document.url == "https://x.org/a"


def test_docx_keeps_headings_lists_and_tables(tmp_path: Path) -> None:
    [document] = read_path(write_docx(tmp_path / "a.docx"))
    assert document.text.split("\n") == [
        "# Malaria",
        "## Treatment",
        "Give artemether-lumefantrine twice daily for three days.",
        "- Refer severe malaria at once.",
        "5-14 kg | 1 tablet",
    ]


def test_pdf_passages_know_their_pages_over_page_breaks(tmp_path: Path) -> None:
    pages = [
        ["CHOLERA", "Rehydration is the most important part of all treatment of", "cholera and is begun at"],
        ["once in every patient.", "TREATMENT", "Give doxycycline 300 mg."],
        [],
        ["REFERRAL", "Refer shock."],
    ]
    [document] = read_path(write_pdf(tmp_path / "a.pdf", pages, title="National manual"))
    assert document.title == "National manual"
    assert "cholera and is begun at once in every patient." in document.text
    assert document.text[document.page_starts[1] :].startswith("once in every patient.")
    found = {passage.text: passage.page for passage in split(document)}
    assert found["Give doxycycline 300 mg."] == 2
    assert found["Refer shock."] == 4


def test_running_headers_are_dropped(tmp_path: Path) -> None:
    pages = [["Manual 2022", f"Finding number {word} matters.", f"Page {n}"] for n, word in enumerate("abcdef")]
    [document] = read_path(write_pdf(tmp_path / "a.pdf", pages))
    assert "Manual" not in document.text
    assert document.text.count("Finding") == 6


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("empty.txt", b"  \n", "is empty"),
        ("blank.md", b"---\ntitle: X\n---\n\n--\n", "holds no text"),
        ("broken.pdf", b"%PDF-1.4 nonsense", "not a readable PDF"),
        ("broken.docx", b"PK\x03\x04 nonsense", "not a readable DOCX"),
        ("old.docx", b"\xd0\xcf\x11\xe0" + b"x" * 600, "encrypted or an old .doc"),
        ("binary.txt", b"\x00\x01\x02" * 50, "is not text"),
        ("front.md", b"---\ntitle: [unclosed\n---\ntext", "front matter is not YAML"),
        ("ages.md", b"---\ntitle: A\nicd10cm: [A00]\nages: elderly\n---\ntext", "front matter cannot be used"),
        ("lines.jsonl", b'{"title": "a", "text": "b"}\n{broken', "line 2 is not JSON"),
        ("list.jsonl", b"[1, 2]", "line 1 is a JSON list"),
        ("deep.jsonl", b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", ""),
        ("deep.html", b"<div>" * 5000 + b"x", "nested over 500 deep"),
        ("picture.xyz", b"abc", "unknown kind '.xyz'"),
    ],
)
def test_an_unreadable_file_is_named_in_one_line(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    file = _write(tmp_path / name, data)
    with pytest.raises(UnreadableFile) as caught:
        list(read_path(file))
    assert str(file) in str(caught.value)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_encrypted_pdf_is_refused(tmp_path: Path) -> None:
    file = write_pdf(tmp_path / "a.pdf", [["Secret text."]], password="secret")
    with pytest.raises(UnreadableFile, match="is encrypted"):
        list(read_path(file))


def test_a_pdf_without_text_says_that_it_looks_scanned(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="OCR"):
        list(read_path(write_pdf(tmp_path / "a.pdf", [[], []])))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    file = write_zip_bomb(tmp_path / "bomb.docx", megabytes=60)
    assert file.stat().st_size < 100_000
    with pytest.raises(UnreadableFile, match="zip bomb"):
        list(read_path(file, Limits(unpacked_bytes=50_000_000)))


def test_a_huge_or_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="over the limit"):
        list(read_path(_write(tmp_path / "a.txt", "x" * 2000), Limits(file_bytes=1000)))
    with pytest.raises(UnreadableFile, match="No such file"):
        list(read_path(tmp_path / "gone.txt"))


def test_folders_are_walked_in_order_without_hidden_and_accompanying_files(tmp_path: Path) -> None:
    for name in (
        "b/2.txt",
        "b/1.MD",
        "a.html",
        ".git/x.md",
        ".hidden.md",
        "README.md",
        "SOURCE.md",
        "x.png",
        "~$y.docx",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("text")
    found = find_files([tmp_path, tmp_path / "README.md", tmp_path / "a.html"])
    assert [str(file.relative_to(tmp_path)) for file in found] == ["a.html", "b/1.MD", "b/2.txt", "README.md"]


def test_text_in_other_encodings_is_read(tmp_path: Path) -> None:
    [latin] = read_path(_write(tmp_path / "a.txt", "Fièvre élevée".encode("cp1252")))
    [wide] = read_path(_write(tmp_path / "b.txt", "Fièvre élevée".encode("utf-16")))
    assert latin.text == wide.text == "Fièvre élevée"
