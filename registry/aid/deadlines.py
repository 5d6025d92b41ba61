"""Until when one may apply, counted as the law counts (被災者生活再建支援法施行令 4条: 発生した日から起算して; 民法 143条)."""

import calendar
from datetime import date, timedelta


def last_day(first: date, months: int) -> date:
    """The last day of a period of so many months whose first day is the day of the disaster.

    It ends on the day before the one that corresponds to the first; where that month has no such day, on the last day of the month.
    The 13 months of a disaster on 1 January 2024 end on 31 January 2025, those of one on 31 January on the last of February.
    """
    year, month = divmod(first.month - 1 + months, 12)
    year, month = first.year + year, month + 1
    length = calendar.monthrange(year, month)[1]
    if first.day > length:
        return date(year, month, length)
    return date(year, month, first.day) - timedelta(days=1)


def days_after(first: date, days: int) -> date:
    """The last day of a period of so many days, the day of the disaster being the first."""
    return first + timedelta(days=days - 1)
