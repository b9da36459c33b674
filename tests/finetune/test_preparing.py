import json
from pathlib import Path

import pytest
from fakes import ScriptedModel

from assistant import reasoning
from assistant.assistant import Assistant
from assistant.errors import TrainingError, UsageError
from assistant.models.language_model import Message
from finetune.cases import read_cases
from finetune.evaluation.differential import case_of
from finetune.examples import CARD, EXAMPLES, PreparedData, sha256_of
from finetune.listening import Listener
from finetune.preparing import prepare
from prompts import load, names


def gold_of(case_id: str) -> str:
    return case_id.partition("/")[0]


class _Overheard(ScriptedModel):
    """Answers like a scripted model, and notes what it is to score."""

    def scores(self, messages, continuations):
        self.prompts.append(tuple(messages))
        return


def test_the_prompts_are_those_the_assistant_serves(assistant: Assistant, data: PreparedData, cases_file: Path):
    """What a model that is trusted like the listener is asked about a case is, to the letter, what the examples hold."""
    served = _Overheard(weight=Listener().weight)
    serving = assistant.with_model(served)
    for case in read_cases(cases_file):
        serving.assess(case_of(assistant, case))
    examples = data.examples("train") + data.examples("validation")
    assert {example.prompt for example in examples} >= {"weigh", "rank", "pick"}
    assert {example.messages for example in examples} <= set(served.prompts)


def test_a_name_is_to_be_chosen_among_the_candidates(data: PreparedData):
    for example in data.examples("train", "weigh"):
        assert example.completion == gold_of(example.case_id)
        assert example.completion in example.choices
        assert example.completion in example.messages[-1].content


def test_an_order_puts_the_diagnosis_first_and_keeps_the_rest(data: PreparedData):
    for example in data.examples("train", "rank"):
        ranking = json.loads(example.completion)["ranking"]
        listed = example.messages[-1].content.split("Diagnoses:\n")[1].split("\n")
        assert listed[ranking[0] - 1] == f"{ranking[0]}. {gold_of(example.case_id)}"
        assert sorted(ranking) == list(range(1, len(listed) + 1))
        assert ranking[1:] == sorted(ranking[1:])


def test_picks_are_findings_offered_and_the_reason_is_a_quote_shown(data: PreparedData):
    picks = data.examples("train", "pick")
    assert picks
    for example in picks:
        prompt, answer = example.messages[-1].content, json.loads(example.completion)
        offered = prompt.split("Findings to choose from: ")[1].split("; ")
        assert 1 <= len(answer["findings"]) <= reasoning.PICKED
        assert set(answer["findings"]) <= set(offered)
        assert f"- {answer['because']}\n" in prompt
        assert f"Diagnosis: {gold_of(example.case_id)}\n" in prompt


def test_no_diagnosis_is_both_learnt_and_held_out(data: PreparedData):
    learnt = {gold_of(example.case_id) for example in data.examples("train")}
    held_out = {case.gold for case in data.held_out()}
    assert learnt
    assert held_out
    assert not learnt & held_out
    assert {gold_of(example.case_id) for example in data.examples("validation")} <= held_out


def test_the_card_counts_and_hashes(data: PreparedData, cases_file: Path):
    card = data.card
    assert (card.sources[0].cases, card.cases, card.duplicates_removed) == (25, 24, 1)
    assert card.sources[0].sha256 == sha256_of(cases_file)
    assert card.sha256[EXAMPLES] == sha256_of(data.folder / EXAMPLES)
    assert sum(card.examples["train"].values()) == len(data.examples("train"))
    assert sum(card.diagnoses.values()) == 8
    assert card.prompts == {name: load(name).version for name in ("pick", "rank", "weigh")}
    assert {example.licence for example in data.examples("train")} == {"CC0"}


def test_preparing_again_gives_the_same_bytes(
    assistant: Assistant, cases_file: Path, data: PreparedData, tmp_path: Path
):
    prepare(assistant, cases_file, tmp_path, licence="CC0", share=0.3)
    assert (tmp_path / CARD).read_bytes() == (data.folder / CARD).read_bytes()


def test_a_changed_file_is_noticed(assistant: Assistant, cases_file: Path, tmp_path: Path):
    prepare(assistant, cases_file, tmp_path, share=0.3)
    (tmp_path / EXAMPLES).write_text((tmp_path / EXAMPLES).read_text().replace("Croup", "Group", 1))
    with pytest.raises(TrainingError, match="changed after it was prepared"):
        PreparedData.open(tmp_path)


def test_a_folder_without_data_names_the_command(tmp_path: Path):
    with pytest.raises(TrainingError, match="finetune prepare"):
        PreparedData.open(tmp_path)


@pytest.mark.parametrize(
    ("rows", "error", "words"),
    [
        ([{"id": 1, "text": "fever and cough", "gold": "Kuru"}] * 2, TrainingError, "give 0 examples"),
        ([{"id": 1, "text": "fever and cough"}], UsageError, "a gold diagnosis"),
        ([{"id": 1, "text": f"fever {n} days", "gold": "Croup"} for n in (2, 3)], TrainingError, "the id '1'"),
    ],
)
def test_cases_that_teach_nothing_are_one_clear_line(
    assistant: Assistant, tmp_path: Path, rows: list[dict[str, str]], error: type[Exception], words: str
):
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows))
    with pytest.raises(error, match=words):
        prepare(assistant, file, tmp_path / "out")


def test_every_template_is_recognised_by_what_it_renders():
    """The listener knows a prompt by its words, so no two templates may begin alike."""
    assert len({load(name).system for name in names()}) == len(names())
    listener = Listener()
    for name in names():
        prompt = load(name)
        filled = prompt.render(**{slot: f"<{slot}> of {name}: $1" for slot in prompt.inputs})
        listener.stream([Message("system", filled.system), Message("user", filled.user)])
        assert listener.asked[-1].prompt == name
        assert dict(listener.asked[-1].inputs) == {slot: f"<{slot}> of {name}: $1" for slot in prompt.inputs}
    with pytest.raises(ValueError, match="no template"):
        listener.stream([Message("system", "Something else"), Message("user", "x")])
