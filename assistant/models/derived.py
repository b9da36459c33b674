"""Copies made once from the downloads, each because another runtime or form is measurably faster on a CPU.

For the default language model: a Q8_0 GGUF, which llama.cpp reads 1.4 times as fast as the published Q4_1 and writes as
fast, and a float32 copy for transformers, which scores continuations and would otherwise take half a minute to unpack
the GGUF at every start. Both hold the published weights: the first within the rounding of Q8_0, the second exactly.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

WRITER_FILE = "q8_0.gguf"
SCORER_FOLDER = "transformers"
# The exporter takes the embedder's name, which the index records, from the folder's.
ONNX_FOLDER = "all-minilm-l6-v2-int8"
QUERY_COPY = f"{ONNX_FOLDER}/query"
PHENOTYPE_FILE = "phenotypes-2.npz"
# llama.cpp's numbers for "all F32" and "mostly Q8_0" in general.file_type.
_ALL_F32, _MOSTLY_Q8_0 = 0, 7


def copies_of_gguf(source: Path) -> None:
    """Make the writer's and the scorer's copy of a GGUF file, next to it."""
    requantise(source, source.parent / WRITER_FILE)
    unpack_for_transformers(source, source.parent / SCORER_FOLDER)


def requantise(source: Path, target: Path, *, exactly: bool = False) -> None:
    """Write `source` again with every weight matrix as Q8_0, or `exactly` as float32, and all else as it was."""
    from gguf import GGMLQuantizationType, GGUFReader, GGUFWriter
    from gguf.quants import dequantize, quantize

    reader = GGUFReader(source)
    writer = GGUFWriter(target, str(reader.fields["general.architecture"].contents()))
    _copy_metadata(reader, writer, _ALL_F32 if exactly else _MOSTLY_Q8_0)
    matrices = GGMLQuantizationType.F32 if exactly else GGMLQuantizationType.Q8_0
    for tensor in reader.tensors:
        kind = matrices if tensor.data.ndim > 1 else tensor.tensor_type
        data = tensor.data
        if kind != tensor.tensor_type:
            data = quantize(dequantize(tensor.data, tensor.tensor_type), kind)
        writer.add_tensor(tensor.name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _copy_metadata(reader: Any, writer: Any, file_type: int) -> None:
    from gguf import GGUFValueType

    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name in {"general.architecture", "general.file_type"}:
            continue
        element = field.types[-1] if field.types[0] == GGUFValueType.ARRAY else None
        writer.add_key_value(name, field.contents(), field.types[0], sub_type=element)
    writer.add_file_type(file_type)


def unpack_for_transformers(source: Path, target: Path) -> None:
    """Write the weights of a GGUF file as float32 safetensors, with configuration and tokenizer, for transformers."""
    import torch
    from safetensors.torch import save_file
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
    target.mkdir(parents=True, exist_ok=True)
    tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    model = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name, dtype=torch.float32)
    # save_pretrained refuses a model that came from a GGUF, and the copy is no longer quantised.
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.config.save_pretrained(target)
    tokenizer.save_pretrained(target)
    tied = {"lm_head.weight"} if model.config.tie_word_embeddings else set()
    weights = {name: value.contiguous() for name, value in model.state_dict().items() if name not in tied}
    save_file(weights, target / "model.safetensors", metadata={"format": "pt"})


def onnx_copy(source: Path, folder: Path) -> None:
    """Make the ONNX copies of a sentence-transformers folder: one for passages, and one with tuned weights for queries.

    Their matrices are int8, which is twice as fast and ranks as well.
    """
    from transformers.utils.logging import disable_progress_bar

    from index.exporting import export_onnx
    from index.tuned import query_copy

    disable_progress_bar()  # type: ignore[no-untyped-call]
    export_onnx(source, folder / ONNX_FOLDER)
    query_copy(source, folder / ONNX_FOLDER)


def phenotype_archive(source: Path, folder: Path) -> None:
    """Compile the ontology and its annotations into one archive."""
    from index.phenotypes import compile_phenotypes

    compile_phenotypes(source / "hp.obo", source / "phenotype.hpoa", folder / PHENOTYPE_FILE)
