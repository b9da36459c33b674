import json
import threading
from itertools import zip_longest
from pathlib import Path

import jsonschema
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import SCHEMA, make_tiny_model

from assistant.errors import ModelError, ModelMissing
from assistant.models.language_model import LanguageModel, Message, ModelIdentity, complete
from assistant.models.transformers_model import TransformersModel

ASK = [Message("system", "Be brief."), Message("user", "Fever and a stiff neck?")]


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("tiny"))


def _open(folder: Path) -> TransformersModel:
    return TransformersModel(folder, ModelIdentity("tiny", "transformers"), weight=0.5, threads=1)


@pytest.fixture(scope="module")
def model(tiny_folder: Path) -> TransformersModel:
    return _open(tiny_folder)


def test_it_is_a_language_model(model: TransformersModel):
    assert isinstance(model, LanguageModel)


def _naive_scores(folder: Path, messages: list[Message], continuations: list[str]) -> list[float]:
    """The same by the shortest way: one whole text at a time, no memory, no batch."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer, network = AutoTokenizer.from_pretrained(folder), AutoModelForCausalLM.from_pretrained(folder)
    turns = [{"role": message.role, "content": message.content} for message in messages]
    prompt = tokenizer(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))["input_ids"]
    means = []
    for continuation in continuations:
        ids = tokenizer(continuation, add_special_tokens=False)["input_ids"]
        with torch.no_grad():
            logs = network(torch.tensor([prompt + ids])).logits[0].log_softmax(-1)
        means.append(sum(float(logs[len(prompt) - 1 + place, token]) for place, token in enumerate(ids)) / len(ids))
    return means


def test_batched_scores_are_those_of_whole_texts(model: TransformersModel, tiny_folder: Path):
    names = ["meningitis", "a", "gout", "subarachnoid haemorrhage", "migraine, chronic"] * 4
    assert model.scores(ASK, names) == pytest.approx(_naive_scores(tiny_folder, ASK, names), abs=1e-5)


@settings(max_examples=15, deadline=None)
@given(
    texts=st.lists(st.text("abc xyz", min_size=1, max_size=9), min_size=1, max_size=5), ask=st.text("abc", max_size=30)
)
def test_scores_do_not_depend_on_company_or_on_what_was_read_before(
    model: TransformersModel, texts: list[str], ask: str
):
    messages = [Message("user", ask)]
    together = model.scores(messages, texts)
    complete(model, [Message("user", ask[::-1])], max_tokens=3)
    alone = [(model.scores(messages, [text]) or [])[0] for text in texts]
    assert together == pytest.approx(alone, abs=1e-4)


def test_an_empty_continuation_is_refused(model: TransformersModel):
    with pytest.raises(ModelError, match="empty continuation"):
        model.scores(ASK, ["gout", ""])


def test_it_writes_what_greedy_generation_writes(model: TransformersModel, tiny_folder: Path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer, network = AutoTokenizer.from_pretrained(tiny_folder), AutoModelForCausalLM.from_pretrained(tiny_folder)
    prompt = "system:Be brief.\nuser:Fever and a stiff neck?\n"
    ids = tokenizer(prompt, return_tensors="pt")["input_ids"]
    whole = network.generate(ids, max_new_tokens=30, do_sample=False, pad_token_id=1)[0, ids.shape[1] :]
    expected = tokenizer.decode(whole, skip_special_tokens=True).rstrip("\ufffd")
    assert complete(model, ASK, max_tokens=30) == expected
    # The second time it goes on from what it remembers of the prompt.
    assert complete(model, ASK, max_tokens=30) == expected


@pytest.mark.parametrize("question", ["", "Why?", "Name three causes of a stiff neck, in order."])
def test_an_answer_held_to_a_schema_fulfils_it(model: TransformersModel, question: str):
    answer = complete(model, [Message("user", question)], max_tokens=200, schema=SCHEMA)
    jsonschema.validate(json.loads(answer), SCHEMA)


def test_an_impossible_schema_is_one_clear_line(model: TransformersModel):
    with pytest.raises(ModelError, match="JSON Schema"):
        complete(model, ASK, schema={"type": "nonsense"})


def test_a_stop_word_ends_the_answer(model: TransformersModel):
    whole = complete(model, ASK, max_tokens=40)
    stop = whole[5:7]
    assert complete(model, ASK, max_tokens=40, stop=[stop]) == whole[: whole.index(stop)]


def test_closing_an_answer_leaves_a_clean_model(model: TransformersModel):
    whole = complete(model, ASK, max_tokens=30)
    pieces = model.stream(ASK, max_tokens=30)
    next(pieces)
    pieces.close()
    assert complete(model, ASK, max_tokens=30) == whole


def test_two_answers_at_once_do_not_mix(model: TransformersModel):
    other = [Message("user", "Something else altogether")]
    expected = complete(model, ASK, max_tokens=20), complete(model, other, max_tokens=20)
    left, right = model.stream(ASK, max_tokens=20), model.stream(other, max_tokens=20)
    taken = ["", ""]
    for a, b in zip_longest(left, right, fillvalue=""):
        taken[0] += a
        taken[1] += b
    assert tuple(taken) == expected


def test_a_prompt_longer_than_the_model_takes_is_refused(model: TransformersModel):
    with pytest.raises(ModelError, match="takes 512 tokens"):
        complete(model, [Message("user", "x" * 600)])


def test_warming_in_a_thread_loads_once(tiny_folder: Path):
    fresh = _open(tiny_folder)
    threads = [threading.Thread(target=fresh.warm) for _ in range(4)]
    for thread in threads:
        thread.start()
    first = fresh._loaded
    for thread in threads:
        thread.join()
    assert fresh._loaded is first
    fresh.close()


def test_a_folder_without_a_model_is_one_clear_line(tmp_path: Path):
    with pytest.raises(ModelMissing, match="cannot load"):
        _open(tmp_path).warm()


def _adapter(folder: Path, base: str, tiny_folder: Path) -> Path:
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    network = AutoModelForCausalLM.from_pretrained(tiny_folder)
    config = LoraConfig(r=2, target_modules=["q_proj"], task_type="CAUSAL_LM", init_lora_weights=False)
    tuned = get_peft_model(network, config)
    tuned.peft_config["default"].base_model_name_or_path = base
    tuned.save_pretrained(folder, save_embedding_layers=False)
    return folder


def test_an_adapter_changes_the_scores(tiny_folder: Path, tmp_path: Path, model: TransformersModel):
    adapter = _adapter(tmp_path / "tuned", "somewhere/tiny", tiny_folder)
    tuned = TransformersModel(tiny_folder, ModelIdentity("tiny", "transformers"), weight=1, adapter=adapter)
    assert tuned.scores(ASK, ["gout"]) != pytest.approx(model.scores(ASK, ["gout"]))


def test_an_adapter_of_another_base_is_refused(tiny_folder: Path, tmp_path: Path):
    adapter = _adapter(tmp_path / "tuned", "somewhere/huge", tiny_folder)
    tuned = TransformersModel(tiny_folder, ModelIdentity("tiny", "transformers"), weight=1, adapter=adapter)
    with pytest.raises(ModelError, match="'somewhere/huge', not on 'tiny'"):
        tuned.warm()
