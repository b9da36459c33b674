"""Open the index of the settings, with or without its embedder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.settings import Settings, load_settings

if TYPE_CHECKING:
    from index.embedding import Embedder
    from index.guideline_index import GuidelineIndex


def open_the_embedder(settings: Settings) -> Embedder:
    """Return the embedder of the settings: the one named there, else the default."""
    from assistant.models.catalogue import embedder_folder
    from index.embedding import open_embedder

    return open_embedder(settings.embedder or embedder_folder(settings), settings.threads)


def open_the_embedder_on_ray(settings: Settings) -> Embedder:
    """Return the same embedder, which runs many texts on a Ray cluster. Raises EmbedderError when Ray is missing."""
    from assistant.models.catalogue import embedder_folder
    from index.ray_embedding import RayEmbedder, started_ray

    started_ray()  # what is missing is said before any file is read
    return RayEmbedder(settings.embedder or embedder_folder(settings), settings.threads)


def open_index(settings: Settings | None = None, *, with_embedder: bool = False) -> GuidelineIndex:
    """Open the index. Raises IndexMissing where there is none."""
    from index.guideline_index import GuidelineIndex
    from index.reranking import open_reranker

    settings = settings or load_settings()
    # Whether there is an index is asked first: without one no embedder is needed to say so.
    index = GuidelineIndex.open(settings.index_folder)
    if not with_embedder:
        return index
    index.close()
    return GuidelineIndex.open(settings.index_folder, open_the_embedder(settings), open_reranker(settings.reranker))
