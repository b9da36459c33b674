from pathlib import Path

import pytest
import torch

from assistant.models.language_model import Message
from finetune.examples import Example
from finetune.tokens import IGNORED, encode, end_of_turn, tensors

CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def example(prompt: str = "Fever?", completion: str = "Flu") -> Example:
    messages = (Message("system", "Be brief."), Message("user", prompt))
    return Example(
        id="1", case_id="1", prompt="weigh", prompt_version="1", messages=messages, completion=completion, part="train"
    )


@pytest.fixture
def tokenizer(tiny: Path):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tiny)


@pytest.fixture
def chatml(tokenizer):
    """The same bytes, with a template that marks its turns as SmolLM2, Qwen and others do."""
    tokenizer.add_special_tokens({"extra_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    tokenizer.chat_template = CHATML
    return tokenizer


def test_only_the_completion_and_the_end_of_the_turn_are_learnt(chatml):
    """Token by token, against the template's own rendering of the whole conversation."""
    end = end_of_turn(chatml)
    encoded = encode(example(), chatml, end)
    turns = [{"role": message.role, "content": message.content} for message in example().messages]
    whole = chatml.apply_chat_template([*turns, {"role": "assistant", "content": "Flu"}], tokenize=False)
    ids = chatml(whole, add_special_tokens=False)["input_ids"]
    # The line feed after the end of the turn belongs to the next turn.
    assert (*encoded.prompt, *encoded.completion) == tuple(ids[:-1])
    shown = [chatml.convert_ids_to_tokens(label) for label in encoded.labels if label != IGNORED]
    assert shown == ["F", "l", "u", "<|im_end|>"]
    assert chatml.decode(encoded.prompt).endswith("<|im_end|>\n<|im_start|>assistant\n")


def test_a_template_that_closes_with_words_ends_with_the_end_of_text(tokenizer):
    assert end_of_turn(tokenizer) == tokenizer.eos_token_id
    tokenizer.chat_template = None
    assert encode(example(), tokenizer, end_of_turn(tokenizer)).completion[-1] == tokenizer.eos_token_id


def test_a_batch_gives_each_example_the_loss_it_has_alone(tiny: Path, tokenizer):
    """Left padding, and logits for the last positions only, against one plain run over each whole text."""
    from transformers import AutoModelForCausalLM

    network = AutoModelForCausalLM.from_pretrained(tiny).eval()
    batch = [encode(example("a" * 40, "gout"), tokenizer, 1), encode(example("b", "migraine, chronic"), tokenizer, 1)]
    made = tensors(batch, "cpu")
    with torch.no_grad():
        logits = network(input_ids=made.ids, attention_mask=made.mask, logits_to_keep=made.learnt + 1).logits[:, :-1]
        for row, one in enumerate(batch):
            together = torch.nn.functional.cross_entropy(
                logits[row], made.labels[row], ignore_index=IGNORED, reduction="sum"
            )
            ids, labels = torch.tensor([[*one.prompt, *one.completion]]), torch.tensor(one.labels)
            alone = network(input_ids=ids).logits[0, :-1]
            expected = torch.nn.functional.cross_entropy(alone, labels[1:], ignore_index=IGNORED, reduction="sum")
            assert float(together) == pytest.approx(float(expected), rel=1e-4)


@pytest.mark.real
def test_the_default_ends_its_turns_with_the_token_it_stops_at():
    from transformers import AutoTokenizer

    from assistant.models.catalogue import default_scorer
    from assistant.settings import load_settings

    tokenizer = AutoTokenizer.from_pretrained(default_scorer(load_settings()))
    encoded = encode(example(), tokenizer, end_of_turn(tokenizer))
    assert tokenizer.decode(encoded.completion) == "Flu<|im_end|>"
