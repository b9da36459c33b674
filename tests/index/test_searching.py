"""What a search may be asked for: one path, few passages a document, a reranker, one row a condition."""

import numpy as np
import pytest
from fakes import HashingEmbedder

from index.errors import RerankerError
from index.grouping import by_condition
from index.guideline_index import GuidelineIndex
from index.reranking import RERANKED, CrossEncoderReranker, open_reranker
from index.search import Query

SECTIONS = "\n\n".join(f"## Part {number}\n\nFever of kind {number} needs paracetamol." for number in range(6))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    notes = tmp_path_factory.mktemp("notes")
    for name in ("Malaria", "Influenza", "Sepsis"):
        (notes / f"{name}.md").write_text(f"# {name}\n\n{SECTIONS}\n")
    folder = tmp_path_factory.mktemp("index")
    index = GuidelineIndex.create(folder, HashingEmbedder())
    index.add([notes])
    index.close()
    return folder


class LastFirst:
    """Prefers the passages of the last condition in the order of the alphabet."""

    def __init__(self) -> None:
        self.seen = []

    def scores(self, query, texts):
        self.seen.append((query, list(texts)))
        return np.array([ord(text[0]) for text in texts], np.float32)


def test_each_path_alone(folder):
    index = GuidelineIndex.open(folder, HashingEmbedder())
    words = index.search(Query(text="malaria fever", by="words"))
    meaning = index.search(Query(text="malaria fever", by="meaning"))
    assert all(hit.dense is None and hit.lexical is not None for hit in words)
    assert all(hit.lexical is None and hit.dense is not None for hit in meaning)
    assert [hit.score for hit in words] == sorted((hit.score for hit in words), reverse=True)


@pytest.mark.parametrize("most", [1, 2])
def test_few_passages_a_document(folder, most):
    index = GuidelineIndex.open(folder, HashingEmbedder())
    hits = index.search(Query(text="malaria fever", per_document=most), limit=10)
    found = [hit.document.title for hit in hits]
    assert sorted(set(found)) == ["Influenza", "Malaria", "Sepsis"]
    assert max(map(found.count, found)) == most


def test_a_reranker_orders_the_first_passages(folder):
    reranker = LastFirst()
    index = GuidelineIndex.open(folder, HashingEmbedder(), reranker)
    plain = GuidelineIndex.open(folder, HashingEmbedder()).search(Query(text="malaria fever"), limit=RERANKED)
    hits = index.search(Query(text="malaria fever"), limit=3)
    assert len(hits) == 3
    assert all(hit.document.title == "Sepsis" for hit in hits)
    ((query, texts),) = reranker.seen
    assert query == "malaria fever"
    assert len(texts) == len(plain)
    assert all(text.startswith(("Malaria > Part", "Influenza > Part", "Sepsis > Part")) for text in texts)
    assert {hit.passage.id for hit in hits} <= {hit.passage.id for hit in plain}


def test_a_reranker_that_cannot_be_loaded_is_one_clear_line(folder, tmp_path):
    index = GuidelineIndex.open(folder, HashingEmbedder(), open_reranker(str(tmp_path / "nowhere")))
    with pytest.raises(RerankerError, match=r"cannot load the reranker '.*nowhere'") as raised:
        index.search(Query(text="malaria fever"))
    assert "\n" not in str(raised.value)


def test_no_reranker_unless_one_is_configured():
    assert open_reranker("") is None
    assert isinstance(open_reranker("some/folder"), CrossEncoderReranker)


@pytest.mark.slow
def test_a_real_cross_encoder_runs(folder, tmp_path):
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"malaria influenza sepsis fever part needs of kind".split()]
    (tmp_path / "vocab.txt").write_text("\n".join(words))
    BertTokenizerFast(vocab_file=str(tmp_path / "vocab.txt")).save_pretrained(tmp_path / "model")
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    config.num_labels = 1
    BertForSequenceClassification(config).save_pretrained(tmp_path / "model")
    index = GuidelineIndex.open(folder, HashingEmbedder(), CrossEncoderReranker(tmp_path / "model"))
    hits = index.search(Query(text="malaria fever"), limit=5)
    assert len({hit.passage.id for hit in hits}) == 5


def test_one_row_a_condition(folder):
    index = GuidelineIndex.open(folder, HashingEmbedder())
    hits = index.search(Query(text="malaria fever"), limit=18)
    groups = by_condition(hits)
    assert groups[0].name == "Malaria"
    assert sorted(group.name for group in groups) == ["Influenza", "Malaria", "Sepsis"]
    assert sum(len(group.hits) for group in groups) == len(hits)
    assert [group.score for group in groups] == sorted((group.score for group in groups), reverse=True)
