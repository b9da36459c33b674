"""What stands in a report, whatever it is written as."""

from __future__ import annotations

import re

from sample_assessment import assessment

from assistant.assessment import Abstention, Assessment
from assistant.report.block import Block, Bullets, Heading, Paragraph, Source, Table
from assistant.report.content import PLANNED, REASONS, ROWS, report_blocks
from assistant.report.writing import report_text

_MARK = re.compile(r"\[(\d+)\]")


def _headings(made: Assessment) -> list[str]:
    return [block.text for block in report_blocks(made) if isinstance(block, Heading)]


def _texts(block: Block) -> list[str]:
    match block:
        case Bullets(items):
            return [text for item in items for text in (item[0], *item[1])]
        case Table(titles, rows):
            return [*titles, *(cell for row in rows for cell in row)]
        case Paragraph(text) | Heading(text):
            return [text]
    return []


def test_a_report_has_the_parts_of_a_record_in_order() -> None:
    assert _headings(assessment()) == [
        "Differential diagnosis and plan",
        "Danger signs present",
        "Summary",
        "Differential",
        "Plan to consider",
        "Gout",
        "What is missing",
        "Sources",
        "How this was made",
    ]
    assert "Draft for review by a clinician. Made 2026-01-31 09:05 UTC." in report_text(assessment(), "md")


def test_every_mark_has_its_source_and_every_source_its_mark() -> None:
    blocks = report_blocks(assessment())
    used = {int(mark) for block in blocks for text in _texts(block) for mark in _MARK.findall(text)}
    sources = [passage for block in blocks if isinstance(block, Source) for passage in block.passages]
    listed = [number for passage in sources for number in (*(quote[0] for quote in passage.quotes), *passage.above)]
    assert sorted(listed) == sorted(set(listed)) == sorted(used) == list(range(1, len(used) + 1))


def test_one_quote_has_one_number_in_every_diagnosis() -> None:
    [table] = [block for block in report_blocks(assessment()) if isinstance(block, Table)]
    assert table.rows[0][3] == "toe pain [1]"
    assert table.rows[1][3] == "toe pain [1]"
    assert table.rows[1][4] == "no fever [2]; age (described in: child)"


def test_many_reasons_are_cut_and_counted() -> None:
    made = assessment()
    gout = made.differential[0]
    reasons = gout.supporting * (REASONS + 3)
    blocks = report_blocks(made.model_copy(update={"differential": (gout.model_copy(update={"supporting": reasons}),)}))
    [table] = [block for block in blocks if isinstance(block, Table)]
    assert table.rows[0][3] == "toe pain [1]; " * REASONS + "and 3 more"


def test_quotes_of_advice_are_not_printed_twice() -> None:
    text = report_text(assessment(), "md")
    assert text.count("Naproxen 500 mg twice daily.") == 1
    assert text.count("Sudden severe pain of one joint.") == 1
    assert "word for word above" in text


def test_the_plan_leaves_out_what_is_held_unlikely_but_never_the_leading_diagnosis() -> None:
    made = assessment()
    assert "Flucloxacillin" not in report_text(made, "md")
    gout, septic = made.differential
    reversed_order = made.model_copy(update={"differential": (septic, gout)})
    assert "Flucloxacillin" in report_text(reversed_order, "md")


def test_the_leading_diagnosis_has_its_whole_plan_and_the_others_a_short_one() -> None:
    made = assessment()
    gout = made.differential[0]
    steps = tuple(gout.treatment[0].model_copy(update={"text": f"Step {number}."}) for number in range(4))
    many = tuple(gout.model_copy(update={"name": name, "treatment": steps}) for name in ("First", "Second"))
    text = report_text(made.model_copy(update={"differential": many}), "md")
    assert [text.count(f"Treatment: Step {number}.") for number in range(4)] == [2, 2, 1, 1]


def test_a_caution_stands_below_its_treatment() -> None:
    [plan] = [
        block
        for block in report_blocks(assessment())
        if isinstance(block, Bullets) and any("Naproxen" in item[0] for item in block.items)
    ]
    assert plan.items[1][1] == ("Caution: Takes warfarin: bleeding",)


def test_what_only_repeats_is_left_out_and_what_adds_stays() -> None:
    made = assessment()
    assert "Most telling" not in report_text(made, "md")
    gout, septic = made.differential
    worded = gout.model_copy(update={"rationale": "Podagra is typical"})
    assert "Gout: Podagra is typical." in report_text(made.model_copy(update={"differential": (worded, septic)}), "md")


def test_what_the_model_said_without_support_is_counted_not_printed() -> None:
    text = report_text(assessment(), "md")
    assert "moon" not in text
    assert "One statement of the language model left out" in text


def test_a_long_differential_keeps_to_its_rows_and_names_the_rest() -> None:
    made = assessment()
    gout = made.differential[0]
    many = tuple(gout.model_copy(update={"name": f"Gout {number}"}) for number in range(1, ROWS + 4))
    blocks = report_blocks(made.model_copy(update={"differential": many}))
    [table] = [block for block in blocks if isinstance(block, Table)]
    assert len(table.rows) == ROWS
    assert "Also considered: Gout 6 (likely); Gout 7 (likely); Gout 8 (likely)." in [
        text for block in blocks for text in _texts(block)
    ]
    assert sum(isinstance(block, Heading) and block.level == 3 for block in blocks) == PLANNED


def test_an_abstention_says_why_and_offers_no_table() -> None:
    nothing = assessment().model_copy(
        update={
            "differential": (),
            "next_question": None,
            "unsupported": (),
            "abstention": Abstention(reason="out of scope", explanation="This is no case."),
        }
    )
    text = report_text(nothing, "md")
    assert "**No differential is offered (out of scope). This is no case.**" in text
    assert _headings(nothing)[-2:] == ["Differential", "How this was made"]
