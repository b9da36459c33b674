"""How a document is told of: its origin in words, and its facts as JSON."""

from __future__ import annotations

from typing import Any

from index.document import Document
from index.standing import standing_words

_TRUST = {
    "guideline": "guideline",
    "reference": "reference",
    "starter": "starter notes, not a guideline",
    "unknown": "of unknown standing",
}


def origin(document: Document) -> str:
    """Say who issued a document, when, for where, what kind of source it is, and whether it still holds."""
    told = standing_words(document.superseded_by, document.withdrawn)
    parts = (document.issuer, document.published, document.jurisdiction, _TRUST[document.trust], told)
    return ", ".join(part for part in dict.fromkeys(parts) if part)


def document_as_json(document: Document, page: int | None) -> dict[str, Any]:
    """Return the facts of a document that a citation needs, and the page where one is meant."""
    names = ("id", "title", "issuer", "published", "url", "path", "trust", "standing", "superseded_by", "withdrawn")
    return {**{name: getattr(document, name) for name in names}, "page": page}
