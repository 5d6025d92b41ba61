"""Grades of damage to a dwelling (住家の被害の程度), from the ratio that a survey found.

Lower bounds are inclusive, in percent: 50 全壊, 40 大規模半壊, 30 中規模半壊 (since December 2020), 20 半壊, 10 準半壊
(災害に係る住家の被害認定基準運用指針).
"""

from decimal import Decimal
from enum import StrEnum


class Grade(StrEnum):
    """How badly a dwelling was damaged."""

    TOTAL = "total"
    LARGE_HALF = "large_half"
    MIDDLE_HALF = "middle_half"
    HALF = "half"
    NEAR_HALF = "near_half"
    PART = "part"

    @property
    def ja(self) -> str:
        """The words on the certificate."""
        return _JA[self]

    @property
    def from_percent(self) -> int:
        """The lowest ratio of this grade, in percent."""
        return _BOUNDS[self]


_JA = {
    Grade.TOTAL: "全壊",
    Grade.LARGE_HALF: "大規模半壊",
    Grade.MIDDLE_HALF: "中規模半壊",
    Grade.HALF: "半壊",
    Grade.NEAR_HALF: "準半壊",
    Grade.PART: "準半壊に至らない（一部損壊）",
}
_BOUNDS = {
    Grade.TOTAL: 50,
    Grade.LARGE_HALF: 40,
    Grade.MIDDLE_HALF: 30,
    Grade.HALF: 20,
    Grade.NEAR_HALF: 10,
    Grade.PART: 0,
}


def grade_of(percent: Decimal) -> Grade:
    """The grade of a ratio in percent, 0 to 100.

    Raises:
        ValueError: no such ratio.
    """
    if not 0 <= percent <= 100:
        raise ValueError("a ratio of damage lies between 0 and 100 percent")
    return next(grade for grade, bound in _BOUNDS.items() if percent >= bound)
