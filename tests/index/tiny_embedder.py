"""A sentence embedding model that is made in a second, for tests of copies and of the ways to run them."""

from __future__ import annotations

from pathlib import Path

from index.embedding import MOST_TOKENS


def tiny_embedder(folder: Path) -> Path:
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
