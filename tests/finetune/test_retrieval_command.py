"""`wardround evaluate retrieval` as a user meets it: a set built from a mirror folder, a set of one's own, and errors."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from fakes import HashingEmbedder
from sample_mirror import CONDITIONS, write_mirror

from assistant.cli import main
from assistant.reading import CaseReader, Vocabulary
from assistant.reading.vocabulary import Entry

MIRROR = "WARDROUND_DATA_MIRROR"


@pytest.fixture
def home(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("assistant.cli.index.opening.open_the_embedder", lambda settings: HashingEmbedder())
    monkeypatch.setattr("assistant.cli.evaluate_retrieval._untuned", lambda settings: HashingEmbedder(name="untuned"))
    reader = CaseReader(Vocabulary((name, Entry(name, "")) for name in ("barking cough", "stridor", "rash")))
    monkeypatch.setattr("assistant.cli.evaluate_retrieval.case_reader", lambda settings: reader.read)
    return own_folders


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["evaluate", "retrieval", *map(str, arguments)], catch_exceptions=False)


def as_json(*arguments: str | Path) -> dict[str, Any]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def test_a_set_is_built_judged_and_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MIRROR, str(write_mirror(home / "mirror")))
    told = as_json("--part", "all", "--save", home / "kept")
    assert [system["name"] for system in told["systems"]] == ["bm25", "dense", "hybrid", "langchain-faiss"]
    assert {"question", "title", "vignette", "findings"} == set(told["systems"][0]["by_type"])
    assert told["unmatched_docnos"] == 0
    for system in told["systems"]:
        assert {"queries", "ndcg_at_10", "recall_at_10", "mrr", "ndcg_at_10_interval", "median_ms"} <= set(system)
        assert system["by_type"]["question"]["queries"] == len(CONDITIONS)
    assert {one["over"] for one in told["differences"]} == {"bm25", "dense", "langchain-faiss"}

    index = next((home / "cache" / "judged").glob("development-*"))
    (home / "data").mkdir(exist_ok=True)
    index.rename(home / "data" / "index")
    again = as_json("--queries", home / "kept" / "queries.jsonl", "--qrels", home / "kept" / "qrels.txt")
    assert [own["ndcg_at_10"] for own in again["systems"]] == [own["ndcg_at_10"] for own in told["systems"]]


def test_pubmed_is_an_index_apart(home: Path) -> None:
    mirror = write_mirror(home / "mirror")
    told = as_json("--data", mirror, "--part", "all", "--limit", "3", "--with-pubmed")
    assert told["systems"][0]["by_type"]["paraphrase"]["queries"] == 3
    assert told["systems"][0]["by_type"]["question"]["queries"] == 3
    assert told["queries"] == sum(kind["queries"] for kind in told["systems"][0]["by_type"].values())
    assert told["unmatched_docnos"] == 0


def corpus(folder: Path) -> Path:
    rows = [
        {"_id": f"D{place}", "title": name, "text": ". ".join(told)}
        for place, (name, told) in enumerate(CONDITIONS.items())
    ]
    folder.mkdir(exist_ok=True)
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    asked = "".join(f"q{place}\t{told[0]}\n" for place, told in enumerate(CONDITIONS.values()))
    (folder / "queries.tsv").write_text(asked, encoding="utf-8")
    judged = "".join(f"q{place} 0 D{place} 1\n" for place in range(len(CONDITIONS)))
    (folder / "qrels.txt").write_text(judged + "q0 0 D99 1\n", encoding="utf-8")
    return folder


def test_a_set_of_ones_own_is_judged_on_its_corpus(home: Path) -> None:
    own = corpus(home / "own")
    told = as_json("--queries", own / "queries.tsv", "--qrels", own / "qrels.txt", "--corpus", own / "corpus.jsonl")
    assert told["judged_at"] == "record id"
    assert (told["queries"], told["unmatched_docnos"]) == (len(CONDITIONS), 1)
    [words] = [system for system in told["systems"] if system["name"] == "bm25"]
    assert words["mrr"] == 1.0, "each text is asked for in its own words"
    assert words["recall_at_10"] < 1.0, "what is judged relevant but not there cannot be found"
    shown = run("--queries", own / "queries.tsv", "--qrels", own / "qrels.txt", "--corpus", own / "corpus.jsonl")
    assert "1 docnos are not in the index" in shown.stdout
    assert "gain of hybrid in nDCG@10" in shown.stdout


def test_the_baseline_can_be_left_out(home: Path) -> None:
    own = corpus(home / "own")
    judged = ("--queries", own / "queries.tsv", "--qrels", own / "qrels.txt", "--corpus", own / "corpus.jsonl")
    told = as_json(*judged, "--no-baseline")
    assert [system["name"] for system in told["systems"]] == ["bm25", "dense", "hybrid"]
    assert "langchain-faiss is left out" in told["notes"][0]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ((), 2, f"give --data FOLDER (or set {MIRROR})"),
        (("--queries", "q"), 2, "--queries and --qrels belong together"),
        (("--corpus", "c"), 2, "--corpus needs --queries and --qrels"),
        (
            ("--queries", "q", "--qrels", "r", "--save", "kept"),
            2,
            "--save, --with-starter and --with-pubmed are of a set",
        ),
        (("--queries", "q", "--qrels", "r", "--data", "d"), 2, "--data, --save"),
        (("--data", "nowhere"), 2, "nowhere holds no guidelines-nstg2022"),
        (("--queries", "q", "--qrels", "r"), 2, "cannot read q"),
        (("--queries", "own/queries.tsv", "--qrels", "own/qrels.txt"), 4, "no index in"),
        (
            ("--queries", "own/queries.tsv", "--qrels", "own/qrels.txt", "--corpus", "gone"),
            2,
            "nothing could be indexed",
        ),
    ],
)
def test_what_cannot_be_done_is_one_line(
    home: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, says: str
) -> None:
    corpus(home / "own")
    monkeypatch.chdir(home)
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.real
@pytest.mark.slow
def test_the_open_data_sets_give_a_set_whose_answers_are_in_the_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from finetune.retrieval.building import Draw, build
    from finetune.retrieval.corpora import checked_mirror, index_of_corpora

    mirror = os.environ.get(MIRROR)
    if not mirror:
        pytest.skip(f"{MIRROR} names no folder with the open data sets")
    index = index_of_corpora(checked_mirror(Path(mirror)), tmp_path / "index", HashingEmbedder(32))
    built = build(index, Path(mirror).absolute(), Draw("all", 300), CaseReader(Vocabulary.load(None)).read)
    asked = [query for query in built.judged.queries if query.type == "question"]
    assert len(asked) == 300
    assert built.left_out["question"] <= 9, "nearly every question finds the passages of its answer"
    index.close()
