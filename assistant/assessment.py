"""The assessment: what Wardround answers about a case, in the shape that programs and reports build on.

Knows the shape and its JSON Schema. Does not know how any part of it was found.
"""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from assistant.case import Case, Span
from index.document import Frozen, Status

SCHEMA: Literal["wardround.assessment/1"] = "wardround.assessment/1"
DRAFT_NOTICE = "Draft for review by a clinician."
Urgency = Literal["now", "today", "routine"]
Band = Literal["very likely", "likely", "possible", "less likely", "unlikely"]
AbstentionReason = Literal["no evidence", "conflicting guidance", "data missing", "out of scope"]


class CitedDocument(Frozen):
    """The document behind a quote, as much of it as a reader needs to find it again and to know whether it still holds.

    `superseded_by` names what replaced it, `withdrawn` is the date or the reason; both are empty while it is current.
    """

    id: str
    title: str
    issuer: str = ""
    published: str = ""
    page: int | None = None
    url: str = ""
    heading_path: tuple[str, ...] = ()
    trust: str = "unknown"
    notice: str = ""
    standing: Status = "current"
    superseded_by: str = ""
    withdrawn: str = ""


class Citation(Frozen):
    """A verified quote: made only by `assistant.grounding.cite`, which checks `passage.text[start:end] == quote`.

    `strength` is that of the recommendation in the words of the guideline, "" where it states none.
    """

    number: int
    passage_id: str
    quote: str
    start: int
    end: int
    document: CitedDocument
    strength: str = ""


class Evidence(Frozen):
    """One reason for or against a diagnosis: what the case says, and the citation that makes it count.

    `finding` is the clinical label. `case_span` says where the case states it (None for a missing finding).
    `citation` is the number of an entry in the same diagnosis's `citations`; None for phenotype knowledge, whose basis
    is given in `basis` ("HPO annotation OMIM:143470, frequency 4/5").
    """

    finding: str
    case_span: Span | None = None
    citation: int | None = None
    basis: str = ""


class Advice(Frozen):
    """A next step or treatment suggestion: verbatim guidance, with cautions this case raises."""

    text: str
    citation: int
    cautions: tuple[str, ...] = ()


class Conflict(Frozen):
    """What two bodies do not recommend alike, with the numbers of the citations that say so; none is preferred here."""

    about: str
    citations: tuple[int, ...]


class Codes(Frozen):
    """Codes of a diagnosis, empty where unknown."""

    icd10cm: tuple[str, ...] = ()
    omim: tuple[str, ...] = ()
    orpha: tuple[str, ...] = ()


class Carrier(Frozen):
    """A finding on which a diagnosis rests: without it the likelihood falls by `loss` (negative: it would rise)."""

    finding: str
    loss: float
    case_span: Span | None = None


class Likelihood(Frozen):
    """How likely, as a band for people and a score in [0, 1] for programs; a rank score, not yet a calibrated chance."""

    band: Band
    score: float


class Diagnosis(Frozen):
    """One row of the differential diagnosis. `supporting` is called "for" in JSON, a word Python keeps to itself."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    name: str
    codes: Codes = Codes()
    likelihood: Likelihood
    rationale: str = ""
    supporting: tuple[Evidence, ...] = Field(default=(), alias="for")
    against: tuple[Evidence, ...] = ()
    missing: tuple[Evidence, ...] = ()
    carried_by: tuple[Carrier, ...] = ()
    next_steps: tuple[Advice, ...] = ()
    treatment: tuple[Advice, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    citations: tuple[Citation, ...] = ()


class RedFlag(Frozen):
    """A danger sign present in the case, why it matters, and where that is written."""

    sign: str
    why: str
    source: str
    source_url: str = ""
    case_span: Span | None = None
    urgency: Literal["now", "today", "soon"] | None = None


class MustNotMiss(Frozen):
    """A dangerous diagnosis that the case does not exclude, though others lead: what points to it, and how to exclude it."""

    name: str
    because: tuple[Evidence, ...] = ()
    exclude_by: str = ""
    source: str = ""
    source_url: str = ""
    urgency: Literal["now", "today"] = "today"


class Triage(Frozen):
    """How soon the case should be seen, as signposting, and what in the case that rests on."""

    level: Urgency
    basis: tuple[str, ...]


class CalibratedSet(Frozen):
    """The leading diagnoses that together hold the right one as often as `coverage` says, measured on other cases.

    `complete` is False where no list of the known conditions reaches that coverage: the diagnosis may well be none of them.
    """

    coverage: float
    names: tuple[str, ...]
    complete: bool = True


class NextQuestion(Frozen):
    """The one question or test that would change the differential most, and by how much it is expected to, in bits."""

    question: str
    finding: str
    reason: str
    gain: float = 0.0


class Abstention(Frozen):
    """Why no differential is offered, or why the one offered must not be relied on."""

    reason: AbstentionReason
    explanation: str


class Unsupported(Frozen):
    """A statement the language model made that no verified quote supports; shown only under this mark."""

    statement: str
    reason: str


class Provenance(Frozen):
    """What produced this assessment, so that a report can be replayed and checked."""

    wardround: str
    created: str
    model: str
    model_sha256: str = ""
    adapter: str = ""
    embedder: str = ""
    index_generation: int = 0
    index_documents: int = 0
    phenotypes: str = ""
    prompts: dict[str, str] = Field(default_factory=dict)
    seconds: float = 0.0


class Assessment(Frozen):
    """The whole answer about a case, most likely diagnosis first.

    `not_checked` says of which medicines neither interactions nor other cautions could be checked.
    """

    schema_: Literal["wardround.assessment/1"] = Field(default=SCHEMA, alias="schema")
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)

    notice: str = DRAFT_NOTICE
    case: Case
    summary: str = ""
    red_flags: tuple[RedFlag, ...] = ()
    triage: Triage | None = None
    differential: tuple[Diagnosis, ...] = ()
    calibrated_set: CalibratedSet | None = None
    must_not_miss: tuple[MustNotMiss, ...] = ()
    not_checked: tuple[str, ...] = ()
    next_question: NextQuestion | None = None
    abstention: Abstention | None = None
    unsupported: tuple[Unsupported, ...] = ()
    provenance: Provenance
