"""Birth dates in every notation of a registration desk."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disaster.core import birthdates
from disaster.core.birthdates import Note, Precision, read

TODAY = date(2026, 11, 28)
D, M, Y, TEN = Precision.DAY, Precision.MONTH, Precision.YEAR, Precision.DECADE
CLEAR = [
    ("S60.4.12", "1985-04-12", D),
    ("昭和60年4月12日", "1985-04-12", D),
    ("昭和６０年４月１２日生まれ", "1985-04-12", D),
    ("S60年 4月12日生", "1985-04-12", D),
    ("Ｓ６０．４．１２", "1985-04-12", D),
    ("s60/4/12", "1985-04-12", D),
    ("S600412", "1985-04-12", D),
    ("3600412", "1985-04-12", D),
    ("昭和六十年四月十二日", "1985-04-12", D),
    ("昭60", "1985-01-01", Y),
    ("平成元年", "1989-01-01", Y),
    ("H1", "1989-01-01", Y),
    ("R元", "2019-01-01", Y),
    ("令和元年五月一日", "2019-05-01", D),
    ("昭和64-1-7", "1989-01-07", D),
    ("大正1-7-30", "1912-07-30", D),
    ("昭和1-12-25", "1926-12-25", D),
    ("19600412", "1960-04-12", D),
    ("1985/4/12", "1985-04-12", D),
    ("1985年4月", "1985-04-01", M),
    ("1985年", "1985-01-01", Y),
    ("2000-2-29", "2000-02-29", D),
    ("19600400", "1960-04-01", M),
    ("19600000", "1960-01-01", Y),
    ("昭和60年00月00日", "1985-01-01", Y),
    ("196004", "1960-04-01", M),
    ("4/25/1985", "1985-04-25", D),
    ("990412", "1999-04-12", D),
    ("昭和30年代", "1955-01-01", TEN),
    ("1960年代", "1960-01-01", TEN),
]
CONTINUED = [
    ("昭和64-1-8", "1989-01-08"),
    ("昭和64-2", "1989-02-01"),
    ("平成31-5-1", "2019-05-01"),
    ("大正15-12-25", "1926-12-25"),
    ("令和1年4月30日", "2019-04-30"),
    ("昭和元年1月5日", "1926-01-05"),
]


@pytest.mark.parametrize(("said", "day", "precision"), CLEAR)
def test_a_notation_is_read(said: str, day: str, precision: Precision) -> None:
    found = read(said, TODAY)
    assert (found.day, found.precision, found.notes, found.choices) == (date.fromisoformat(day), precision, (), ())


@pytest.mark.parametrize(("said", "day"), CONTINUED)
def test_an_era_that_had_ended_is_counted_on_and_flagged(said: str, day: str) -> None:
    found = read(said, TODAY)
    assert (found.day, found.notes) == (date.fromisoformat(day), (Note.ERA_CONTINUED,))


def test_the_day_of_two_eras_is_one_day() -> None:
    assert read("大正15-12-25", TODAY).day == read("昭和1-12-25", TODAY).day
    assert read("明治45年7月30日", TODAY).day == read("大正元年7月30日", TODAY).day


@pytest.mark.parametrize("said", ["", "00000000", "0", "不明", "－", "  ", "00.00.00"])
def test_a_blank_is_no_date_and_no_mistake(said: str) -> None:
    assert read(said, TODAY) == birthdates.Birth()


@pytest.mark.parametrize(
    ("said", "day", "precision"),
    [
        ("昭和35-2-30", "1960-02-01", M),
        ("平成13-2-29", "2001-02-01", M),
        ("19601301", "1960-01-01", Y),
    ],
)
def test_an_impossible_day_keeps_what_is_possible(said: str, day: str, precision: Precision) -> None:
    found = read(said, TODAY)
    assert (found.day, found.precision, found.notes) == (date.fromisoformat(day), precision, (Note.IMPOSSIBLE,))


def test_two_digits_of_a_year_are_asked_about_where_they_mean_several() -> None:
    found = read("600412", TODAY)
    assert found.day is None
    assert found.notes == (Note.AMBIGUOUS,)
    assert found.choices == (date(1985, 4, 12), date(1960, 4, 12))
    assert birthdates.meant("60.4.12", TODAY) == ((date(1985, 4, 12), D), (date(1960, 4, 12), D))
    assert read("03/04/1985", TODAY).choices == (date(1985, 3, 4), date(1985, 4, 3))


def test_the_future_and_the_very_old_are_taken_with_a_warning() -> None:
    assert read("2030-1-1", TODAY) == birthdates.Birth(date(2030, 1, 1), D, (Note.FUTURE,))
    assert read("明治23年1月1日", TODAY) == birthdates.Birth(date(1890, 1, 1), D, (Note.VERY_OLD,))
    assert read("1906-11-28", TODAY).notes == ()


@pytest.mark.parametrize("said", ["abc", "123", "昭和0年", "99999999", "山田", "昭和", "13/13/1985", "1" * 500])
def test_what_is_no_date_says_so(said: str) -> None:
    found = read(said, TODAY)
    assert found.day is None
    assert found.notes


def test_a_leap_day_child_is_older_from_the_first_of_march() -> None:
    born = date(2004, 2, 29)
    ages = [birthdates.age_on(born, day) for day in (date(2024, 2, 28), date(2024, 2, 29), date(2025, 2, 28))]
    assert ages == [19, 20, 20]
    assert birthdates.age_on(born, date(2025, 3, 1)) == 21


@settings(max_examples=300, deadline=None)
@given(st.dates(date(1868, 1, 25), TODAY))
def test_every_day_of_the_modern_eras_survives_its_japanese_form(day: date) -> None:
    said = birthdates.in_era(day)
    found = read(said, TODAY)
    assert (found.day, found.precision) == (day, D)
    assert Note.ERA_CONTINUED not in found.notes
    assert read(f"{day:%Y%m%d}", TODAY).day == day


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789SHRTM昭和平成大正明令年月日元.-/ ０９一二十〇代", max_size=14))
def test_nothing_that_is_typed_breaks_it(said: str) -> None:
    found = read(said, TODAY)
    assert (found.day is None) == (found.precision == Precision.UNKNOWN)
    for choice in found.choices:
        assert TODAY - timedelta(days=366 * 121) < choice <= TODAY
