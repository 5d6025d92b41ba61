"""Text for a synthesiser: names and numbers written as they are said, so that no voice reads 東員町 as トーインマチ.

Common words stay in kanji, because voices know them and phrase them better than kana; what they do not know or may take for another
word is written out: names of places in katakana, levels and times by their readings, 方 (かた, never ほう).
"""

import re
from collections.abc import Callable, Iterable

from broadcast.alert.content import Content, Place, Reading
from broadcast.texts import readings as numbers
from broadcast.texts.cleaning import one_line

_TO_KATAKANA = {number: number + 0x60 for number in range(ord("ぁ"), ord("ゖ") + 1)}
_RUBY = re.compile(r"（[ぁ-ゖァ-ヺー・ ]+）")
_PERSONS = re.compile(r"(?<=[るくすつむうのたいな])方(?=[はがもをなや])")
_LEVEL = re.compile(r"レベル([3-5３-５])")
_DAY_AND_HOUR = re.compile(r"(?<=日)(?=\d{1,2}時)")
_DAY, _HOUR, _MINUTE = (re.compile(rf"(?<!\d)(\d{{1,2}}){unit}(?![間目])") for unit in "日時分")
_WRITTEN_OUT = (("高齢者等避難", "高齢者とう避難"),)


def katakana(kana: str) -> str:
    """``とういんちょう`` as ``トウインチョウ``: one word for any voice."""
    return one_line(kana).translate(_TO_KATAKANA)


def names(content: Content) -> list[tuple[str, str]]:
    """Names in this alert and how each is said, the longest first, so that 山田木之倉 is not read as 山田 and something."""
    sender = content.sender
    found = {one_line(sender.name): katakana(sender.kana)}
    for place in (*content.areas, *content.shelters):
        found |= _both(place)
    found |= {one_line(name): kana for name, kana in pairs(content.readings)}
    return sorted(((name, kana) for name, kana in found.items() if name and kana), key=lambda pair: -len(pair[0]))


def pairs(readings: Iterable[Reading]) -> list[tuple[str, str]]:
    """Single names and how each is said, the longest first."""
    found = ((reading.text, katakana(reading.kana)) for reading in readings if not reading.whole)
    return sorted(found, key=lambda pair: -len(pair[0]))


def _both(place: Place) -> dict[str, str]:
    """An area with and without its 大字."""
    name, kana = one_line(place.name), one_line(place.kana)
    found = {name: katakana(kana)}
    if name.startswith("大字") and len(name) > 2:
        found[name[2:]] = katakana(kana.removeprefix("おおあざ"))
    return found


def japanese(text: str, known: Iterable[tuple[str, str]]) -> str:
    """The text as it is to be said."""
    for name, kana in known:
        text = text.replace(name, kana)
    for written, said in _WRITTEN_OUT:
        text = text.replace(written, said)
    text = _PERSONS.sub("かた", text)
    text = _LEVEL.sub(lambda found: f"レベル{katakana(numbers.number(int(found[1])))}", text)
    text = _DAY_AND_HOUR.sub("、", text)
    text = _DAY.sub(lambda found: _said(numbers.day, found, range(1, 32)), text)
    text = _HOUR.sub(lambda found: _said(numbers.hour, found, range(25)), text)
    return _MINUTE.sub(lambda found: _said(numbers.minute, found, range(1, 60)), text)


def _said(reading: Callable[[int], str], found: re.Match[str], possible: range) -> str:
    """``14時`` as ``ジュウヨジ``; a number that no clock and no calendar shows is left to the voice."""
    return katakana(reading(int(found[1]))) if int(found[1]) in possible else found[0]


def easy(text: str, known: Iterable[tuple[str, str]]) -> str:
    """やさしい日本語 without the readings in brackets and the gaps between words, which a voice would read as pauses."""
    return japanese(re.sub(r"\s+", "", _RUBY.sub("", text)), known)


_ENGLISH = {
    "Mon": "Monday", "Tue": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday",
    "Jan": "January", "Feb": "February", "Mar": "March", "Apr": "April", "Jun": "June", "Jul": "July", "Aug": "August",
    "Sep": "September", "Oct": "October", "Nov": "November", "Dec": "December",
}  # fmt: skip
_SHORT = re.compile(r"\b(" + "|".join(_ENGLISH) + r")\b(?=[ ,.]?)")


def english(text: str) -> str:
    """English with days and months in full."""
    return _SHORT.sub(lambda found: _ENGLISH[found[1]], text)
