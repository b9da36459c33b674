"""The life of the documents in an index: superseded, withdrawn, reinstated, and what follows for what is shown first.

Knows an index's database and keeps what it worked out until the documents change. Does not know passages or searches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from index.database import Database
from index.document import Document, Status
from index.editions import Editions
from index.errors import GuidelineIndexError, UnknownPassage
from index.standing import WITHDRAWN, Edition, Standing, Statement, ordered, standings
from index.writing_lock import writing_lock


class LifeCycle:
    """The standing of every document of one index."""

    def __init__(self, folder: Path, database: Database) -> None:
        self._folder = folder
        self._database = database
        self.editions = Editions(database)
        self._known: tuple[int, dict[str, Standing]] = (-1, {})

    def standings(self) -> Mapping[str, Standing]:
        """Return the standing of every document that is not current, by id."""
        with self._database.reading():
            generation = self._database.generation
            if self._known[0] != generation:
                self._known = (generation, standings(self.editions.telling(), self.editions.statements()))
        return self._known[1]

    def settled(self, document: Document) -> Document:
        """Return a document with what is known of its standing from every side: itself, other documents, users."""
        standing = self.standings().get(document.id)
        superseded_by, withdrawn = (standing.superseded_by, standing.withdrawn) if standing else ("", "")
        if (document.superseded_by, document.withdrawn) == (superseded_by, withdrawn):
            return document
        return document.model_copy(update={"superseded_by": superseded_by, "withdrawn": withdrawn})

    def count_by_status(self) -> dict[Status, int]:
        """Return how many documents are current, superseded and withdrawn."""
        counted = Counter(standing.status for standing in self.standings().values())
        current = self.editions.count() - counted.total()
        return {"current": current, "superseded": counted["superseded"], "withdrawn": counted["withdrawn"]}

    def order(self, document_ids: Sequence[str]) -> list[int]:
        """Return the places of hits, given by their documents best first, in the order in which they are to be shown."""
        known = self.standings()
        if not any(name in known for name in document_ids):
            return list(range(len(document_ids)))
        return ordered(document_ids, known, self.editions.topics(document_ids))

    def supersede(self, old: str, new: str) -> Standing:
        """Say that a document is replaced by another: by its id or title, or in words ("NG28 (2022)").

        Raises UnknownPassage when there is no document `old`, GuidelineIndexError when `new` is the same or no words.
        """
        if not new.strip() or new.strip() == old:
            raise GuidelineIndexError(
                f"{old} cannot be superseded by {new!r}; give another id, or the name of what replaces it"
            )
        before = self.editions.statements().get(old)
        withdrawn = before.withdrawn if before else ""
        return self._state(old, Statement("withdrawn" if withdrawn else "superseded", new.strip(), withdrawn))

    def withdraw(self, document_id: str, date: str = "", reason: str = "") -> Standing:
        """Say that a document was withdrawn. Raises UnknownPassage when there is none of this id."""
        said = ": ".join(part for part in (" ".join(date.split()), " ".join(reason.split())) if part) or WITHDRAWN
        before = self.editions.statements().get(document_id)
        return self._state(document_id, Statement("withdrawn", before.superseded_by if before else "", said))

    def reinstate(self, document_id: str) -> bool:
        """Say that a document is current whatever else is said or concluded; return whether it was not before.

        Raises UnknownPassage when there is none of this id.
        """
        with writing_lock(self._folder):
            self._check(document_id)
            if document_id not in self.standings():
                return False
            self.editions.state(document_id, None)
            if document_id in self.standings():
                self.editions.state(document_id, Statement("current"))
        return True

    def _state(self, document_id: str, said: Statement) -> Standing:
        with writing_lock(self._folder):
            self._check(document_id)
            self.editions.state(document_id, said)
            return self.standings()[document_id]

    def _check(self, document_id: str) -> Edition:
        for edition in self.editions.of([document_id]):
            return edition
        raise UnknownPassage(f"no document has the id {document_id!r}; see the ids with: wardround index list")
