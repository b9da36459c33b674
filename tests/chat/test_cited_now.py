"""A stored case is shown with what became of its sources since it was assessed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chat.conftest import UTI, a_few_findings
from fakes import HashingEmbedder

from assistant.assistant import Assistant
from assistant.chat.session import Session
from assistant.citation_numbers import CitationNumbers
from assistant.reading import CaseReader
from assistant.store import CaseStore
from assistant.terminal.assessment_view import full_view, source_view
from index.guideline_index import GuidelineIndex

NOTE = """---
title: Cystitis
synonyms: [bladder infection]
issuer: Body A
published: 2022
trust: guideline
---
# Cystitis
## Presentation
- Dysuria and urinary frequency without fever.
## Treatment
- Trimethoprim 200 mg twice daily for 7 days.
"""


@pytest.fixture
def index(tmp_path: Path) -> Iterator[GuidelineIndex]:
    (tmp_path / "cystitis.md").write_text(NOTE, encoding="utf-8")
    opened = GuidelineIndex.create(tmp_path / "index", HashingEmbedder())
    opened.add([tmp_path / "cystitis.md"])
    yield opened
    opened.close()


def _assessed(index: GuidelineIndex, store: CaseStore) -> Session:
    """Return a session that assessed a case; resume it to meet the case as a later day would."""
    session = Session(Assistant(index, CaseReader(a_few_findings()), None, None), store)
    list(session.say(UTI))
    assert session.case_id is not None
    return session


@pytest.fixture
def resumed(index: GuidelineIndex, store: CaseStore) -> Session:
    return _assessed(index, store)


def _shown(session: Session) -> str:
    assert session.case_id is not None
    session.resume(session.case_id)
    lines = [*session.overview(), *full_view(session.standing(), CitationNumbers())]
    lines += [line for number, one in session.numbering.sources().items() for line in source_view(number, one)]
    return "\n".join(f"{line.lead} {line.text}" for line in lines)


def test_a_source_that_still_holds_is_shown_as_it_was(resumed: Session) -> None:
    shown = _shown(resumed)
    assert "Trimethoprim" in shown
    assert not any(word in shown for word in ("withdrawn", "superseded", "no longer"))


def test_what_was_withdrawn_since_is_said_with_the_advice_and_the_source(
    resumed: Session, index: GuidelineIndex
) -> None:
    [document] = index.documents()
    index.life_cycle.withdraw(document.id, "2024")
    shown = _shown(resumed)
    assert "Caution: source withdrawn 2024" in shown
    assert "[1] (withdrawn)" in shown
    assert shown.count("withdrawn 2024") >= 3
    index.life_cycle.reinstate(document.id)
    assert "source withdrawn" not in _shown(resumed)


def test_a_caution_of_the_day_of_the_assessment_goes_when_the_source_is_current_again(
    index: GuidelineIndex, store: CaseStore
) -> None:
    [document] = index.documents()
    index.life_cycle.withdraw(document.id, "2024")
    session = _assessed(index, store)
    assert _shown(session).count("Caution: source withdrawn 2024") == 1
    index.life_cycle.withdraw(document.id, "2025")
    shown = _shown(session)
    assert "Caution: source withdrawn 2025" in shown
    assert "2024" not in shown
    index.remove(document.id)
    assert "Caution: source withdrawn 2024" in _shown(session), "what was known when it was quoted stays"


def test_nothing_is_cautioned_of_a_source_that_was_reinstated(index: GuidelineIndex, store: CaseStore) -> None:
    [document] = index.documents()
    index.life_cycle.withdraw(document.id, "2024")
    session = _assessed(index, store)
    index.life_cycle.reinstate(document.id)
    assert "withdrawn" not in _shown(session)


def test_what_was_removed_since_is_said_to_be_gone_until_it_is_back(
    resumed: Session, index: GuidelineIndex, tmp_path: Path
) -> None:
    [document] = index.documents()
    index.remove(document.id)
    assert "no longer in the index" in _shown(resumed)
    assert "Dysuria" in _shown(resumed), "what was quoted stays readable"
    index.add([tmp_path / "cystitis.md"])
    assert "no longer in the index" not in _shown(resumed)
