"""What the index holds: documents, the passages cut from them, and the hits a search returns.

Knows text, provenance and offsets. Does not know how text was read, embedded or ranked, nor anything of patients.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Trust = Literal["guideline", "reference", "starter", "unknown"]
Frequency = Literal["common", "uncommon", "rare", "unknown"]
Urgency = Literal["emergency", "urgent", "routine", "unknown"]
Status = Literal["current", "superseded", "withdrawn"]
AgeBand = Literal["newborn", "infant", "child", "adolescent", "young-adult", "adult", "older-adult", "any"]


class Frozen(BaseModel):
    """A value: immutable, validated, refusing fields it does not know."""

    # What is written holds every field, so a reader may rely on each of them.
    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_serialization_defaults_required=True)


class Condition(Frozen):
    """The disease or problem a document is about, with the codes and traits that help to rank it."""

    name: str
    synonyms: tuple[str, ...] = ()
    icd10cm: tuple[str, ...] = ()
    omim: tuple[str, ...] = ()
    orpha: tuple[str, ...] = ()
    ages: tuple[AgeBand, ...] = ("any",)
    sex: Literal["any", "female", "male"] = "any"
    frequency: Frequency = "unknown"
    urgency: Urgency = "unknown"


class Source(Frozen):
    """A publication the facts of a document come from."""

    issuer: str
    title: str
    year: int | None = None
    url: str = ""


class Document(Frozen):
    """One guideline, chapter, note or record, with its full text.

    `id` is the first 16 hex digits of the SHA-256 over title and text, so equal content has one id.
    `page_starts[i]` is the offset in `text` at which page i + 1 begins; empty where pages have no meaning.
    `record_ids` are the identifiers that the records it was made of had in their corpus; `flags` name what a reader found
    suspicious in it. `superseded_by` and `supersedes` name other documents by id or in words ("NG28 (2022)"), `withdrawn` is
    the date or the reason; documents from an open index carry what is known of them from every side. `strength` is that
    of its recommendations where it states one for all of them.
    """

    id: str
    title: str
    text: Annotated[str, Field(repr=False)]
    path: str = ""
    issuer: str = ""
    published: str = ""
    jurisdiction: str = ""
    url: str = ""
    licence: str = ""
    trust: Trust = "unknown"
    superseded_by: str = ""
    supersedes: tuple[str, ...] = ()
    withdrawn: str = ""
    strength: str = ""
    condition: Condition | None = None
    sources: tuple[Source, ...] = ()
    page_starts: tuple[int, ...] = ()
    record_ids: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def standing(self) -> Status:
        """Whether it may still be relied on; withdrawn counts before superseded."""
        return "withdrawn" if self.withdrawn else "superseded" if self.superseded_by else "current"


class Passage(Frozen):
    """A stretch of a document: `text == document.text[start:end]`, always."""

    id: str
    document_id: str
    heading_path: tuple[str, ...] = ()
    page: int | None = None
    start: int
    end: int
    text: str


class Hit(Frozen):
    """A passage that a search found, and why.

    `lexical` is the BM25 score and `dense` the cosine similarity; None means that path did not return the passage.
    `matched_terms` are the query words found in the passage; `score` is the fused rank score in [0, 1].
    """

    passage: Passage
    document: Document
    score: float
    lexical: float | None = None
    dense: float | None = None
    matched_terms: tuple[str, ...] = ()

    @property
    def standing(self) -> Status:
        """Whether the document it stands in may still be relied on."""
        return self.document.standing

    @property
    def superseded_by(self) -> str:
        """What replaces the document it stands in, "" where nothing does."""
        return self.document.superseded_by
