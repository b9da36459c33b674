"""One evaluation of retrieval from end to end: an index, a judged set, every system, one comparison.

Knows in which order things are done. Does not know where models are kept, nor terminals.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from assistant.errors import UsageError
from finetune.retrieval.building import Built, Draw, Part, build
from finetune.retrieval.comparing import Comparison, score
from finetune.retrieval.corpora import index_of_paths, pubmed_records
from finetune.retrieval.docnos import resolved
from finetune.retrieval.judged import JudgedQuery, JudgedSet
from finetune.retrieval.systems import PlainVectors, System, has_langchain, of_index
from finetune.retrieval.vignettes import ReadCase
from index.adding import AddProgress
from index.embedding import Embedder
from index.guideline_index import GuidelineIndex

__all__ = ["Built", "Draw", "Part", "ReadCase", "build", "compared", "pubmed"]

PARAPHRASE = "paraphrase"
NO_BASELINE = (
    "langchain-faiss is left out: not asked for, or its embedder is not here (wardround models get fetches it)"
)
NO_WRAPPER = (
    "langchain-community is not installed: langchain-faiss is the flat FAISS index that its store is made of, over the"
    " same vectors"
)
Progress = Callable[[str, int, int], None]


def compared(
    index: GuidelineIndex,
    judged: JudgedSet,
    untuned: Embedder | None,
    cache: Path,
    progress: Progress = lambda what, done, total: None,
) -> Comparison:
    """Run every system over a judged set; `untuned` embeds for the LangChain baseline, whose vectors `cache` keeps.

    Raises UsageError when nothing is judged relevant, or the index holds nothing that is judged.
    """
    answerable = judged.answerable()
    if not answerable:
        raise UsageError("no query has an answer in the index; draw from another --part, or name fuller --data")
    judged, level = resolved(judged, index)
    systems: list[System] = [*of_index(index)]
    if untuned is not None:
        # Embedding takes longest and is kept, so that it comes before what a stopped run would lose.
        told = partial(progress, "embedding for the baseline")
        systems.append(PlainVectors.over(index, untuned, cache, told))
    notes = [] if untuned and has_langchain() else [NO_WRAPPER if untuned else NO_BASELINE]
    scores = [score(system, judged, level, progress) for system in systems]
    return Comparison(
        scores=tuple(scores),
        level=level.name,
        unmatched=len(level.unmatched),
        docnos=len(judged.docnos()),
        unjudged=len(judged.queries) - len(answerable),
        notes=tuple(notes),
    )


def pubmed(
    mirror: Path, folder: Path, embedder: Embedder, draw: Draw, progress: Callable[[AddProgress], None] | None = None
) -> tuple[GuidelineIndex, JudgedSet]:
    """Return an index of PubMedQA's abstracts, and the titles that were questions as queries for them."""
    file, questions = pubmed_records(mirror, folder)
    index = index_of_paths([file], folder / "index", embedder, progress)
    names = [name for name in draw.ordered(questions, str) if draw.takes(name)][: draw.limit]
    queries = tuple(JudgedQuery(f"{PARAPHRASE}-{name}", questions[name], PARAPHRASE, name) for name in names)
    return index, JudgedSet(queries, {query.id: {query.topic: 1} for query in queries})
