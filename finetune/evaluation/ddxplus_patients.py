"""The DDXPlus files as a knowledge file and as counted patients with their differentials.

DDXPlus (Fansi Tchango et al., NeurIPS 2022, doi:10.48550/arXiv.2205.09148) says for which of 223 questions each of 49
conditions changes the answer, not how often. Knows the shape of its files. Does not rank.
"""

from __future__ import annotations

import ast
import csv
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from assistant.errors import UsageError
from index.knowledge import CountedPatient, Described, Disease, KnowledgeFile, Question

FOLDER = "ddxplus-small"
_CONDITIONS, _EVIDENCES = "release_conditions.json", "release_evidences.json"
TRAINING, VALIDATION = "train_fewshot.csv", "validation_588.csv"
_VALUE_MARK = "_@_"
# What is below this in a published differential is not counted as part of it, as in the paper.
LEAST_SHARE = 0.01


@dataclass(frozen=True)
class Patient:
    """A patient of the set: who it is, what is said at first, every answer, the condition, and the published differential."""

    id: str
    age: int
    sex: str
    initial: str
    counted: CountedPatient
    differential: frozenset[str]

    @property
    def gold(self) -> str:
        """The condition the patient was made with."""
        return self.counted.disease


@dataclass(frozen=True)
class Files:
    """The folder of the set; raises UsageError where a file is missing."""

    folder: Path

    @classmethod
    def under(cls, mirror: Path) -> Files:
        """Return the files of a mirror of data sets. Raises UsageError where the set is not there."""
        folder = mirror / FOLDER
        if not (folder / _CONDITIONS).is_file():
            raise UsageError(f"there is no {_CONDITIONS} in {folder}; give the folder that holds {FOLDER}")
        return cls(folder)

    @cached_property
    def knowledge(self) -> KnowledgeFile:
        """The conditions and evidences as a knowledge file, all frequencies unstated."""
        evidences = self._json(_EVIDENCES)
        return KnowledgeFile(
            source="DDXPlus release_conditions.json and release_evidences.json",
            licence="CC-BY",
            questions=tuple(_question(entry, evidences) for entry in evidences.values()),
            diseases=tuple(_disease(entry) for entry in self._json(_CONDITIONS).values()),
        )

    def patients(self, name: str) -> list[Patient]:
        """Return the patients of one of the tables, in its order."""
        names = {key: entry["cond-name-eng"] for key, entry in self._json(_CONDITIONS).items()}
        questions = {question.id: question for question in self.knowledge.questions}
        with (self.folder / name).open(encoding="utf-8", newline="") as lines:
            return [_patient(row, names, questions) for row in csv.DictReader(lines)]

    def _json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))


def _question(entry: dict[str, Any], evidences: dict[str, Any]) -> Question:
    parent = entry["code_question"]
    none = str(entry["default_value"])
    values = tuple(str(value) for value in entry["possible-values"] if str(value) != none)
    kinds = {"B": "yes or no", "C": "one of", "M": "some of"}
    return Question(
        id=entry["name"],
        text=entry["question_en"],
        kind=kinds[entry["data_type"]] if values else "yes or no",
        values=values,
        scale=bool(values) and all(value.isdecimal() for value in values),
        within=parent if parent != entry["name"] and parent in evidences else "",
        background=entry["is_antecedent"],
    )


def _disease(entry: dict[str, Any]) -> Disease:
    described = dict.fromkeys((*entry["symptoms"], *entry["antecedents"]))
    return Disease(
        name=entry["cond-name-eng"],
        icd10cm=(entry["icd10-id"].upper(),),
        findings=tuple(Described(question=name) for name in described),
    )


def _patient(row: dict[str, str], names: dict[str, str], questions: dict[str, Question]) -> Patient:
    """Return a patient with an answer to every question: what the row does not name is answered no."""
    answers: dict[str, tuple[str, ...]] = dict.fromkeys(questions, ())
    for evidence in ast.literal_eval(row["EVIDENCES"]):
        name, mark, value = evidence.partition(_VALUE_MARK)
        if not mark:
            answers[name] = ("yes",)
        elif value in questions[name].values:
            answers[name] = (*answers[name], value)
    listed = ast.literal_eval(row["DIFFERENTIAL_DIAGNOSIS"])
    return Patient(
        id=row[""],
        age=int(row["AGE"]),
        sex="female" if row["SEX"] == "F" else "male",
        initial=row["INITIAL_EVIDENCE"].partition(_VALUE_MARK)[0],
        counted=CountedPatient(names[row["PATHOLOGY"]], answers),
        differential=frozenset(names[name] for name, share in listed if share > LEAST_SHARE),
    )
