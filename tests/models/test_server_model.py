import logging
from collections.abc import Iterator

import pytest
from tiny_models import SCHEMA, FakeServer, event, running_server

from assistant.errors import ModelError, ServerUnreachable
from assistant.models.language_model import LanguageModel, Message, complete
from assistant.models.server import KEY_VARIABLE, ServerModel, is_loopback

ASK = [Message("system", "Be brief."), Message("user", "Why?")]


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with running_server() as running:
        running.lines = [event("Be"), ": a comment", event("cause"), event("."), "data: [DONE]", event("never")]
        yield running


def test_the_answer_is_the_streamed_pieces_up_to_done(server: FakeServer):
    model = ServerModel(server.url, "named", weight=0.5)
    assert isinstance(model, LanguageModel)
    assert list(model.stream(ASK, max_tokens=7, stop=["\n"])) == ["Be", "cause", "."]
    request = server.requests[0]
    assert (request["model"], request["max_tokens"], request["temperature"], request["stop"]) == ("named", 7, 0, ["\n"])
    assert request["messages"] == [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]


def test_the_schema_and_the_key_are_sent(server: FakeServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(KEY_VARIABLE, "secret")
    complete(ServerModel(server.url, "named", weight=0.5), ASK, schema=SCHEMA)
    assert server.requests[0]["response_format"]["json_schema"]["schema"] == SCHEMA
    assert server.requests[0]["authorization"] == "Bearer secret"


def test_without_a_name_the_first_model_of_the_server_is_used(server: FakeServer):
    model = ServerModel(server.url, weight=0.5)
    complete(model, ASK)
    assert server.requests[0]["model"] == model.identity.name == "fake-model"


def test_closing_the_answer_hangs_up(server: FakeServer):
    server.lines = (event("word ") for _ in range(1_000_000))
    pieces = ServerModel(server.url, "named", weight=0.5).stream(ASK)
    assert next(pieces) == "word "
    pieces.close()
    assert server.hung_up.wait(10)


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [(400, ModelError, "too long"), (401, ModelError, KEY_VARIABLE), (503, ServerUnreachable, "try again")],
)
def test_a_refusal_is_one_line_that_says_what_to_do(server: FakeServer, status: int, kind: type[Exception], words: str):
    server.status, server.message = status, "too long\nby far"
    with pytest.raises(kind, match=words) as raised:
        complete(ServerModel(server.url, "named", weight=0.5), ASK)
    assert server.url in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("line", ["data: not json", "data: [1]", 'data: {"error": {"message": "out of memory"}}'])
def test_a_stream_that_is_not_an_answer_is_a_model_error(server: FakeServer, line: str):
    server.lines = [line]
    with pytest.raises(ModelError):
        complete(ServerModel(server.url, "named", weight=0.5), ASK)


def test_nobody_there(server: FakeServer):
    url = server.url
    server.server_close()
    with pytest.raises(ServerUnreachable, match="start the server"):
        complete(ServerModel(url, "named", weight=0.5), ASK)


def test_a_proxy_from_the_environment_is_not_used(server: FakeServer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    assert complete(ServerModel(server.url, "named", weight=0.5), ASK) == "Because."


def test_a_distant_server_is_announced(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING):
        ServerModel("http://127.0.0.1:1/v1", weight=0.5)
        assert not caplog.records
        ServerModel("https://models.example.org/v1", weight=0.5)
    assert "leaves this machine" in caplog.text


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:80", True),
        ("http://127.9.9.9/v1", True),
        ("http://[::1]:80", True),
        ("http://192.168.0.4", False),
        ("http://localhost.example.org", False),
    ],
)
def test_what_counts_as_this_machine(url: str, here: bool):
    assert is_loopback(url) is here


def test_servers_do_not_score(server: FakeServer):
    assert ServerModel(server.url, weight=0.5).scores(ASK, ["gout"]) is None
