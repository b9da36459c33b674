"""The names of the terms of an ontology in the OBO format; everything else in it is passed over."""

from __future__ import annotations

from pathlib import Path


def term_names(path: Path) -> dict[str, str]:
    """Return the name of each term by its id, those it had before it was merged included."""
    names: dict[str, str] = {}
    ids: list[str] = []
    name = ""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            key, _, value = line.rstrip("\n").partition(": ")
            if line.startswith("["):
                ids, name = [], ""
            elif key in ("id", "alt_id"):
                ids.append(value)
            elif key == "name":
                name = value
            names.update(dict.fromkeys(ids, name) if name and key in ("name", "alt_id") else {})
    return names
