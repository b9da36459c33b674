"""What a clinician sees on screen, as a transcript."""

from __future__ import annotations

import re
from textwrap import dedent

import pytest
from sample_assessment import NARRATIVE, assessment, hostile

from assistant.assessment import Abstention
from assistant.case import Case, Finding, Span
from assistant.citation_numbers import CitationNumbers
from assistant.terminal.assessment_view import full_view, source_view
from assistant.terminal.reading_view import marked, reading_view
from assistant.terminal.screen import as_text


def _shown(made=None, **options) -> str:
    return as_text(full_view(made or assessment(), CitationNumbers(), **options))


def test_the_whole_view() -> None:
    assert _shown() == dedent(
        """\
        Draft for review by a clinician.

        CASE AS UNDERSTOOD
        Patient   52-year-old male
        Present   toe pain
        Absent    fever
        Measured  temperature 37.1 °C
        Takes     warfarin
        Summary   A 52-year-old baker with toe pain.

         DANGER SIGNS PRESENT
        !! Hot joint: may be septic
           Source: NICE NG219, https://nice.example

        DIFFERENTIAL, MOST LIKELY FIRST

        1. Gout (likely)
           ICD-10-CM M10.9, M10.00
           Most telling: toe pain.
           For       toe pain [1]
           Not known tophi [1]
           Tests     Aspirate the joint. [2]
           Treat     Naproxen 500 mg twice daily. [3]
                     Caution: Takes warfarin: bleeding

        2. Septic arthritis (unlikely)
           For       toe pain [1]
           Against   no fever [4]; age (described in: child)
           Treat     Flucloxacillin intravenously. [5]

        Ask next: Are there tophi? They point to gout.

        SAID BY THE MODEL, SUPPORTED BY NO QUOTE
        ? "It is the moon." (words that no source holds)

        SOURCES
        Gout, NICE, 2022
          [1] "Sudden severe pain of one joint." (Presentation)
          [4] "Fever is common." (Presentation)
          [2] Tests, word for word above
          [3] Treatment, word for word above
          [5] Other, word for word above

        Cautions cover common medicines only; check an up-to-date formulary before
        prescribing.

        Wardround 0.1.0, model mute (fake), index generation 0 (3 documents), 1.2 s.
        """
    )


def test_numbers_are_shown_only_on_request() -> None:
    assert "0.61" not in _shown()
    assert "1. Gout (likely, rank score 0.61)" in _shown(numbers=True)


def test_only_the_leading_diagnoses_are_shown_in_full_unless_all_are_asked_for() -> None:
    made = assessment()
    gout = made.differential[0]
    many = tuple(gout.model_copy(update={"name": f"Gout {number}"}) for number in range(1, 9))
    made = made.model_copy(update={"differential": many})
    assert "Also considered: 6. Gout 6 (likely); 7. Gout 7 (likely); 8. Gout 8 (likely)" in _shown(made)
    assert "Also considered" not in _shown(made, everything=True)
    assert _shown(made, everything=True).count("Tests ") == 8


@pytest.mark.parametrize("width", [20, 40, 80, 110])
def test_nothing_hostile_reaches_the_screen(width: int) -> None:
    text = as_text(full_view(hostile(), CitationNumbers(), everything=True), width)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e]", text)
    assert "[2J" in text
    assert not [line for line in text.splitlines() if line != line.rstrip()]


def test_lines_fit_the_width() -> None:
    assert max(map(len, as_text(full_view(assessment(), CitationNumbers()), 60).splitlines())) <= 60


def test_an_abstention_says_so_and_why() -> None:
    reason = Abstention(reason="conflicting guidance", explanation="Two bodies disagree.")
    unsure = assessment().model_copy(update={"abstention": reason})
    assert "DO NOT RELY ON THIS DIFFERENTIAL: conflicting guidance" in _shown(unsure)
    nothing = unsure.model_copy(update={"differential": ()})
    assert "NO DIFFERENTIAL OFFERED: conflicting guidance\nTwo bodies disagree." in _shown(nothing)
    assert "MOST LIKELY FIRST" not in _shown(nothing)


def test_a_source_on_its_own_has_the_quote_and_where_it_stands() -> None:
    citation = assessment().differential[0].citations[2]
    assert as_text(source_view(7, citation)) == (
        '[7] "Naproxen 500 mg twice daily."\n    Gout > Treatment, NICE, 2022, https://example.org/gout\n'
    )


def test_the_reading_is_marked_in_the_text() -> None:
    case = assessment().case
    assert marked(case) == f"{NARRATIVE[:27]}[{NARRATIVE[27:50]}]+{NARRATIVE[50:]}"
    text = as_text(reading_view(case))
    assert "absent    fever" in text
    assert "takes     warfarin" in text
    assert f'read from "{NARRATIVE[27:50]}"' in text.replace("\n", " ").replace("          ", "")


def test_overlapping_findings_are_marked_once_and_no_letter_is_lost() -> None:
    text = "no chest pain at all"
    findings = (
        Finding(label="chest pain", status="absent", spans=(Span(start=3, end=13),)),
        Finding(label="pain", status="absent", spans=(Span(start=9, end=13),)),
    )
    shown = marked(Case(narrative=text, findings=findings))
    assert shown == "no [chest pain]- at all"
