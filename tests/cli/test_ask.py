"""`wardround ask` as a user meets it, with a small index and a model that says nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result
from fakes import HashingEmbedder, ScriptedModel

from assistant.assistant import Assistant
from assistant.cli import main
from assistant.reading import CaseReader, Vocabulary
from index.guideline_index import GuidelineIndex

CYSTITIS = "A 34-year-old woman has had dysuria, urinary frequency, urinary urgency and suprapubic pain for two days. No fever."
Run = Callable[..., Result]


@pytest.fixture
def opened(open_small, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """Let `Assistant.open` give the small assistant; what it was asked for is recorded."""
    asked: list[dict[str, object]] = []

    def fake_open(settings, *, model=None, use_model=True):
        asked.append({"model": model, "use_model": use_model})
        return open_small() if use_model else open_small(None)

    monkeypatch.setattr(Assistant, "open", fake_open)
    return asked


@pytest.fixture
def run(own_folders: Path, opened) -> Run:
    return lambda *arguments, **options: CliRunner().invoke(main, ["ask", *map(str, arguments)], **options)


def _json(result: Result) -> dict:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_case_gives_a_cited_differential_even_when_the_model_is_mute(run: Run) -> None:
    shown = run(CYSTITIS)
    assert shown.exit_code == 0
    assert shown.stdout.startswith("Draft for review by a clinician.")
    assert "1. Acute cystitis" in shown.stdout
    assert "Nitrofurantoin 100 mg" in shown.stdout
    assert "starter notes, not a guideline" in shown.stdout
    assert "model mute (fake)" in shown.stdout
    assert shown.stderr == ""


def test_json_follows_the_printed_schema_and_holds_no_other_output(run: Run) -> None:
    schema = _json(run("--schema"))
    jsonschema.Draft202012Validator.check_schema(schema)
    for case in (CYSTITIS, "my car does not start", "病人发烧三天"):
        made = _json(run(case, "--json"))
        jsonschema.validate(made, schema)
        assert made["schema"] == "wardround.assessment/1"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**made, "extra": 1}, schema)
    assert {"case", "red_flags", "differential", "next_question", "abstention", "unsupported", "provenance"} <= set(
        made
    )


def test_the_schema_needs_neither_index_nor_model(run: Run, opened) -> None:
    assert run("--schema").exit_code == 0
    assert opened == []


def test_every_citation_is_verbatim_in_the_passage_that_index_show_prints(
    run: Run, small_index: Path, own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _json(run(CYSTITIS, "--json"))
    (own_folders / "data").mkdir()
    (own_folders / "data" / "index").symlink_to(small_index)
    citations = [citation for diagnosis in made["differential"] for citation in diagnosis["citations"]]
    assert len(citations) >= 10
    for citation in citations:
        shown = CliRunner().invoke(main, ["index", "show", citation["passage_id"], "--json"])
        passage = json.loads(shown.stdout)
        assert passage["text"][citation["start"] : citation["end"]] == citation["quote"]
        assert passage["document"]["id"] == citation["document"]["id"]


def test_every_number_in_the_text_has_its_source(run: Run) -> None:
    import re

    text = run(CYSTITIS, "--all").stdout
    body, _, sources = text.partition("\nSOURCES\n")
    listed = [int(mark) for line in sources.splitlines() for mark in re.findall(r"^  (?:\[\d+\] ?)+", line)[:1]
              for mark in re.findall(r"\d+", mark)]  # fmt: skip
    assert sorted(listed) == sorted({int(mark) for mark in re.findall(r"\[(\d+)\]", body)})
    assert len(listed) == len(set(listed))


def test_scores_and_every_diagnosis_are_shown_on_request(run: Run) -> None:
    assert "rank score" not in run(CYSTITIS).stdout
    assert "rank score 0." in run(CYSTITIS, "--numbers").stdout
    assert "Also considered" not in run(CYSTITIS, "--all").stdout


def test_the_reading_is_explained_without_a_model(run: Run, opened) -> None:
    shown = run(CYSTITIS, "--explain", "reading")
    assert "HOW THE TEXT WAS READ" in shown.stdout
    assert "[fever]-" in shown.stdout.replace("Fever", "fever")
    assert "DIFFERENTIAL" not in shown.stdout
    assert opened == [{"model": None, "use_model": False}]


def test_the_model_can_be_chosen_or_left_out(run: Run, opened) -> None:
    run(CYSTITIS, "--model", "other.gguf")
    assert "model none" in run(CYSTITIS, "--no-model").stdout
    assert opened == [{"model": "other.gguf", "use_model": True}, {"model": None, "use_model": False}]


def test_a_file_and_standard_input_hold_a_case(run: Run, tmp_path: Path) -> None:
    (tmp_path / "case.txt").write_text(CYSTITIS)
    assert _json(run(tmp_path / "case.txt", "--json"))["case"]["narrative"] == CYSTITIS
    assert _json(run("-", "--json", input=CYSTITIS))["case"]["narrative"] == CYSTITIS


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("my car does not start", "cannot be assessed as a case"),
        ("病人发烧三天, 咳嗽, 胸痛", "not in English"),
        ("lorem ipsum " * 20_000, "cannot be assessed as a case"),
        ("\u0000\u0007 %%% 1234", "cannot be assessed as a case"),
    ],
    ids=["no case", "Chinese", "240 kB of noise", "signs"],
)
def test_what_is_no_case_gets_an_honest_answer(run: Run, case: str, said: str) -> None:
    shown = run("-", input=case.replace("\0", ""))
    assert shown.exit_code == 0
    assert "NO DIFFERENTIAL OFFERED: out of scope" in shown.stdout
    assert said in " ".join(shown.stdout.split())
    assert len(shown.stdout) < 2000


@pytest.mark.parametrize(
    "text", ["my car does not start", "The train was late and the weather is nice.", "lorem ipsum dolor sit amet " * 50]
)
def test_the_whole_dictionary_finds_nothing_in_what_is_no_case(text: str) -> None:
    reader = CaseReader(Vocabulary.load(None))
    assert "cannot be assessed" in reader.looks_like_a_case(reader.read(text))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give a case"),
        ([""], "the case is empty"),
        (["missing.txt"], "there is no file missing.txt"),
        (["a case", "--batch", "x"], "CASE and --batch cannot be given together"),
        (["--batch", "x"], "--batch needs --output"),
        (["a case", "--output", "x"], "CASE and --output cannot be given together"),
        (["--output", "x"], "--output goes with --batch"),
        (["a case", "--schema"], "--schema and CASE cannot"),
        (["a case", "--model", "m", "--no-model"], "--model and --no-model cannot"),
        (["a case", "--json", "--all"], "--json and --all cannot"),
        (["a case", "--json", "--explain", "reading"], "--explain and --json cannot"),
        (["--batch", "x", "--output", "y", "--numbers"], "--batch and --numbers cannot"),
        (["a case", "--explain", "nothing"], "'nothing' is not 'reading'"),
        (["a case", "another"], "unexpected extra argument"),
        (["a case", "--nonsense"], "--nonsense"),
        (["--batch", "missing.jsonl", "--output", "out.jsonl"], "cannot read missing.jsonl"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(run: Run, opened, arguments: list[str], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.startswith("wardround: ")
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""
    assert opened == []


def test_binary_on_standard_input_is_one_line(run: Run) -> None:
    result = run("-", input=b"\x00\xff\x00")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)


def test_without_models_or_index_the_command_that_mends_it_is_named(
    own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = CliRunner().invoke(main, ["ask", "fever"])
    assert missing.exit_code == 5
    assert "wardround models get" in missing.stderr
    monkeypatch.setattr("assistant.models.catalogue.embedder_folder", lambda settings: Path())
    monkeypatch.setattr("index.embedding.open_embedder", lambda *_: HashingEmbedder())
    no_index = CliRunner().invoke(main, ["ask", "fever"])
    assert no_index.exit_code == 4
    assert "wardround index add --starter" in no_index.stderr
    assert no_index.stderr.count("\n") == missing.stderr.count("\n") == 1


def test_a_scripted_model_cannot_bring_in_what_no_quote_supports(
    open_small, own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lies = ['{"findings": ["plague"], "because": "Infected rat fleas brought the plague to this village."}'] * 8
    monkeypatch.setattr(Assistant, "open", lambda *_, **__: open_small(ScriptedModel(lies)))
    made = _json(CliRunner().invoke(main, ["ask", CYSTITIS, "--json"]))
    supported = json.dumps(made["differential"]) + made["summary"]
    assert "plague" not in supported
    assert "plague" in json.dumps(made["unsupported"])


def test_a_batch_says_what_it_did_and_goes_on_when_it_was_stopped(run: Run, opened, tmp_path: Path) -> None:
    inputs, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    rows = [{"id": number, "text": CYSTITIS} for number in range(3)] + [{"id": 3}]
    inputs.write_text("".join(json.dumps(row) + "\n" for row in rows))
    first = run("--batch", inputs, "--output", output)
    assert first.exit_code == 0
    assert "3 of 4 cases assessed, 1 errors, median" in first.stdout
    assert str(output) in first.stdout
    torn = output.read_bytes()[:-20]
    output.write_bytes(torn)
    again = json.loads(run("--batch", inputs, "--output", output, "--json").stdout)
    assert (again["cases"], again["done_before"], again["errors"]) == (4, 3, 1)
    assert len(opened) == 2
    done = run("--batch", inputs, "--output", output)
    assert "4 done before" in done.stdout
    assert len(opened) == 2


def test_control_c_is_one_line_and_exit_code_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(self, text):
        raise KeyboardInterrupt

    monkeypatch.setattr(Assistant, "read", stop)
    result = run(CYSTITIS)
    assert (result.exit_code, result.stderr) == (130, "wardround: stopped; what was finished is kept\n")


# A shell that starts a command in the background tells it to ignore Ctrl-C; here it must be heard.
_PROGRAM = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path[:0] = {path!r}
import assistant.assistant as room
from fakes import HashingEmbedder, MuteModel
from conftest import FINDINGS
from assistant.reading import CaseReader, Vocabulary
from assistant.reading.vocabulary import Entry
from index.guideline_index import GuidelineIndex
from pathlib import Path
def fake_open(settings, **_):
    index = GuidelineIndex.open(Path({index!r}), HashingEmbedder())
    made = room.Assistant(index, CaseReader(Vocabulary((name, Entry(name, '')) for name in FINDINGS)), None, MuteModel())
    assess = made.assess
    made.assess = lambda case, **rest: (time.sleep({pause}), assess(case, **rest))[1]
    return made
room.Assistant.open = fake_open
from assistant.cli import main
main({arguments!r})
"""


def _program(small_index: Path, arguments: list[str], pause: float = 0.0) -> list[str]:
    tests = str(Path(__file__).parents[1])
    text = _PROGRAM.format(path=[tests], index=str(small_index), arguments=arguments, pause=pause)
    return [sys.executable, "-W", "error", "-c", text]


def test_a_reader_that_goes_away_ends_the_program_quietly(small_index: Path, own_folders: Path) -> None:
    program = subprocess.Popen(
        _program(small_index, ["ask", CYSTITIS], pause=0.2), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert program.stdout is not None
    program.stdout.close()
    assert program.stderr is not None
    errors = program.stderr.read()
    program.stderr.close()
    assert (program.wait(60), errors) == (141, b"")


def test_control_c_in_a_batch_keeps_every_finished_line(small_index: Path, own_folders: Path) -> None:
    inputs, output = own_folders / "in.jsonl", own_folders / "out.jsonl"
    inputs.write_text("".join(json.dumps({"id": number, "text": CYSTITIS}) + "\n" for number in range(50)))
    arguments = ["ask", "--batch", str(inputs), "--output", str(output)]
    program = subprocess.Popen(
        _program(small_index, arguments, pause=0.1), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while (not output.exists() or output.read_bytes().count(b"\n") < 2) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(program.pid, signal.SIGINT)
    _, errors = program.communicate(timeout=60)
    assert program.returncode == 130
    assert errors.splitlines()[-1] == "wardround: stopped; what was finished is kept"
    assert "Traceback" not in errors
    lines = output.read_text().splitlines()
    assert 2 <= len(lines) < 50
    assert [json.loads(line)["id"] for line in lines] == list(range(len(lines)))


def test_the_small_index_is_what_it_says(small_index: Path) -> None:
    index = GuidelineIndex.open(small_index)
    assert {"Gout", "Acute cystitis"} <= {document.title for document in index.documents()}
    index.close()
