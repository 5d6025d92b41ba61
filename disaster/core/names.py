"""Search keys of names. A name is stored as it was written (NFC, variation selectors kept); what is here finds it again and can be derived anew.

Kanji are reduced to the letter that the town hall would write: MJ縮退マップ of 文字情報基盤, as far as it rests on notices of 法務省 and on JIS
(its inferences from a glyph's shape join letters that are two names), a few pairs that it leaves apart, and simplified Chinese.
NFKC is not used on what is stored: it changes some letters of names and leaves others alone.
"""

import re
import unicodedata
from functools import cache, lru_cache

import jaconv
from jntajis import MJShrinkSchemeCombo, mj_shrink_candidates

from disaster.core.name_letters import PAIRS, SIMPLIFIED

_SCHEMES = (
    int(MJShrinkSchemeCombo.MOJ_FAMILY_REGISTER_ACT_RELATED_NOTICE),
    int(MJShrinkSchemeCombo.JIS_INCORPORATION_UCS_UNIFICATION_RULE),
    int(MJShrinkSchemeCombo.MOJ_NOTICE_582),
)
_SELECTORS = re.compile("[\u180b-\u180d\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_LOOSE = str.maketrans(
    "斎叶", "斉葉"
)  # two names, often taken for one another (and 叶 is 葉 in simplified Chinese): a weaker hit
_MARKS = str.maketrans("゛゜", "\u3099\u309a")  # typed beside their kana instead of on it
_SMALL = str.maketrans("ぁぃぅぇぉっゃゅょゎゕゖ", "あいうえおつやゆよわかけ")
_VOICELESS = str.maketrans(
    "がぎぐげござじずぜぞだでどばびぶべぼぱぴぷぺぽ", "かきくけこさしすせそたてとはひふへほはひふへほ"
)
_SAME_SOUND = str.maketrans("ぢづをゐゑゎ", "じずおいえわ")
_ROWS = {
    "a": "あかさたなはまやらわがざだばぱ",
    "i": "いきしちにひみりぎじびぴ",
    "u": "うくすつぬふむゆるぐずぶぷ",
    "e": "えけせてねへめれげぜでべぺ",
    "o": "おこそとのほもよろごぞどぼぽ",
}
_VOWEL = {letter: vowel for vowel, letters in _ROWS.items() for letter in letters}
_VOWEL |= {"ゃ": "a", "ゅ": "u", "ょ": "o", "ぁ": "a", "ぃ": "i", "ぅ": "u", "ぇ": "e", "ぉ": "o"}
_LONG = {("o", "う"), ("o", "お"), ("u", "う")}  # おう, おお, うう: written or not


@lru_cache(maxsize=65_536)
def kanji_key(name: str) -> str:
    """A name as written, whichever form of its letters was used: 髙橋 and 高橋, 渡邉󠄂 and 渡辺, 陈 and 陳; kana in it as hiragana. No spaces."""
    text = jaconv.kata2hira(_compact(name)).lower()
    letters: list[str] = []
    for letter in text:
        letters.append(letters[-1] if letter == "々" and letters else reduced(letter))
    return "".join(letters)


def loose_kanji_key(name: str) -> str:
    """The same for names that are often confused although they are two (斎藤, 斉藤): a weaker hit."""
    return kanji_key(name).translate(_LOOSE)


@lru_cache(maxsize=65_536)
def kana_key(kana: str) -> str:
    """A reading, however it was typed: hiragana; ぢ, づ, を as じ, ず, お; long vowels and small letters folded; half width; ヴァ as バ.

    オオノ, オーノ and オノ have one key, so have ユウコ and ユーコ.
    """
    return _folded(_spoken(kana)).translate(_SMALL)


def voiceless_key(kana: str) -> str:
    """The weaker key, where a 濁点 was forgotten or heard wrongly: イガラシ and イカラシ."""
    return kana_key(kana).translate(_VOICELESS)


@lru_cache(maxsize=65_536)
def romaji_key(text: str) -> str:
    """A reading in Latin letters, by whatever rules: Hepburn (also of passports), Kunrei, with macrons or h; from kana as well.

    Shōji, Shoji, Syouzi, Shohji and ショウジ have one key. Other languages' names keep what makes them different.
    """
    latin = "".join(_latin(text))
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", latin)).lower()
    key = "".join(letter for letter in plain if letter.isalnum() and letter.isascii())
    for pattern, by in _ROMAJI:
        key = pattern.sub(by, key)
    return key


@lru_cache(maxsize=65_536)
def has_kana(text: str) -> bool:
    """Whether a text is kana through and through (with signs): then it is a reading."""
    letters = [letter for letter in _compact(text) if letter.isalnum() or letter == "ー"]
    return bool(letters) and all(_is_kana(letter) for letter in letters)


@lru_cache(maxsize=65_536)
def has_latin(text: str) -> bool:
    """Whether it is written in Latin letters."""
    letters = [letter for letter in unicodedata.normalize("NFKD", text) if letter.isalpha()]
    return bool(letters) and all(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)


@cache
def reduced(letter: str) -> str:
    """The letter under which all forms of this one are found; most letters are their own."""
    letter = PAIRS.get(letter) or SIMPLIFIED.get(letter) or letter
    path = [letter]
    while (follows := _shrunk(path[-1])) not in path:
        path.append(follows)
    ring = path[path.index(follows) :]
    found = min(ring, key=lambda one: _jis(one) or b"\xff")
    return PAIRS.get(found, found)


def _shrunk(letter: str) -> str:
    if letter < "\u3400":
        return letter
    for scheme in _SCHEMES:
        for other in mj_shrink_candidates(letter, scheme):
            if len(other) == 1 and other != letter and _jis(other):
                return str(other)
    return letter


def _jis(letter: str) -> bytes | None:
    """The number of a kanji in JIS X 0208; None for any other letter."""
    try:
        code = letter.encode("euc_jp")
    except UnicodeEncodeError:
        return None
    return code if len(code) == 2 and code[0] >= 0xB0 else None


def _compact(text: str) -> str:
    """Half and full width the same, without spaces, signs between names and variation selectors. Compatibility kanji become their letter."""
    text = unicodedata.normalize("NFKC", _SELECTORS.sub("", text).translate(_MARKS))
    return "".join(letter for letter in text if letter.isalnum() or letter in "々ー")


def _is_kana(letter: str) -> bool:
    return "ぁ" <= letter <= "ゖ" or "ァ" <= letter <= "ヺ" or letter == "ー"


def _spoken(kana: str) -> str:
    """In hiragana, equal sounds equal, long marks as the vowel."""
    text = jaconv.kata2hira(_compact(kana)).lower()
    for wrong, right in (("ゔぁ", "ば"), ("ゔぃ", "び"), ("ゔぇ", "べ"), ("ゔぉ", "ぼ"), ("ゔ", "ぶ"), ("づ", "ず")):
        text = text.replace(wrong, right)
    return text.translate(_SAME_SOUND)


def _folded(text: str) -> str:
    letters: list[str] = []
    for letter in text:
        before = _VOWEL.get(letters[-1], "") if letters else ""
        if letter == "ー":
            if before == "e":
                letters.append("い")  # ケーコ is ケイコ
            continue
        if (before, letter) in _LONG:
            continue
        letters.append(letter)
    return "".join(letters)


def _latin(text: str) -> list[str]:
    """Kana of a text in Latin letters, everything else as it is."""
    if not any(_is_kana(letter) for letter in unicodedata.normalize("NFKC", text)):
        return [text]
    return [_SYLLABLES.get(part, part) for part in _SYLLABLE.findall(_folded(_spoken(text)))]


def _syllables() -> dict[str, str]:
    rows = {
        "": "あいうえお",
        "k": "かきくけこ",
        "s": "さしすせそ",
        "t": "たちつてと",
        "n": "なにぬねの",
        "h": "はひふへほ",
        "m": "まみむめも",
    }
    rows |= {
        "r": "らりるれろ",
        "g": "がぎぐげご",
        "z": "ざじずぜぞ",
        "d": "だぢづでど",
        "b": "ばびぶべぼ",
        "p": "ぱぴぷぺぽ",
    }
    found = {kana: head + vowel for head, row in rows.items() for kana, vowel in zip(row, "aiueo", strict=True)}
    found |= {"や": "ya", "ゆ": "yu", "よ": "yo", "わ": "wa", "ん": "n", "っ": "", "ゃ": "ya", "ゅ": "yu", "ょ": "yo"}
    found |= {"ぁ": "a", "ぃ": "i", "ぅ": "u", "ぇ": "e", "ぉ": "o"}
    for kana, latin in list(found.items()):
        if latin[-1:] == "i" and len(latin) == 2:
            found |= {kana + small: latin[0] + "y" + vowel for small, vowel in zip("ゃゅょぇ", "auoe", strict=True)}
        if latin in ("hu", "u", "te", "de", "to", "do"):
            head = latin[:-1] or "w"
            found |= {kana + small: head + vowel for small, vowel in zip("ぁぃぇぉ", "aieo", strict=True)}
    return found


_SYLLABLES = _syllables()
_SYLLABLE = re.compile(
    "|".join(sorted((re.escape(kana) for kana in _SYLLABLES), key=len, reverse=True)) + "|.", re.DOTALL
)
_ROMAJI = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        ("l", "r"),
        ("v", "b"),
        ("tch", "cch"),
        ("m(?=[bmp])", "n"),  # Namba, Homma
        (r"([bcdfghjkpqrstwxyz])\1", r"\1"),  # っ
        ("sh(?=[aiueo])", "sy"),
        ("(?:ch|cy)(?=[aiueo])", "ty"),
        ("tsu", "tu"),
        ("f(?=[aiueo])", "h"),
        ("(?:dz|d)(?=u)", "z"),
        ("(?:j|dj)y?(?=[aiueo])", "zy"),
        ("(?:d(?=i))", "z"),
        ("(?<=[stz])y(?=i)", ""),
        ("dy", "zy"),
        ("(?<=[ou])h(?![aiueoy])", ""),  # Ohno, Satoh
        ("wo", "o"),
        ("o[ou]+", "o"),
        ("([aiue])\\1+", r"\1"),
        ("nn+", "n"),
    )
)
