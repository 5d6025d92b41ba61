"""Files that are handed over: CSV (UTF-8 with BOM, or CP932 with 〓 and a list of what it could not hold) and JSON. No cell is a formula."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO

from registry.ledger.items import BY_CODE

SHAPES = {"csv": "CSV（UTF-8）", "cp932": "CSV（Shift_JIS。書けない字は〓）", "json": "JSON"}
GETA = "〓"
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0")
NUMBER = "照合番号"


@dataclass(frozen=True, slots=True)
class Row:
    """One person: the ledger's number, and texts by item code and field. An item that is not in it does not go."""

    number: int
    values: Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class File:
    """What is handed over. ``replaced``: which letters became 〓, by the person's number."""

    name: str
    mimetype: str
    content: bytes
    replaced: Sequence[tuple[int, str]] = field(default_factory=tuple)


def write(shape: str, rows: Sequence[Row], items: Sequence[str], title: str) -> File:
    """The file in one of ``SHAPES``."""
    columns = [(code, name) for code in items for name in BY_CODE[code].fields]
    if shape == "json":
        return File(f"{title}.json", "application/json", _json(rows, items))
    text = _csv(rows, columns)
    if shape == "cp932":
        content, replaced = _cp932(rows, columns)
        return File(f"{title}-sjis.csv", "text/csv", content, replaced)
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


def _cp932(rows: Sequence[Row], columns: Sequence[tuple[str, str]]) -> tuple[bytes, list[tuple[int, str]]]:
    """Letters that the encoding lacks become 〓, never "?"; each is named with its person."""
    replaced: list[tuple[int, str]] = []
    plain = []
    for row in rows:
        values = {}
        for column, value in row.values.items():
            values[column] = "".join(_letter(letter, row.number, replaced) for letter in value)
        plain.append(Row(row.number, values))
    return _csv(plain, columns).encode("cp932", errors="replace"), sorted(set(replaced))


def _letter(letter: str, number: int, replaced: list[tuple[int, str]]) -> str:
    if 0xE0100 <= ord(letter) <= 0xE01EF or 0xFE00 <= ord(letter) <= 0xFE0F:
        replaced.append((number, f"異体字の指定 U+{ord(letter):X}"))
        return ""  # the base letter stays
    try:
        letter.encode("cp932")
    except UnicodeEncodeError:
        replaced.append((number, f"{letter} U+{ord(letter):X}"))
        return GETA
    return letter
