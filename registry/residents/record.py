"""One row of a residents' list as a resident, or what is wrong with it. A reason never repeats what a cell says."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from disaster.core import birthdates, sealed
from disaster.core.birthdates import Note
from disaster.core.errors import Invalid
from disaster.core.places import Places
from disaster.core.tables import LOST, Row, plain
from disaster.core.text import clean_line
from registry.search.phones import phone_digest
from registry.vocabulary import Sex

_UNREAD = re.compile(f"[{re.escape(LOST)}\ue000-\uf8ff]")
GETA = "〓"  # stands for a letter that only the sender's computer knows
MOVED, DEAD, UNLISTED = "moved", "dead", "unlisted"
_SEX = {
    **dict.fromkeys(("1", "男", "男性", "m", "male"), Sex.MALE),
    **dict.fromkeys(("2", "女", "女性", "f", "female"), Sex.FEMALE),
    **dict.fromkeys(("3", "その他", "答えない", "x"), Sex.OTHER),
    **dict.fromkeys(("", "0", "9", "不明", "未記入", "u"), Sex.UNKNOWN),
}
_GONE = (
    ("死亡", DEAD), ("失踪", DEAD), ("転出", MOVED), ("国外", MOVED), ("出国", MOVED), ("除票", MOVED), ("消除", MOVED),
    ("帰化", ""), ("喪失", MOVED),
)  # fmt: skip
_HERE_WORDS = "現存/在住/住民/現住/住民登録者/転入/転居/出生/日本人/外国人/有/0/1/職権記載/世帯変更/帰化/その他"
_HERE = frozenset(plain(word) for word in _HERE_WORDS.split("/")) | {""}
_NOT_HIDDEN_WORDS = "0/00/無/なし/無し/非該当/対象外/否/no/n/false/解除/終了"
_NOT_HIDDEN = frozenset(plain(word) for word in _NOT_HIDDEN_WORDS.split("/")) | {""}
CUT_OFF = "支援措置の列まで届いていない行です。行が途中で切れていないか確かめてください。"
_NO_SIGN = frozenset("×✕-－ー―")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong: the line of the file, the column, and why."""

    line: int
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Gaiji:
    """A letter that could not be read: where, and its code in the sender's font."""

    line: int
    field: str
    code: str


@dataclass(slots=True)
class Record:
    """A resident of the list as columns of ``Resident``; ``key`` is that of the 宛名番号."""

    line: int
    key: str
    values: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    gaiji: list[Gaiji] = field(default_factory=list)


class Reader:
    """Reads the rows of one file."""

    def __init__(self, columns: dict[str, int], places: Places, today: date) -> None:
        self._columns, self._places, self._today = columns, places, today
        self._key: Callable[[str], str] = sealed.digester("resident")
        self._household: Callable[[str], str] = sealed.digester("resident-household")
        self._hash: Callable[[str], str] = sealed.digester("resident-row")

    def key(self, row: Row) -> str:
        """The key of a row's 宛名番号; empty where there is none."""
        number = unicodedata.normalize("NFKC", row.cell(self._columns, "number")).strip().lstrip("0").lower()
        return self._key(number) if number else ""

    def record(self, row: Row) -> Record | list[Mistake]:
        """The resident of a row, or everything that is wrong with it."""
        record = Record(row.line, self.key(row), {})
        wrong: list[Mistake] = []
        if len(row.cells) <= self._columns.get("hidden", -1):
            wrong.append(Mistake(row.line, "row", CUT_OFF))  # whether the person hides is not known: never taken for no
        if not record.key:
            wrong.append(Mistake(row.line, "number", "宛名番号がありません。"))
        name, kana = self._name(row, "", record, wrong), self._name(row, "kana", record, wrong)
        if not name and not kana and all(mistake.field not in ("name", "kana") for mistake in wrong):
            wrong.append(Mistake(row.line, "name", "氏名がありません。"))
        address = self._address(row, record, wrong)
        relation = self._text(row, "relation", record, wrong, 40)
        born = self._birth(row, record, wrong)
        sex = _SEX.get(plain(row.cell(self._columns, "sex")))
        if sex is None:
            record.notes.append("sex")
        if wrong:
            return wrong
        household = plain(row.cell(self._columns, "household")).lstrip("0")
        record.values = {
            "source_key": record.key,
            "household_key": self._household(household or record.key),
            "name": name or kana,
            "kana": kana,
            **born,
            "sex": sex or Sex.UNKNOWN,
            "address": address,
            "area_code": self._places.read(address).area_code,
            "relation": relation,
            "phone_digest": phone_digest(row.cell(self._columns, "phone")),
            "hidden": self._hidden(row),
            "gone": self._gone(row, record),
        }
        record.values["row_hash"] = self._hash("\x1f".join(str(value) for value in record.values.values()))
        return record

    def _name(self, row: Row, kind: str, record: Record, wrong: list[Mistake]) -> str:
        whole = self._text(row, kind or "name", record, wrong, 200)
        if whole:
            return whole
        prefix = "kana_" if kind else ""
        parts = [self._text(row, prefix + part, record, wrong, 100) for part in ("family", "given")]
        return "　".join(part for part in parts if part)

    def _address(self, row: Row, record: Record, wrong: list[Mistake]) -> str:
        whole = self._text(row, "address", record, wrong, 300)
        parts = [self._text(row, part, record, wrong, 100) for part in ("town", "lot", "building")]
        if not whole:
            return f"{parts[0]}{parts[1]} {parts[2]}".strip()
        return f"{whole}{parts[1] if parts[1] not in whole else ''} {parts[2] if parts[2] not in whole else ''}".strip()

    def _text(self, row: Row, column: str, record: Record, wrong: list[Mistake], limit: int) -> str:
        """A cell, with 〓 where a letter is none that everybody has."""
        cell = row.cell(self._columns, column)
        if not cell:
            return ""
        label = {"family": "name", "given": "name", "kana_family": "kana", "kana_given": "kana"}.get(column, column)
        label = {"town": "address", "lot": "address", "building": "address"}.get(label, label)
        if unread := _UNREAD.findall(cell):
            record.gaiji += [Gaiji(row.line, label, _code(letter)) for letter in unread]
            cell = _UNREAD.sub(GETA, cell)
        try:
            return clean_line(cell, field=label, label="この項目", limit=limit)
        except Invalid as error:
            wrong.append(Mistake(row.line, label, error.message))
            return ""

    def _birth(self, row: Row, record: Record, wrong: list[Mistake]) -> dict[str, Any]:
        raw = self._text(row, "birth", record, wrong, 60)
        born = birthdates.read(raw, self._today)
        if set(born.notes) & {Note.IMPOSSIBLE, Note.UNREADABLE, Note.AMBIGUOUS, Note.FUTURE, Note.VERY_OLD}:
            record.notes.append("birth")
        return {"birth_raw": raw, "birth_date": born.day, "birth_precision": str(born.precision)}

    def _hidden(self, row: Row) -> bool:
        """支援措置: whatever is not plainly none protects."""
        cell = row.cell(self._columns, "hidden").strip()
        return plain(cell) not in _NOT_HIDDEN or (plain(cell) == "" and bool(cell) and cell[0] not in _NO_SIGN)

    def _gone(self, row: Row, record: Record) -> str:
        cell = unicodedata.normalize("NFKC", row.cell(self._columns, "gone"))
        for word, gone in _GONE:
            if word in cell and "取消" not in cell:
                return gone
        if plain(cell) not in _HERE:
            record.notes.append("gone")
        return ""


def _code(letter: str) -> str:
    """The code of a 外字: in CP932 where it came from there."""
    place = ord(letter) - 0xE000
    if not 0 <= place < 1880:
        return f"U+{ord(letter):04X}"
    high, low = divmod(place, 188)
    return f"{0xF0 + high:02X}{(0x40 + low if low < 63 else 0x41 + low):02X}"
