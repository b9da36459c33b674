"""Any causal language model that transformers can load from a folder, with or without a LoRA adapter.

With CUDA the weights are kept in 4 bits (NF4, double quantisation, bfloat16 arithmetic); on a CPU they are float32.
Reads, writes, holds answers to a schema and scores continuations. Runs no code that comes with a model and reads no
pickled weights.
"""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from assistant.errors import ModelError, ModelMissing
from assistant.models.adapter import check_adapter
from assistant.models.constraint import Constraint, token_table
from assistant.models.language_model import JsonSchema, Message, ModelIdentity
from assistant.models.prefix import ReadPrompt
from assistant.models.stop_words import StopWords

# Continuations scored in one step; more only add padding and memory.
_BATCH = 16
_UNFINISHED = "\ufffd"


class TransformersModel:
    """A model run by transformers behind `LanguageModel`; nothing is loaded before the first call or `warm`."""

    def __init__(
        self,
        folder: Path,
        identity: ModelIdentity,
        *,
        weight: float,
        threads: int = 0,
        adapter: Path | None = None,
    ) -> None:
        self.folder = folder
        self.identity = identity
        self.weight = weight
        self.threads = threads
        self.adapter = adapter
        self._lock = threading.Lock()
        self._memory: _Loaded | None = None
        self._read: ReadPrompt | None = None

    def warm(self) -> None:
        """Load the weights now."""
        _ = self._loaded

    @property
    def _loaded(self) -> _Loaded:
        # A thread may be warming the model while another asks for it.
        with self._lock:
            if self._memory is None:
                if self.adapter is not None:
                    check_adapter(self.adapter, self.identity)
                self._memory = _load(self.folder, self.adapter, self.threads)
            return self._memory

    @cached_property
    def _table(self) -> Any:
        return token_table(self._loaded.tokenizer, self._loaded.vocabulary)

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 256,
        schema: JsonSchema | None = None,
        stop: Sequence[str] = (),
    ) -> Iterator[str]:
        """Yield the answer piece by piece; closing the iterator stops generation. Raises ModelError."""
        constraint = None if schema is None else Constraint(self._table, schema)
        words = StopWords(stop)
        for piece in _text(self._loaded.tokenizer, self._tokens(messages, max_tokens, constraint)):
            shown = words.feed(piece)
            if shown:
                yield shown
            if words.reached:
                return
        rest = words.rest()
        if rest:
            yield rest

    def scores(self, messages: Sequence[Message], continuations: Sequence[str]) -> list[float] | None:
        """Return the mean log-probability per token of each continuation; the shared prompt is read once.

        Raises ModelError when a continuation is empty.
        """
        if not all(continuations):
            raise ModelError("an empty continuation has no probability; give at least one character each")
        import torch

        with torch.inference_mode():
            read = self._prompt(messages)
            ids = [self._encode(continuation) for continuation in continuations]
            batches = [ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH)]
            means = [mean for batch in batches for mean in read.scores(self._loaded.model, batch)]
        self._read = read
        return means

    def close(self) -> None:
        """Free the weights."""
        with self._lock:
            self._read = self._memory = None
            self.__dict__.pop("_table", None)

    def _encode(self, text: str) -> list[int]:
        ids: list[int] = self._loaded.tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    def _prompt(self, messages: Sequence[Message], room: int = 0) -> ReadPrompt:
        """Read the prompt, going on from the last one where they begin alike.

        The last one is taken, not shared: until the caller gives its own back, nobody else can write into its memory.
        """
        ids = self._encode(chat_text(self._loaded.tokenizer, messages))
        limit = self._loaded.context
        if limit and len(ids) + room > limit:
            raise ModelError(
                f"{self.identity.name} takes {limit} tokens, and this needs {len(ids) + room}; "
                "shorten the case or show fewer sources"
            )
        last, self._read = self._read, None
        return ReadPrompt.after(last, self._loaded.model, ids)

    def _tokens(self, messages: Sequence[Message], limit: int, constraint: Constraint | None) -> Iterator[int]:
        """Yield the most probable tokens one by one, up to the end of the turn."""
        import torch

        with torch.inference_mode():
            read = self._prompt(messages, limit)
            logits, cache, end = read.logits, read.cache, self._loaded.end
        try:
            for _ in range(limit):
                token = int((logits if constraint is None else constraint.mask(logits)).argmax())
                if token in end:
                    return
                yield token
                if constraint is not None and not constraint.accept(token):
                    return
                with torch.inference_mode():
                    step = torch.tensor([[token]], device=logits.device)
                    logits = self._loaded.model(input_ids=step, cache=cache, use_cache=True).logits[0, -1]
        finally:
            # The answer's tokens stand in the cache behind the prompt's; the next prompt must not meet them.
            self._read = read.without_answer()


@dataclass(frozen=True)
class _Loaded:
    """A model in memory with its tokenizer; `end` are the tokens that end a turn, `context` 0 when unlimited."""

    model: Any
    tokenizer: Any
    end: frozenset[int]
    context: int

    @property
    def vocabulary(self) -> int:
        return int(self.model.get_output_embeddings().weight.shape[0])


def _load(folder: Path, adapter: Path | None, threads: int) -> _Loaded:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]
    cuda = torch.cuda.is_available()
    if threads and not cuda:
        torch.set_num_threads(threads)
    local: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, **local)
        model: Any = AutoModelForCausalLM.from_pretrained(
            folder, use_safetensors=True, **local, **(_four_bits() if cuda else {"dtype": torch.float32})
        )
    except (OSError, ValueError, ImportError) as error:
        raise ModelMissing(f"transformers cannot load {folder}: {_first_line(error)}") from error
    if adapter is not None:
        model = _with_adapter(model, adapter)
    model.eval()
    context = int(getattr(model.config, "max_position_embeddings", 0) or 0)
    return _Loaded(model, tokenizer, _end_tokens(model, tokenizer), context)


def _four_bits() -> dict[str, Any]:
    import torch
    from transformers import BitsAndBytesConfig

    quantised = BitsAndBytesConfig(  # type: ignore[no-untyped-call]
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
    return {"quantization_config": quantised, "dtype": torch.bfloat16, "device_map": "auto"}


def _with_adapter(model: Any, adapter: Path) -> Any:
    # On a CPU bitsandbytes warns that an optional kernel, which it would fetch, is not there; none is wanted.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    from peft import PeftModel

    try:
        with warnings.catch_warnings():
            # The hash of the base, which training notes in the configuration, is not one of peft's own fields.
            warnings.filterwarnings("ignore", message=r"Unexpected keyword arguments \['base_sha256'\]")
            # peft asks transformers by a name that transformers will drop in its next version.
            warnings.filterwarnings("ignore", message="`is_gradient_checkpointing`", category=FutureWarning)
            # peft asks under the old name, which transformers mentions to whoever uses both.
            warnings.filterwarnings(
                "ignore", message="`is_gradient_checkpointing` is deprecated", category=FutureWarning
            )
            return PeftModel.from_pretrained(model, str(adapter), is_trainable=False)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise ModelError(f"adapter {adapter} does not fit this model: {_first_line(error)}") from error


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    named = getattr(model.generation_config, "eos_token_id", None)
    ids = {tokenizer.eos_token_id, *(named if isinstance(named, list) else [named])}
    return frozenset(token for token in ids if token is not None)


def chat_text(tokenizer: Any, messages: Sequence[Message]) -> str:
    """Return the prompt as the model reads it, up to where its answer begins: in serving and in training alike."""
    turns = [{"role": message.role, "content": message.content} for message in messages]
    if getattr(tokenizer, "chat_template", None):
        return str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))
    # A model that was never taught to chat gets plain paragraphs.
    return "\n\n".join(turn["content"] for turn in turns) + "\n\n"


def _text(tokenizer: Any, tokens: Iterator[int]) -> Iterator[str]:
    """Yield the text of a growing list of tokens, never half a character."""
    ids: list[int] = []
    shown, start = "", 0
    for token in tokens:
        ids.append(token)
        text = tokenizer.decode(ids[start:], skip_special_tokens=True, clean_up_tokenization_spaces=False)
        if text.endswith(_UNFINISHED) or len(text) <= len(shown):
            continue
        yield text[len(shown) :]
        shown = text
        if text.endswith("\n"):
            # Decoding anew from here keeps the cost of long answers linear.
            start, shown = len(ids), ""


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
