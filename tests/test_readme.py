"""The README says what is there: its tree, its commands, and the tests behind its promises."""

from __future__ import annotations

import re

import pytest
from readme_tree import BEGIN, END, ROOT, tree

from assistant.cli import main

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_tree_is_the_tree_of_the_code():
    shown = README.split(BEGIN)[1].split(END)[0]
    assert shown == tree(), "write it anew with: python tests/readme_tree.py"


@pytest.mark.parametrize("command", sorted(set(re.findall(r"wardround ([a-z]+)", README))))
def test_every_command_named_exists(command: str):
    assert main.get_command(main.make_context("wardround", [], resilient_parsing=True), command) is not None


def test_every_promise_names_a_test_that_exists():
    named = re.findall(r"^\| .+ \| `(tests/[\w/]+\.py)::(\w+)`", README, flags=re.MULTILINE)
    assert len(named) >= 10
    for file, function in named:
        assert f"def {function}(" in (ROOT / file).read_text(encoding="utf-8"), f"{file} has no {function}"
