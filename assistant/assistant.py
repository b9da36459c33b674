"""The assistant: a case in, an assessment out; a question in, a checked answer out.

Joins the rooms in the one order data flows: read, propose, rank, let the model weigh and word, verify, assemble. Knows
who does what. Does not know terminals, files or training.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from types import TracebackType

from assistant import reasoning
from assistant.abstaining import abstention
from assistant.alternatives import LEADING, alternatives
from assistant.answer import Answer, AnswerSentence
from assistant.assembly import Assembler
from assistant.assessment import Abstention, Assessment, Diagnosis, Provenance, RedFlag
from assistant.calibrated_set import calibrated_set
from assistant.candidates import propose
from assistant.case import Case
from assistant.differing import Differences
from assistant.errors import EmptyCase, ModelMissing, UsageError, WardroundError
from assistant.evidence import Examiner
from assistant.models.language_model import LanguageModel
from assistant.must_not_miss import must_not_miss
from assistant.next_question import Inquiry, inquiry
from assistant.questions import Answerer
from assistant.ranking import Ranked, contradicted, explained, load_weights, rank, reranked
from assistant.reading import CaseReader, Vocabulary
from assistant.red_flags import red_flags
from assistant.settings import Settings
from assistant.triage import triage
from assistant.unlisted_medicines import not_checked
from index.guideline_index import GuidelineIndex
from index.phenotypes import PhenotypeKnowledge
from prompts import load

# The model weighs only candidates that evidence put near the top; more names cost time and change nothing.
WEIGHED = 10
# The candidates whose documents are read sentence by sentence: beyond these the diagnosis was hardly ever found.
EXAMINED = 30
# How many more are read because the documents about the leading ones name them as alternatives.
NAMED = 10
Progress = Callable[[str], None]


class Assistant:
    """Everything needed to assess cases: an index, phenotype knowledge, a reader, and perhaps a language model."""

    def __init__(
        self,
        index: GuidelineIndex,
        reader: CaseReader,
        phenotypes: PhenotypeKnowledge | None = None,
        model: LanguageModel | None = None,
    ) -> None:
        self.index = index
        self.model = model
        self._reader = reader
        self._phenotypes = phenotypes
        self._examiner = Examiner(index, reader.findings, self._is_a)
        differences = Differences(index)
        self._assembler = Assembler(phenotypes, model, differences)
        self._answerer = Answerer(index, model, differences)

    @classmethod
    def open(cls, settings: Settings, *, model: str | None = None, use_model: bool = True) -> Assistant:
        """Open the index, the phenotype data and the model the settings name.

        Raises IndexMissing, IndexIncompatible or ModelMissing, each naming the command that mends it.
        """
        from assistant.models.catalogue import embedder_folder, phenotypes_file
        from index.embedding import open_embedder
        from index.reranking import open_reranker

        try:
            phenotypes = PhenotypeKnowledge.from_file(phenotypes_file(settings))
        except ModelMissing:
            phenotypes = None
        embedder = open_embedder(settings.embedder or embedder_folder(settings), settings.threads)
        index = GuidelineIndex.open(settings.index_folder, embedder, open_reranker(settings.reranker))
        return cls(
            index, CaseReader(Vocabulary.load(phenotypes)), phenotypes, _opened_model(settings, model, use_model)
        )

    @property
    def phenotypes(self) -> PhenotypeKnowledge | None:
        """The disease-phenotype knowledge, None where it is not there."""
        return self._phenotypes

    def with_model(self, model: LanguageModel | None) -> Assistant:
        """Return the same assistant with another language model; the index is shared, so close only one of the two."""
        return Assistant(self.index, self._reader, self._phenotypes, model)

    def __enter__(self) -> Assistant:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, text: str) -> Case:
        """Read a case from free text. Raises EmptyCase when there is none."""
        if not text.strip():
            raise EmptyCase("the case is empty; give a text, a file name, or '-' for standard input")
        return self._reader.read(text)

    def read_phenotypes(self, present: Sequence[str], absent: Sequence[str], age: str, sex: str) -> Case:
        """Make a case from HPO ids. Raises EmptyCase when there are none, UsageError for one that does not exist."""
        if not present:
            raise EmptyCase("the case has no phenotypes; give at least one HPO id such as HP:0001945")
        if self._phenotypes is not None:
            unknown = [term for term in (*present, *absent) if not self._phenotypes.name(term)]
            if unknown:
                raise UsageError(f"{unknown[0]!r} is no id of {self._phenotypes.version}; ids look like HP:0001945")
        return self._reader.from_phenotypes(present, absent, age, sex)

    def assess(self, case: Case, *, summarise: bool = True, progress: Progress = lambda step: None) -> Assessment:
        """Return the assessment of a case; `progress` is told the name of each step as it begins.

        Without `summarise` the summary is the brief that the model is shown, which saves the time of writing one.
        """
        started = time.perf_counter()
        flags = red_flags(case)
        unfit = self._reader.looks_like_a_case(case)
        if unfit:
            return Assessment(
                case=case,
                red_flags=flags,
                triage=triage(case, flags, ()) if flags else None,
                abstention=Abstention(reason="out of scope", explanation=unfit),
                provenance=self._provenance(started),
            )
        progress("searching the index")
        ranked = self.ranked(case)
        if self.model is not None and ranked:
            progress("weighing the candidates")
            ranked = self._weighed(case, ranked, self.model)
        assembled = self._assembler.assemble(case, ranked, progress, summarise=summarise)
        return assembled.model_copy(
            update={
                **_safety(case, flags, assembled.differential),
                "calibrated_set": calibrated_set(ranked, load_weights()) if assembled.differential else None,
                "abstention": abstention(case, assembled.differential, load_weights()),
                "provenance": self._provenance(started),
            },
        )

    def ranked(self, case: Case) -> list[Ranked]:
        """Return the leading candidates with their features and evidence, before a model has its say."""
        found = rank(case, propose(case, self.index, self._phenotypes))
        examined = self._examined(case, found[:EXAMINED])
        leading = reranked(examined, "explained", explained(examined))[:LEADING]
        further = alternatives(leading, found[EXAMINED:])
        named = sorted(zip(further, found[EXAMINED:], strict=True), key=lambda one: -one[0])[:NAMED]
        examined += self._examined(case, [one for share, one in named if share > 0])
        examined = reranked(examined, "explained", explained(examined))
        examined = reranked(examined, "contradicted", contradicted(examined))
        return reranked(examined, "alternative", alternatives(leading, examined))

    def inquiry(self, case: Case, ranked: Sequence[Ranked]) -> Inquiry | None:
        """Return what could be asked to separate ranked candidates, None where nothing they are described with is open."""
        return inquiry(case, ranked, self._is_a, self._phenotypes)

    def _examined(self, case: Case, ranked: Sequence[Ranked]) -> list[Ranked]:
        return [replace(one, examined=self._examiner.examine(case, one.candidate)) for one in ranked]

    def answer(
        self, question: str, assessment: Assessment | None = None
    ) -> Generator[AnswerSentence | Answer, None, None]:
        """Yield checked sentences as they are ready, then the whole answer; closing the iterator stops the model."""
        return self._answerer.answer(question, assessment)

    def warm(self) -> None:
        """Load what is otherwise loaded on first use; safe to run in a thread."""
        self.index.embed_query("warm")
        warm = getattr(self.model, "warm", None)
        if warm is not None:
            warm()

    @contextmanager
    def warming(self) -> Iterator[None]:
        """Warm up in the background meanwhile; what fails there is raised where the model is first needed."""

        def warm() -> None:
            with suppress(WardroundError):
                self.warm()

        thread = threading.Thread(target=warm, name="warming")
        thread.start()
        try:
            yield
        finally:
            thread.join()

    def close(self) -> None:
        """Release the model and the index."""
        for owned in (self.model, self.index):
            close = getattr(owned, "close", None)
            if close is not None:
                close()

    def _weighed(self, case: Case, ranked: list[Ranked], model: LanguageModel) -> list[Ranked]:
        """Rank again with the model's opinion, scaled by how far it is trusted.

        Only candidates close enough to the leading one to take its place are put to the model: where there is none, its
        opinion could change nothing that matters, and is not paid for.
        """
        reach = model.weight * load_weights().weights["model"]
        contenders = [one for one in ranked[:WEIGHED] if ranked[0].score - one.score <= reach]
        opinions = reasoning.weigh(case, [one.candidate.condition.name for one in contenders], model)
        return reranked(
            ranked, "model", [model.weight * opinions.get(one.candidate.condition.name, 0.0) for one in ranked]
        )

    def _is_a(self, term: str, ancestor: str) -> bool:
        return term == ancestor or (self._phenotypes is not None and self._phenotypes.is_a(term, ancestor))

    def _provenance(self, started: float) -> Provenance:
        identity = self.model.identity if self.model is not None else None
        return Provenance(
            wardround=version("wardround"),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            model=f"{identity.name} ({identity.kind})" if identity else "none",
            model_sha256=identity.sha256 if identity else "",
            adapter=identity.adapter if identity else "",
            embedder=self.index.embedder.identity,
            index_generation=self.index.generation,
            index_documents=self.index.document_count,
            phenotypes=self._phenotypes.version if self._phenotypes else "",
            prompts={name: load(name).version for name in reasoning.PROMPTS} if identity else {},
            seconds=round(time.perf_counter() - started, 2),
        )


def _safety(case: Case, flags: tuple[RedFlag, ...], differential: tuple[Diagnosis, ...]) -> dict[str, object]:
    """Return the fields of an assessment that keep danger in sight, whatever leads the differential."""
    open_ones = must_not_miss(case, differential)
    return {
        "red_flags": flags,
        "must_not_miss": open_ones,
        "triage": triage(case, flags, open_ones),
        "not_checked": not_checked(case, differential),
    }


def _opened_model(settings: Settings, spec: str | None, use_model: bool) -> LanguageModel | None:
    if not use_model:
        return None
    from assistant.models.spec import open_model

    return open_model(settings.model if spec is None else spec, settings)
