"""Any OpenAI-compatible server: vLLM, llama.cpp's server, Ollama, or one elsewhere.

Only the URL the user configured is contacted: no proxy from the environment, no redirect. Cannot score continuations.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assistant.errors import ModelError, ServerUnreachable
from assistant.models.language_model import JsonSchema, Message, ModelIdentity

if TYPE_CHECKING:
    import httpx

_LOG = logging.getLogger(__name__)
KEY_VARIABLE = "WARDROUND_API_KEY"
# A large model on a busy server may take minutes to its first token; a server that is not there says so at once.
_ANSWER_SECONDS = 300.0
_CONNECT_SECONDS = 5.0
_EVENT = "data:"
_END = "[DONE]"


class ServerModel:
    """A model behind an OpenAI-compatible URL; the API key, where one is needed, comes from WARDROUND_API_KEY."""

    def __init__(self, url: str, name: str = "", *, weight: float) -> None:
        self.url = _with_version(url)
        self.weight = weight
        self._name = name
        if not is_loopback(url):
            _LOG.warning("text of cases leaves this machine: it is sent to %s", self.url)

    @property
    def identity(self) -> ModelIdentity:
        """Name of the model there and the URL; what weights it runs only the server knows."""
        return ModelIdentity(name=self._name or "first model", kind=f"server {self.url}")

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int = 256,
        schema: JsonSchema | None = None,
        stop: Sequence[str] = (),
    ) -> Iterator[str]:
        """Yield the answer piece by piece; closing the iterator closes the connection, which stops the server.

        Raises ServerUnreachable when nothing answers at the URL, ModelError when the server refuses.
        """
        with self._client() as client:
            body = _body(self._name or self._first_name(client), messages, max_tokens, schema, stop)
            with client.stream("POST", f"{self.url}/chat/completions", json=body) as response:
                self._check(response)
                for line in response.iter_lines():
                    if line.startswith(_EVENT):
                        data = line[len(_EVENT) :].strip()
                        if data == _END:
                            return
                        piece = _piece(data, self.url)
                        if piece:
                            yield piece

    def scores(self, messages: Sequence[Message], continuations: Sequence[str]) -> list[float] | None:
        """Return None: servers do not score given continuations."""
        return None

    def _first_name(self, client: httpx.Client) -> str:
        response = client.get(f"{self.url}/models")
        self._check(response)
        try:
            self._name = str(response.json()["data"][0]["id"])
        except (ValueError, LookupError, TypeError) as error:
            raise ModelError(f"{self.url} lists no model; name one: {self.url}#NAME") from error
        return self._name

    @contextmanager
    def _client(self) -> Iterator[httpx.Client]:
        import httpx

        key = os.environ.get(KEY_VARIABLE, "")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        timeout = httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS)
        try:
            with httpx.Client(headers=headers, timeout=timeout, trust_env=False, follow_redirects=False) as client:
                yield client
        except httpx.TimeoutException as error:
            raise ServerUnreachable(f"{self.url} does not answer in time; try again, or check the server") from error
        except httpx.TransportError as error:
            raise ServerUnreachable(
                f"no answer from {self.url} ({error}); start the server, or name another with 'wardround models use'"
            ) from error
        except (httpx.InvalidURL, UnicodeError) as error:
            raise ModelError(f"{self.url!r} is not a URL ({error}); write http://HOST:PORT/v1#MODEL") from error

    def _check(self, response: httpx.Response) -> None:
        if response.is_success:
            return
        response.read()
        said = _server_message(response.text)
        if response.status_code in {401, 403}:
            raise ModelError(f"{self.url} refuses the API key ({said}); set {KEY_VARIABLE}")
        if response.status_code in {429, 502, 503, 504}:
            raise ServerUnreachable(f"{self.url} is busy or still loading ({said}); try again later")
        raise ModelError(f"{self.url} answers {response.status_code}: {said}; check the URL and the model name")


def is_loopback(url: str) -> bool:
    """Say whether a URL points to this machine, as far as its text tells."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _with_version(url: str) -> str:
    """Return the URL without a trailing slash, ending in /v1 where the user gave no path."""
    url = url.rstrip("/")
    return url if urlsplit(url).path else f"{url}/v1"


def _body(
    name: str, messages: Sequence[Message], max_tokens: int, schema: JsonSchema | None, stop: Sequence[str]
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": name,
        "messages": [{"role": message.role, "content": message.content} for message in messages],
        "max_tokens": max_tokens,
        "temperature": 0,
        "stream": True,
    }
    if stop:
        body["stop"] = list(stop)
    if schema is not None:
        described = {"name": "answer", "strict": True, "schema": dict(schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": described}
    return body


def _piece(data: str, url: str) -> str:
    try:
        event = json.loads(data)
    except ValueError as error:
        raise ModelError(f"{url} sent {data[:60]!r}, which is not JSON; is it an OpenAI-compatible server?") from error
    if not isinstance(event, Mapping):
        raise ModelError(f"{url} sent {data[:60]!r}, which is not an event; is it an OpenAI-compatible server?")
    if event.get("error"):
        raise ModelError(f"{url} stopped: {_server_message(data)}")
    choices = event.get("choices") or [{}]
    return str((choices[0].get("delta") or {}).get("content") or "")


def _server_message(text: str) -> str:
    """Return what a server says in an error, in one short line."""
    try:
        error = json.loads(text)["error"]
        text = str(error["message"] if isinstance(error, dict) else error)
    except (ValueError, LookupError, TypeError):
        pass
    return " ".join(text.split())[:200] or "no reason given"
