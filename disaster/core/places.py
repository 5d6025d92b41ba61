"""Addresses of the municipality as people and registers write them, reduced to what can be compared.

「東員町大字山田1600」, 「三重県員弁郡東員町山田１６００番地」 and 「山田1600-1」 are one place with one key; 「城山1-48」 and 「城山一丁目48番地」 another.
Elsewhere there are no areas to compare with: the key is the text and its first number.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from disaster.core import names
from disaster.core.municipality import Municipality

_POSTCODE = re.compile(r"〒?\d{3}-?\d{4}")
_COUNTRY = re.compile(r"^(?:..[都道府]|...?県)?(?:..?郡|...郡)?")
_DASHES = str.maketrans("‐‑‒–—―−ｰ－ー", "-" * 10)
_DIGITS = "一二三四五六七八九"
_TENS = {"十": 10, "百": 100, "千": 1000}
_CHOME = re.compile(r"(.+?)([一二三四五六七八九十]+|\d+)丁目")
_LEADING = re.compile(r"(?:大字|字)")
_NUMBERS = re.compile(r"(\d+)((?:(?:丁目|番地の?|番|号|-|の|ノ)+\d+)*)")
_GIVEN_KANJI = re.compile(rf"[{_DIGITS}十百千]+(?=(?:丁目|番|号|の\d|$))")


@dataclass(frozen=True, slots=True)
class Place:
    """``key``: the same for one 番地 or block, empty where the text says too little. ``branch``: what follows it (枝番, 号), where it is said."""

    area_code: str = ""
    key: str = ""
    branch: str = ""


class Places:
    """Reads addresses of one municipality."""

    def __init__(self, town: Municipality) -> None:
        self._town = names.kanji_key(town.name)
        self._areas: list[tuple[str, str, int]] = []  # the area's name without 大字 and 丁目, its code, its 丁目
        self._groups: dict[str, set[str]] = {}
        for area in town.areas:
            chome = _CHOME.fullmatch(area.name)
            plain = _LEADING.sub("", chome[1] if chome else area.name, count=1)
            self._areas.append((names.kanji_key(plain), area.code, _number(chome[2]) if chome else 0))
            for word in (area.name, plain, area.kana, area.kana.removeprefix("おおあざ"), area.name_en):
                self._groups.setdefault(_word(word), set()).add(area.code)
            if chome:
                kana = re.sub(r"(?:いっ|に|さん|よん|ご|ろく|なな|はっ|きゅう|じゅっ)ちょうめ$", "", area.kana)
                self._groups.setdefault(_word(kana), set()).add(area.code)
        self._areas.sort(key=lambda one: (-len(one[0]), one[2]))
        self.read = lru_cache(maxsize=32_768)(self._read)

    def named(self, word: str) -> frozenset[str]:
        """The areas that a word names (大字, 丁目, or a group of 丁目 by their common name, also in kana); nothing where it names none."""
        place = self.read(word)
        if place.area_code:
            return frozenset({place.area_code})
        return frozenset(self._groups.get(_word(word), ()))

    def _read(self, text: str) -> Place:
        plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).translate(_DASHES)
        plain = _POSTCODE.sub("", plain, count=1)
        rest = names.kanji_key(_GIVEN_KANJI.sub(lambda found: str(_number(found[0])), _dashed(plain)))
        return self._within(rest) or _elsewhere(plain)

    def _within(self, rest: str) -> Place | None:
        whole = rest
        _, named, behind = rest.partition(self._town)
        rest = _LEADING.sub("", behind if named else _COUNTRY.sub("", rest, count=1), count=1)
        for candidate in (rest, whole):
            for name, code, chome in self._areas:
                if candidate.startswith(name) and (found := _numbered(candidate[len(name) :], code, chome)):
                    return found
        return None


def _numbered(rest: str, code: str, chome: int) -> Place | None:
    """What follows an area's name. In areas with 丁目 the first number is the 丁目."""
    rest = rest.removeprefix("字")
    found = _NUMBERS.match(rest)
    numbers = re.findall(r"\d+", found[0]) if found else []
    if chome:
        if not numbers or int(numbers[0]) != chome:
            return None
        numbers = numbers[1:]
    elif rest[:1] and not found and not rest.startswith(("番", "-")):
        return Place(code)  # a smaller name or a building
    if not numbers:
        return Place(code)
    return Place(code, f"{code}:{int(numbers[0])}", "-".join(str(int(number)) for number in numbers[1:]))


def _elsewhere(plain: str) -> Place:
    text = names.kanji_key(re.sub(r"\d+", " ", plain))
    numbers = re.findall(r"\d+", plain)
    if not text or not numbers:
        return Place()
    return Place("", f"{text[:60]}:{int(numbers[0])}"[:80], "-".join(str(int(number)) for number in numbers[1:4])[:20])


def _dashed(plain: str) -> str:
    """Signs between numbers survive the reduction of the letters."""
    return re.sub(r"(?<=\d)[-・,、./]+(?=\d)", "の", plain)


def _number(text: str) -> int:
    if text.isdecimal():
        return int(text)
    total = current = 0
    for letter in text:
        if letter in _TENS:
            total += (current or 1) * _TENS[letter]
            current = 0
        else:
            current = _DIGITS.index(letter) + 1
    return total + current


def _word(text: str) -> str:
    return names.kanji_key(text).removeprefix("大字").removesuffix("町内")
