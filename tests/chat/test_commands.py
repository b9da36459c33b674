from __future__ import annotations

import pytest

from assistant.chat.actions import _ACTIONS
from assistant.chat.commands import COMMANDS, HELP, Command, parse
from assistant.errors import UsageError


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/case", Command("case")),
        ("  /sources 3 ", Command("sources", "3")),
        ("/SOURCES [3]", Command("sources", "[3]")),
        ("/report my notes/one.md --force", Command("report", "my notes/one.md --force")),
        ("/new 24-year-old woman", Command("new", "24-year-old woman")),
        ("24-year-old woman, 1/6 systolic murmur", None),
        ("", None),
    ],
)
def test_a_line_is_a_command_only_behind_a_slash(line: str, command: Command | None):
    assert parse(line) == command


def test_an_unknown_command_is_refused_with_those_there_are():
    with pytest.raises(UsageError, match="there is no command /cases; there are /case, /differential"):
        parse("/cases")


def test_every_command_is_in_the_help_and_can_be_done():
    assert [line.split()[0].removeprefix("/") for line, _ in HELP] == list(COMMANDS)
    assert set(_ACTIONS) | {"new", "quit"} == set(COMMANDS)
