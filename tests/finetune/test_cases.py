import json
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import UsageError
from finetune.cases import GoldCase, read_cases


def _jsonl(folder: Path, *rows: dict[str, Any]) -> Path:
    file = folder / "cases.jsonl"
    file.write_text("\n\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return file


def test_json_lines(tmp_path: Path):
    file = _jsonl(
        tmp_path,
        {"id": 1, "text": "Fever.", "gold": " Flu ", "group": "common"},
        {"text": "Cough.", "gold": ["Croup", "Asthma"]},
    )
    assert read_cases(file) == [
        GoldCase(id="1", gold="Flu", text="Fever.", group="common"),
        GoldCase(id="2", gold="Croup", text="Cough."),
    ]


def test_phenopacket_lines(tmp_path: Path):
    row = {
        "id": "p1", "phenotypes": [{"id": "HP:1", "label": "Seizure"}], "excluded": ["HP:2"], "age": 3, "sex": "FEMALE",
        "gold": [{"id": "OMIM:1", "label": "Rare disease"}],
    }  # fmt: skip
    [case] = read_cases(_jsonl(tmp_path, row))
    assert case == GoldCase(
        id="p1", gold="Rare disease", gold_code="OMIM:1", present=("HP:1",), absent=("HP:2",), age="3", sex="female"
    )


def test_csv_of_vignettes(tmp_path: Path):
    file = tmp_path / "cases.CSV"
    file.write_text('case_id,case_vignette,answer,category\nc1,"Pain, and\nfever",Gout,Joints\n', encoding="utf-8")
    assert read_cases(file) == [GoldCase(id="c1", gold="Gout", text="Pain, and\nfever", group="Joints")]


def test_a_sample_is_seeded_and_in_order(tmp_path: Path):
    file = _jsonl(tmp_path, *({"id": str(n), "text": "x", "gold": "y"} for n in range(50)))
    first, again, other = (read_cases(file, limit=10, seed=seed) for seed in (1, 1, 2))
    assert first == again != other
    assert [int(case.id) for case in first] == sorted(int(case.id) for case in first)
    assert len(read_cases(file, limit=80)) == 50


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"text": "Fever."}', "case 1: needs a text"),
        (b'{"gold": "Flu"}', "case 1: needs a text"),
        (b'{"text": "Fever.", "gold": ""}', "case 1: needs a text"),
        (b"not json", "cannot read cases"),
        (b"\xff\xfe{", "cannot read cases"),
    ],
)
def test_what_cannot_be_read_is_one_clear_line(tmp_path: Path, content: bytes, words: str):
    file = tmp_path / "cases.jsonl"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=words) as failure:
        read_cases(file)
    assert "\n" not in str(failure.value)


def test_a_missing_file(tmp_path: Path):
    with pytest.raises(UsageError, match="cannot read cases"):
        read_cases(tmp_path / "missing.csv")
