"""Reading files: each kind has a module with `read(path, data, limits, defaults)`; `files` picks the one that fits."""

from index.reading.drafts import STARTER_FOLDER, DocumentDefaults, Limits
from index.reading.files import find_files, read_path, whole_path

__all__ = ["STARTER_FOLDER", "DocumentDefaults", "Limits", "find_files", "read_path", "whole_path"]
