"""The embedder as it was published, before any tuning: what the baseline embeds with.

Knows the folder of a download. Does not know what was tuned, nor how.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from index.embedding import Embedder, OnnxEmbedder, SentenceTransformerEmbedder

_SOURCE = "source"


def untuned_embedder(folder: Path, threads: int = 0) -> Embedder:
    """Return the published weights of a downloaded embedder: by their ONNX copy where there is one, which is quicker."""
    weights = folder / _SOURCE / "model.safetensors"
    with weights.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    for facts in sorted(folder.glob("*/embedder.json")):
        # The identity of a copy ends with the hash of the weights it was made of; the rounded one is not the published.
        identity = str(json.loads(facts.read_text(encoding="utf-8")).get("identity", ""))
        if identity.endswith(f"@{sha256[:12]}") and "-int8@" not in identity:
            return OnnxEmbedder(facts.parent, threads)
    return SentenceTransformerEmbedder(folder / _SOURCE)
