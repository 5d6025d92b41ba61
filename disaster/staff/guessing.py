"""How much of a password is not guessable: what is left when common words, the town's words and key rows are taken out."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from disaster.core.municipality import Municipality

_COMMON = Path(__file__).parent / "common_passwords.txt"
_TRADE = Path(__file__).parent / "guessable_words.txt"  # of this work, in every town
_ROWS: tuple[str, ...] = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz",
    "2wsx",
    "3edc",
    "4rfv",
)
_ROWS += ("5tgb", "6yhn", "7ujm", "qazwsxedcrfvtgbyhnujm", "あいうえおかきくけこ")
_SUFFIX = re.compile("(市|区|町|村|県|府|都|ちょう|まち|むら|そん|し|く|けん)$")
_LOOK_ALIKE = str.maketrans("@$", "as")
_SHORTEST_WORD = 3


def strength(password: str, near: Iterable[str]) -> int:
    """Characters that an attacker with word lists would still have to guess, about.

    A common word counts 3 however long, a word of the town or the person, a key row and a repetition 1, a digit one half.
    """
    rest = bare(password)
    score = 0
    worth = dict.fromkeys(_common(), 3) | dict.fromkeys(near, 1)
    for word in sorted(worth, key=len, reverse=True):
        if word in rest:
            rest = rest.replace(word, " ")
            score += worth[word]
    rest, rows = _without_rows(_without_weaving(rest))
    rest, repeated = _without_repetition(rest)
    letters = sum(not letter.isspace() for letter in rest)
    digits = sum(letter.isdigit() for letter in rest)
    return score + rows + repeated + letters - digits // 2


def near_words(town: Municipality, login: str, name: str) -> frozenset[str]:
    """What somebody who knows the town and the person tries first, as ``bare`` forms."""
    places = [town.name, town.kana, town.prefecture, *(part for area in town.areas for part in (area.name, area.kana))]
    short = [_SUFFIX.sub("", word) for word in places]
    latin = [*town.name_en.split(), *(area.name_en for area in town.areas)]
    spelt = [_romaji(word) for word in (*places, *short)]
    phone = [town.contact.phone, *(part for part in re.split(r"\D+", town.contact.phone) if len(part) > 3)]
    codes = [town.code, town.jma.city_code]
    words = (
        *places,
        *short,
        *latin,
        *spelt,
        *phone,
        *codes,
        login,
        *login.split("."),
        *name.split(),
        name,
        *_lines(_TRADE),
    )
    least = {
        word for word in map(bare, words) if len(word) >= _SHORTEST_WORD or (len(word) == 2 and not word.isascii())
    }
    return frozenset(least)


def bare(text: str) -> str:
    """For comparing: lower case, without spaces and signs, look-alike signs read as letters."""
    plain = unicodedata.normalize("NFKC", text).lower().translate(_LOOK_ALIKE)
    return "".join(letter for letter in plain if letter.isalnum())


def _without_weaving(text: str) -> str:
    """Two rows woven into each other, ``q1w2e3r4``, are read as one after the other."""
    pair = text[::2], text[1::2]
    return " ".join(pair) if len(text) > 7 and all(_is_row(part) or len(set(part)) == 1 for part in pair) else text


def _without_rows(text: str) -> tuple[str, int]:
    """Runs of at least three neighbours on the keyboard, in the alphabet or of one sign, forwards or backwards."""
    kept, found, at = [], 0, 0
    while at < len(text):
        length = next((n for n in range(len(text) - at, 2, -1) if _is_row(text[at : at + n])), 0)
        found += bool(length)
        kept.append(" " if length else text[at])
        at += length or 1
    return "".join(kept), found


def _is_row(part: str) -> bool:
    if " " in part:
        return False
    return len(set(part)) == 1 or any(part in row * 2 or part in row[::-1] * 2 for row in _ROWS)


def _without_repetition(text: str) -> tuple[str, int]:
    """Every further copy of a piece of three or more signs."""
    repeated = 0
    while found := re.search(r"(\S{3,})(?=.*?\1)", text):
        piece = found[1]
        first = text.index(piece) + len(piece)
        text = text[:first] + text[first:].replace(piece, " ")
        repeated += 1
    return text, repeated


@cache
def _common() -> frozenset[str]:
    return frozenset(word for word in map(bare, _lines(_COMMON)) if len(word) >= _SHORTEST_WORD or not word.isascii())


@cache
def _lines(file: Path) -> tuple[str, ...]:
    return tuple(file.read_text(encoding="utf-8").split())


_KANA = {
    letter: consonant + vowel
    for row in ("kかきくけこ", "sさしすせそ", "tたちつてと", "nなにぬねの", "hはひふへほ", "mまみむめも", "rらりるれろ", "gがぎぐげご", "zざじずぜぞ",
                "dだぢづでど", "bばびぶべぼ", "pぱぴぷぺぽ")
    for consonant, letter, vowel in zip(row[0] * 5, row[1:], "aiueo", strict=True)
}  # fmt: skip
_KANA |= dict(zip("あいうえおやゆよわをん", ("a", "i", "u", "e", "o", "ya", "yu", "yo", "wa", "o", "n"), strict=True))
_KANA |= {"し": "shi", "ち": "chi", "つ": "tsu", "ふ": "fu", "じ": "ji", "づ": "zu"}
_SMALL = {"ゃ": "ya", "ゅ": "yu", "ょ": "yo"}


def _romaji(kana: str) -> str:
    """The usual spelling with Latin letters, long vowels written out (``とういんちょう`` is ``touinchou``)."""
    out = ""
    for letter in unicodedata.normalize("NFKC", kana):
        if letter in _SMALL and out:
            glide = _SMALL[letter]
            out = out[:-1] + (glide[1:] if out.endswith(("shi", "chi", "ji")) else glide)
        else:
            out += _KANA.get(letter, "")
    return out
