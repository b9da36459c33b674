"""The guideline index: add files, look documents and passages up, search.

Knows files, passages and vectors. Does not know cases, patients or language models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.adding import Adding, AddProgress, AddReport
from index.database import Database
from index.document import Condition, Document, Hit, Passage
from index.embedding import Embedder
from index.errors import EmbedderError, IndexIncompatible, IndexMissing, UnknownPassage
from index.expansion import Expander
from index.life_cycle import LifeCycle
from index.path_scores import CacheState, PathScores
from index.reading import DocumentDefaults, Limits, whole_path
from index.rebuilding import Rebuilding
from index.repairing import Repairer
from index.reranking import RERANKED, Reranker, reranked
from index.search import Query, ScoredPassage, Searcher
from index.store import PassageRow, Store, passage_of
from index.terms import matched_terms
from index.tuned import query_vectors
from index.verifying import Verification, Verifier
from index.writing_lock import writing_lock

_CACHED_DOCUMENTS = 512
_IDENTITY = "embedder"
_DIMENSION = "dimension"


class GuidelineIndex:
    """An index folder, open. Reading is safe from several threads; one process at a time may write."""

    def __init__(
        self, folder: Path, database: Database, embedder: Embedder | None, reranker: Reranker | None = None
    ) -> None:
        self.folder = folder
        self._embedder = embedder
        self._reranker = reranker
        self._database = database
        self._store = Store(database)
        self._paths = PathScores(folder, self._store)
        self.life_cycle = LifeCycle(folder, database)
        self._searcher = Searcher(self._store, self._paths, self.life_cycle)
        self._cached = lru_cache(maxsize=_CACHED_DOCUMENTS)(self._load_document)
        self._expander = lru_cache(maxsize=1)(self._learn_names)

    @classmethod
    def create(cls, folder: Path, embedder: Embedder) -> GuidelineIndex:
        """Open the index of a folder, making an empty one where there is none.

        Raises IndexIncompatible when it was made with another embedder or by a newer program.
        """
        database = Database.open(folder, create=True)
        index = cls(folder, database, embedder)
        if not database.meta(_IDENTITY):
            index._paths.clear()
            with database.writing():
                database.set_meta(_IDENTITY, embedder.identity)
                database.set_meta(_DIMENSION, str(embedder.dimension))
        return index._checked()

    @classmethod
    def open(cls, folder: Path, embedder: Embedder | None = None, reranker: Reranker | None = None) -> GuidelineIndex:
        """Open the index of a folder. Without an embedder it can be read, and searched by words only.

        With a reranker the first passages a search finds are ordered by it.

        Raises IndexMissing when there is none, IndexIncompatible when it was made with another embedder.
        """
        return cls(folder, Database.open(folder), embedder, reranker)._checked()

    def _checked(self) -> GuidelineIndex:
        made_with = self._database.meta(_IDENTITY)
        if not made_with:
            # A process that was stopped as it began may have left a database with nothing in it.
            self.close()
            raise IndexMissing(f"the index in {self.folder} is empty; add documents with: wardround index add PATH")
        if self._embedder is not None and made_with != self._embedder.identity:
            self.close()
            raise IndexIncompatible(
                f"{self.folder} was made with the embedder {made_with!r}, not {self._embedder.identity!r};"
                " embed it anew with: wardround index rebuild"
            )
        return self

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def add(
        self,
        paths: Iterable[Path],
        defaults: DocumentDefaults | None = None,
        progress: Callable[[AddProgress], None] | None = None,
        limits: Limits | None = None,
    ) -> AddReport:
        """Read files and folders into the index; what did not change since the last time is left alone.

        A file that cannot be read within the limits is reported and keeps what was indexed of it before. Raises IndexBusy
        when another process is writing.
        """
        with writing_lock(self.folder):
            adding = Adding(self._store, self.embedder, defaults or DocumentDefaults(), progress, limits or Limits())
            report = adding.run(list(paths))
            self._prepare()
        return report

    def _prepare(self) -> None:
        """Make what searching needs, so that the next reader does not wait for it."""
        with self._database.reading():
            self._paths.prepare(self.generation, int(self._database.meta(_DIMENSION)))

    def remove(self, document_or_path: str | Path) -> int:
        """Remove a document by its id, or all documents of a file or folder; return how many.

        Raises UnknownPassage when there is none, IndexBusy when another process is writing.
        """
        with writing_lock(self.folder):
            name = str(document_or_path)
            path = whole_path(Path(name))
            files = [file for file in self._store.file_paths() if file == name or Path(file).is_relative_to(path)]
            removed = self._store.remove_files(files) if files else int(self._store.remove_document(name))
            self._database.empty_log()
            self._prepare()
        if not files and not removed:
            raise UnknownPassage(
                f"nothing indexed is called {name!r}; see the ids and paths with: wardround index list"
            )
        return removed

    def rebuild(self, embedder: Embedder, progress: Callable[[AddProgress], None] | None = None) -> int:
        """Embed every passage anew, with this embedder from now on; return how many passages that were.

        Open the index without an embedder for this. Raises IndexBusy when another process is writing.
        """
        with writing_lock(self.folder):
            count = Rebuilding(self._store, embedder, progress or (lambda step: None)).run()
            self._prepare()
        self._embedder = embedder
        return count

    def verify(self, progress: Callable[[int, int], None] = lambda done, of: None) -> Verification:
        """Prove that text, offsets, postings, vectors and caches agree; nothing is changed.

        Raises IndexBusy when another process is writing, GuidelineIndexError when the database cannot be read.
        """
        with writing_lock(self.folder):
            return Verifier(self._store, self._paths, self._embedder).run(progress)

    def repair(self, found: Verification, progress: Callable[[int, int], None] = lambda done, of: None) -> Verification:
        """Mend what `verify` found, as far as that can be done, and return what is found then.

        Vectors are made anew only if the index was opened with its embedder. Raises IndexBusy.
        """
        with writing_lock(self.folder):
            Repairer(self._store, self._paths, self._embedder).run(found)
            return Verifier(self._store, self._paths, self._embedder).run(progress)

    @property
    def embedder(self) -> Embedder:
        """The embedder the index was opened with. Raises EmbedderError when it was opened without one."""
        if self._embedder is None:
            raise EmbedderError(f"{self.folder} was opened without an embedder; get one with: wardround models get")
        return self._embedder

    @property
    def generation(self) -> int:
        """A number that grows with every change to the documents."""
        return self._database.generation

    def caches(self) -> tuple[CacheState, ...]:
        """Return what searching uses beside the database, chosen by how many passages there are."""
        return self._paths.states(self.generation, self.passage_count)

    @property
    def document_count(self) -> int:
        """How many documents there are."""
        return self._store.count("documents")

    @property
    def passage_count(self) -> int:
        """How many passages there are."""
        return self._store.count("passages")

    @property
    def file_count(self) -> int:
        """How many files the documents came from."""
        return self._store.count("files")

    def file_paths(self) -> list[str]:
        """Return the paths of the files that documents came from, sorted."""
        return self._store.file_paths()

    @property
    def embedder_identity(self) -> str:
        """The identity of the embedder that made the vectors."""
        return self._database.meta(_IDENTITY)

    def documents(self) -> Iterator[Document]:
        """Yield all documents, in the order of their titles."""
        yield from map(self.life_cycle.settled, self._store.documents(self._store.document_ids()))

    def conditions(self) -> dict[str, Condition]:
        """Return the conditions that documents are about, by document id; no text is loaded for this."""
        return self._store.conditions()

    def _learn_names(self, _generation: int) -> Expander:
        return Expander.of(self.conditions().values())

    def document(self, document_id: str) -> Document:
        """Return a document. Raises UnknownPassage when there is none of this id."""
        return self._cached(self.generation, document_id)

    def _load_document(self, _generation: int, document_id: str) -> Document:
        document = self._store.document(document_id)
        if document is None:
            raise UnknownPassage(f"no document has the id {document_id!r}; see the ids with: wardround index list")
        return self.life_cycle.settled(document)

    def passage(self, passage_id: str) -> Passage:
        """Return a passage. Raises UnknownPassage when there is none of this id."""
        with self._database.reading():
            row = self._store.passage_row(passage_id)
            if row is None:
                raise UnknownPassage(
                    f"no passage has the id {passage_id!r}; find one with: wardround index search WORDS"
                )
            return self._passage(row)

    def passages_of(self, document_id: str) -> list[Passage]:
        """Return the passages of a document, in order. Raises UnknownPassage when there is none of this id."""
        with self._database.reading():
            document = self.document(document_id)
            return [passage_of(row, document) for row in self._store.passage_rows_of(document_id)]

    def _passage(self, row: PassageRow) -> Passage:
        return passage_of(row, self.document(row.document_id))

    def search(self, query: Query, limit: int = 10) -> list[Hit]:
        """Return the passages that fit a query best, by words (BM25) and by meaning (cosine), best first."""
        wanted = limit if self._reranker is None else max(limit, RERANKED)
        names = self._expander(self.generation).other_names(query.text) if query.expand else ()
        vector = self._query_vector(query, names)
        with self._database.reading():
            found = self._searcher.search(query, names, vector, self.generation, wanted)
            hits = [self._hit(one, found.terms) for one in found.passages]
        if self._reranker is None:
            return hits[:limit]
        hits = reranked(hits, query.text, self._reranker)
        return [hits[place] for place in self.life_cycle.order([hit.document.id for hit in hits])][:limit]

    def _query_vector(self, query: Query, names: Sequence[str]) -> NDArray[np.float32] | None:
        if self._embedder is None or query.by == "words" or not query.text.strip():
            return None
        return self.embed_query(f"{query.text} ({', '.join(names)})" if names else query.text)

    def _hit(self, found: ScoredPassage, terms: Sequence[str]) -> Hit:
        document = self.document(found.row.document_id)
        passage = passage_of(found.row, document)
        names = document.condition.synonyms if document.condition else ()
        text = " ".join((document.title, *names, *passage.heading_path, passage.text))
        return Hit(
            passage=passage,
            document=document,
            score=found.score,
            lexical=found.lexical,
            dense=found.dense,
            matched_terms=matched_terms(terms, text),
        )

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Return the unit vector of a text, comparable with `vectors_for`."""
        vector: NDArray[np.float32] = query_vectors(self.embedder, [text])[0]
        return vector

    def vectors_for(self, passage_ids: Sequence[str]) -> NDArray[np.float32]:
        """Return the unit vectors of these passages, a row each. Raises UnknownPassage for an id there is not."""
        dimension = int(self._database.meta(_DIMENSION) or 0)
        with self._database.reading():
            numbers = []
            for passage_id in passage_ids:
                row = self._store.passage_row(passage_id)
                if row is None:
                    raise UnknownPassage(f"no passage has the id {passage_id!r}")
                numbers.append(row.number)
            found, vectors = self._store.vectors(dimension, list(dict.fromkeys(numbers)))
        position = {number: place for place, number in enumerate(found.tolist())}
        return vectors[[position[number] for number in numbers]] if numbers else vectors
