"""The tuned query side: merged weights equal peft's, what does not belong is refused, and an index stays as it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from fakes import HashingEmbedder
from safetensors.numpy import load_file, save_file
from tiny_embedder import tiny_embedder

from index.embedding import OnnxEmbedder, SentenceTransformerEmbedder, Vectors
from index.errors import EmbedderError
from index.exporting import export_onnx
from index.guideline_index import GuidelineIndex
from index.search import Query
from index.tuned import QUERY_FOLDER, QueryTunedEmbedder, merge_adapter, query_copy, query_vectors

TEXTS = ["pain in one joint", "wheeze and cough", "fever at night"]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_embedder(tmp_path_factory.mktemp("source"))


@pytest.fixture
def adapter(source: Path, tmp_path: Path) -> Path:
    """An adapter of random numbers, as peft saves it, with the hashes that training notes."""
    folder = tmp_path / "adapter"
    _adapted(source).save_pretrained(str(folder))
    config = json.loads((folder / "adapter_config.json").read_text())
    config |= {"base_sha256": _sha256(source / "model.safetensors"), "lora_alpha": 6.0}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    (folder / "training.json").write_text(json.dumps({"adapter_sha256": _sha256(folder / "adapter_model.safetensors")}))
    return folder


def _adapted(source: Path):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import BertModel

    model = get_peft_model(
        BertModel.from_pretrained(source),
        LoraConfig(r=4, lora_alpha=6, target_modules=["query", "key", "value", "dense"]),
    )
    torch.manual_seed(1)
    for name, value in model.named_parameters():
        if "lora_" in name:
            value.data = torch.randn_like(value) * 0.1
    return model


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_merged_weights_are_those_that_peft_merges(source: Path, adapter: Path, tmp_path: Path) -> None:
    merge_adapter(source, adapter, tmp_path / "merged")
    expected = _adapted(source).merge_and_unload().state_dict()
    merged = load_file(tmp_path / "merged" / "model.safetensors")
    assert set(merged) <= set(expected)
    for name, values in merged.items():
        assert values == pytest.approx(expected[name].numpy(), abs=1e-6)
    changed = load_file(source / "model.safetensors")
    assert sum(not np.array_equal(values, changed[name]) for name, values in merged.items()) == 2 * 6 + 1
    before, after = (SentenceTransformerEmbedder(folder).embed(TEXTS) for folder in (source, tmp_path / "merged"))
    assert after.shape == before.shape
    assert np.abs(after - before).max() > 0.01


def test_the_copy_of_the_query_side_is_written_below_that_of_the_passages(
    source: Path, adapter: Path, tmp_path: Path
) -> None:
    export_onnx(source, tmp_path / "tiny", "float32")
    query_copy(source, tmp_path / "tiny", adapter)
    merge_adapter(source, adapter, tmp_path / "merged")
    expected = SentenceTransformerEmbedder(tmp_path / "merged").embed(TEXTS)
    found = OnnxEmbedder(tmp_path / "tiny" / QUERY_FOLDER).embed(TEXTS)
    assert (found * expected).sum(axis=1).min() > 0.98
    untuned = SentenceTransformerEmbedder(source).embed(TEXTS)
    assert OnnxEmbedder(tmp_path / "tiny").embed(TEXTS) == pytest.approx(untuned, abs=1e-4)
    assert {path.name for path in (tmp_path / "tiny").iterdir()} >= {"model.onnx", QUERY_FOLDER}


def test_an_adapter_of_another_base_is_refused(source: Path, adapter: Path, tmp_path: Path) -> None:
    weights = load_file(source / "model.safetensors")
    other = tmp_path / "other"
    other.mkdir()
    save_file({name: values + 1 for name, values in weights.items()}, other / "model.safetensors")
    with pytest.raises(EmbedderError, match="was trained on other weights"):
        merge_adapter(other, adapter, tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


@pytest.mark.parametrize("name", ["adapter_model.safetensors", "adapter_config.json", "training.json"])
def test_an_adapter_that_is_broken_is_refused_in_one_line(
    source: Path, adapter: Path, tmp_path: Path, name: str
) -> None:
    for content in (b"", b"{}", b"[1]"):
        (adapter / name).write_bytes(content)
        with pytest.raises(EmbedderError, match=str(adapter)[:20]) as failure:
            merge_adapter(source, adapter, tmp_path / "merged")
        assert "\n" not in str(failure.value)
    (adapter / name).unlink()
    with pytest.raises(EmbedderError):
        merge_adapter(source, adapter, tmp_path / "merged")


class _Contrary:
    """Embeds a query as the word it stands for; counts what it was asked."""

    identity, dimension = "contrary@0", 64

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str], progress: object = None) -> Vectors:
        self.asked += texts
        return HashingEmbedder().embed([text.replace("podagra", "gout") for text in texts])


def test_only_queries_go_through_the_tuned_side_and_the_index_stays_valid(tmp_path: Path) -> None:
    for name in ("gout", "croup", "scabies"):
        (tmp_path / f"{name}.md").write_text(f"# {name}\n\nAbout {name} {name} {name}.\n")
    plain = HashingEmbedder()
    index = GuidelineIndex.create(tmp_path / "index", plain)
    index.add([tmp_path])
    index.close()
    queries = _Contrary()
    tuned = QueryTunedEmbedder(HashingEmbedder(), queries)
    assert (tuned.identity, tuned.dimension) == (plain.identity, 64)
    index = GuidelineIndex.open(tmp_path / "index", tuned)
    best = index.search(Query(text="podagra", by="meaning"))[0]
    assert best.document.title.casefold() == "gout"
    assert any("podagra" in text for text in queries.asked)
    (tmp_path / "measles.md").write_text("# measles\n\nAbout measles.\n")
    asked = len(queries.asked)
    assert index.add([tmp_path]).embedded == 1
    assert len(queries.asked) == asked
    index.close()


def test_an_embedder_without_two_sides_embeds_queries_as_it_does_passages() -> None:
    plain = HashingEmbedder()
    assert np.array_equal(query_vectors(plain, TEXTS), plain.embed(TEXTS))
