from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from fakes import HashingEmbedder

from index.embedding import (
    MOST_TOKENS,
    Embedder,
    OnnxEmbedder,
    SentenceTransformerEmbedder,
    export_onnx,
    open_embedder,
)
from index.errors import EmbedderError

_TEXTS = [
    "Sudden pain in one joint.",
    "fever",
    "",
    "Wheeze and cough at night " * 100,
    "中文",
    "Gout > Treatment: rest",
]


def _tiny_model(folder: Path) -> Path:
    """Save a random two-layer BERT with mean pooling in the shape of a sentence-transformers folder."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        *["pain", "joint", "fever", "wheeze", "cough", "night", "rest", "gout", "treatment", "and", "in", "one"],
    ]
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, words[1]))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    raw = folder / "raw"
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        **{f"{word[1:4].lower()}_token": word for word in words[:4]},
        model_input_names=["input_ids", "attention_mask"],
        model_max_length=MOST_TOKENS,
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=MOST_TOKENS,
    )
    BertModel(config).save_pretrained(raw)
    fast.save_pretrained(raw)
    model = SentenceTransformer(
        modules=[Transformer(str(raw), max_seq_length=MOST_TOKENS), Pooling(32, "mean"), Normalize()]
    )
    model.save(str(folder / "model"))
    return folder / "model"


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_the_onnx_copy_gives_the_vectors_of_sentence_transformers(tmp_path: Path) -> None:
    source = _tiny_model(tmp_path)
    export_onnx(source, tmp_path / "tiny")
    copy, original = open_embedder(tmp_path / "tiny"), open_embedder(source)
    assert isinstance(copy, OnnxEmbedder)
    assert isinstance(original, SentenceTransformerEmbedder)
    done: list[int] = []
    vectors, expected = copy.embed(_TEXTS, done.append), original.embed(_TEXTS)
    assert (vectors * expected).sum(axis=1).min() > 0.9999
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert sum(done) == len(_TEXTS)
    assert copy.dimension == original.dimension == 32
    assert copy.identity.startswith("tiny@")


@pytest.mark.real
@pytest.mark.filterwarnings("default")
def test_the_default_embedder_gives_the_vectors_of_sentence_transformers() -> None:
    from assistant.models.catalogue import embedder_folder, get
    from assistant.settings import load_settings

    settings = load_settings()
    get("all-minilm-l6-v2", settings)
    folder = embedder_folder(settings)
    embedder = OnnxEmbedder(folder)
    source = next(path.parent for path in folder.parent.rglob("modules.json"))
    expected = SentenceTransformerEmbedder(source).embed(_TEXTS)
    assert (embedder.embed(_TEXTS) * expected).sum(axis=1).min() > 0.9999
    alike = embedder.embed(
        ["a swollen, painful big toe", "acute gout of the first metatarsophalangeal joint", "cataract"]
    )
    assert alike[0] @ alike[1] > alike[0] @ alike[2]


def test_a_folder_without_a_usable_embedder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"nonsense")
    embedder = open_embedder(tmp_path)
    with pytest.raises(EmbedderError, match="fetch the embedder again"):
        _ = embedder.identity
    (tmp_path / "embedder.json").write_text(json.dumps({"identity": "x@1", "dimension": 3}))
    with pytest.raises(EmbedderError, match="cannot embed"):
        open_embedder(tmp_path).embed(["text"])


def test_a_model_of_another_kind_is_not_exported(tmp_path: Path) -> None:
    with pytest.raises(EmbedderError, match="no pooling description"):
        export_onnx(tmp_path, tmp_path / "target")


def test_the_fake_is_an_embedder() -> None:
    assert isinstance(HashingEmbedder(), Embedder)
