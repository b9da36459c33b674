import json
import logging

import pytest
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from tiny_models import SCHEMA

from assistant.errors import ModelError
from assistant.models.langchain_model import LangChainModel, first_object
from assistant.models.language_model import LanguageModel, Message, complete

ASK = [Message("system", "Be brief."), Message("user", "Why?")]
FITTING = '{"for": [1, 2], "because": "it hurts"}'


def _model(*answers: str) -> LangChainModel:
    return LangChainModel(GenericFakeChatModel(messages=iter([AIMessage(content=answer) for answer in answers])))


def test_a_chat_model_of_langchain_is_a_language_model():
    model = _model("One two three")
    assert isinstance(model, LanguageModel)
    assert list(model.stream(ASK)) == ["One", " ", "two", " ", "three"]
    assert model.scores(ASK, ["gout"]) is None


def test_it_stops_at_stop_words_and_at_the_limit():
    assert complete(_model("one\ntwo"), ASK, stop=["\n"]) == "one"
    assert complete(_model("one two three four"), ASK, max_tokens=3) == "one two"


def test_json_is_found_within_talk_and_asked_for_again_when_it_does_not_fit():
    assert json.loads(complete(_model(f"Sure! {FITTING} Anything else?"), ASK, schema=SCHEMA)) == json.loads(FITTING)
    assert json.loads(complete(_model('{"for": [9]}', FITTING), ASK, schema=SCHEMA)) == json.loads(FITTING)


def test_an_answer_that_never_fits_is_not_used(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING):
        assert complete(_model("no idea", '{"for": "all"}'), ASK, schema=SCHEMA) == ""
    assert "not used" in caplog.text


def test_the_schema_is_in_the_last_turn():
    heard = []

    class Listening(GenericFakeChatModel):
        def stream(self, messages, *rest, **more):
            heard.extend(messages)
            return super().stream(messages, *rest, **more)

    complete(LangChainModel(Listening(messages=iter([AIMessage(content=FITTING)]))), ASK, schema=SCHEMA)
    assert "maxItems" in heard[-1].content
    assert heard[-1].content.startswith("Why?")


def test_a_failure_of_the_chat_model_is_a_model_error():
    with pytest.raises(ModelError, match="GenericFakeChatModel failed"):
        complete(_model(), ASK)


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"for": []}', '{"for": [1], "because": "x", "more": 1}'])
def test_no_object_that_fits(text: str):
    assert first_object(text, SCHEMA) == ""
