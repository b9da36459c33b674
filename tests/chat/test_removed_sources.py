"""A stored case cites a document that is then removed: the quote stays, and is said to be no longer in the index."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fakes import HashingEmbedder

from assistant.assistant import Assistant
from assistant.chat.session import Session
from assistant.cited_now import REMOVED
from assistant.errors import UnknownPassage
from assistant.reading import CaseReader, Vocabulary
from assistant.store import CaseStore
from index.guideline_index import GuidelineIndex
from index.search import Query

_CASE = "34-year-old woman with dysuria, urinary frequency and urinary urgency for two days, suprapubic pain, no fever."


def test_what_is_removed_is_found_no_more_and_stored_citations_say_so(
    small_index: Path, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    shutil.copytree(small_index, tmp_path / "index")
    index = GuidelineIndex.open(tmp_path / "index", HashingEmbedder())
    assistant, store = Assistant(index, CaseReader(vocabulary), None, None), CaseStore.in_memory()
    session = Session(assistant, store)
    list(session.say(_CASE))
    assert session.case_id is not None
    assert session.assessment is not None
    cited = session.assessment.differential[0].citations[0]
    assert REMOVED not in "\n".join(line.text for line in session.overview())

    index.remove(cited.document.id)
    for by in ("words", "meaning", "both"):
        found = index.search(Query(text=f"{cited.quote} {cited.document.title}", by=by), 100)
        assert cited.document.id not in {hit.document.id for hit in found}
    with pytest.raises(UnknownPassage):
        index.passage(cited.passage_id)

    again = Session(assistant, store)
    again.resume(session.case_id)
    assert again.assessment is not None
    [*marked] = [one for one in again.assessment.differential[0].citations if one.document.id == cited.document.id]
    assert marked
    assert all(one.document.notice.endswith(REMOVED) for one in marked)
    numbered = [one for one in again.numbering.sources().values() if one.document.id == cited.document.id]
    assert numbered
    assert all(one.document.notice.endswith(REMOVED) for one in numbered)
    store.close()
    index.close()
