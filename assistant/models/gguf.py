"""Any GGUF file, run by llama.cpp inside this process.

Reads, writes and holds answers to a schema. Cannot score given continuations: llama.cpp's server hands out no logits of
tokens it did not choose.
"""

from __future__ import annotations

import itertools
import queue
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.errors import ModelError, ModelMissing
from assistant.models.constraint import with_layout
from assistant.models.language_model import JsonSchema, Message, ModelIdentity

# Prompt and answer together; a model trained on less keeps to its own limit.
CONTEXT_TOKENS = 8192
# A prompt is read in steps of this many tokens and can be given up after each; larger steps read no faster here.
_READING_STEP = 256
# Prompts of other turns are kept in memory for reuse, up to this much.
_PROMPT_CACHE_MEGABYTES = 256
_FIRST_BYTES = b"GGUF"

Event = Mapping[str, Any]


class GgufModel:
    """A GGUF file behind `LanguageModel`; nothing is loaded before the first call or `warm`."""

    def __init__(
        self,
        file: Path,
        identity: ModelIdentity,
        *,
        weight: float,
        threads: int = 0,
        writing_threads: int = 0,
        lora: Path | None = None,
    ) -> None:
        self.file = file
        self.identity = identity
        self.weight = weight
        self.threads = threads
        self.writing_threads = writing_threads or threads
        self.lora = lora
        self._lock = threading.Lock()
        self._memory: Any = None
        self._running: set[_Generation] = set()

    def warm(self) -> None:
        """Load the weights now."""
        _ = self._server

    @property
    def _server(self) -> Any:
        # A thread may be warming the model while another asks for it.
        with self._lock:
            if self._memory is None:
                self._memory = _load(self.file, self.threads, self.writing_threads, self.lora)
            return self._memory

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 256,
        schema: JsonSchema | None = None,
        stop: Sequence[str] = (),
    ) -> Iterator[str]:
        """Yield the answer piece by piece; closing the iterator stops generation. Raises ModelError."""
        generation = _Generation(self._server, _request(messages, max_tokens, schema, stop))
        self._running.add(generation)
        try:
            for event in generation:
                piece = _piece(event, self.file)
                if piece:
                    yield piece
        finally:
            generation.stop()
            self._running.discard(generation)

    def scores(self, messages: Sequence[Message], continuations: Sequence[str]) -> list[float] | None:
        """Return None: this kind cannot score."""
        return None

    def close(self) -> None:
        """Stop what runs and free the weights."""
        for generation in list(self._running):
            generation.stop()
            generation.join()
        with self._lock:
            self._memory = None


class _Generation:
    """One request, run in a thread of its own, whose events are taken from a queue."""

    def __init__(self, server: Any, request: dict[str, Any]) -> None:
        self._server = server
        self._request = request
        self._events: queue.SimpleQueue[Event | BaseException | None] = queue.SimpleQueue()
        self._stopped = threading.Event()
        # A daemon, so that a prompt still being read cannot hold up the end of the program.
        self._thread = threading.Thread(target=self._run, name="llama.cpp", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[Event]:
        while (event := self._events.get()) is not None:
            if isinstance(event, BaseException):
                raise ModelError(f"llama.cpp refused the request: {event}") from event
            yield event

    def stop(self) -> None:
        """Ask llama.cpp to stop at its next token or reading step."""
        self._stopped.set()

    def join(self) -> None:
        """Wait until it has stopped."""
        self._thread.join()

    def _run(self) -> None:
        try:
            self._server.handle_chat_completions(self._request, self._take)
        except (ValueError, RuntimeError) as error:
            self._events.put(error)
        finally:
            self._events.put(None)

    def _take(self, event: Event) -> bool:
        """Pass one event on; returning true makes llama.cpp give the request up."""
        self._events.put(event)
        return self._stopped.is_set()


def _load(file: Path, threads: int, writing_threads: int, lora: Path | None) -> Any:
    import xllamacpp

    for needed in filter(None, (file, lora)):
        _check_file(needed)
    try:
        return xllamacpp.Server(_parameters(file, threads, writing_threads, lora))
    except RuntimeError as error:
        raise ModelError(f"llama.cpp cannot load {file}{f' with {lora}' if lora else ''}: {error}") from error


def _parameters(file: Path, threads: int, writing_threads: int, lora: Path | None) -> Any:
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(file)
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.n_parallel = 1
    parameters.n_batch = parameters.n_ubatch = _READING_STEP
    parameters.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_AUTO
    parameters.cache_ram_mib = _PROMPT_CACHE_MEGABYTES
    parameters.verbosity = -1
    if threads:
        parameters.cpuparams_batch.n_threads = threads
    if writing_threads:
        parameters.cpuparams.n_threads = writing_threads
    if lora is not None:
        parameters.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(lora), 1.0)]
    # The runtime opens a port on the loopback address that nobody here uses; a secret key shuts it to other users.
    parameters.api_keys = [secrets.token_hex(16)]
    parameters.endpoint_slots = False
    return parameters


def _request(
    messages: Sequence[Message], max_tokens: int, schema: JsonSchema | None, stop: Sequence[str]
) -> dict[str, Any]:
    request: dict[str, Any] = {
        "messages": [{"role": message.role, "content": message.content} for message in messages],
        "max_tokens": max_tokens,
        "temperature": 0.0,
        "stop": list(stop),
        "stream": True,
        # Reading steps are reported too: each is a chance to stop.
        "return_progress": True,
        "cache_prompt": True,
    }
    if schema is not None:
        import xllamacpp

        request["grammar"] = xllamacpp.json_schema_to_grammar(with_layout(schema))
    return request


def _piece(event: Event, file: Path) -> str:
    if "error" in event:
        said = event["error"].get("message", "unknown error")
        raise ModelError(f"{file.name} cannot answer: {said}")
    return "".join(choice["delta"].get("content") or "" for choice in itertools.islice(event.get("choices", ()), 1))


def _check_file(file: Path) -> None:
    try:
        with file.open("rb") as stream:
            first = stream.read(len(_FIRST_BYTES))
    except OSError as error:
        raise ModelMissing(f"cannot open {file}: {error.strerror}; give the path of a GGUF file") from error
    if first != _FIRST_BYTES:
        raise ModelMissing(f"{file} is not a GGUF file; convert it, or give its folder to run it with transformers")
