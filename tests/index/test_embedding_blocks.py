from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from fakes import HashingEmbedder
from hypothesis import given
from hypothesis import strategies as st

from index.embedding_blocks import Block, embed_blocks
from index.guideline_index import GuidelineIndex

_KEYED = st.dictionaries(st.binary(min_size=1, max_size=4), st.text(alphabet="ab \n", max_size=20), max_size=400)


@given(_KEYED)
def test_every_text_is_embedded_once_in_blocks_under_its_key(texts: dict[bytes, str]) -> None:
    embedder = HashingEmbedder(8)
    blocks = list(embed_blocks(embedder, texts))
    made = {key: vector for block in blocks for key, vector in block.items()}
    assert made.keys() == texts.keys()
    assert embedder.embedded == len(texts)
    assert all(len(block) <= 128 for block in blocks)
    for key, vector in made.items():
        assert np.array_equal(vector, HashingEmbedder(8).embed([texts[key]])[0])


class _Elsewhere(HashingEmbedder):
    """Has its own way with many texts, and can fail after some blocks as another machine may."""

    fails_after = 10**9

    def embed(self, texts, progress=None):
        raise AssertionError("texts of files go through embed_blocks")

    def embed_blocks(self, texts: Mapping[bytes, str]) -> Iterator[Block]:
        for number, (key, text) in enumerate(reversed(texts.items())):
            if number >= self.fails_after:
                raise RuntimeError("the other machine is gone")
            yield {key: HashingEmbedder.embed(self, [text])[0]}


def test_an_embedder_with_its_own_way_makes_the_same_index_and_keeps_what_was_made(tmp_path: Path) -> None:
    files = tmp_path / "notes"
    files.mkdir()
    (files / "gout.md").write_text("# Gout\n\n## Signs\n\nToe pain at night.\n\n## Treatment\n\nColchicine helps.\n")
    (files / "cystitis.md").write_text("# Cystitis\n\nBurning when passing urine.\n")
    usual = GuidelineIndex.create(tmp_path / "usual", HashingEmbedder())
    usual.add([files])
    elsewhere = _Elsewhere()
    other = GuidelineIndex.create(tmp_path / "other", elsewhere)
    elsewhere.fails_after = 1
    with pytest.raises(RuntimeError, match="gone"):
        other.add([files])
    before, elsewhere.fails_after = elsewhere.embedded, 10**9
    report = other.add([files])
    assert report.passages >= 2
    assert elsewhere.embedded == usual.embedder.embedded, "a block that was made before the failure is made again"
    assert before >= 1
    ids = [passage.id for document in usual.documents() for passage in usual.passages_of(document.id)]
    assert np.array_equal(usual.vectors_for(ids), other.vectors_for(ids))
