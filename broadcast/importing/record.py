"""One row of a town's list as a person with addresses and a choice, or what is wrong with it. A reason never repeats what a cell says."""

import re
import unicodedata
from dataclasses import dataclass, field

from broadcast.cap.vocabulary import Language
from broadcast.importing.columns import ADDRESSES
from broadcast.subscribers import addresses
from broadcast.subscribers.addresses import BadAddress, Fault
from broadcast.subscribers.enrolment import Choice
from disaster.core import sealed
from disaster.core.municipality import Municipality
from disaster.core.tables import Row, plain

_YES = frozenset(["1", "○", "◯", "〇", "はい", "有", "有り", "あり", "要", "true", "yes", "y", "x", "✓", "✔", "●", "◎"])
_NO = frozenset(["0", "×", "✕", "いいえ", "無", "無し", "なし", "不要", "false", "no", "n", "-", "－", "ー"])
_WHOLE = frozenset(
    plain(word) for word in ["全域", "町全体", "全町", "町内全域", "村全体", "市全体", "全地区", "all"]
) | {"*"}
_LANGUAGES = {
    **{plain(word): Language.JA for word in ("ja", "日本語", "ja-JP", "jp")},
    **{plain(word): Language.EASY_JA for word in ("easy_ja", "やさしい日本語", "やさしいにほんご", "easy")},
    **{plain(word): Language.EN for word in ("en", "英語", "English", "en-US")},
}
_BETWEEN = re.compile(r"[、,，;；/／|｜\n]+|\s{2,}")
_KANJI_DIGITS = str.maketrans("123456789", "一二三四五六七八九")
_WORDS = {
    Fault.MAIL: "メールアドレスの形が正しくありません。",
    Fault.NUMBER: "電話番号の形が正しくありません。",
    Fault.LANDLINE: "携帯電話の番号ではありません（SMSは届きません）。「電話」の列に入れてください。",
    Fault.COUNTRY: "この国の電話番号は使えません（DISASTER_SUBSCRIBE_COUNTRIES）。",
    Fault.SPECIAL: "フリーダイヤルなどの番号は使えません。",
    Fault.OTHER: "宛先の形が正しくありません。",
    Fault.EMPTY: "宛先がありません。",
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong: the line of the file, the column, and why."""

    line: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Address:
    """An address of a row with its digest."""

    channel: str
    known: str
    digest: str
    standby: bool
    priority: int


@dataclass(slots=True)
class Record:
    """A person of the list. ``key`` finds them again: the digest of their number in the list, or of their first address."""

    line: int
    key: str
    choice: Choice
    addresses: list[Address] = field(default_factory=list)


class Areas:
    """The municipality's areas by whatever a list calls them: code, name with or without 大字, reading, English name, or a whole group."""

    def __init__(self, town: Municipality) -> None:
        self._codes: dict[str, tuple[str, ...]] = {}
        for area in town.areas:
            for name in (area.code, area.name, area.name.removeprefix("大字"), area.kana, area.name_en):
                self._codes.setdefault(_area_key(name), (area.code,))
        for group in {area.group for area in town.areas}:
            self._codes.setdefault(_area_key(group), tuple(a.code for a in town.areas if a.group == group))

    def find(self, cell: str) -> tuple[tuple[str, ...], bool]:
        """Codes, and whether the whole municipality is meant.

        Raises:
            ValueError: a name is none of ours.
        """
        codes: dict[str, None] = {}
        for part in (part.strip() for part in _BETWEEN.split(cell)):
            if plain(part) in _WHOLE or part == "*":
                return (), True
            if part:
                codes |= dict.fromkeys(self._codes.get(_area_key(part)) or self._several(part))
        return tuple(codes), False

    def _several(self, part: str) -> tuple[str, ...]:
        """Names with a single space or ・ between them."""
        found = [self._codes.get(_area_key(name)) for name in re.split(r"[\s・]+", part) if name]
        if not found or None in found:
            raise ValueError
        return tuple(code for codes in found if codes for code in codes)


def _area_key(name: str) -> str:
    """``笹尾西１丁目`` and ``笹尾西一丁目`` are the same place."""
    return re.sub(r"(\d)(?=丁目)", lambda digit: digit[1].translate(_KANJI_DIGITS), plain(name)).removeprefix("大字")


class Reader:
    """Reads rows of one file; remembers what stood in earlier rows."""

    def __init__(self, columns: dict[str, int], town: Municipality, countries: frozenset[str]) -> None:
        self._columns, self._areas, self._countries = columns, Areas(town), countries
        self._numbers: dict[str, int] = {}
        self._seen: dict[tuple[str, str], int] = {}
        self.shared = 0  # addresses that an earlier row has as well: they stay with the first

    def record(self, row: Row) -> Record | list[Mistake]:
        """The person of a row, or everything that is wrong with it."""
        wrong: list[Mistake] = []
        number = plain(row.cell(self._columns, "number"))[:80]
        if number and number in self._numbers:
            wrong.append(Mistake(row.line, "number", f"同じ番号が{self._numbers[number]}行目にもあります。"))
        found = self._addresses(row, wrong)
        choice = self._choice(row, wrong)
        if wrong or choice is None:
            return wrong
        own = [one for one in found if self._seen.setdefault((one.channel, one.digest), row.line) == row.line]
        self.shared += len(found) - len(own)
        if number:
            self._numbers[number] = row.line
        key = sealed.digest(f"number\n{number}" if number else f"{found[0].channel}\n{found[0].known}", "import")
        return Record(row.line, key, choice, own)

    def _addresses(self, row: Row, wrong: list[Mistake]) -> list[Address]:
        standby = self._flag(row, "standby", wrong, otherwise=False)
        found = []
        for priority, channel in enumerate(ADDRESSES):
            cell = row.cell(self._columns, channel)
            if not cell or plain(cell) in ("なし", "無"):
                continue
            try:
                known = addresses.subscribable(channel, cell, self._countries)
            except BadAddress as error:
                wrong.append(Mistake(row.line, channel, _WORDS[error.fault]))
                continue
            later = standby and channel == "voice"
            found.append(Address(channel, known, addresses.found_by(channel, known), later, priority))
        if not found and not wrong:
            wrong.append(Mistake(row.line, "row", "宛先（メール、携帯電話、電話）が1つもありません。"))
        return found

    def _choice(self, row: Row, wrong: list[Mistake]) -> Choice | None:
        flags = {
            name: self._flag(row, name, wrong, otherwise=otherwise)
            for name, otherwise in (("shelters", True), ("notices", True), ("support", False))
        }
        language = _LANGUAGES.get(plain(row.cell(self._columns, "language")) or "ja")
        if language is None:
            wrong.append(Mistake(row.line, "language", "言語は、日本語・やさしい日本語・英語のどれかにしてください。"))
        try:
            codes, whole = self._areas.find(unicodedata.normalize("NFKC", row.cell(self._columns, "areas")))
        except ValueError:
            wrong.append(Mistake(row.line, "areas", "この町にない地区の名前があります。"))
            return None
        if not (codes or whole):
            wrong.append(Mistake(row.line, "areas", "地区がありません。町全体のときは「全域」と書いてください。"))
        if language is None or not (codes or whole):
            return None
        return Choice(language, tuple(sorted(codes)), whole, flags["shelters"], flags["notices"], flags["support"])

    def _flag(self, row: Row, column: str, wrong: list[Mistake], *, otherwise: bool) -> bool:
        cell = row.cell(self._columns, column).lower()
        if not cell:
            return otherwise if column not in self._columns or column in ("shelters", "notices") else False
        for signs, value in ((_YES, True), (_NO, False)):
            if cell in signs or unicodedata.normalize("NFKC", cell) in signs:
                return value
        wrong.append(Mistake(row.line, column, "「1」か「0」（または「○」か空欄）にしてください。"))
        return otherwise
