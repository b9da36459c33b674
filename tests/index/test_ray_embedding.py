from __future__ import annotations

import builtins
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from counting_copy import WORDS, counting_copy

from assistant.cli import main
from index.embedding import OnnxEmbedder
from index.errors import EmbedderError
from index.ray_embedding import RayEmbedder, Worker, started_ray

_TEXTS = {
    f"{number}".encode() + b"\0\xff": " ".join(WORDS[1 : 2 + number % 7] * (1 + number % 5)) for number in range(500)
}


@pytest.fixture
def no_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = builtins.__import__

    def refuse(name: str, *rest: object) -> object:
        if name.split(".")[0] == "ray":
            raise ImportError(name)
        return imported(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "1")


@pytest.mark.usefixtures("no_ray")
def test_without_ray_there_is_one_line_that_says_how_to_get_it(own_folders: Path) -> None:
    with pytest.raises(EmbedderError, match=r"pip install 'wardround\[ray\]'"):
        started_ray()
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
    (own_folders / "note.md").write_text("# Gout\n\nToe pain.\n")
    result = CliRunner().invoke(main, ["index", "add", "--ray", str(own_folders / "note.md")])
    assert result.exit_code == EmbedderError.exit_code
    assert "pip install 'wardround[ray]'" in result.stderr
    assert result.stderr.count("\n") == 1


def test_few_texts_are_embedded_here(tmp_path: Path) -> None:
    embedder = RayEmbedder(counting_copy(tmp_path), few=len(_TEXTS) + 1)
    made = {key: vector for block in embedder.embed_blocks(_TEXTS) for key, vector in block.items()}
    assert made.keys() == _TEXTS.keys()
    assert "ray" not in sys.modules or not sys.modules["ray"].is_initialized()


def test_a_worker_with_another_embedder_is_refused(tmp_path: Path) -> None:
    copy = counting_copy(tmp_path)
    with pytest.raises(EmbedderError, match="holds 'counting@000000000001' on a worker, not 'other@1'"):
        Worker(str(copy), "other@1")


@pytest.fixture
def two_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    ray = pytest.importorskip("ray", reason="needs the extra: pip install 'wardround[ray]'")
    pytest.importorskip("ray.data", reason="needs the extra: pip install 'wardround[ray]'")
    # Ray keeps a token in the home folder.
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.usefixtures("two_workers")
def test_two_workers_make_the_vectors_that_one_machine_makes(tmp_path: Path) -> None:
    copy = counting_copy(tmp_path / "copy")
    embedder = RayEmbedder(copy, few=1)
    blocks = list(embedder.embed_blocks(_TEXTS))
    made = {key: vector for block in blocks for key, vector in block.items()}
    expected = OnnxEmbedder(copy).embed(list(_TEXTS.values()))
    assert len(blocks) > 1
    assert np.array_equal(np.stack([made[key] for key in _TEXTS]), expected)
    (copy / "model.onnx").write_bytes(b"nonsense")
    with pytest.raises(EmbedderError, match="embedding on Ray failed"):
        list(RayEmbedder(copy, few=1).embed_blocks(_TEXTS))
