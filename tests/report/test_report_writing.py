"""Reports as files: nothing in a text acts as markup, the file is whole or not there, nothing is overwritten unasked."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_assessment import HOSTILE, assessment, hostile

from assistant.assessment import Assessment
from assistant.errors import UsageError
from assistant.report.block import Paragraph
from assistant.report.markdown import escaped, markdown
from assistant.report.web_page import web_page
from assistant.report.writing import check_target, report_text, write_report


class _Page(HTMLParser):
    """Collects tags, attributes and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def _parsed(page: str) -> _Page:
    parser = _Page()
    parser.feed(page)
    return parser


def test_a_hostile_text_is_shown_and_does_nothing_in_html() -> None:
    page = _parsed(report_text(hostile(), "html"))
    assert not set(page.tags) & {"script", "img", "iframe", "form", "object", "link", "base"}
    assert not [value for name, value in page.attributes if name.startswith("on") or name == "src"]
    assert not [value for name, value in page.attributes if name == "href"]
    assert page.text.count("<script>alert(1)</script>") > 10
    assert "\x1b" not in page.text
    assert "\u202e" not in page.text


def test_a_page_loads_and_runs_nothing() -> None:
    page = _parsed(report_text(assessment(), "html"))
    assert ("http-equiv", "Content-Security-Policy") in page.attributes
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes
    assert [value for name, value in page.attributes if name == "href"] == []
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))


@given(st.text())
def test_html_gives_back_exactly_the_text_it_was_given(text: str) -> None:
    body = web_page([Paragraph("start"), Paragraph(text.replace("\r", " ").replace("\0", " ")), Paragraph("end")])
    shown = _parsed(body)
    assert text.replace("\r", " ").replace("\0", " ") in shown.text
    assert shown.tags.count("p") == 3


def test_a_hostile_text_does_nothing_in_markdown() -> None:
    lines = report_text(hostile(), "md").split("\n")
    assert not [line for line in lines if "<script" in line.replace("\\<", "")]
    assert not [line for line in lines if line.startswith("# heading")]
    assert not [line for line in lines if "](" in line.replace("\\[", "").replace("\\]", "") and "\\[" not in line]
    rows = [line for line in lines if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {6}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a*b_c", "a\\*b\\_c"),
        ("<b>", "\\<b\\>"),
        ("see [7]", "see [7]"),
        ("[x](y)", "\\[x](y)"),
        ("1. first", "1\\. first"),
        ("- item", "\\- item"),
        ("# title", "\\# title"),
        ("a | b", "a \\| b"),
        ("&lt;", "\\&lt;"),
        ("![i](u)", "!\\[i](u)"),
    ],
)
def test_markdown_marks_are_escaped_and_citations_stay_readable(text: str, written: str) -> None:
    assert escaped(text) == written


def test_markdown_has_one_paragraph_a_block() -> None:
    assert markdown([Paragraph("one"), Paragraph("two", strong=True)]) == "one\n\n**two**\n"


def test_json_is_the_assessment_itself() -> None:
    assert Assessment.model_validate_json(report_text(hostile(), "json")) == hostile()
    assert json.loads(report_text(assessment(), "json"))["differential"][0]["for"][0]["finding"] == "toe pain"


@pytest.mark.parametrize(
    ("name", "kind"), [("a.md", "md"), ("a.MARKDOWN", "md"), ("a.HTML", "html"), ("a.json", "json")]
)
def test_the_name_says_the_format(tmp_path: Path, name: str, kind: str) -> None:
    assert check_target(tmp_path / name) == kind
    write_report(assessment(), tmp_path / name)
    assert (tmp_path / name).read_text(encoding="utf-8") == report_text(assessment(), kind)
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", ["a.pdf", "a", "folder.md", "there.md", "missing/a.md", "there.md/a.md"])
def test_a_target_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "there.md").write_text("mine")
    with pytest.raises(UsageError) as raised:
        check_target(tmp_path / name)
    assert str(tmp_path) in str(raised.value)
    with pytest.raises(UsageError):
        write_report(assessment(), tmp_path / name)
    assert (tmp_path / "there.md").read_text() == "mine"


def test_force_replaces_a_file(tmp_path: Path) -> None:
    (tmp_path / "there.md").write_text("mine")
    write_report(assessment(), tmp_path / "there.md", force=True)
    assert "Gout" in (tmp_path / "there.md").read_text()


def test_hostile_is_hostile() -> None:
    assert all(part in HOSTILE for part in ("<script>", "\x1b", "\u202e", "\n#", "|", "]("))
