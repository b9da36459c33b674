"""The index as a LangChain retriever, for chains that were built elsewhere."""

from __future__ import annotations

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from index.document import Hit
from index.guideline_index import GuidelineIndex
from index.search import Query


class GuidelineRetriever(BaseRetriever):
    """Hybrid search over a `GuidelineIndex`; the metadata names the passage and where it stands."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: GuidelineIndex
    limit: int = 10

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[LangChainDocument]:
        return [_as_langchain(hit) for hit in self.index.search(Query(text=query), self.limit)]


def _as_langchain(hit: Hit) -> LangChainDocument:
    passage, document = hit.passage, hit.document
    metadata = {
        "passage_id": passage.id,
        "document_id": document.id,
        "title": document.title,
        "issuer": document.issuer,
        "published": document.published,
        "trust": document.trust,
        "standing": document.standing,
        "superseded_by": document.superseded_by,
        "withdrawn": document.withdrawn,
        "page": passage.page,
        "url": document.url,
        "heading_path": list(passage.heading_path),
        "score": hit.score,
    }
    return LangChainDocument(id=passage.id, page_content=passage.text, metadata=metadata)
