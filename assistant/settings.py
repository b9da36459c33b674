"""Where Wardround keeps its things and how it is set up: defaults, then the settings file, then the environment.

The file is `settings.yaml` in the configuration folder; the variable for a field is WARDROUND_ and its name in capitals
(WARDROUND_DATA_FOLDER); an empty variable counts as not set. Command-line flags are applied by the commands themselves, last.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import platformdirs
import yaml
from pydantic import Field, ValidationError, field_validator

from assistant.errors import SettingsError
from index.document import Frozen

_FILE_NAME = "settings.yaml"
_PREFIX = "WARDROUND_"


class Settings(Frozen):
    """All settings; every field can be given in the file or by its environment variable."""

    config_folder: Path = Field(default_factory=lambda: platformdirs.user_config_path("wardround"))
    data_folder: Path = Field(default_factory=lambda: platformdirs.user_data_path("wardround"))
    cache_folder: Path = Field(default_factory=lambda: platformdirs.user_cache_path("wardround"))
    model: str = ""
    embedder: str = ""
    reranker: str = ""
    data_mirror: Path | None = None
    threads: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    log_level: str = Field(default="warning", pattern="^(debug|info|warning|error)$")

    @field_validator("config_folder", "data_folder", "cache_folder", "data_mirror")
    @classmethod
    def _from_home(cls, folder: Path | None) -> Path | None:
        """Return the folder with its "~" expanded: no shell does that in a file."""
        return folder.expanduser() if folder else None

    @property
    def index_folder(self) -> Path:
        """The guideline index: one SQLite database and its FAISS cache."""
        return self.data_folder / "index"

    @property
    def corpora_folder(self) -> Path:
        """The documents made of fetched corpora, and the licences that were accepted."""
        return self.data_folder / "corpora"

    @property
    def downloads_folder(self) -> Path:
        """Downloaded files of corpora; all of it can be fetched again."""
        return self.cache_folder / "corpora"

    @property
    def models_folder(self) -> Path:
        """Downloaded models; all of it can be fetched again."""
        return self.cache_folder / "models"

    @property
    def cases_file(self) -> Path:
        """The store of cases and chat turns."""
        return self.data_folder / "cases.sqlite"


def load_settings() -> Settings:
    """Read the settings. Raises SettingsError naming the value that cannot be used and where it stands."""
    given = _from_environment()
    file = _file(given)
    values = _read_file(file) | {"config_folder": file.parent} | given
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise _unusable(error, file, given) from error


def origins() -> dict[str, str]:
    """Return for every setting where its value comes from: "default", the settings file, or the variable's name.

    Raises SettingsError when the settings file cannot be read.
    """
    given = _from_environment()
    file = _file(given)
    written = dict.fromkeys(set(_read_file(file)) - {"config_folder"}, str(file))
    variables = {name: _variable(name) for name in given}
    return dict.fromkeys(Settings.model_fields, "default") | written | variables


def _variable(name: str) -> str:
    return _PREFIX + name.upper()


def _from_environment() -> dict[str, str]:
    """Return the settings that the environment gives; an empty variable gives none."""
    named = {name: os.environ.get(_variable(name), "") for name in Settings.model_fields}
    return {name: value for name, value in named.items() if value.strip()}


def _file(given: Mapping[str, str]) -> Path:
    """Return the settings file, whose folder only the environment can name."""
    folder = given.get("config_folder")
    return (Path(folder).expanduser() if folder else platformdirs.user_config_path("wardround")) / _FILE_NAME


def _unusable(error: ValidationError, file: Path, given: Mapping[str, str]) -> SettingsError:
    first = error.errors()[0]
    name = str(first["loc"][0])
    value = " ".join(str(first["input"]).split())[:80]
    if name not in Settings.model_fields:
        return SettingsError(f"{file} has {name!r}, which is no setting; known are {', '.join(Settings.model_fields)}")
    place = f"the variable {_variable(name)}" if name in given else str(file)
    return SettingsError(f"setting {name} = {value!r} cannot be used: {first['msg']}; mend it in {place}")


def save_setting(name: str, value: str, settings: Settings) -> Path:
    """Write one setting to the settings file, keeping the others, and return the file's path."""
    file = settings.config_folder / _FILE_NAME
    values = _read_file(file) | {name: value}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary = file.with_suffix(".tmp")
        temporary.write_text(yaml.safe_dump(values, sort_keys=True), encoding="utf-8")
        temporary.replace(file)
    except OSError as error:
        raise SettingsError(f"cannot write {file}: {error.strerror}; choose another WARDROUND_CONFIG_FOLDER") from error
    return file


def _read_file(file: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"cannot read {file}: {error}".replace("\n", " ")) from error
    if values is not None and not isinstance(values, dict):
        raise SettingsError(f"{file} must hold 'name: value' lines, not {type(values).__name__}")
    return values or {}
