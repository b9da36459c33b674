"""Models of the Hugging Face hub: from the local cache, or fetched once when the user asks for it.

Knows names and folders. Does not know how any model runs.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.errors import ModelMissing

_FILES = ("*.json", "*.jinja", "*.safetensors", "*.txt", "*.model")


def hub_folder(name: str, *, download: bool) -> Path:
    """Return the folder of a hub model. Raises ModelMissing when it is not here, or cannot be fetched."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        with _network(allowed=download):
            return Path(snapshot_download(name, local_files_only=not download, allow_patterns=list(_FILES)))
    except LocalEntryNotFoundError as error:
        way = "check the network" if download else f"fetch it once with 'wardround models use {name}'"
        raise ModelMissing(f"{name} is neither a folder nor in the local Hugging Face cache; {way}") from error
    except (HfHubHTTPError, OSError) as error:
        said = next(iter(str(error).splitlines()), type(error).__name__)
        raise ModelMissing(f"cannot fetch {name}: {said}; check the name and the network") from error


@contextmanager
def _network(*, allowed: bool) -> Iterator[None]:
    """Lift `HF_HUB_OFFLINE`, which the library reads when it is imported, for as long as a download lasts."""
    from huggingface_hub import constants

    before, said = constants.HF_HUB_OFFLINE, os.environ.get("HF_HUB_OFFLINE")
    constants.HF_HUB_OFFLINE = before and not allowed
    if allowed:
        os.environ["HF_HUB_OFFLINE"] = "0"
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before
        if said is not None:
            os.environ["HF_HUB_OFFLINE"] = said
