"""Guidance that no longer holds, and guidance that disagrees, as a user meets them: on screen, in reports, in JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fakes import HashingEmbedder, MuteModel

from assistant.answer import Answer
from assistant.assistant import Assistant
from assistant.cli import main
from assistant.differing import Differences
from assistant.reading import CaseReader, Vocabulary
from assistant.terminal.chat_view import answer_close, answer_lines
from index.document import Condition
from index.guideline_index import GuidelineIndex
from index.life_cycle import LifeCycle

CASE = "A 34-year-old woman has had dysuria and urinary frequency for two days. No fever."
QUESTION = "what is the first-line treatment of cystitis?"
NOTE = """---
title: {title}
synonyms: [cystitis]
issuer: {issuer}
published: {published}
trust: {trust}
{more}---
# {title}
## Presentation
- Dysuria and urinary frequency without fever.
## Treatment
- {treatment}
"""
Notes = Callable[..., None]
Run = Callable[..., Result]


@pytest.fixture
def notes(tmp_path: Path) -> Notes:
    """Write a note on cystitis; what is not said is that of a current guideline."""

    def write(name: str, treatment: str, **facts: str) -> None:
        known = {"title": "Cystitis", "issuer": "Body A", "published": "2022", "trust": "guideline", "more": ""}
        file = tmp_path / "notes" / f"{name}.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text(NOTE.format(**{**known, **facts}, treatment=treatment), encoding="utf-8")

    return write


@pytest.fixture
def run(own_folders: Path, tmp_path: Path, vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the program on an index of the notes, without a model."""
    monkeypatch.setattr("assistant.cli.index.opening.open_the_embedder", lambda settings: HashingEmbedder())

    def opened(settings, *, model=None, use_model=True):
        index = GuidelineIndex.open(settings.index_folder, HashingEmbedder())
        return Assistant(index, CaseReader(vocabulary), None, None)

    monkeypatch.setattr(Assistant, "open", opened)

    def run_it(*arguments: str | Path) -> Result:
        result = CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result

    return run_it


@pytest.fixture
def asking(tmp_path: Path, vocabulary: Vocabulary, run: Run) -> Iterator[Callable[[str], tuple[Answer, str]]]:
    """Ask a question without a case, and return the answer and what the chat shows of it."""
    opened: list[Assistant] = []

    def ask(question: str) -> tuple[Answer, str]:
        index = GuidelineIndex.open(tmp_path / "data" / "index", HashingEmbedder())
        opened.append(Assistant(index, CaseReader(vocabulary), None, MuteModel()))
        *sentences, answer = opened[-1].answer(question)
        assert isinstance(answer, Answer)
        lines = [line for one in answer.sentences for line in answer_lines(one)] + list(answer_close(answer))
        assert tuple(sentences) == answer.sentences
        return answer, "\n".join(f"{line.lead} {line.text}" for line in lines)

    yield ask
    for assistant in opened:
        assistant.close()


def _shown(run: Run, tmp_path: Path) -> dict[str, str]:
    """Return what the case gives on screen, as Markdown, as a web page, and as JSON."""
    shown = {"screen": run("ask", CASE).stdout, "json": run("ask", CASE, "--json").stdout}
    for kind in ("md", "html"):
        run("report", CASE, "-o", tmp_path / f"r.{kind}", "--force")
        shown[kind] = (tmp_path / f"r.{kind}").read_text(encoding="utf-8")
    return {name: " ".join(text.replace("\\", "").split()) for name, text in shown.items()}


def _id(run: Run, holds: str) -> str:
    return next(
        one["id"]
        for line in run("index", "list", "--json").stdout.splitlines()
        if holds in line
        for one in [json.loads(line)]
    )


def test_a_superseded_edition_gives_way_to_the_newer_one(run: Run, notes: Notes, tmp_path: Path) -> None:
    notes("old", "Trimethoprim 200 mg twice daily for 7 days.", title="Cystitis (CG1)", published="2011")
    notes("new", "Nitrofurantoin 100 mg twice daily for 3 days.", title="Cystitis (NG2)", published="2022")
    run("index", "add", tmp_path / "notes")
    assert "superseded by Cystitis (NG2) (2022)" in run("index", "list").stdout
    assert "standing: 1 current, 1 superseded, 0 withdrawn" in run("index", "stats").stdout
    found = run("index", "search", "trimethoprim for cystitis").stdout
    assert found.index("Cystitis (NG2) >") < found.index("Cystitis (CG1) >")
    for shown in _shown(run, tmp_path).values():
        assert "Nitrofurantoin 100 mg" in shown
        assert "Trimethoprim" not in shown


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("withdrawn: 2021-03\n", "withdrawn 2021-03"),
        ("withdrawn: dose was wrong\n", "withdrawn: dose was wrong"),
        ("superseded_by: NG109 (2018)\n", "superseded by NG109 (2018)"),
    ],
)
def test_guidance_that_no_longer_holds_is_marked_wherever_it_is_shown(
    run: Run, notes: Notes, asking, tmp_path: Path, more: str, told: str
) -> None:
    notes("only", "Trimethoprim 200 mg twice daily for 7 days.", more=more)
    run("index", "add", tmp_path / "notes")
    status = told.split()[0].rstrip(":")
    shown = _shown(run, tmp_path)
    for name in ("screen", "md", "html"):
        assert "Trimethoprim" in shown[name]
        assert f"Caution: source {told}" in shown[name], name
        assert f"] ({status})" in shown[name], "at the mark of every citation"
        assert told in shown[name].rpartition("Cystitis, ")[2], "in the list of sources"
    diagnosis = json.loads(shown["json"])["differential"][0]
    assert diagnosis["treatment"][0]["cautions"] == [f"source {told}"]
    assert {one["document"]["standing"] for one in diagnosis["citations"]} == {status}
    answer, on_screen = asking(QUESTION)
    assert answer.sentences[0].cautions == (f"source {told}",)
    assert told in on_screen.rpartition("[1]")[2]
    assert told in run("index", "search", "trimethoprim").stdout


def test_nothing_current_is_marked(run: Run, notes: Notes, tmp_path: Path) -> None:
    notes("only", "Trimethoprim 200 mg twice daily for 7 days.")
    run("index", "add", tmp_path / "notes")
    shown = _shown(run, tmp_path)
    assert json.loads(shown.pop("json"))["differential"][0]["citations"][0]["document"]["standing"] == "current"
    for text in shown.values():
        assert "Trimethoprim" in text
        assert "withdrawn" not in text
        assert "superseded" not in text
        assert "Guidance differs" not in text


def test_a_withdrawn_guideline_gives_no_advice_beside_a_lesser_source_that_holds(
    run: Run, notes: Notes, asking, tmp_path: Path
) -> None:
    notes("gone", "Trimethoprim 200 mg twice daily for 7 days.", more="withdrawn: 2021\n")
    notes("lesser", "Nitrofurantoin 100 mg twice daily for 3 days.", issuer="Body B", trust="unknown")
    run("index", "add", tmp_path / "notes")
    for shown in _shown(run, tmp_path).values():
        assert "Nitrofurantoin" in shown
        assert "Trimethoprim" not in shown
    answer, _ = asking(QUESTION)
    assert "Nitrofurantoin" in answer.sentences[0].text
    assert run("index", "search", "trimethoprim for cystitis", "--limit", "1").stdout.startswith("1. Cystitis")
    assert "withdrawn" not in run("index", "search", "trimethoprim for cystitis", "--limit", "1").stdout


def test_a_withdrawn_guideline_supports_nothing_beside_a_source_that_holds(
    run: Run, notes: Notes, tmp_path: Path
) -> None:
    notes("gone", "Rest.\n## Clinical features\n- Suprapubic pain.", more="withdrawn: 2021\n")
    notes("lesser", "Nitrofurantoin 100 mg twice daily for 3 days.", issuer="Body B", trust="unknown")
    run("index", "add", tmp_path / "notes")
    case = "A 34-year-old woman has had dysuria and suprapubic pain for two days."
    diagnosis = json.loads(run("ask", case, "--json").stdout)["differential"][0]
    assert {one["document"]["standing"] for one in diagnosis["citations"]} == {"current"}


def test_an_answer_gives_what_is_current_before_what_is_not(run: Run, notes: Notes, asking, tmp_path: Path) -> None:
    # The superseded text holds more words of the question, so that only its standing puts it last.
    notes("old", "Fosfomycin 3 g as a single dose: the dose of fosfomycin.", more="superseded_by: NG109\n")
    notes("new", "Fosfomycin 2 g as a single dose.", title="Urinary infection", issuer="Body B", more="synonyms: []\n")
    run("index", "add", tmp_path / "notes")
    answer, _ = asking("what single dose of fosfomycin?")
    standings = [
        next(c for c in answer.citations if c.number == s.citations[0]).document.standing for s in answer.sentences
    ]
    assert standings[0] == "current"
    assert "superseded" in standings


def test_a_user_withdraws_supersedes_and_reinstates(run: Run, notes: Notes, tmp_path: Path) -> None:
    notes("only", "Trimethoprim 200 mg twice daily for 7 days.")
    run("index", "add", tmp_path / "notes")
    name = _id(run, "Cystitis")
    said = run("index", "withdraw", name, "--date", "2021-03", "--reason", "resistance").stdout
    assert said == "Cystitis: withdrawn 2021-03: resistance\n"
    assert "Caution: source withdrawn 2021-03: resistance" in " ".join(run("ask", CASE).stdout.split())
    assert run("index", "reinstate", name).stdout == "Cystitis: current again\n"
    assert run("index", "reinstate", name).stdout == "Cystitis: was current already\n"
    assert run("index", "supersede", name, "NG109 (2018)").stdout == "Cystitis: superseded by NG109 (2018)\n"
    [listed] = [json.loads(line) for line in run("index", "list", "--json").stdout.splitlines()]
    assert (listed["standing"], listed["superseded_by"]) == ("superseded", "NG109 (2018)")


def test_what_is_said_when_adding_holds(run: Run, notes: Notes, tmp_path: Path) -> None:
    notes("old", "Trimethoprim 200 mg twice daily for 7 days.")
    run("index", "add", tmp_path / "notes", "--withdrawn", "2020")
    assert "withdrawn 2020" in run("index", "list").stdout
    (tmp_path / "newer.md").write_text("# Urinary infection in women\n- Nitrofurantoin.\n", encoding="utf-8")
    run("index", "add", tmp_path / "newer.md", "--supersedes", _id(run, "Cystitis"))
    assert "withdrawn 2020, superseded by Urinary infection in women" in run("index", "list").stdout


LONG = "Nitrofurantoin 100 mg twice daily for 7 days."
SHORT = "Nitrofurantoin 100 mg twice daily for 3 days."


@pytest.mark.parametrize(
    ("one", "other", "about"),
    [
        (LONG, SHORT, "how long to give nitrofurantoin"),
        ("Give trimethoprim.", "Do not give trimethoprim.", "whether to give trimethoprim"),
        (
            "Fosfomycin is the drug of choice.",
            "First-line: pivmecillinam.",
            "the first choice, fosfomycin or pivmecillinam",
        ),
    ],
)
def test_two_bodies_that_disagree_are_shown_side_by_side(
    run: Run, notes: Notes, asking, tmp_path: Path, one: str, other: str, about: str
) -> None:
    notes("a", one)
    notes("b", other, issuer="Body B", published="2019")
    run("index", "add", tmp_path / "notes")
    shown = _shown(run, tmp_path)
    diagnosis = json.loads(shown["json"])["differential"][0]
    [conflict] = diagnosis["conflicts"]
    assert conflict["about"] == about
    cited = {one["number"]: one for one in diagnosis["citations"]}
    sides = {(cited[n]["document"]["issuer"], cited[n]["quote"]) for n in conflict["citations"]}
    assert sides == {("Body A", one), ("Body B", other)}
    for name in ("screen", "md"):
        told = shown[name][shown[name].index("Guidance differs on") :]
        assert f"differs on {about}" in told
        assert f'Body A (2022) says "{one}" [' in told
        assert f'Body B (2019) says "{other}" [' in told
    assert "Guidance differs on" in shown["html"]
    answer, on_screen = asking(QUESTION)
    assert [one.about for one in answer.conflicts] == [about]
    assert set(answer.conflicts[0].citations) <= {one.number for one in answer.citations}
    assert f'Body B (2019) says "{other}" [' in on_screen


@pytest.mark.parametrize(
    "facts",
    [
        {"issuer": "Body A"},
        {"issuer": "Body A (structured by a model)", "trust": "reference"},
        {"issuer": ""},
        {"trust": "starter"},
        {"trust": "unknown"},
        {"more": "withdrawn: 2020\n"},
        {"more": "superseded_by: NG109\n"},
        {"title": "Pyelonephritis", "more": "synonyms: []\n"},
    ],
)
def test_only_current_guidance_of_different_bodies_on_one_condition_can_differ(
    run: Run, notes: Notes, tmp_path: Path, facts: dict[str, str]
) -> None:
    notes("a", LONG)
    notes("b", SHORT, **{"issuer": "Body B", **facts})
    run("index", "add", tmp_path / "notes")
    for shown in _shown(run, tmp_path).values():
        assert "Guidance differs" not in shown
        assert '"about"' not in shown


def test_reference_works_alone_do_not_recommend_and_cannot_differ(run: Run, notes: Notes, tmp_path: Path) -> None:
    notes("a", LONG, trust="reference")
    notes("b", SHORT, trust="reference", issuer="Body B")
    run("index", "add", tmp_path / "notes")
    assert "Guidance differs" not in run("ask", CASE).stdout
    notes("c", SHORT, issuer="Body C")
    run("index", "add", tmp_path / "notes")
    assert "Guidance differs" in run("ask", CASE).stdout


def test_a_question_about_something_else_shows_no_disagreement(run: Run, notes: Notes, asking, tmp_path: Path) -> None:
    notes("a", LONG)
    notes("b", SHORT, issuer="Body B")
    run("index", "add", tmp_path / "notes")
    assert asking("how does cystitis present?")[0].conflicts == ()


def test_a_disagreement_is_gone_when_one_side_is(run: Run, notes: Notes, tmp_path: Path) -> None:
    notes("a", LONG)
    notes("b", SHORT, issuer="Body B")
    run("index", "add", tmp_path / "notes")
    index = GuidelineIndex.open(tmp_path / "data" / "index", HashingEmbedder())
    differences, cystitis = Differences(index), Condition(name="Cystitis")
    assert len(differences.about(cystitis)) == 1
    life: LifeCycle = index.life_cycle
    life.withdraw(_id(run, "Body B"))
    assert differences.about(cystitis) == ()
    index.close()
