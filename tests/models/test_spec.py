import json
import os
from pathlib import Path

import pytest

from assistant.errors import ModelError, ModelMissing
from assistant.models import catalogue
from assistant.models.adapter import check_adapter
from assistant.models.embedded import EmbeddedModel
from assistant.models.gguf import GgufModel
from assistant.models.language_model import ModelIdentity
from assistant.models.server import ServerModel
from assistant.models.spec import CHOSEN_WEIGHT, EMBEDDED_WEIGHT, Spec, open_model
from assistant.models.transformers_model import TransformersModel
from assistant.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(config_folder=tmp_path / "c", data_folder=tmp_path / "d", cache_folder=tmp_path / "cache")


@pytest.fixture
def defaults(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The embedded default, as if it were downloaded."""
    monkeypatch.setattr(catalogue, "_checked", lambda name, settings: tmp_path / name)
    return settings


def _adapter(folder: Path, base: str, **more: str) -> Path:
    folder.mkdir()
    config = {"peft_type": "LORA", "base_model_name_or_path": base, **more}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    (folder / "adapter_model.safetensors").write_bytes(b"weights")
    return folder


@pytest.mark.parametrize(
    ("text", "target", "adapter"),
    [
        ("", "default", None),
        (" default ", "default", None),
        ("a/b.gguf+adapter=c.gguf", "a/b.gguf", Path("c.gguf")),
        ("+adapter=runs/one", "default", Path("runs/one")),
    ],
)
def test_a_spec_is_a_target_and_perhaps_an_adapter(text: str, target: str, adapter: Path | None):
    assert Spec.parse(text) == Spec(target, adapter)


def test_an_adapter_without_a_path_is_refused():
    with pytest.raises(ModelError, match="default\\+adapter=PATH"):
        Spec.parse("default+adapter=")


@pytest.mark.parametrize("text", ["", "default", "smollm2-135m-instruct"])
def test_nothing_named_is_the_embedded_default(text: str, defaults: Settings):
    model = open_model(text, defaults)
    assert isinstance(model, EmbeddedModel)
    assert model.weight == EMBEDDED_WEIGHT
    assert model.identity.sha256 == catalogue.default_sha256()


def test_the_default_that_is_not_downloaded_names_the_command(settings: Settings):
    with pytest.raises(ModelMissing, match="wardround models get smollm2"):
        open_model("", settings)


def test_an_adapter_moves_the_default_to_transformers(defaults: Settings, tmp_path: Path):
    adapter = _adapter(tmp_path / "tuned", "HuggingFaceTB/SmolLM2-135M-Instruct")
    model = open_model(f"default+adapter={adapter}", defaults)
    assert isinstance(model, TransformersModel)
    assert model.adapter == adapter
    assert model.identity.adapter.startswith("tuned@")
    assert model.weight == CHOSEN_WEIGHT


def test_an_adapter_exported_for_llama_cpp_keeps_both_runtimes(defaults: Settings, tmp_path: Path):
    adapter = _adapter(tmp_path / "tuned", "smollm2-135m-instruct")
    (adapter / "adapter.gguf").write_bytes(b"GGUF")
    model = open_model(f"default+adapter={adapter}", defaults)
    assert isinstance(model, EmbeddedModel)
    assert (model.writer.lora, model.scorer.adapter) == (adapter / "adapter.gguf", adapter)


def test_a_gguf_file(settings: Settings, tmp_path: Path):
    file = tmp_path / "notes.gguf"
    file.write_bytes(b"GGUF and more")
    model = open_model(str(file), settings)
    assert isinstance(model, GgufModel)
    assert (model.identity.name, len(model.identity.sha256)) == ("notes", 64)
    assert {path.name for path in tmp_path.iterdir()} == {"notes.gguf", "cache"}


def test_a_file_that_is_not_a_gguf_is_refused_when_it_is_loaded(settings: Settings, tmp_path: Path):
    file = tmp_path / "notes.gguf"
    file.write_bytes(b"PK\x03\x04")
    model = open_model(str(file), settings)
    with pytest.raises(ModelMissing, match="not a GGUF file"):
        model.warm()


def test_a_folder_needs_safetensors(settings: Settings, tmp_path: Path):
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(ModelMissing, match="can run code"):
        open_model(str(tmp_path / "weights"), settings)
    (tmp_path / "weights" / "model.safetensors").write_bytes(b"x")
    assert isinstance(open_model(str(tmp_path / "weights"), settings), TransformersModel)


def test_a_url_is_a_server(settings: Settings):
    model = open_model("http://127.0.0.1:8000#qwen3", settings)
    assert isinstance(model, ServerModel)
    assert (model.url, model.identity.name) == ("http://127.0.0.1:8000/v1", "qwen3")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nothing-like-it", "models list"),
        ("missing.gguf", "no file"),
        ("no-such-owner/no-such-model", "models use no-such-owner/no-such-model"),
    ],
)
def test_what_is_not_here_says_what_to_do(text: str, words: str, settings: Settings):
    with pytest.raises(ModelMissing, match=words):
        open_model(text, settings)


def test_an_adapter_cannot_go_to_a_server(settings: Settings):
    with pytest.raises(ModelError, match="load it in the server"):
        open_model("http://127.0.0.1:8000/v1#x+adapter=y", settings)


def test_a_noted_hash_decides_over_the_name(tmp_path: Path):
    base = ModelIdentity("copy-of-it", "transformers", sha256="a" * 64)
    check_adapter(_adapter(tmp_path / "same", "original", base_sha256="a" * 64), base)
    with pytest.raises(ModelError, match="was trained on weights bbbbbbbbbbbb"):
        check_adapter(_adapter(tmp_path / "other", "copy-of-it", base_sha256="b" * 64), base)


def test_a_folder_that_is_no_adapter_is_refused(tmp_path: Path):
    with pytest.raises(ModelMissing, match=r"adapter_config\.json"):
        check_adapter(tmp_path, ModelIdentity("x", "transformers"))


def test_the_hub_is_reached_only_while_a_download_lasts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from huggingface_hub import constants

    from assistant.models.hub import hub_folder

    seen: list[tuple[bool, str | None]] = []

    def snapshot(name: str, **options: object) -> str:
        seen.append((constants.HF_HUB_OFFLINE, os.environ.get("HF_HUB_OFFLINE")))
        return str(tmp_path)

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    hub_folder("org/name", download=False)
    hub_folder("org/name", download=True)
    assert seen == [(True, "1"), (False, "0")]
    assert constants.HF_HUB_OFFLINE
    assert os.environ["HF_HUB_OFFLINE"] == "1"
