"""`wardround chat` as it is called: options, pipes, signals, and the store it leaves behind."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from chat.conftest import UTI
from click.testing import CliRunner, Result
from fakes import MuteModel

from assistant.assistant import Assistant
from assistant.cli import main
from assistant.phrasing import INTENDED_USE
from assistant.settings import Settings
from assistant.store import CaseStore

Chat = Callable[..., Result]


@pytest.fixture
def chat(open_small: Callable[..., Assistant], own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> Chat:
    """Run `wardround chat` over the small index with a mute model; what was asked of `open` is in `chat.opened`."""
    opened: list[dict[str, object]] = []

    def open_it(settings: object, **asked: object) -> Assistant:
        opened.append(asked)
        return open_small(MuteModel())

    monkeypatch.setattr(Assistant, "open", open_it)

    def run(*arguments: str, said: str = "") -> Result:
        return CliRunner().invoke(main, ["chat", *arguments], input=said)

    run.opened = opened  # type: ignore[attr-defined]
    return run


def unwrapped(text: str) -> str:
    return " ".join(text.split())


def test_the_intended_use_comes_first_and_the_end_of_input_is_a_good_end(chat: Chat):
    result = chat(said=f"{UTI}\n\nwhich antibiotic?\n")
    assert result.exit_code == 0
    assert unwrapped(result.stdout).startswith(INTENDED_USE)
    assert f"> {UTI}\n" in result.stdout
    assert "> which antibiotic?\n" in result.stdout
    assert "1. Acute cystitis" in result.stdout
    assert "Nitrofurantoin" in result.stdout


def test_a_case_may_be_a_file_or_a_text(chat: Chat, tmp_path: Path):
    file = tmp_path / "case.txt"
    file.write_text(UTI)
    shown = [chat(str(file)), chat(UTI), chat("-", said=UTI)]
    assert {result.exit_code for result in shown} == {0}
    assert len({result.stdout for result in shown}) == 1
    assert "Acute cystitis" in shown[0].stdout


def test_resume_goes_on_with_the_last_case_or_the_one_named(chat: Chat, own_folders: Path):
    chat(said=f"{UTI}\nwhich antibiotic?\n")
    chat("58-year-old man with chest pain and sweating")
    last = chat("--resume", said="/case\n")
    assert "58-year-old male" in last.stdout
    first = chat("--resume", "1", said="She is also vomiting.\n")
    assert "24-year-old female" in first.stdout
    assert "noted: vomiting" in first.stdout
    store = CaseStore.open(own_folders / "data" / "cases.sqlite")
    assert [turn.kind for turn in store.load(1).turns] == ["case", "question", "fact"]
    store.close()


def test_no_store_leaves_no_file_with_the_patient_s_words(chat: Chat, own_folders: Path):
    result = chat("--no-store", said=f"{UTI}\nwhich antibiotic?\n")
    assert result.exit_code == 0
    assert "Acute cystitis" in result.stdout
    assert not [file for file in own_folders.rglob("*") if file.is_file() and b"dysuria" in file.read_bytes()]
    assert not (own_folders / "data").exists()


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_what_is_kept_only_its_owner_reads(chat: Chat, own_folders: Path):
    chat(said=UTI)
    kept = [file for file in (own_folders / "data").rglob("*") if file.is_file() and b"dysuria" in file.read_bytes()]
    assert kept
    assert {stat.S_IMODE(file.stat().st_mode) for file in kept} == {0o600}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--resume", "1", UTI), "CASE and --resume cannot be given together"),
        (("--resume", "--no-store"), "--resume and --no-store cannot be given together"),
        (("--model", "x", "--no-model"), "--model and --no-model cannot be given together"),
        (("--resume", "first"), "--resume takes the number of a stored case, not 'first'"),
        (("--resume",), "no case is stored yet"),
        (("no-such-file.txt",), "there is no file no-such-file.txt"),
        (("",), "the case is empty"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_2(chat: Chat, arguments: tuple[str, ...], said: str):
    result = chat(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_case_that_is_not_stored_is_exit_7(chat: Chat):
    chat(said=UTI)
    result = chat("--resume", "99")
    assert result.exit_code == 7
    assert "no stored case has the id 99" in result.stderr


def test_a_script_learns_that_a_turn_failed(chat: Chat):
    result = chat(said=f"{UTI}\n/sources 999\nwhich antibiotic?\n")
    assert result.exit_code == 2
    assert "! no quote has the number 999" in result.stdout
    assert "Nitrofurantoin" in result.stdout, "the lines after it were answered"


def test_the_model_asked_for_is_opened(chat: Chat):
    chat("--model", "server:http://localhost:1", UTI)
    chat("--no-model", UTI)
    assert chat.opened == [  # type: ignore[attr-defined]
        {"model": "server:http://localhost:1", "use_model": True},
        {"model": None, "use_model": False},
    ]


def test_numbers_shows_scores(chat: Chat):
    assert "rank score 0." in chat("--numbers", UTI).stdout
    assert "rank score" not in chat(UTI).stdout


# A shell that starts a command in the background tells it to ignore Ctrl-C; here it must be heard.
_CHAT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, {tests!r})
from pathlib import Path
from chat.conftest import a_few_findings
from fakes import HashingEmbedder, MuteModel
from assistant.assistant import Assistant
from assistant.reading import CaseReader
from index.guideline_index import GuidelineIndex
class SlowModel(MuteModel):
    def stream(self, messages, **held):
        import time
        if "doctor's question" in messages[0].content:
            yield '{{"answer":[{{"source":1,"text":"Nitrofurantoin 100 mg modified-release"}},'
            while True:
                time.sleep(0.05)
                yield " "
def open_it(settings, **asked):
    index = GuidelineIndex.open(Path({index!r}), HashingEmbedder())
    return Assistant(index, CaseReader(a_few_findings()), None, SlowModel(weight=0.0))
Assistant.open = open_it
from assistant.cli import main
main(["chat"])
"""


class Running:
    """A chat in a process of its own that answers questions without ever ending."""

    def __init__(self, small_index: Path, folder: Path) -> None:
        program = _CHAT.format(tests=str(Path(__file__).parents[1]), index=str(small_index))
        environment = os.environ | {f"WARDROUND_{name}_FOLDER": str(folder) for name in ("DATA", "CONFIG", "CACHE")}
        self.store_file = folder / "cases.sqlite"
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
        )
        self.shown = ""
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.shown += line

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def wait_for(self, pattern: str) -> None:
        deadline = time.monotonic() + 60
        while not re.search(pattern, self.shown, re.DOTALL):
            assert time.monotonic() < deadline, f"never shown: {pattern}\n{self.shown}"
            time.sleep(0.05)

    def end(self) -> None:
        """End the process, if it runs, and everything that belongs to it."""
        self.process.kill()
        self.process.wait(60)
        self._reading.join(60)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()

    def kinds(self) -> list[str]:
        store = CaseStore.open(self.store_file)
        try:
            latest = store.latest()
            return [] if latest is None else [turn.kind for turn in store.load(latest).turns]
        finally:
            store.close()


@pytest.fixture
def running(small_index: Path, tmp_path: Path):
    chat = Running(small_index, tmp_path)
    yield chat
    chat.end()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_stops_the_answer_and_not_the_program(running: Running):
    running.say(UTI)
    running.wait_for("/sources N a quote.")
    running.say("which antibiotic?")
    running.wait_for(r"> which antibiotic\?.*\[\d+\]\n")
    running.process.send_signal(signal.SIGINT)
    running.wait_for("nothing of this turn is kept")
    assert running.kinds() == ["case"]
    running.say("She is also vomiting.")
    running.wait_for("noted: vomiting")
    assert running.process.stdin is not None
    running.process.stdin.close()
    assert running.process.wait(60) == 0
    assert running.kinds() == ["case", "fact"]


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_kill_loses_at_most_the_turn_in_progress(running: Running):
    running.say(UTI)
    running.say("She is also vomiting.")
    running.wait_for("noted: vomiting")
    running.say("which antibiotic?")
    running.wait_for(r"> which antibiotic\?.*\[\d+\]\n")
    running.process.kill()
    running.process.wait(60)
    assert running.kinds() == ["case", "fact"]


@pytest.mark.real
def test_a_piped_case_and_three_turns_with_the_default_model(real_settings: Settings, tmp_path: Path):
    turns = (
        "26-year-old woman with burning on urination, urinary frequency and urgency for two days, no fever",
        "which antibiotic and dose?",
        "She now has fever and flank pain. When should I refer?",
        "what is the dose of amoxicillin for otitis media in a child?",
    )
    environment = os.environ | {
        "WARDROUND_DATA_FOLDER": str(real_settings.data_folder),
        "WARDROUND_CACHE_FOLDER": str(real_settings.cache_folder),
        "WARDROUND_CONFIG_FOLDER": str(tmp_path),
    }
    ended = subprocess.run(
        [sys.executable, "-c", "from assistant.cli import main; main()", "chat"],
        input="\n".join(turns),
        capture_output=True,
        text=True,
        env=environment,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    shown = unwrapped(ended.stdout)
    assert shown.startswith(INTENDED_USE)
    assert "1. Acute cystitis" in shown
    assert re.search(r"Nitrofurantoin 100 mg .* \[\d+\]", shown)
    assert "now fever, before no fever" in shown
    assert re.search(r"Amoxicillin .*mg/kg.* \[\d+\]", shown)
    assert "Acute otitis media > First-line treatment" in shown
    store = CaseStore.open(real_settings.cases_file)
    latest = store.latest()
    assert latest is not None
    assert [turn.kind for turn in store.load(latest).turns] == ["case", "question", "fact", "question", "question"]
    store.close()
