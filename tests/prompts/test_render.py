"""Templates load, render, and refuse wrong inputs."""

from __future__ import annotations

import pytest

import prompts
from assistant.reasoning import PROMPTS


@pytest.mark.parametrize("name", prompts.names())
def test_every_template_renders_with_exactly_its_inputs(name: str):
    prompt = prompts.load(name)
    values = {slot: f"<{slot}>" for slot in prompt.inputs}
    rendered = prompts.render(name, **values)
    for value in values.values():
        assert value in rendered.system + rendered.user
    assert rendered.version == prompt.version


def test_templates_and_their_users_name_the_same_prompts():
    assert set(PROMPTS) == set(prompts.names())


def test_a_missing_or_unknown_input_is_named():
    with pytest.raises(ValueError, match="'candidates'"):
        prompts.render("weigh", case="x")
    with pytest.raises(ValueError, match="'mood'"):
        prompts.render("weigh", case="x", candidates="y", mood="z")
    with pytest.raises(ValueError, match="no prompt is called 'sing'"):
        prompts.load("sing")


def test_braces_in_an_input_are_left_alone():
    assert "{case}" in prompts.render("weigh", case="{case}", candidates="{x}").user


@pytest.mark.parametrize("name", prompts.names())
def test_langchain_renders_the_same_text(name: str):
    prompt = prompts.load(name)
    values = {slot: f"<{slot}>" for slot in prompt.inputs}
    system, user = prompt.to_langchain().format_messages(**values)
    rendered = prompt.render(**values)
    assert (system.content, user.content) == (rendered.system, rendered.user)
