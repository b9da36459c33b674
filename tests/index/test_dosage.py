"""How much, how often and for how long, read from words and from rows of tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dosage import Dosage, Range, read_dosage


@pytest.mark.parametrize(
    ("text", "amount", "times", "days"),
    [
        (" 500 mg orally every 8 hours for 7 - 10 days", (500, 500), (3, 3), (7, 10)),
        (" po | C V | 400mg | 3 times a day | 4-8weeks", (400, 400), (3, 3), (28, 56)),
        (" 1 g IV once daily", (1000, 1000), (1, 1), None),
        (" 250-500 micrograms twice daily", (0.25, 0.5), (2, 2), None),
        (" 500 mg - 1 g every 12 hours", (500, 1000), (2, 2), None),
        (": 1g-3 gm daily in divided doses", (1000, 3000), (1, 1), None),
        (" 2.4 MU single dose", (2.4e6, 2.4e6), None, None),
        (" iv | C V | 1.2-2g | 6-hourly", (1200, 2000), (4, 4), None),
        (" 250 mg twice, three or four times daily for two weeks", (250, 250), (2, 4), (14, 14)),
        (" 20 mg bd for five days", (20, 20), (2, 2), (5, 5)),
        (" takes 2 to 3 days to work", None, None, (2, 3)),
        (" from 5 mg/ml solution", None, None, None),
        (" 100 mg/m2 daily", None, (1, 1), None),
        (" 100 mg/m\u00b2 daily", None, (1, 1), None),
        (" 500 mg daily for a 7 day course", (500, 500), (1, 1), (7, 7)),
        (" 500 mg twice every day", (500, 500), (2, 2), None),
        (" 500 mg b.d. by tidal volume", (500, 500), (2, 2), None),
        (" 70 mg once weekly", (70, 70), None, None),
        (" 500 mg daily for children under 5 months", (500, 500), (1, 1), None),
        (" for children over 12 years", None, None, None),
        ("", None, None, None),
    ],
)
def test_dosages_are_read(
    text: str,
    amount: tuple[float, float] | None,
    times: tuple[float, float] | None,
    days: tuple[float, float] | None,
) -> None:
    read = read_dosage(text)
    assert (read.amount, read.times, read.days) == tuple(range_ and Range(*range_) for range_ in (amount, times, days))


def test_one_dose_by_weight_and_the_route_are_told() -> None:
    read = read_dosage(" 50 mg/kg intravenously stat")
    assert read == Dosage(Range(50, 50), by_weight=True, once=True, routes=frozenset(["by vein"]))
    assert read_dosage(" 40 mg/kg/day by mouth").times == Range(1, 1)


def test_amounts_of_different_kinds_are_not_mixed() -> None:
    assert read_dosage(" 20 mg/kg at first, then 500 mg").amount is None


_ENDS = st.floats(0.01, 1e6)


@given(one=st.tuples(_ENDS, _ENDS), other=st.tuples(_ENDS, _ENDS), factor=st.floats(1.01, 3))
def test_ranges_are_apart_only_where_every_value_is(
    one: tuple[float, float], other: tuple[float, float], factor: float
) -> None:
    first, second = Range(min(one), max(one)), Range(min(other), max(other))
    assert first.apart(second, factor) == second.apart(first, factor)
    if first.apart(second, factor):
        assert first.high < second.low or second.high < first.low
    assert not first.apart(first, factor)
