"""The measures by name, in the order of the table; each is imported only when it is run.

Knows names. Does not know how anything is measured.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from assistant.errors import UsageError
from finetune.evaluation.measure import Measure


@dataclass(frozen=True)
class Entry:
    """A measure: where it lives, and what it tells in a few words."""

    name: str
    module: str
    kind: str
    words: str

    def load(self) -> Measure:
        """Import and make the measure."""
        made: Measure = getattr(importlib.import_module(f"finetune.evaluation.{self.module}"), self.kind)()
        return made


ENTRIES = (
    Entry("phenopackets", "phenopackets", "Phenopackets", "rare diseases from coded findings"),
    Entry("narratives", "narratives", "Narratives", "the same cases written as text"),
    Entry("vignettes", "vignettes", "Vignettes", "exam vignettes, open-ended"),
    Entry("clinic", "clinic", "AgentClinic", "whole consultations as one text"),
    Entry("ddxplus", "ddxplus", "DDXPlus", "synthetic patients with full differentials"),
    Entry("interviews", "interviews", "Interviews", "questions until the diagnosis leads"),
    Entry("calibration", "calibration", "Calibration", "whether stated likelihoods and sets hold"),
    Entry("stability", "stability", "Stability", "same case, changed sex, name, wording …"),
    Entry("harm", "harm", "Harm", "what evidence repairs and breaks of the model's own answer"),
    Entry("danger", "danger", "DangerSigns", "danger signs, negated and paraphrased"),
    Entry("citations", "citations", "Citations", "quotes checked against the database"),
)
BY_NAME = {entry.name: entry for entry in ENTRIES}


def chosen(names: tuple[str, ...]) -> tuple[Entry, ...]:
    """Return the entries named, in the order of the table, or all. Raises UsageError for a name there is not."""
    unknown = [name for name in names if name not in BY_NAME]
    if unknown:
        raise UsageError(f"no measure is called {unknown[0]!r}; there are {', '.join(BY_NAME)}")
    return tuple(entry for entry in ENTRIES if not names or entry.name in names)
