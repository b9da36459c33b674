"""Progress that is counted, where there is no terminal to draw a bar in."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from assistant.terminal import counting


def test_a_long_run_says_how_far_it_is_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = iter((0.0, 1.0, 6.0, 6.0, 7.0, 12.0, 12.0))
    monkeypatch.setattr(counting, "time", SimpleNamespace(monotonic=lambda: next(now)))
    with counting.counting() as tell:
        for done in range(1, 5):
            tell("cases", done, 4)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == ["cases: 2 of 4", "cases: 4 of 4"]
