"""`wardround chat`: talk about a case in the terminal."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from assistant.errors import UsageError
from assistant.settings import Settings, load_settings

if TYPE_CHECKING:
    from assistant.store import CaseStore
    from assistant.terminal.screen import Screen

HISTORY_FILE = "chat_history"
_LATEST = "latest"
_APART = (
    ("case", "resume", "CASE and --resume", "a stored case has its text"),
    ("resume", "no_store", "--resume and --no-store", "what is resumed is in the store"),
    ("model", "no_model", "--model and --no-model", "choose one"),
)


@dataclass(frozen=True)
class _Request:
    """What the command line asks for."""

    case: str | None
    resume: str | None
    model: str | None
    no_model: bool
    numbers: bool
    no_store: bool

    def check(self) -> None:
        """Raise UsageError when two options contradict each other, or one cannot be used."""
        for one, other, names, why in _APART:
            if getattr(self, one) not in (None, False) and getattr(self, other) not in (None, False):
                raise UsageError(f"{names} cannot be given together: {why}")
        if self.resume not in (None, _LATEST) and not str(self.resume).isdecimal():
            raise UsageError(f"--resume takes the number of a stored case, not {self.resume!r}")


@click.command()
@click.argument("case", required=False)
@click.option(
    "--resume",
    is_flag=False,
    flag_value=_LATEST,
    metavar="[ID]",
    help="Go on with a stored case: the last one, or the one with this number.",
)
@click.option("--model", help="Another language model than the one in use; see 'wardround models list'.")
@click.option("--no-model", is_flag=True, help="Index and code only, without a language model.")
@click.option("--numbers", is_flag=True, help="Show rank scores too; they are not calibrated chances.")
@click.option("--no-store", is_flag=True, help="Keep nothing: neither the case nor the lines typed.")
def command(**options: Any) -> None:
    """Talk about CASE: a text in quotes, the name of a text file, or nothing; then the first line is the case.

    Say what is new and the differential is made anew; ask and the answer comes from your guidelines; /help lists the
    commands. With standard input piped, each line is a turn and the transcript is printed.

    \b
    wardround chat "58-year-old man, crushing chest pain for an hour, sweating"
    wardround chat --resume
    printf '%s\\n' "24-year-old woman, dysuria, no fever" "which antibiotic?" | wardround chat
    """
    request = _Request(**options)
    request.check()
    click.get_current_context().exit(_chat(request, load_settings()))


def _chat(request: _Request, settings: Settings) -> int:
    """Run the chat and return the exit code: for a script, that of the last turn that failed."""
    from assistant.case_input import case_text
    from assistant.phrasing import INTENDED_USE
    from assistant.reading.fhir_case import in_words
    from assistant.store import CaseStore
    from assistant.terminal.screen import Screen

    screen = Screen.standard()
    screen.say(INTENDED_USE)
    screen.say("")
    first = "" if request.case is None else in_words(case_text(request.case), date.today())
    with closing(CaseStore.in_memory() if request.no_store else CaseStore.open(settings.cases_file)) as store:
        case_id = None if request.resume is None else _stored_case(request.resume, store)
        return _talk(request, settings, screen, store, first, case_id)


def _stored_case(resume: str, store: CaseStore) -> int:
    case_id = store.latest() if resume == _LATEST else int(resume)
    if case_id is None:
        raise UsageError("no case is stored yet; begin one with 'wardround chat CASE'")
    return case_id


def _talk(
    request: _Request, settings: Settings, screen: Screen, store: CaseStore, first: str, case_id: int | None
) -> int:
    from assistant.assistant import Assistant
    from assistant.chat.lines import standard_lines
    from assistant.chat.loop import Loop
    from assistant.chat.session import Session
    from assistant.terminal.screen import steps

    with steps("opening the index"):
        assistant = Assistant.open(settings, model=request.model, use_model=not request.no_model)
    with assistant, assistant.warming():
        session = Session(assistant, store, numbers=request.numbers)
        if case_id is not None:
            session.resume(case_id)
            screen.show(session.overview())
        elif not first:
            screen.say("Describe the patient: age, sex, what was found. /help lists the commands.")
        lines = standard_lines(None if request.no_store else settings.data_folder / HISTORY_FILE)
        loop = Loop(session, lines, screen)
        loop.run(first)
    return loop.failed.exit_code if loop.failed is not None and lines.echoes else 0
