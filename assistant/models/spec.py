"""Open a language model by the text a user names it with.

    default                               the embedded default (also: nothing at all)
    notes/model.gguf                      any GGUF file, run by llama.cpp
    models/mistral  or  org/name          a folder, or a Hugging Face id, run by transformers
    http://127.0.0.1:8000/v1#name         any OpenAI-compatible server

`+adapter=PATH` after any of the first three adds a LoRA adapter.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.errors import ModelError, ModelMissing
from assistant.models import catalogue
from assistant.models.adapter import ADAPTER_GGUF, ADAPTER_WEIGHTS, check_adapter
from assistant.models.checksums import Checksums
from assistant.models.embedded import EmbeddedModel
from assistant.models.gguf import GgufModel
from assistant.models.hub import hub_folder
from assistant.models.language_model import LanguageModel, ModelIdentity
from assistant.models.server import ServerModel
from assistant.models.transformers_model import TransformersModel
from assistant.settings import Settings

DEFAULT = "default"
# How far a model's ranking is trusted against the evidence's. The default has 135 million parameters and no medical
# training: its opinion may settle a tie, not overrule a finding. Of others we only know that somebody chose them.
EMBEDDED_WEIGHT = 0.15
CHOSEN_WEIGHT = 0.5
# One thread writes as fast as two with this little model (54 tokens a second either way), and does not stall when other
# programs, or the scorer while it loads, want the second core.
_DEFAULT_WRITING_THREADS = 1
# Scoring threads wait for each other by spinning: where other programs hold a core, as many threads as cores took ten times
# as long as half as many; on a quiet machine they take 0.6 of the time (LOG.md).
_SCORING_SHARE = 2
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


@dataclass(frozen=True)
class Spec:
    """A user's text, split: what the model is, and the adapter on top of it."""

    target: str
    adapter: Path | None

    @classmethod
    def parse(cls, text: str) -> Spec:
        """Split a text. Raises ModelError when the part after '+' is not an adapter."""
        target, plus, adapter = text.strip().partition("+adapter=")
        if plus and not adapter:
            raise ModelError(f"{text!r} names no adapter; write {target}+adapter=PATH")
        return cls(target or DEFAULT, Path(adapter).expanduser() if adapter else None)


def open_model(text: str, settings: Settings, *, download: bool = False) -> LanguageModel:
    """Return the model a text names; its weights are loaded on first use.

    A Hugging Face id is fetched only where `download` is given, else taken from the local cache. Raises ModelMissing
    when the model is not here, ModelError when it and its adapter do not go together.
    """
    spec = Spec.parse(text)
    if spec.target == DEFAULT or spec.target == catalogue.DEFAULT_LANGUAGE_MODEL:
        return _embedded(spec.adapter, settings)
    if re.match(r"https?://", spec.target):
        if spec.adapter is not None:
            raise ModelError(f"an adapter cannot be sent to {spec.target}; load it in the server and name it after '#'")
        url, _, name = spec.target.partition("#")
        return ServerModel(url, name, weight=CHOSEN_WEIGHT)
    path = Path(spec.target).expanduser()
    if path.suffix == ".gguf":
        return _gguf(path, spec.adapter, settings)
    if path.is_dir():
        return _folder(path.resolve(), path.resolve().name, spec.adapter, settings)
    if _HUB_ID.fullmatch(spec.target):
        return _folder(hub_folder(spec.target, download=download), spec.target, spec.adapter, settings)
    raise ModelMissing(f"no model is called {spec.target!r}; 'wardround models list' shows what can be named, and how")


def _embedded(adapter: Path | None, settings: Settings) -> LanguageModel:
    identity = ModelIdentity(catalogue.DEFAULT_LANGUAGE_MODEL, "embedded", catalogue.default_sha256())
    scorer_folder = catalogue.default_scorer(settings)
    if adapter is not None and not _has_gguf(adapter):
        return _with_adapter(scorer_folder, adapter, identity, settings)
    weight = EMBEDDED_WEIGHT if adapter is None else CHOSEN_WEIGHT
    lora = _gguf_adapter(adapter)
    if adapter is not None:
        if adapter.is_dir():
            check_adapter(adapter, identity)
        identity = replace(identity, adapter=_adapter_name(adapter, settings))
    writer = GgufModel(
        catalogue.default_writer(settings),
        identity,
        weight=weight,
        threads=settings.threads,
        writing_threads=_DEFAULT_WRITING_THREADS,
        lora=lora,
    )
    if adapter is not None and not adapter.is_dir():
        # A lone GGUF adapter cannot be scored with, and the base model's scores would be another model's opinion.
        return writer
    threads = max(1, settings.threads // _SCORING_SHARE)
    scorer = TransformersModel(scorer_folder, identity, weight=weight, threads=threads, adapter=adapter)
    return EmbeddedModel(writer, scorer, identity, weight=weight)


def _gguf(file: Path, adapter: Path | None, settings: Settings) -> GgufModel:
    if not file.is_file():
        raise ModelMissing(f"there is no file {file}; give the path of a GGUF file")
    identity = ModelIdentity(file.stem, "gguf", _sha256(file, settings))
    if adapter is not None:
        if adapter.is_dir():
            check_adapter(adapter, identity)
        identity = replace(identity, adapter=_adapter_name(adapter, settings))
    lora = _gguf_adapter(adapter)
    return GgufModel(file, identity, weight=CHOSEN_WEIGHT, threads=settings.threads, lora=lora)


def _folder(folder: Path, name: str, adapter: Path | None, settings: Settings) -> TransformersModel:
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise ModelMissing(f"{folder} holds no .safetensors weights; other formats can run code and are not read")
    hashes = [_sha256(file, settings) for file in weights]
    whole = hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()
    identity = ModelIdentity(name, "transformers", whole)
    if adapter is not None:
        return _with_adapter(folder, adapter, identity, settings)
    return TransformersModel(folder, identity, weight=CHOSEN_WEIGHT, threads=settings.threads)


def _with_adapter(folder: Path, adapter: Path, identity: ModelIdentity, settings: Settings) -> TransformersModel:
    check_adapter(adapter, identity)
    named = replace(identity, adapter=_adapter_name(adapter, settings))
    return TransformersModel(folder, named, weight=CHOSEN_WEIGHT, threads=settings.threads, adapter=adapter)


def _has_gguf(adapter: Path) -> bool:
    return adapter.suffix == ".gguf" or (adapter / ADAPTER_GGUF).is_file()


def _gguf_adapter(adapter: Path | None) -> Path | None:
    """Return the GGUF form of an adapter. Raises ModelMissing when it has none."""
    if adapter is None:
        return None
    file = adapter / ADAPTER_GGUF if adapter.is_dir() else adapter
    if not file.is_file() or file.suffix != ".gguf":
        raise ModelMissing(
            f"llama.cpp needs an adapter in GGUF form, and there is no {file}; export it, or name its base"
        )
    return file


def _adapter_name(adapter: Path, settings: Settings) -> str:
    file = adapter / ADAPTER_WEIGHTS if (adapter / ADAPTER_WEIGHTS).is_file() else _gguf_adapter(adapter)
    assert file is not None  # noqa: S101 - an adapter that is given has a file, or an error was raised
    return f"{adapter.name}@{_sha256(file, settings)[:12]}"


def _sha256(file: Path, settings: Settings) -> str:
    """Return a file's hash; what is remembered of users' own files stands in the cache, not beside them."""
    folder = file.resolve().parent
    memory = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    return Checksums(folder, settings.cache_folder / "checksums" / f"{memory}.json").sha256(file.resolve().name)
