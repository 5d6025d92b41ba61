"""Cells of shelter lists as values: degrees, people, marks, codes of municipalities; each as tolerant as it can be without guessing."""

import re
import unicodedata

from disaster.core.errors import Invalid
from disaster.shelters.vocabulary import Suitability

PREFECTURES = (  # in the order of their codes, from 01
    "北海道", "青森県", "岩手県", "宮城県", "秋田県", "山形県", "福島県", "茨城県", "栃木県", "群馬県", "埼玉県", "千葉県",
    "東京都", "神奈川県", "新潟県", "富山県", "石川県", "福井県", "山梨県", "長野県", "岐阜県", "静岡県", "愛知県", "三重県",
    "滋賀県", "京都府", "大阪府", "兵庫県", "奈良県", "和歌山県", "鳥取県", "島根県", "岡山県", "広島県", "山口県", "徳島県",
    "香川県", "愛媛県", "高知県", "福岡県", "佐賀県", "長崎県", "熊本県", "大分県", "宮崎県", "鹿児島県", "沖縄県",
)  # fmt: skip
MOST_PEOPLE = 1_000_000
_YES = frozenset(
    ["1", "○", "〇", "◯", "◎", "●", "有", "有り", "あり", "可", "可能", "対応", "該当", "true", "yes", "y"]
)
_NO = frozenset(["0", "×", "✕", "✖", "☓", "╳", "x", "無", "無し", "なし", "不可", "非該当", "false", "no", "n"])
_NOTHING = frozenset(
    ["", "-", "ー", "―", "－", "−", "–", "*", "なし", "無し", "不明", "未定", "調査中", "nan", "null", "n/a"]
)
_SEXAGESIMAL = re.compile(r"(\d{1,3})[度°:](\d{1,2})[分'′:](\d{1,2}(?:\.\d+)?)[秒\"″]?")
_RANGE = re.compile(r"(\d+)[~〜～ー–-](\d+)")


def degrees(lat: str, lng: str) -> tuple[float, float]:
    """Latitude and longitude in degrees; degrees, minutes and seconds too.

    Raises:
        Invalid: missing, no number, swapped, or outside of Japan.
    """
    if not plain_number(lat) and not plain_number(lng):
        raise Invalid("緯度・経度がありません。")
    north, east = _angle(lat), _angle(lng)
    if _in_japan(east, north):
        raise Invalid("緯度・経度が逆に入っています。入れ替えてください。")
    if not _in_japan(north, east):
        raise Invalid("緯度・経度が日本の中にありません。")
    return north, east


def _angle(text: str) -> float:
    text = plain_number(text)
    sexagesimal = _SEXAGESIMAL.fullmatch(text)
    try:
        if sexagesimal:
            hours, minutes, seconds = sexagesimal.groups()
            return int(hours) + int(minutes) / 60 + float(seconds) / 3600
        return float(text)
    except ValueError:
        raise Invalid("緯度・経度が数字ではありません。") from None


def _in_japan(lat: float, lng: float) -> bool:
    return 20 <= lat <= 46 and 122 <= lng <= 154  # from 沖ノ鳥島 to 択捉; NaN is nowhere


def plain_number(text: str) -> str:
    """A number as written, in half width and without spaces."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def people(text: str) -> tuple[int | None, str]:
    """How many people fit in, and what an officer should know of how it was read. Unknown is None and never 0.

    Real cells: ``"50,700 "``, ``138``, ``１２０人``, ``約300``, ``100～150``, ``0``, ``－``.
    """
    shown = " ".join(text.split())[:20]
    text = re.sub(r"[,、]", "", plain_number(text))
    text = re.sub(r"^約|(人|名)?(程度|以上|以下|まで)?$", "", text)
    if text.lower() in _NOTHING:
        return None, ""
    if several := _RANGE.fullmatch(text):
        smaller = min(int(several[1]), int(several[2]))
        return smaller or None, f"収容人数「{shown}」は、少ないほうの{smaller}人とします。"
    try:
        number = float(text)
    except ValueError:
        return None, f"収容人数「{shown}」が数字ではないため、不明とします。"
    if number == 0:
        return None, "収容人数が0人と書かれているため、不明とします。"
    if not 0 < number <= MOST_PEOPLE or number != int(number):
        return None, f"収容人数「{shown}」はありえないため、不明とします。"
    return int(number), ""


def mark(text: str) -> Suitability | None:
    """Yes or no of a cell, unknown for what is neither; None for an empty one."""
    text = plain_number(text).lower().removesuffix(".0")
    if not text:
        return None
    if text in _YES:
        return Suitability.YES
    return Suitability.NO if text in _NO else Suitability.UNKNOWN


def check_digit(five: str) -> str:
    """The sixth digit of a municipality's code (全国地方公共団体コード): modulus 11 with weights 6 to 2."""
    rest = sum(int(digit) * weight for digit, weight in zip(five, range(6, 1, -1), strict=True)) % 11
    return str((11 - rest) % 10 if rest > 0 else 1)


def code(text: str, prefecture: str = "") -> str:
    """A municipality's code in six digits, whatever a spreadsheet left of it; empty for what cannot be one.

    Five digits are the code without its check digit (24324), or with it and without its leading zero (11002 for 札幌市): the check digit and the
    prefecture's name tell.
    """
    text = plain_number(text).removesuffix(".0")
    if not (text.isascii() and text.isdigit()):
        return ""
    if len(text) == 4:
        text = "0" + text
        return text + check_digit(text) if _prefecture_of(text) else ""
    if len(text) == 5:
        lost = "0" + text
        by_name = PREFECTURES.index(prefecture) + 1 if prefecture in PREFECTURES else 0
        whole = check_digit(lost[:5]) == lost[5]
        if whole and (int(lost[:2]) == by_name or not (by_name or _prefecture_of(text))):
            return lost
        return text + check_digit(text) if _prefecture_of(text) else ""
    return text if len(text) == 6 and _prefecture_of(text) else ""


def _prefecture_of(text: str) -> bool:
    return 1 <= int(text[:2]) <= len(PREFECTURES)
