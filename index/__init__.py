"""The guideline index: reading files, cutting them into passages, and finding the passages that matter.

Names are loaded when they are first used, so that importing `index.document` alone stays light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.adding import AddProgress, AddReport, FailedFile
    from index.document import Condition, Document, Hit, Passage, Source
    from index.embedding import Embedder, open_embedder
    from index.exporting import export_onnx
    from index.guideline_index import GuidelineIndex
    from index.reading import STARTER_FOLDER, DocumentDefaults, Limits, read_path
    from index.retriever import GuidelineRetriever
    from index.search import Query
    from index.sentences import sentence_spans
    from index.splitting import split

_HOME = {
    "AddProgress": "adding",
    "AddReport": "adding",
    "Condition": "document",
    "Document": "document",
    "DocumentDefaults": "reading",
    "Embedder": "embedding",
    "FailedFile": "adding",
    "GuidelineIndex": "guideline_index",
    "GuidelineRetriever": "retriever",
    "Hit": "document",
    "Limits": "reading",
    "Passage": "document",
    "Query": "search",
    "STARTER_FOLDER": "reading",
    "Source": "document",
    "export_onnx": "exporting",
    "open_embedder": "embedding",
    "read_path": "reading",
    "sentence_spans": "sentences",
    "split": "splitting",
}
__all__ = [
    "STARTER_FOLDER",
    "AddProgress",
    "AddReport",
    "Condition",
    "Document",
    "DocumentDefaults",
    "Embedder",
    "FailedFile",
    "GuidelineIndex",
    "GuidelineRetriever",
    "Hit",
    "Limits",
    "Passage",
    "Query",
    "Source",
    "export_onnx",
    "open_embedder",
    "read_path",
    "sentence_spans",
    "split",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'index' has no attribute {name!r}")
    return getattr(importlib.import_module(f"index.{_HOME[name]}"), name)
