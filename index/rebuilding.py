"""Embed every passage of an index anew, with another embedder perhaps, while the old vectors go on to be searched.

New vectors are kept beside the old ones as they are made, under keys of their own; one transaction at the end turns to
them. A stopped run is taken up where it stood. Memory is bounded. Does not know files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from index.adding import AddProgress, Tell
from index.embedding import Embedder
from index.embedding_blocks import embed_blocks
from index.findable import FindablePassage, findable
from index.store import Store, passage_of

# Texts gathered before they are embedded, so that like lengths share a batch.
_GATHERED = 2048


@dataclass
class Rebuilding:
    """One run, with the writing lock held."""

    store: Store
    embedder: Embedder
    tell: Tell = lambda step: None

    def run(self) -> int:
        """Embed all passages and turn to their new vectors; return how many passages there are."""
        database, total = self.store.database, self.store.count("passages")
        # The same after a stopped run, another one after anything else changed.
        salt = f"{self.embedder.identity} {database.generation} "
        done = 0
        with self.store.database.writing() as connection:
            connection.execute("CREATE TEMP TABLE IF NOT EXISTS turned (number INTEGER PRIMARY KEY, key BLOB NOT NULL)")
            connection.execute("DELETE FROM turned")
        for numbered in self._gathered():
            self._embed({found.key(salt): found.embedded for found in numbered.values()})
            with database.writing() as connection:
                rows = [(number, found.key(salt)) for number, found in numbered.items()]
                connection.executemany("INSERT INTO turned VALUES (?, ?)", rows)
            done += len(numbered)
            self.tell(AddProgress("", 0, 1, done, total))
        self._turn(salt)
        return total

    def _gathered(self) -> Iterator[dict[int, FindablePassage]]:
        """Yield the passages by number, some thousand at a time."""
        gathered: dict[int, FindablePassage] = {}
        for document in self.store.documents(self.store.document_ids()):
            rows = self.store.passage_rows_of(document.id)
            passages = findable(document, [passage_of(row, document) for row in rows])
            gathered |= {row.number: found for row, found in zip(rows, passages, strict=True)}
            if len(gathered) >= _GATHERED:
                yield gathered
                gathered = {}
        if gathered:
            yield gathered

    def _embed(self, texts: Mapping[bytes, str]) -> None:
        missing = self.store.missing_embeddings(texts)
        for block in embed_blocks(self.embedder, {key: texts[key] for key in missing}):
            self.store.add_embeddings(block)

    def _turn(self, salt: str) -> None:
        database = self.store.database
        with database.writing() as connection:
            connection.execute(
                "UPDATE passages SET embedding = (SELECT key FROM turned WHERE turned.number = passages.number)"
            )
            self.store.drop_unused_embeddings()
            database.set_meta("salt", salt)
            database.set_meta("embedder", self.embedder.identity)
            database.set_meta("dimension", str(self.embedder.dimension))
            database.advance()
            connection.execute("DELETE FROM turned")
