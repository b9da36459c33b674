from __future__ import annotations

import json
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from counting_copy import WORDS, counting_copy
from fakes import HashingEmbedder
from hypothesis import given
from hypothesis import strategies as st

from index.embedding import (
    Embedder,
    OnnxEmbedder,
    SentenceTransformerEmbedder,
    Vectors,
    _in_threads,
    open_embedder,
    usable_cores,
)
from index.errors import EmbedderError

_SOME_TEXTS = st.lists(st.lists(st.sampled_from(WORDS[1:]), min_size=1, max_size=12).map(" ".join), max_size=12)


@pytest.fixture(scope="module")
def counting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return counting_copy(tmp_path_factory.mktemp("counting"))


@pytest.fixture(scope="module")
def masked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return counting_copy(tmp_path_factory.mktemp("masked"), masked=True)


@given(_SOME_TEXTS, st.integers(1, 4))
def test_every_text_has_its_own_vector_in_order_whatever_is_beside_it(
    counting: Path, masked: Path, texts: list[str], threads: int
) -> None:
    raw = np.array([[len(text.split()), sum(map(WORDS.index, text.split()))] for text in texts], float).reshape(-1, 2)
    expected = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    for folder in (counting, masked):
        done: list[int] = []
        vectors = OnnxEmbedder(folder, threads).embed(texts, done.append)
        assert vectors == pytest.approx(expected, abs=1e-6)
        assert sum(done) == len(texts)


def test_no_threads_named_means_all_the_cores(counting: Path) -> None:
    assert OnnxEmbedder(counting).threads == usable_cores() >= 1


def test_what_stops_the_caller_is_not_taken_for_a_broken_model(counting: Path) -> None:
    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        OnnxEmbedder(counting, 2).embed(["pain"] * 50, stop)


def test_texts_that_have_not_begun_are_given_up_when_the_caller_stops() -> None:
    begun: list[str] = []

    def work(text: str) -> Vectors:
        begun.append(text)
        time.sleep(0.001)
        return np.zeros(1, np.float32)

    with closing(_in_threads(work, ["text"] * 2000, 2)) as made:
        next(made)
    stopped_at = len(begun)
    time.sleep(0.05)
    assert len(begun) == stopped_at < 2000


def test_a_vector_of_another_length_than_stated_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match=r"shape \(1, 2\), not \(1, 3\)"):
        OnnxEmbedder(counting_copy(tmp_path, dimension=3)).embed(["pain", "fever"])


def test_a_folder_without_a_usable_embedder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"nonsense")
    embedder = open_embedder(tmp_path)
    with pytest.raises(EmbedderError, match="fetch the embedder again"):
        _ = embedder.identity
    (tmp_path / "embedder.json").write_text(json.dumps({"identity": "x@1", "dimension": 3}))
    with pytest.raises(EmbedderError, match="cannot embed"):
        open_embedder(tmp_path).embed(["text"])


def test_the_fake_is_an_embedder() -> None:
    assert isinstance(HashingEmbedder(), Embedder)


@pytest.mark.real
@pytest.mark.filterwarnings("default")
def test_the_default_embedder_gives_the_vectors_of_sentence_transformers() -> None:
    from assistant.models.catalogue import embedder_folder, get
    from assistant.settings import load_settings

    settings = load_settings()
    get("all-minilm-l6-v2", settings)
    embedder = OnnxEmbedder(embedder_folder(settings))
    source = next(path.parent for path in embedder.folder.parent.rglob("modules.json"))
    texts = ["Sudden pain in one joint.", "fever", "Wheeze and cough at night " * 100, "中文", "Gout > Treatment: rest"]
    cosines = (embedder.embed(texts) * SentenceTransformerEmbedder(source).embed(texts)).sum(axis=1)
    # Measured on thousands of passages: int8 keeps 0.993 on average, 0.976 at worst.
    assert cosines.min() > (0.97 if "-int8@" in embedder.identity else 0.9999)
    alike = embedder.embed(
        ["a swollen, painful big toe", "acute gout of the first metatarsophalangeal joint", "cataract"]
    )
    assert alike[0] @ alike[1] > alike[0] @ alike[2]
