"""The form of a knowledge file: questions, and for each disease the questions whose answer it is known to change.

Knows the form and its checks. Does not know what to make of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from index.document import Frozen
from index.errors import UnreadableFile

SCHEMA: Literal["wardround.knowledge/1"] = "wardround.knowledge/1"
QuestionKind = Literal["yes or no", "one of", "some of"]


class Question(Frozen):
    """A question about a finding, and which answers it has.

    `values` are the answers other than no, in their order (empty for a question answered by yes or no); `scale` says that
    neighbouring values are alike. `within` is the question that must be answered yes for this one to make sense, "" for none;
    `background` marks what was there before the illness: a risk factor, a journey, a relative's disease.
    """

    id: str
    text: str
    kind: QuestionKind = "yes or no"
    values: tuple[str, ...] = ()
    scale: bool = False
    within: str = ""
    background: bool = False


class Described(Frozen):
    """A finding that a disease is described with: how often it is there, and the share of each value among those who have it.

    `frequency` is None, and `values` empty, where that is not stated.
    """

    question: str
    frequency: float | None = Field(default=None, ge=0, le=1)
    values: Mapping[str, float] = Field(default_factory=dict)


class Disease(Frozen):
    """A disease and what is described of it; `share` is how common it is among those who come, None where not stated."""

    name: str
    icd10cm: tuple[str, ...] = ()
    share: float | None = Field(default=None, ge=0, le=1)
    findings: tuple[Described, ...] = ()


class KnowledgeFile(Frozen):
    """A whole file. Every finding of a disease is one of the questions; values are answers of their question."""

    schema_: Literal["wardround.knowledge/1"] = Field(default=SCHEMA, alias="schema")
    source: str
    licence: str = ""
    questions: tuple[Question, ...]
    diseases: tuple[Disease, ...]

    @model_validator(mode="after")
    def _consistent(self) -> KnowledgeFile:
        asked = {question.id: question for question in self.questions}
        _unique("question", (question.id for question in self.questions))
        _unique("disease", (disease.name for disease in self.diseases))
        for question in self.questions:
            if question.within and (question.within not in asked or asked[question.within].within):
                raise ValueError(
                    f"question {question.id!r} lies within {question.within!r}, which is no question of its own"
                )
            if (question.kind == "yes or no") == bool(question.values):
                raise ValueError(f"question {question.id!r} is {question.kind!r} with the values {question.values}")
        for disease in self.diseases:
            for described in disease.findings:
                if described.question not in asked:
                    raise ValueError(f"{disease.name!r} is described with {described.question!r}, which is no question")
                if strange := set(described.values) - set(asked[described.question].values):
                    raise ValueError(
                        f"{disease.name!r}, {described.question!r}: {sorted(strange)[0]!r} is no answer of it"
                    )
        return self

    @classmethod
    def from_file(cls, file: Path) -> KnowledgeFile:
        """Read a file. Raises UnreadableFile when it is not there, no JSON, or not of this form."""
        try:
            return cls.model_validate_json(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableFile(f"cannot read the knowledge file {file}: {error}") from error
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "the file"
            raise UnreadableFile(f"{file} is no knowledge file: {where}: {first['msg']}") from error


def _unique(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"there are two entries for the {what} {name!r}")
        seen.add(name)
