"""Instants are kept in UTC and shown in Japan Standard Time."""

from datetime import UTC, datetime

import time_machine

from disaster.core import clock

NEW_YEAR = datetime(2026, 12, 31, 15, 0, 30, 999_000, tzinfo=UTC)


def test_pages_show_japan_standard_time_with_the_weekday() -> None:
    assert clock.day_and_time(NEW_YEAR) == "1月1日(金) 00:00"


def test_pages_name_the_year_where_it_is_not_the_present_one() -> None:
    with time_machine.travel(NEW_YEAR, tick=False):
        assert clock.on_pages(NEW_YEAR) == "1月1日(金) 00:00"
        assert clock.on_pages(datetime(2026, 12, 31, 14, 59, tzinfo=UTC)) == "2026年12月31日(木) 23:59"


def test_a_time_is_spoken_without_its_minute_on_the_hour() -> None:
    assert clock.spoken_time(NEW_YEAR) == "1日0時"
    assert clock.spoken_time(datetime(2026, 11, 23, 6, 4, tzinfo=UTC)) == "23日15時4分"


def test_cap_gets_whole_seconds_and_a_numeric_offset() -> None:
    assert clock.iso_jst(NEW_YEAR) == "2027-01-01T00:00:30+09:00"


def test_now_knows_its_zone() -> None:
    assert clock.now().tzinfo is UTC
