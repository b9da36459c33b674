"""How soon a case should be seen: never less urgent than its danger signs, with its basis in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.assessment import MustNotMiss, RedFlag
from assistant.case import Case, Measurement
from assistant.early_warning import early_warning
from assistant.triage import triage

LEVELS = ("now", "today", "routine")


def _flag(urgency: str | None) -> RedFlag:
    return RedFlag(sign=f"Sign {urgency}", why="W.", source="S", urgency=urgency)  # type: ignore[arg-type]


def _vital(analyte: str, value: float, unit: str = "", flag: str = "normal") -> Measurement:
    return Measurement(analyte=analyte, value=value, unit=unit, flag=flag)  # type: ignore[arg-type]


@given(st.lists(st.sampled_from(["now", "today", "soon", None]), max_size=6), st.integers(0, 3))
def test_triage_is_never_less_urgent_than_a_danger_sign(urgencies: list[str | None], open_ones: int):
    found = triage(Case(narrative=""), [_flag(one) for one in urgencies], [MustNotMiss(name="Stroke")] * open_ones)
    wanted = min(
        (LEVELS.index({"soon": "routine", None: "today"}.get(one, one or "today")) for one in urgencies), default=2
    )
    assert LEVELS.index(found.level) <= wanted
    assert found.basis
    assert all(said for said in found.basis)
    if open_ones:
        assert found.level != "routine"


@pytest.mark.parametrize(
    ("analyte", "unit", "points"),
    [
        ("respiratory rate", "/min", {8: 3, 9: 1, 11: 1, 12: 0, 20: 0, 21: 2, 24: 2, 25: 3}),
        ("oxygen saturation", "%", {91: 3, 92: 2, 93: 2, 94: 1, 95: 1, 96: 0}),
        ("systolic blood pressure", "mm[Hg]", {90: 3, 91: 2, 100: 2, 101: 1, 110: 1, 111: 0, 219: 0, 220: 3}),
        ("pulse", "/min", {40: 3, 41: 1, 50: 1, 51: 0, 90: 0, 91: 1, 110: 1, 111: 2, 130: 2, 131: 3}),
        ("temperature", "Cel", {35.0: 3, 35.1: 1, 36.0: 1, 36.1: 0, 38.0: 0, 38.1: 1, 39.0: 1, 39.1: 2}),
    ],
)
def test_the_points_are_those_of_the_published_chart(analyte: str, unit: str, points: dict[float, int]):
    for value, wanted in points.items():
        found = early_warning(Case(narrative="", age_years=50, measurements=(_vital(analyte, value, unit),)))
        assert found is not None
        assert found.total == wanted, (analyte, value)


def test_the_score_is_not_for_children_nor_in_pregnancy_nor_of_the_past():
    fast = (_vital("pulse", 140, "/min"),)
    assert early_warning(Case(narrative="", age_years=10, measurements=fast)) is None
    assert early_warning(Case(narrative="", age_years=30, pregnant=True, measurements=fast)) is None
    past = (_vital("pulse", 140, "/min", "unknown"),)
    assert early_warning(Case(narrative="", age_years=50, measurements=past)) is None


@pytest.mark.parametrize(
    ("pulse", "rate", "level"), [(80, 16, "routine"), (135, 16, "today"), (135, 26, "today"), (135, 30, "today")]
)
def test_single_extreme_values_ask_for_the_same_day(pulse: float, rate: float, level: str):
    case = Case(
        narrative="",
        age_years=50,
        measurements=(_vital("pulse", pulse, "/min"), _vital("respiratory rate", rate, "/min")),
    )
    assert triage(case, (), ()).level == level


def test_seven_points_are_an_emergency_and_the_basis_says_how_much_was_measured():
    values = (
        _vital("pulse", 135, "/min"),
        _vital("respiratory rate", 30, "/min"),
        _vital("systolic blood pressure", 105, "mm[Hg]"),
    )
    found = triage(Case(narrative="", age_years=50, measurements=values), (), ())
    assert found.level == "now"
    assert found.basis[0].startswith("NEWS2 of at least 7, from 3 of 7 parts")


def test_a_critical_value_of_a_child_is_urgent_though_no_score_is_meant_for_it():
    values = (_vital("pulse", 230, "/min", "critical-high"),)
    assert triage(Case(narrative="", age_years=1, measurements=values), (), ()).level == "now"


def test_a_sign_of_two_weeks_is_routine_and_says_so():
    found = triage(Case(narrative=""), [_flag("soon")], ())
    assert found.level == "routine"
    assert "two weeks" in found.basis[0]
