"""What tests of several rooms share: a small index without weights, and the real starter index, made once a session."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes import HashingEmbedder, MuteModel

from assistant.assistant import Assistant
from assistant.models.language_model import LanguageModel
from assistant.reading import CaseReader, Vocabulary
from assistant.reading.vocabulary import Entry
from assistant.settings import Settings, load_settings
from index.guideline_index import GuidelineIndex
from index.reading import STARTER_FOLDER, find_files, read_path

# Names a ready index of the starter notes to use instead of making one, which takes minutes.
READY_INDEX = "WARDROUND_TEST_INDEX"
SMALL_SET = (
    "acute-cystitis",
    "gout",
    "septic-arthritis",
    "cellulitis",
    "acute-myocardial-infarction",
    "panic-disorder",
)

FINDINGS = ("dysuria", "urinary frequency", "urinary urgency", "suprapubic pain", "fever", "cough", "toe pain")

OpenSmall = Callable[..., Assistant]


@pytest.fixture(scope="session", autouse=True)
def _this_machine_only() -> Iterator[None]:
    """Refuse every connection beyond this machine: what a user does not ask for must not be attempted either."""
    connect = socket.socket.connect

    def guarded(connection: socket.socket, address: Any) -> None:
        local = not isinstance(address, tuple) or address[0] in ("127.0.0.1", "::1", "localhost")
        assert local, f"nothing leaves this machine, but {address} was tried"
        connect(connection, address)

    resolve = socket.getaddrinfo

    def named(host: Any, *more: Any, **options: Any) -> Any:
        assert host in (None, "", "127.0.0.1", "::1", "localhost"), (
            f"nothing leaves this machine, but {host} was looked up"
        )
        return resolve(host, *more, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        patch.setattr(socket, "getaddrinfo", named)
        yield


_MUTE = MuteModel()


@pytest.fixture(scope="session")
def small_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an index of a few starter notes, embedded by hashing."""
    folder = tmp_path_factory.mktemp("small") / "index"
    notes = [STARTER_FOLDER / f"{name}.md" for name in SMALL_SET]
    index = GuidelineIndex.create(folder, HashingEmbedder())
    report = index.add([note for note in notes if note.exists()])
    assert report.added >= 4
    index.close()
    return folder


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    """A few findings, so that these tests do not depend on how large the dictionary of the program is."""
    return Vocabulary((name, Entry(name, "")) for name in FINDINGS)


@pytest.fixture
def open_small(small_index: Path, vocabulary: Vocabulary) -> Iterator[OpenSmall]:
    """Open an assistant over the small index, with a mute model unless another, or None, is given."""
    opened: list[Assistant] = []

    def open_it(model: LanguageModel | None = _MUTE) -> Assistant:
        index = GuidelineIndex.open(small_index, HashingEmbedder())
        opened.append(Assistant(index, CaseReader(vocabulary), None, model))
        return opened[-1]

    yield open_it
    for assistant in opened:
        assistant.close()


@pytest.fixture
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings that point below a temporary folder, whatever the environment says."""
    for name in list(os.environ):
        if name.startswith("WARDROUND_") and name != READY_INDEX:
            monkeypatch.delenv(name)
    for name in ("config", "data", "cache"):
        monkeypatch.setenv(f"WARDROUND_{name.upper()}_FOLDER", str(tmp_path / name))
    return tmp_path


@pytest.fixture(scope="session")
def real_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with the default models and an index of all starter notes in a folder of its own."""
    from assistant.models import catalogue
    from index.embedding import open_embedder

    defaults = load_settings()
    for name in catalogue.CATALOGUE:
        catalogue.get(name, defaults)
    settings = defaults.model_copy(update={"data_folder": tmp_path_factory.mktemp("real"), "model": "", "embedder": ""})
    embedder = open_embedder(catalogue.embedder_folder(settings), settings.threads)
    ready = os.environ.get(READY_INDEX)
    if ready and _is_starter_index(Path(ready)):
        shutil.copytree(ready, settings.index_folder)
        return settings
    index = GuidelineIndex.create(settings.index_folder, embedder)
    assert not index.add([STARTER_FOLDER]).failed
    index.close()
    return settings


def _is_starter_index(folder: Path) -> bool:
    index = GuidelineIndex.open(folder)
    try:
        indexed = {document.id for document in index.documents()}
    finally:
        index.close()
    return indexed == {document.id for file in find_files([STARTER_FOLDER]) for document in read_path(file)}


@pytest.fixture(scope="session")
def real_assistant(real_settings: Settings) -> Iterator[Assistant]:
    """The assistant that `wardround` opens by default, over the starter notes."""
    with Assistant.open(real_settings) as assistant:
        assistant.warm()
        yield assistant
