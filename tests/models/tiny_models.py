"""Tiny models with random weights, made on the spot, and a server that speaks just enough of the OpenAI protocol."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SCHEMA = {
    "type": "object",
    "properties": {
        "for": {"type": "array", "items": {"type": "integer", "enum": [1, 2, 3]}, "maxItems": 3},
        "because": {"type": "string", "maxLength": 12},
    },
    "required": ["for", "because"],
    "additionalProperties": False,
}


def make_tiny_model(folder: Path, name: str = "tiny", layers: int = 2, context: int = 512) -> Path:
    """Write a random Llama of about 30 thousand weights that reads and writes single bytes."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {character: number for number, character in enumerate(["<s>", "</s>", *alphabet])}
    raw = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, bos_token="<s>", eos_token="</s>")
    tokenizer.chat_template = "{% for m in messages %}{{ m['role'] + ':' + m['content'] + '\\n' }}{% endfor %}"
    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=context,
        bos_token_id=0,
        eos_token_id=1,
    )
    target = folder / name
    # A steeper start than usual, so that the tiny model has opinions that differ from token to token.
    model = LlamaForCausalLM(config)
    for weights in model.parameters():
        if weights.ndim > 1:
            torch.nn.init.normal_(weights, std=0.3)
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)
    return target


class _Handler(BaseHTTPRequestHandler):
    server: FakeServer

    def do_GET(self) -> None:
        self._answer(200, json.dumps({"data": [{"id": "fake-model"}]}))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body | {"authorization": self.headers.get("Authorization", "")})
        if self.server.status != 200:
            self._answer(self.server.status, json.dumps({"error": {"message": self.server.message}}))
            return
        self.send_response(200)
        self.end_headers()
        for line in self.server.lines:
            try:
                self.wfile.write(line.encode() + b"\n\n")
                self.wfile.flush()
            except OSError:
                self.server.hung_up.set()
                return

    def _answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *arguments: object) -> None:
        pass


class FakeServer(ThreadingHTTPServer):
    """Streams `lines` to whoever asks, or refuses with `status` and `message`; notes the requests."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[dict[str, Any]] = []
        self.lines: list[str] | Iterator[str] = []
        self.status = 200
        self.message = ""
        self.hung_up = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def running_server() -> Iterator[FakeServer]:
    server = FakeServer()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def event(text: str) -> str:
    """One streamed piece as an OpenAI-compatible server sends it."""
    return f"data: {json.dumps({'choices': [{'delta': {'content': text}}]})}"
