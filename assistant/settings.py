"""Where Wardround keeps its things and how it is set up: defaults, then the settings file, then the environment.

The file is `settings.yaml` in the configuration folder; the variable for a field is WARDROUND_ and its name in capitals
(WARDROUND_DATA_FOLDER). Command-line flags are applied by the commands themselves, last.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import platformdirs
import yaml
from pydantic import Field, ValidationError

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
    threads: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    log_level: str = Field(default="warning", pattern="^(debug|info|warning|error)$")

    @property
    def index_folder(self) -> Path:
        """The guideline index: one SQLite database and its FAISS cache."""
        return self.data_folder / "index"

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
    given = {name: os.environ[_PREFIX + name.upper()] for name in Settings.model_fields if _PREFIX + name.upper() in os.environ}
    folder = Path(given.get("config_folder", platformdirs.user_config_path("wardround")))
    values = _read_file(folder / _FILE_NAME) | {"config_folder": folder} | given
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            f"setting {name!r} = {first['input']!r}: {first['msg']}; mend {folder / _FILE_NAME} or {_PREFIX}{name.upper()}"
        ) from error


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
