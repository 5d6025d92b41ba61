"""Birth dates as people say and write them: 昭和60年4月12日, S60.4.12, 昭60, R元, S600412, 3600412, 1985-04-12, 19850412, 令和七年…

What was said is kept by the caller; here it becomes a real date with its precision, or choices that somebody has to be asked about.
People go on counting an era that has ended (平成31年5月1日, 昭和64年2月) or say the one that began later that year: both are taken and flagged.
Days are days in Japan.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from disaster.core import clock

OLDEST = 120  # years
_KANJI = str.maketrans("〇一二三四五六七八九", "0123456789")
_BLANK = re.compile(r"[0\-‐ー―/.*?？]*|不明|不詳|未詳|なし|無し|無|n/?a|unknown")


class Precision(StrEnum):
    """How much of a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    DECADE = "decade"
    UNKNOWN = "unknown"


class Note(StrEnum):
    """What somebody should look at again."""

    ERA_CONTINUED = "era_continued"  # the era had ended, or had not begun
    IMPOSSIBLE = "impossible"  # there is no such day or month; the larger part is kept
    FUTURE = "future"
    VERY_OLD = "very_old"
    AMBIGUOUS = "ambiguous"  # several dates: ask
    UNREADABLE = "unreadable"

    @property
    def ja(self) -> str:
        """The sentence at the field."""
        return _NOTES_JA[self]


_NOTES_JA = {
    Note.ERA_CONTINUED: "その年号の期間に入らない日です。続けて数えた日として読みました。",
    Note.IMPOSSIBLE: "この日付はありません。分かるところまでを使います。",
    Note.FUTURE: "先の日付です。",
    Note.VERY_OLD: "120年より前の日付です。",
    Note.AMBIGUOUS: "どの年か分かりません。年号（S、Hなど）か西暦4桁で入れてください。",
    Note.UNREADABLE: "生年月日として読めません。",
}


@dataclass(frozen=True, slots=True)
class Era:
    """An era: the day it began, the last day of it (None: it lasts), what it is written with."""

    name: str
    begins: date
    ends: date | None
    signs: tuple[str, ...]

    def year(self, number: int) -> int:
        """The year of our calendar; its first year is 1."""
        return self.begins.year + number - 1


ERAS = (
    Era("明治", date(1868, 1, 25), date(1912, 7, 29), ("明治", "明", "m", "㍾")),
    Era("大正", date(1912, 7, 30), date(1926, 12, 24), ("大正", "大", "t", "㍽")),
    Era("昭和", date(1926, 12, 25), date(1989, 1, 7), ("昭和", "昭", "s", "㍼")),
    Era("平成", date(1989, 1, 8), date(2019, 4, 30), ("平成", "平", "h", "㍻")),
    Era("令和", date(2019, 5, 1), None, ("令和", "令", "r", "㋿")),
)  # by the edicts the day of the change is already the new era's; who says it in the old one is flagged, and means the same day
_BY_SIGN = {sign: era for era in ERAS for sign in era.signs}
_SIGN = "|".join(sorted((re.escape(sign) for sign in _BY_SIGN), key=len, reverse=True))
_BETWEEN = r"[年./\-‐ー,、]"
_ERA_PARTS = re.compile(
    rf"({_SIGN})({_BETWEEN}?)(元|\d{{1,2}})(?:{_BETWEEN}(?:(\d{{1,2}})(?:[月./\-‐ー,、](?:(\d{{1,2}})日?)?)?)?)?(?:頃|ごろ)?"
)
_ERA_SOLID = re.compile(rf"({_SIGN})(\d\d)(\d\d)(\d\d)")
_WEST_PARTS = re.compile(
    r"(\d{4})(?:[年./\-‐ー,、](?:(\d{1,2})(?:[月./\-‐ー,、](?:(\d{1,2})日?)?)?)?)?(?:頃|ごろ|生まれ)?"
)
_SHORT_PARTS = re.compile(r"(\d{1,2})[年./\-‐ー,、](\d{1,2})[月./\-‐ー,、](\d{1,2})日?")
_WEST_LAST = re.compile(r"(\d{1,2})[./\-](\d{1,2})[./\-](\d{4})")
_DECADE = re.compile(rf"(?:({_SIGN})(\d0)|(\d{{3}}0))年代")


@dataclass(frozen=True, slots=True)
class Birth:
    """What was understood. ``day``: the day, or the first day of the month, year or decade that is known; None where nothing is.

    ``choices``: where several days are meant by the same digits, the likeliest first; then there is no ``day``.
    """

    day: date | None = None
    precision: Precision = Precision.UNKNOWN
    notes: tuple[Note, ...] = ()
    choices: tuple[date, ...] = ()


def read(text: str, today: date | None = None) -> Birth:
    """Read any notation. Never raises: what cannot be read has a note, a blank (also ``00000000``) has none.

    ``today`` (in Japan) decides what lies in the future and what is too old to be meant by two digits.
    """
    today = today or clock.jst(clock.now()).date()
    plain = _plain(text)
    if _BLANK.fullmatch(plain):
        return Birth()
    found = _read(plain, today)
    if found.day is None:
        return found
    if found.day > today:
        return replace(found, notes=(*found.notes, Note.FUTURE))
    if found.day.year < today.year - OLDEST and found.day < _years_before(today, OLDEST):
        return replace(found, notes=(*found.notes, Note.VERY_OLD))
    return found


def meant(text: str, today: date | None = None) -> tuple[tuple[date, Precision], ...]:
    """Every date that a text may mean, for a search: several where the digits are ambiguous, none where it is no date."""
    found = read(text, today)
    if found.choices:
        return tuple((choice, Precision.DAY) for choice in found.choices)
    return ((found.day, found.precision),) if found.day else ()


def age_on(birth: date, day: date) -> int:
    """Full years on a day (年齢計算ニ関スル法律, 民法143条): who was born on 29 February is a year older from 1 March of common years on."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def in_era(day: date) -> str:
    """``昭和60年4月12日``, as certificates show it; days before 明治 by our calendar."""
    for era in reversed(ERAS):
        if day >= era.begins:
            number = day.year - era.begins.year + 1
            return f"{era.name}{'元' if number == 1 else number}年{day.month}月{day.day}日"
    return f"{day.year}年{day.month}月{day.day}日"


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"\s|生(?:まれ)?$|[()'’`]|^西暦|^ad", "", text).replace("−", "-").replace("–", "-")
    text = re.sub(r"[〇一二三四五六七八九十]+", _kanji_number, text)
    return text


def _kanji_number(found: re.Match[str]) -> str:
    """六十 is 60, 二〇一九 is 2019."""
    word = found[0]
    if "十" not in word:
        return word.translate(_KANJI)
    tens, _, ones = word.partition("十")
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return word
    return str(int(tens.translate(_KANJI) or 1) * 10 + int(ones.translate(_KANJI) or 0))


def _read(plain: str, today: date) -> Birth:
    if found := _DECADE.fullmatch(plain):
        year = _BY_SIGN[found[1]].year(int(found[2])) if found[1] else int(found[3])
        return Birth(date(year, 1, 1), Precision.DECADE)
    if found := _ERA_PARTS.fullmatch(plain):
        number = 1 if found[3] == "元" else int(found[3])
        return _in_era(_BY_SIGN[found[1]], number, _int(found[4]), _int(found[5]))
    if found := _ERA_SOLID.fullmatch(plain):
        return _in_era(_BY_SIGN[found[1]], int(found[2]), int(found[3]), int(found[4]))
    if plain.isdecimal():
        return _digits(plain, today)
    if found := _WEST_PARTS.fullmatch(plain):
        return _of(int(found[1]), _int(found[2]), _int(found[3]))
    if found := _SHORT_PARTS.fullmatch(plain):
        return _short(int(found[1]), int(found[2]), int(found[3]), today)
    if found := _WEST_LAST.fullmatch(plain):
        return _asked(_orders(int(found[3]), int(found[1]), int(found[2])))
    return Birth(notes=(Note.UNREADABLE,))


def _digits(plain: str, today: date) -> Birth:
    if len(plain) == 8:
        return _of(int(plain[:4]), int(plain[4:6]), int(plain[6:]))
    if len(plain) == 7 and plain[0] in "12345":  # the era as a digit, as the resident registers write it
        return _in_era(ERAS[int(plain[0]) - 1], int(plain[1:3]), int(plain[3:5]), int(plain[5:]))
    if len(plain) == 6:
        if plain[:2] in ("19", "20") and not _days(int(plain[:2]), int(plain[2:4]), int(plain[4:]), today):
            return _of(int(plain[:4]), int(plain[4:]), None)
        return _short(int(plain[:2]), int(plain[2:4]), int(plain[4:]), today)
    if len(plain) == 4 and plain[:2] in ("18", "19", "20"):
        return _of(int(plain), None, None)
    return Birth(notes=(Note.UNREADABLE,))


def _short(year: int, month: int, day: int, today: date) -> Birth:
    return _asked(_days(year, month, day, today))


def _asked(days: list[date]) -> Birth:
    """One day, or several of which somebody has to be asked."""
    if len(days) == 1:
        return Birth(days[0], Precision.DAY)
    return Birth(notes=(Note.AMBIGUOUS,), choices=tuple(days)) if days else Birth(notes=(Note.UNREADABLE,))


def _days(year: int, month: int, day: int, today: date) -> list[date]:
    """What two digits of a year can mean for somebody who lives: a year of an era within its time, or of a century."""
    found: dict[date, None] = {}
    for era in (ERAS[2], ERAS[3], ERAS[4], ERAS[1]):  # the likeliest first
        one = _day(era.year(year), month, day) if year else None
        if one and era.begins <= one <= (era.ends or today):
            found[one] = None
    for century in (1900, 2000):
        if one := _day(century + year, month, day):
            found[one] = None
    return [one for one in found if _years_before(today, OLDEST) <= one <= today]


def _orders(year: int, first: int, second: int) -> list[date]:
    """Day and month in either order."""
    return list(dict.fromkeys(one for one in (_day(year, first, second), _day(year, second, first)) if one))


def _in_era(era: Era, number: int, month: int | None, day: int | None) -> Birth:
    if number == 0:
        return Birth(notes=(Note.IMPOSSIBLE,))
    found = _of(era.year(number), month, day)
    return found if found.day is None or _within(era, found) else _continued(found)


def _within(era: Era, birth: Birth) -> bool:
    assert birth.day is not None
    first, last = birth.day, max(_span(birth.day, birth.precision))
    return last >= era.begins and first <= (era.ends or date.max)


def _continued(birth: Birth) -> Birth:
    return replace(birth, notes=(*birth.notes, Note.ERA_CONTINUED))


def _span(day: date, precision: Precision) -> Iterator[date]:
    """First and last day of what is known."""
    yield day
    if precision == Precision.MONTH:
        yield day.replace(day=monthrange(day.year, day.month)[1])
    elif precision == Precision.YEAR:
        yield day.replace(month=12, day=31)


def _of(year: int, month: int | None, day: int | None) -> Birth:
    """As much of it as there is; 0 or 99 for a part is how registers write that it is not known."""
    if not 1800 <= year <= 2200:
        return Birth(notes=(Note.IMPOSSIBLE,))
    if not month or month == 99:
        return Birth(date(year, 1, 1), Precision.YEAR)
    if not 1 <= month <= 12:
        return Birth(date(year, 1, 1), Precision.YEAR, (Note.IMPOSSIBLE,))
    if not day or day == 99:
        return Birth(date(year, month, 1), Precision.MONTH)
    exact = _day(year, month, day)
    return Birth(exact, Precision.DAY) if exact else Birth(date(year, month, 1), Precision.MONTH, (Note.IMPOSSIBLE,))


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _int(part: str | None) -> int | None:
    return int(part) if part else None


def _years_before(day: date, years: int) -> date:
    return _day(day.year - years, day.month, day.day) or date(day.year - years, 3, 1)
