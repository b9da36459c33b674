"""What tests of tuning the retriever share: a tiny random embedder, and texts on a few conditions in our own words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TOLD = {
    "Gout": ("hot swollen toe, tophi and fever", "podagra", "naproxen or colchicine"),
    "Croup": ("barking cough, stridor and hoarseness", "laryngotracheitis", "dexamethasone once"),
    "Scabies": ("itching at night, burrows and rash", "the itch", "permethrin cream"),
    "Migraine": ("throbbing headache, nausea and photophobia", "sick headache", "sumatriptan early"),
    "Asthma": ("wheeze, breathlessness and cough", "reactive airways", "salbutamol by spacer"),
    "Tetanus": ("lockjaw, spasms and stiff neck", "lock-jaw", "immunoglobulin and metronidazole"),
    "Malaria": ("fever, rigors and headache", "paludism", "artemether with lumefantrine"),
    "Psoriasis": ("scaly plaques, itching and nail pits", "psoriasis vulgaris", "calcipotriol and steroid"),
}
ASKED = {
    "What are the symptoms of {}?": "{name} gives {0}. It begins slowly and lasts for days. People with it feel unwell.",
    "What are the treatments for {}?": "Doctors usually give {2}. The dose depends on weight.",
}


def write_sources(folder: Path) -> Path:
    """Write a mirror folder with guidelines, questions, rare cases, made-up patients and judged cases."""
    guidelines = [
        {
            "condition_name": name,
            "introduction": f"{name} is common here.",
            "clinical_features": [signs, "The patient has this for days.", "It is worse at night."],
            "treatment": {"drug": [drug]},
        }
        for name, (signs, _, drug) in TOLD.items()
    ]
    _write_lines(folder / "guidelines-nstg2022/nstg2022_conditions.jsonl", guidelines)
    _write_lines(folder / "medquad/medquad.jsonl", _questions())
    case = {"sex": "MALE", "observed": [{"label": "Wheezing"}, {"label": "Cough"}], "gold": [{"label": "Asthma"}]}
    _write_lines(folder / "phenopackets-rare/phenopackets_sample.jsonl", [case])
    patients = folder / "ddxplus-small/validation_588.csv"
    patients.parent.mkdir()
    evidence = "{'Do you have a cough?': 'True', 'Have you had a fever?': 'True', 'Do you smoke?': 'False'}"
    patients.write_text(f'SEX,English Pathology,English Evidences\nF,Asthma / wheeze,"{evidence}"\n', encoding="utf-8")
    cases = folder / "craft-md-dev/craft_md_dev.csv"
    cases.parent.mkdir()
    rows = "".join(f"{name},A person has {signs}.,{name}\n".replace(", ", " ") for name, (signs, _, _) in TOLD.items())
    cases.write_text(f"case_id,case_vignette,answer\n{rows}", encoding="utf-8")
    _write_lines(
        folder / "guidelines-edliz/edliz_sections.jsonl", [{"section": "Fractures", "text": "Splint the limb."}]
    )
    return folder


def _questions() -> list[dict[str, Any]]:
    return [
        {
            "qid": f"{place}-{number}",
            "url": f"https://example.org/{place}",
            "focus": name,
            "synonyms": [told[1]],
            "semantic_group": ["Disorders"],
            "question": question.format(name),
            "answer": answer.format(*told, name=name),
        }
        for place, (name, told) in enumerate(TOLD.items())
        for number, (question, answer) in enumerate(ASKED.items())
    ]


def _write_lines(file: Path, rows: list[dict[str, Any]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def tiny_encoder(folder: Path) -> Path:
    """Save a random two-layer BERT that knows the words of these texts, as a sentence-transformers folder."""
    import re

    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    texts = f"{TOLD} {list(ASKED.items())} management first-line clinical features of drug treatment year-old with male female"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *sorted(set(re.findall(r"[a-z]+|[?.,:-]", texts.lower())))]
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, "[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    ends = [("[CLS]", 2), ("[SEP]", 3)]
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=ends)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        **{f"{word[1:4].lower()}_token": word for word in words[:4]},
        model_input_names=["input_ids", "attention_mask"],
        model_max_length=256,
    )
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    BertModel(config).save_pretrained(folder / "raw")
    fast.save_pretrained(folder / "raw")
    parts = [Transformer(str(folder / "raw"), max_seq_length=256), Pooling(32, "mean"), Normalize()]
    SentenceTransformer(modules=parts).save(str(folder / "model"))
    return folder / "model"
