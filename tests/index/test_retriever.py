from __future__ import annotations

from pathlib import Path

from fakes import HashingEmbedder
from sample_files import write_note

from index import GuidelineIndex, GuidelineRetriever


def test_the_retriever_gives_langchain_documents_that_name_their_passage(tmp_path: Path) -> None:
    index = GuidelineIndex.create(tmp_path / "index", HashingEmbedder())
    index.add([write_note(tmp_path)])
    [found] = GuidelineRetriever(index=index, limit=1).invoke("naproxen for podagra")
    passage = index.passage(found.metadata["passage_id"])
    assert found.page_content == passage.text
    assert found.metadata["title"] == "Gout"
    assert found.metadata["heading_path"] == list(passage.heading_path)
    assert 0 < found.metadata["score"] <= 1
    index.close()
