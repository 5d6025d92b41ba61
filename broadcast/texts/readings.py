"""How numbers and times are read out, for the kana version of the radio text and for readings in やさしい日本語."""

import re
from datetime import datetime

from disaster.core.clock import jst

_ONES = ["", "いち", "に", "さん", "よん", "ご", "ろく", "なな", "はち", "きゅう"]
_DAYS = {1: "ついたち", 2: "ふつか", 3: "みっか", 4: "よっか", 5: "いつか", 6: "むいか", 7: "なのか", 8: "ようか", 9: "ここのか",
         10: "とおか", 14: "じゅうよっか", 20: "はつか", 24: "にじゅうよっか"}  # fmt: skip
_HOURS = {0: "れい", 4: "よ", 7: "しち", 9: "く", 14: "じゅうよ", 17: "じゅうしち", 19: "じゅうく"}
_MINUTE_ENDS = {
    0: "ぷん",
    1: "ぷん",
    2: "ふん",
    3: "ぷん",
    4: "ぷん",
    5: "ふん",
    6: "ぷん",
    7: "ふん",
    8: "ぷん",
    9: "ふん",
}
_MONTHS = {4: "し", 7: "しち", 9: "く"}


def number(value: int) -> str:
    """The reading of 0 to 99: ``よん``, ``じゅうに``; digit by digit beyond."""
    if value == 0:
        return "ぜろ"
    if value > 99:
        return "".join(_ONES[int(digit)] or "ぜろ" for digit in str(value))
    tens, ones = divmod(value, 10)
    return (("" if tens == 1 else _ONES[tens]) + "じゅう" if tens else "") + _ONES[ones]


def day(value: int) -> str:
    """The reading of a day of the month with 日."""
    return _DAYS.get(value) or number(value).replace("きゅう", "く").replace("なな", "しち") + "にち"


def hour(value: int) -> str:
    """The reading of an hour with 時."""
    return (
        _HOURS.get(value) or (number(20) + _HOURS.get(value - 20, number(value - 20)) if value > 20 else number(value))
    ) + "じ"


def minute(value: int) -> str:
    """The reading of minutes with 分."""
    tens, ones = divmod(value, 10)
    if ones == 0:
        return (number(value)[:-1] + "っぷん") if value else "れいふん"
    short = {1: "いっ", 6: "ろっ", 8: "はっ"}.get(ones, _ONES[ones])
    return (number(tens * 10) if tens else "") + short + _MINUTE_ENDS[ones]


def spoken(instant: datetime) -> str:
    """The reading of ``clock.spoken_time``: day, hour, and minute unless it is 0."""
    local = jst(instant)
    return day(local.day) + " " + hour(local.hour) + (minute(local.minute) if local.minute else "")


def easy_time(instant: datetime) -> str:
    """``11月（がつ）23日（にち） 15時（じ）4分（ぷん）``, the readings of the counters in brackets."""
    local = jst(instant)
    reading = _DAYS.get(local.day, "にち")
    minutes = f"{local.minute}分（{_MINUTE_ENDS[local.minute % 10]}）" if local.minute else ""
    days = f"{local.day}日（{reading}）"
    return f"{local.month}月（がつ）{days} {local.hour}時（じ）{minutes}"


def counters(text: str) -> str:
    """Digits of our own sentences replaced by their readings; numbers in kana-only text must not be left to a machine."""
    return re.sub(r"[0-9]+", lambda match: number(int(match[0])), text)
