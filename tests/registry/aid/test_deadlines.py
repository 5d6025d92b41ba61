"""Thirteen and thirty-seven months, counted as the law counts."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.aid.deadlines import days_after, last_day


@pytest.mark.parametrize(
    ("disaster", "base", "add"),
    [
        (date(2024, 1, 1), date(2025, 1, 31), date(2027, 1, 31)),  # 能登半島地震
        (date(2026, 1, 31), date(2027, 2, 28), date(2029, 2, 28)),  # no 31 February: the last of the month
        (date(2027, 1, 31), date(2028, 2, 29), date(2030, 2, 28)),
        (date(2028, 2, 29), date(2029, 3, 28), date(2031, 3, 28)),
        (date(2026, 9, 12), date(2027, 10, 11), date(2029, 10, 11)),
        (date(2026, 3, 1), date(2027, 3, 31), date(2029, 3, 31)),
        (date(2026, 5, 31), date(2027, 6, 30), date(2029, 6, 30)),
        (date(2026, 12, 31), date(2028, 1, 30), date(2030, 1, 30)),
    ],
)
def test_the_last_day(disaster: date, base: date, add: date) -> None:
    assert (last_day(disaster, 13), last_day(disaster, 37)) == (base, add)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(1, 60))
def test_it_never_ends_later_than_on_the_day_before_the_corresponding_one(first: date, months: int) -> None:
    last = last_day(first, months)
    assert 0 <= (last.year - first.year) * 12 + last.month - first.month - months + 1 <= 1
    assert last < last_day(first, months + 1)


def test_days_count_the_day_of_the_disaster() -> None:
    assert days_after(date(2026, 11, 23), 10) == date(2026, 12, 2)
