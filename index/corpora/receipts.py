"""What is known of the corpora of one user: the licences accepted, and what the documents on disk were made of.

Kept in one JSON file beside the documents. An acceptance is of the terms as they were shown: other terms ask again.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

from index.corpora.catalogue import Corpus
from index.corpora.preparing import documents_file, made_from
from index.document import Frozen
from index.errors import GuidelineIndexError

_FILE = "receipts.json"


class Receipt(Frozen):
    """One corpus: the terms that were accepted and when, and what its documents were made of."""

    terms: str = ""
    accepted: str = ""
    made_from: str = ""


class Receipts:
    """The receipts of a folder; every change is written at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def has_accepted(self, corpus: Corpus) -> bool:
        """Say whether the terms of the corpus, as they stand in the catalogue, were accepted."""
        return self._read().get(corpus.name, Receipt()).terms == _digest(corpus.licence.model_dump_json())

    def accept(self, corpus: Corpus) -> None:
        """Note that the terms of the corpus were accepted now."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._update(corpus, terms=_digest(corpus.licence.model_dump_json()), accepted=now)

    def has_documents(self, corpus: Corpus) -> bool:
        """Say whether the documents on disk are those of this revision of the corpus."""
        known = self._read().get(corpus.name, Receipt()).made_from
        return known == _digest(made_from(corpus)) and documents_file(corpus, self._folder).is_file()

    def note_documents(self, corpus: Corpus) -> None:
        """Note that the documents on disk were made of this revision of the corpus."""
        self._update(corpus, made_from=_digest(made_from(corpus)))

    def _update(self, corpus: Corpus, **known: str) -> None:
        receipts = self._read()
        receipts[corpus.name] = receipts.get(corpus.name, Receipt()).model_copy(update=known)
        text = json.dumps({name: receipt.model_dump() for name, receipt in sorted(receipts.items())}, indent=2)
        part = self._folder / f"{_FILE}.part"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part.write_text(f"{text}\n", encoding="utf-8")
            part.replace(self._folder / _FILE)
        except OSError as error:
            raise GuidelineIndexError(
                f"cannot write {part}: {error.strerror or error}; choose another WARDROUND_DATA_FOLDER"
            ) from error

    def _read(self) -> dict[str, Receipt]:
        file = self._folder / _FILE
        try:
            entries = json.loads(file.read_text(encoding="utf-8"))
            return {name: Receipt.model_validate(entry) for name, entry in entries.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, AttributeError) as error:
            raise GuidelineIndexError(f"cannot read {file}; delete it, and accept the licences anew") from error


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
