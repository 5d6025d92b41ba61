"""Files that are handed over: CSV (UTF-8 with BOM, or CP932 with 〓, packed with a list of what it could not hold) and JSON. No cell is a formula."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from registry.legal_items import BY_CODE

SHAPES = {"csv": "CSV（UTF-8）", "cp932": "CSV（Shift_JIS。書けない字は〓）", "json": "JSON"}
GETA = "〓"
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")
NUMBER = "照合番号"
_TWINS = dict(zip("〜−‖¢£¬—", "～－∥￠￡￢―", strict=True))  # the same signs as JIS and Windows number them


@dataclass(frozen=True, slots=True)
class Row:
    """One person: the ledger's number, and texts by item code and field. An item that is not in it does not go."""

    number: int
    values: Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class Replaced:
    """One letter that CP932 lacks. ``line`` of the file (the head is line 1), the person's number, the column's word, what stands in the file instead."""

    line: int
    number: int
    word: str
    letter: str
    shown: str

    @property
    def code(self) -> str:
        """The code point."""
        return " ".join(f"U+{ord(one):04X}" for one in self.letter)


@dataclass(frozen=True, slots=True)
class File:
    """What is handed over. ``replaced``: which letters stand in it otherwise than they are written."""

    name: str
    mimetype: str
    content: bytes
    replaced: Sequence[Replaced] = field(default_factory=tuple)


def write(shape: str, rows: Sequence[Row], items: Sequence[str], title: str) -> File:
    """The file in one of ``SHAPES``."""
    columns = [(code, name) for code in items for name in BY_CODE[code].fields]
    if shape == "json":
        return File(f"{title}.json", "application/json", _json(rows, items))
    text = _csv(rows, columns)
    if shape == "cp932":
        content, replaced = _cp932(rows, columns)
        if not replaced:
            return File(f"{title}-sjis.csv", "text/csv", content)
        return File(f"{title}-sjis.zip", "application/zip", _packed(title, content, replaced), replaced)
    return File(f"{title}.csv", "text/csv", b"\xef\xbb\xbf" + text.encode())


def cell(value: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(_STARTS) else value


def _csv(rows: Sequence[Row], columns: Sequence[tuple[str, str]]) -> str:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([NUMBER, *(BY_CODE[code].fields[name] for code, name in columns)])
    for row in rows:
        writer.writerow([row.number, *(cell(row.values.get(column, "")) for column in columns)])
    return out.getvalue()


def _json(rows: Sequence[Row], items: Sequence[str]) -> bytes:
    people = [
        {
            "number": row.number,
            "items": {
                code: {name: row.values[code, name] for name in BY_CODE[code].fields if (code, name) in row.values}
                for code in items
            },
        }
        for row in rows
    ]
    names = {code: {"law": BY_CODE[code].law, "name": BY_CODE[code].name} for code in items}
    return json.dumps({"items": names, "people": people}, ensure_ascii=False, indent=1).encode()


def _cp932(rows: Sequence[Row], columns: Sequence[tuple[str, str]]) -> tuple[bytes, list[Replaced]]:
    """Letters that the encoding lacks become 〓 or one of the same shape, never "?"; each is named with its person."""
    replaced: list[Replaced] = []
    plain = []
    for line, row in enumerate(rows, start=2):
        held = {}
        for column in columns:
            letters = [(letter, _held(letter)) for letter in row.values.get(column, "")]
            held[column] = "".join(shown for _, shown in letters)
            word = BY_CODE[column[0]].fields[column[1]]
            replaced += [Replaced(line, row.number, word, *pair) for pair in letters if pair[0] != pair[1]]
        plain.append(Row(row.number, held))
    return _csv(plain, columns).encode("cp932", errors="replace"), list(dict.fromkeys(replaced))


def _held(letter: str) -> str:
    """What the encoding can hold of a letter: itself, its twin, nothing of a variation selector (the base letter stays), else 〓."""
    if 0xE0100 <= ord(letter) <= 0xE01EF or 0xFE00 <= ord(letter) <= 0xFE0F:
        return ""
    letter = _TWINS.get(letter, letter)
    try:
        letter.encode("cp932")
    except UnicodeEncodeError:
        return GETA
    return letter


def letters(replaced: Sequence[Replaced]) -> bytes:
    """The list that goes with the file (外字一覧), in UTF-8, for the file itself cannot hold these letters."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(("行", NUMBER, "項目", "文字", "符号", "ファイルでの表示"))
    for one in replaced:
        selects = "" if one.shown else "（異体字の指定を除いた字）"
        writer.writerow((one.line, one.number, one.word, one.letter, one.code, one.shown or selects))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _packed(title: str, content: bytes, replaced: Sequence[Replaced]) -> bytes:
    """The file and its list, the same bytes for the same content."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as pack:
        for name, part in ((f"{title}-sjis.csv", content), (f"{title}-gaiji.csv", letters(replaced))):
            pack.writestr(ZipInfo(name), part)
    return out.getvalue()
