"""Settings: defaults, then the file, then the environment; what cannot be used is one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import SettingsError
from assistant.settings import Settings, load_settings, origins, save_setting


@pytest.fixture
def file(own_folders: Path) -> Path:
    file = own_folders / "config" / "settings.yaml"
    file.parent.mkdir()
    return file


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("model: from-file\nthreads: 3\n")
    assert (load_settings().model, load_settings().threads, load_settings().log_level) == ("from-file", 3, "warning")
    monkeypatch.setenv("WARDROUND_MODEL", "from-environment")
    assert (load_settings().model, load_settings().threads) == ("from-environment", 3)


def test_every_setting_says_where_it_comes_from(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("model: from-file\nthreads: 3\nconfig_folder: /elsewhere\n")
    monkeypatch.setenv("WARDROUND_THREADS", "1")
    found = origins()
    assert set(found) == set(Settings.model_fields)
    assert found["model"] == str(file)
    assert found["threads"] == "WARDROUND_THREADS"
    assert found["log_level"] == "default"
    assert found["config_folder"] == "WARDROUND_CONFIG_FOLDER"


def test_an_empty_variable_counts_as_not_set(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARDROUND_DATA_FOLDER", "")
    assert load_settings().data_folder == Settings().data_folder
    assert load_settings().data_folder != Path()


def test_a_tilde_is_the_home_folder(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("cache_folder: ~/wardround-cache\n")
    monkeypatch.setenv("WARDROUND_DATA_FOLDER", "~/wardround-data")
    settings = load_settings()
    assert settings.data_folder == Path.home() / "wardround-data"
    assert settings.index_folder == Path.home() / "wardround-data" / "index"
    monkeypatch.delenv("WARDROUND_CACHE_FOLDER")
    assert load_settings().cache_folder == Path.home() / "wardround-cache"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("threads: none\n", "setting threads = 'none'"),
        ("threads: 0\n", "setting threads = '0'"),
        ("modle: default\n", "'modle', which is no setting"),
        ("- model\n", "must hold 'name: value' lines"),
        ("model: [a\n", "cannot read"),
        ("1: 2\n", "no setting"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_in_one_line(file: Path, written: str, said: str) -> None:
    file.write_text(written)
    with pytest.raises(SettingsError) as raised:
        load_settings()
    message = str(raised.value)
    assert said in message
    assert str(file) in message
    assert "\n" not in message


def test_a_variable_that_cannot_be_used_is_named(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARDROUND_THREADS", "two\nthree")
    with pytest.raises(SettingsError, match="WARDROUND_THREADS") as raised:
        load_settings()
    assert "\n" not in str(raised.value)


def test_saving_one_setting_keeps_the_others(file: Path) -> None:
    file.write_text("threads: 3\n")
    assert save_setting("model", "default", load_settings()) == file
    assert (load_settings().model, load_settings().threads) == ("default", 3)
    assert [one.name for one in file.parent.iterdir()] == ["settings.yaml"]


def test_a_folder_that_cannot_be_written_is_one_line(own_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (own_folders / "taken").write_text("")
    monkeypatch.setenv("WARDROUND_CONFIG_FOLDER", str(own_folders / "taken" / "below"))
    with pytest.raises(SettingsError):
        save_setting("model", "default", load_settings())
