"""The conversation about one case: what is said goes in, the lines of the reply come out, and each turn is stored.

The store is the truth: a turn is in it before its reply is finished, and after an interruption the state is read from it
again. Knows turns, their order and what they change. Does not know terminals.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from datetime import date

from assistant import phrasing
from assistant.answer import Answer, AnswerSentence
from assistant.assessment import Assessment
from assistant.assessment_changes import changes, facts
from assistant.assistant import Assistant
from assistant.case import Case
from assistant.chat.narrative import is_another_patient, read_as_told
from assistant.chat.replies import as_statement
from assistant.chat.turns import Said, asks_for_differential, understand
from assistant.citation_numbers import CitationNumbers, shifted
from assistant.cited_now import assessment_now, sources_now
from assistant.errors import UsageError
from assistant.reading.case_reader import LONGEST_NARRATIVE
from assistant.reading.fhir_case import in_words
from assistant.reading.fhir_record import looks_like_record
from assistant.red_flags import red_flags
from assistant.store import CaseStore, StoredCase, TurnKind
from assistant.terminal.chat_view import (
    answer_close,
    answer_lines,
    differential_lines,
    note,
    understood_lines,
    unfit_lines,
)
from assistant.terminal.line import BLANK, Line

Progress = Callable[[str], None]
_NOTHING_NEW = "Nothing new in this: the case already says so, and stays as it is."
_NOT_UNDERSTOOD = (
    "Not understood as a fact: no finding, measurement, medicine, age or sex was recognised in {said}. The case stays as"
    " it is."
)
_ANOTHER_PATIENT = (
    "This tells of another patient, so another case is begun; the earlier one is kept as number {id}"
    " (wardround chat --resume {id})."
)


class Session:
    """One chat. `kept` counts the turns it stored; `case_id` is None until the first is."""

    def __init__(self, assistant: Assistant, store: CaseStore, *, numbers: bool = False) -> None:
        self.numbers = numbers
        self.kept = 0
        self._assistant = assistant
        self._store = store
        self._stored: StoredCase | None = None
        self._assessment: Assessment | None = None
        self._numbering = CitationNumbers()

    def resume(self, case_id: int) -> None:
        """Go on with a stored case. Raises StoreError when there is none of this id."""
        self._take(self._store.load(case_id))

    @property
    def case_id(self) -> int | None:
        """The id of the case in the store."""
        return None if self._stored is None else self._stored.id

    @property
    def assessment(self) -> Assessment | None:
        """The assessment as it stands, None before the first."""
        return self._assessment

    @property
    def numbering(self) -> CitationNumbers:
        """The numbers of the quotes shown so far."""
        return self._numbering

    def say(self, text: str, progress: Progress = lambda step: None) -> Generator[Line, None, None]:
        """Yield the reply to a line: statements change the case first, then questions are answered.

        Closing the iterator, or an exception in it, stops the model and leaves the state as of the last stored turn.
        """
        done = False
        try:
            said = self._understood(text)
            if said.facts:
                yield from self._told(said.facts, progress)
            for number, question in enumerate(said.questions):
                if said.facts or number:
                    yield BLANK
                progress("searching the index")
                yield from self._asked(question)
            done = True
        finally:
            if not done:
                self._recover()

    def overview(self) -> list[Line]:
        """Return the case and the differential as they stand."""
        assessment = self.standing()
        lines = [*understood_lines(assessment.case, assessment.red_flags), *self._differential(assessment, ())]
        self.keep_sources()
        return lines

    def standing(self) -> Assessment:
        """Return the assessment as it stands. Raises UsageError when there is none yet."""
        if self.assessment is None:
            raise UsageError("there is no case yet; say who the patient is and what was found")
        return self.assessment

    def undo(self) -> str | None:
        """Take the last turn back and return its text, None when there is none."""
        if self._stored is None:
            return None
        text = self._store.undo(self._stored.id)
        self._recover()
        return text

    def new(self) -> None:
        """Put the case away; the next line begins another."""
        self._stored = None
        self._assessment = None
        self._numbering = CitationNumbers()

    def keep_sources(self) -> None:
        """Store the numbers that quotes were given since the last turn."""
        if self._stored is not None:
            self._store.keep_sources(self._stored.id, self._numbering.sources())

    def _understood(self, text: str) -> Said:
        """Return what a line says; a short reply to the question that was asked becomes a statement.

        Of a FHIR record the note composed of it is said and stored: no name, address or identifier is in that.
        """
        if looks_like_record(text):
            return Said(facts=in_words(text, date.today()))
        asked = self._assessment.next_question if self._assessment is not None else None
        statement = as_statement(text, asked.finding) if asked is not None else None
        return understand(text if statement is None else statement)

    def _told(self, statements: str, progress: Progress) -> Iterator[Line]:
        progress("reading the case")
        if self.assessment is not None and is_another_patient(self._assistant.read(statements), self.assessment.case):
            yield note(_ANOTHER_PATIENT.format(id=self.case_id))
            self.new()
        before = self.assessment
        case = self._case_with(statements)
        if before is None and not _assessable(case):
            yield from unfit_lines(self._assistant.assess(case))
            return
        if before is not None and facts(case) == facts(before.case):
            yield note(self._why_unchanged(statements))
            return
        yield from understood_lines(case, red_flags(case), before.red_flags if before is not None else ())
        assessment = self._assistant.assess(case, summarise=False, progress=progress)
        changed = changes(before, assessment) if before is not None else ()
        lines = self._differential(assessment, changed)
        self._keep("fact" if before is not None else "case", statements, assessment)
        yield from lines

    def _case_with(self, statements: str) -> Case:
        """Read the case anew with these statements added. Raises UsageError when it gets too long."""
        parts = [*self._parts(), statements]
        if len(parts) > 1 and sum(map(len, parts)) + len(parts) > LONGEST_NARRATIVE:
            raise UsageError(
                f"the case would be longer than the {LONGEST_NARRATIVE} characters that are read; begin another with /new"
            )
        return read_as_told(parts, self._assistant.read)

    def _parts(self) -> list[str]:
        """Return what the standing turns told: the case as far as it was read, then each fact."""
        return [
            turn.text if turn.kind == "fact" else turn.answer.case.narrative
            for turn in (self._stored.turns if self._stored else ())
            if isinstance(turn.answer, Assessment)
        ]

    def _why_unchanged(self, statements: str) -> str:
        if _assessable(self._assistant.read(statements)):
            return _NOTHING_NEW
        return _NOT_UNDERSTOOD.format(said=f'"{phrasing.plain(statements)[:80]}"')

    def _differential(self, assessment: Assessment, changed: tuple[str, ...]) -> list[Line]:
        return differential_lines(assessment, self._numbering, numbers=self.numbers, changed=changed)

    def _asked(self, question: str) -> Iterator[Line]:
        if self.assessment is not None and asks_for_differential(question):
            yield from self._differential(self.assessment, ())
            self.keep_sources()
            return
        after = self._numbering.last
        with closing(self._assistant.answer(question, self.assessment)) as parts:
            for part in parts:
                if isinstance(part, AnswerSentence):
                    shown = shifted(part, after)
                    self._numbering.skip_to(max(shown.citations))
                    yield from answer_lines(shown)
                else:
                    answer = self._numbering.take_over(part, after)
                    self._keep("question", question, answer)
                    yield from answer_close(answer)

    def _keep(self, kind: TurnKind, text: str, answer: Assessment | Answer) -> None:
        sources = self._numbering.sources()
        if self._stored is None:
            case_id = self._store.begin(kind, text, answer, sources)
        else:
            case_id = self._stored.id
            self._store.add_turn(case_id, kind, text, answer, sources)
        self.kept += 1
        self._take(self._store.load(case_id))

    def _take(self, stored: StoredCase) -> None:
        """Go on from what is stored, with what is known now of its sources.

        A number that was shown and not kept is not given again.
        """
        index = self._assistant.index
        self._stored = stored
        self._assessment = assessment_now(stored.assessment, index) if stored.assessment else None
        self._numbering = CitationNumbers(sources_now(stored.sources, index), last=self._numbering.last)

    def _recover(self) -> None:
        if self._stored is not None:
            self._take(self._store.load(self._stored.id))
        else:
            self._numbering = CitationNumbers(last=self._numbering.last)


def _assessable(case: Case) -> bool:
    """Say whether anything at all was understood of the patient."""
    known = case.findings or case.measurements or case.medications or case.allergies or red_flags(case)
    return bool(known) or case.age_years is not None or case.pregnant is not None
