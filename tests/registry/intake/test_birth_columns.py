"""A birth date as it was said becomes the columns of the person, seen from the day on which it was said."""

from datetime import UTC, date, datetime

import pytest

from registry.intake import merging, projection
from registry.intake.merging import Doc
from registry.vocabulary import Kind

AT = projection.millis(datetime(2026, 11, 23, 16, 0, tzinfo=UTC))


def _columns(said: str | None, at: int = AT) -> tuple[str, date | None, str]:
    doc = Doc()
    merging.write(doc, {"birth": said}, event="e1", at=at, device=1, seq=1, base={})
    row = projection.columns(Kind.PERSON, doc)
    return row["birth_raw"], row["birth_date"], row["birth_precision"]


@pytest.mark.parametrize(
    ("said", "day", "precision"),
    [
        ("S60.4.12", date(1985, 4, 12), "day"),
        ("昭和35年2月30日", date(1960, 2, 1), "month"),
        ("H1", date(1989, 1, 1), "year"),
        ("600412", None, "unknown"),
        ("八十くらい", None, "unknown"),
    ],
)
def test_what_was_said_stays_and_the_date_follows_from_it(said: str, day: date | None, precision: str) -> None:
    assert _columns(said) == (said, day, precision)


def test_taken_back_it_is_unknown() -> None:
    assert _columns(None) == ("", None, "unknown")
    assert projection.columns(Kind.PERSON, Doc())["birth_precision"] == "unknown"


def test_two_digits_are_read_from_the_day_on_which_they_were_said() -> None:
    """So the tables made anew much later say the same."""
    later = projection.millis(datetime(2080, 1, 1, tzinfo=UTC))
    assert _columns("701010") == ("701010", date(1970, 10, 10), "day")
    assert _columns("701010", later) == ("701010", None, "unknown")
