"""The four kinds for real: the embedded default, a GGUF file, transformers weights, a served model."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from tiny_models import SCHEMA

from assistant.case import Case, Finding
from assistant.errors import ModelError
from assistant.models import catalogue
from assistant.models.embedded import EmbeddedModel
from assistant.models.gguf import GgufModel
from assistant.models.language_model import LanguageModel, Message, ModelIdentity, complete
from assistant.models.server import KEY_VARIABLE, ServerModel
from assistant.models.spec import open_model
from assistant.models.transformers_model import TransformersModel
from assistant.reasoning import weigh
from assistant.settings import Settings, load_settings

pytestmark = pytest.mark.real

ASK = [Message("system", "You are a careful physician."), Message("user", "In one sentence, what is gout?")]
LONG = [Message("user", "Tell me about this: " + "fever, cough, pain and a rash that itches at night; " * 300)]


@pytest.fixture(scope="module")
def downloaded() -> Settings:
    settings = load_settings()
    catalogue.get(catalogue.DEFAULT_LANGUAGE_MODEL, settings)
    return settings


@pytest.fixture(scope="module")
def embedded(downloaded: Settings) -> Iterator[EmbeddedModel]:
    model = open_model("", downloaded)
    assert isinstance(model, EmbeddedModel)
    yield model
    model.close()


@pytest.fixture(scope="module")
def served(downloaded: Settings) -> Iterator[ServerModel]:
    """The default GGUF behind llama.cpp's own HTTP server, with a key."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(catalogue.default_gguf(downloaded))
    parameters.n_ctx, parameters.n_parallel, parameters.verbosity = 2048, 1, -1
    parameters.api_keys = ["real-key"]
    server = xllamacpp.Server(parameters)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, "real-key")
        yield ServerModel(server.listening_address, weight=0.5)


@pytest.fixture(scope="module", params=["embedded", "gguf", "transformers", "served"])
def model(request: pytest.FixtureRequest, downloaded: Settings) -> LanguageModel:
    if request.param == "gguf":
        return open_model(str(catalogue.default_gguf(downloaded)), downloaded)
    if request.param == "transformers":
        return open_model(str(catalogue.default_scorer(downloaded)), downloaded)
    found: LanguageModel = request.getfixturevalue(request.param)
    return found


def test_it_answers_and_the_pieces_are_the_answer(model: LanguageModel):
    pieces = list(model.stream(ASK, max_tokens=40))
    assert len(pieces) > 5
    assert "gout" in "".join(pieces).lower()
    assert complete(model, ASK, max_tokens=40) == "".join(pieces)


def test_an_answer_held_to_a_schema_fulfils_it(model: LanguageModel):
    question = [Message("user", "1. Gout hurts. 2. It is red. 3. It rains. Which speak for gout, and why?")]
    jsonschema.validate(json.loads(complete(model, question, max_tokens=120, schema=SCHEMA)), SCHEMA)


def test_a_stop_word_ends_it(model: LanguageModel):
    assert " is" not in complete(model, ASK, max_tokens=30, stop=[" is"])


def test_a_prompt_that_is_too_long_is_a_model_error(model: LanguageModel):
    with pytest.raises(ModelError):
        complete(model, [Message("user", "fever and cough " * 6000)], max_tokens=4)


def test_closing_stops_promptly_and_the_next_answer_is_whole(model: LanguageModel):
    expected = complete(model, ASK, max_tokens=10)
    pieces = model.stream(ASK, max_tokens=1000)
    next(pieces)
    started = time.perf_counter()
    pieces.close()
    assert complete(model, ASK, max_tokens=10) == expected
    # A thousand tokens would take twenty seconds; ten take less than one.
    assert time.perf_counter() - started < 10


def test_closing_while_the_prompt_is_read_stops_the_reading(embedded: EmbeddedModel):
    complete(embedded, ASK, max_tokens=2)
    pieces = embedded.writer.stream(LONG, max_tokens=4)
    reader = threading.Thread(target=lambda: [None for _ in pieces], daemon=True)
    reader.start()
    while not embedded.writer._running:
        time.sleep(0.005)
    for generation in list(embedded.writer._running):
        generation.stop()
    started = time.perf_counter()
    complete(embedded, ASK, max_tokens=2)
    stopped = time.perf_counter() - started
    started = time.perf_counter()
    complete(embedded, LONG, max_tokens=2)
    assert stopped < 0.8 * (time.perf_counter() - started)


def test_what_a_case_adds_to_the_score_of_a_name_prefers_the_sensible(embedded: EmbeddedModel):
    findings = tuple(Finding(label=label) for label in ("chest pain", "sweating", "nausea"))
    case = Case(narrative="chest pain, sweating, nausea", age_years=60, sex="male", findings=findings)
    shares = weigh(case, ["heart attack", "ingrown toenail", "acute cystitis", "hay fever"], embedded)
    assert max(shares, key=lambda name: shares[name]) == "heart attack"


def test_the_two_copies_hold_the_same_weights(embedded: EmbeddedModel):
    """Greedy answers of two runtimes part sooner or later; over a few tokens they must not."""
    assert complete(embedded.writer, ASK, max_tokens=6) == complete(embedded.scorer, ASK, max_tokens=6)


def test_a_lora_adapter_that_is_not_one_is_a_model_error(downloaded: Settings, tmp_path: Path):
    lora = tmp_path / "lora.gguf"
    lora.write_bytes(b"GGUF nothing")
    model = GgufModel(catalogue.default_writer(downloaded), ModelIdentity("x", "gguf"), weight=0, lora=lora)
    with pytest.raises(ModelError, match="cannot load"):
        model.warm()


@pytest.mark.slow
def test_the_default_reads_and_writes_fast_enough_to_talk_to(downloaded: Settings):
    """Half the promised speed is asked for, because a busy machine shares its cores with this test."""
    from assistant.models.bench import measure

    speed = measure("llama.cpp Q8_0", downloaded, 600)
    assert speed.written_per_second > 17
    assert speed.read_per_second > 150


def test_transformers_kind_is_transformers(downloaded: Settings):
    assert isinstance(open_model(str(catalogue.default_scorer(downloaded)), downloaded), TransformersModel)
