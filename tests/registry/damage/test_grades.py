"""A ratio becomes a grade, with inclusive lower bounds."""

from decimal import Decimal

import pytest

from registry.damage.grades import Grade, grade_of


@pytest.mark.parametrize(
    ("percent", "grade"),
    [
        ("100", Grade.TOTAL),
        ("50", Grade.TOTAL),
        ("49.9", Grade.LARGE_HALF),
        ("40", Grade.LARGE_HALF),
        ("39.99", Grade.MIDDLE_HALF),
        ("30", Grade.MIDDLE_HALF),
        ("29", Grade.HALF),
        ("20", Grade.HALF),
        ("19.9", Grade.NEAR_HALF),
        ("10", Grade.NEAR_HALF),
        ("9.9", Grade.PART),
        ("0", Grade.PART),
    ],
)
def test_the_lower_bound_belongs_to_the_grade(percent: str, grade: Grade) -> None:
    assert grade_of(Decimal(percent)) is grade


@pytest.mark.parametrize("percent", ["-0.1", "100.1"])
def test_there_is_no_such_ratio(percent: str) -> None:
    with pytest.raises(ValueError, match="between 0 and 100"):
        grade_of(Decimal(percent))
