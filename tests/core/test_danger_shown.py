"""Urgency, what must not be missed and what was not checked are on screen, in the chat, in both reports and in JSON."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sample_assessment import assessment

from assistant.assessment import Assessment, Evidence, MustNotMiss, Triage
from assistant.case import Span
from assistant.citation_numbers import CitationNumbers
from assistant.report.writing import write_report
from assistant.terminal.assessment_view import full_view
from assistant.terminal.chat_view import differential_lines
from assistant.terminal.screen import as_text

MADE = assessment().model_copy(
    update={
        "triage": Triage(level="today", basis=("Danger sign: Hot joint",)),
        "must_not_miss": (
            MustNotMiss(
                name="spinal infection",
                because=(Evidence(finding="back pain", case_span=Span(start=0, end=4)),),
                exclude_by="MRI of the spine",
                source="IDSA",
                source_url="https://idsa.example",
                urgency="now",
            ),
        ),
        "not_checked": ("zanubrutinib is not in the list of medicines: its interactions were not checked.",),
    }
)


def _screen(made: Assessment, folder: Path) -> str:
    return as_text(full_view(made, CitationNumbers()))


def _chat(made: Assessment, folder: Path) -> str:
    return as_text(differential_lines(made, CitationNumbers()))


def _report(ending: str) -> Callable[[Assessment, Path], str]:
    def written(made: Assessment, folder: Path) -> str:
        file = folder / f"r.{ending}"
        write_report(made, file)
        return file.read_text(encoding="utf-8")

    return written


@pytest.mark.parametrize("shown", [_screen, _report("md"), _report("html")], ids=["screen", "md", "html"])
def test_every_full_view_shows_all_of_it(shown: Callable[[Assessment, Path], str], tmp_path: Path):
    text = " ".join(shown(MADE, tmp_path).split())
    for part in ("Urgency suggested", "today", "Danger sign: Hot joint", "spinal infection: back pain"):
        assert part in text
    for part in ("To exclude it: MRI of the spine", "idsa.example", "zanubrutinib is not in the list"):
        assert part in text


def test_the_chat_shows_urgency_and_names(tmp_path: Path):
    text = " ".join(_chat(MADE, tmp_path).split())
    assert "Urgency suggested: today. Danger sign: Hot joint." in text
    assert "spinal infection: back pain" in text


def test_json_holds_it_and_comes_back_the_same():
    assert Assessment.model_validate_json(MADE.model_dump_json(by_alias=True)) == MADE


def test_without_them_nothing_is_shown(tmp_path: Path):
    text = _screen(assessment(), tmp_path)
    assert "Urgency" not in text
    assert "NOT TO BE MISSED" not in text
