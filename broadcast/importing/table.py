"""A file of unknown encoding and delimiter as rows of cells, with the line on which each begins; caps before anything is done.

Encodings are those in which town halls keep lists: UTF-8 with and without a mark, CP932 (Windows' Shift_JIS), UTF-16 of Excel's "Unicode text".
"""

import csv
from dataclasses import dataclass

from broadcast.importing.columns import columns_of
from disaster.core.errors import Invalid

MOST_BYTES = 8_000_000
MOST_ROWS = 100_000
MOST_LINES = 3 * MOST_ROWS  # also empty ones: each costs memory before it is known to be empty
MOST_CELLS = 100
MOST_LETTERS = 2_000  # of one cell
_HEADER_WITHIN = 12  # rows; a title and a date may stand above
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_ENCODING_NAMES = {"utf-8-sig": "UTF-8（BOM付き）", "utf-8": "UTF-8", "cp932": "CP932（Shift_JIS）", "utf-16": "UTF-16"}
_DELIMITER_NAMES = {",": "コンマ", "\t": "タブ", ";": "セミコロン"}
_TOO_LONG = f"行が多すぎます（{MOST_ROWS:,}行まで）。空の行を消すか、ファイルを分けてください。"
_BINARY = (
    (b"PK\x03\x04", "Excelのファイル（.xlsx）は読めません。Excelで「CSV UTF-8」として保存してください。"),
    (b"\xd0\xcf\x11\xe0", "Excelのファイル（.xls）は読めません。Excelで「CSV」として保存してください。"),
    (b"%PDF", "PDFは読めません。CSVのファイルを選んでください。"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """Cells and the line of the file on which they begin, from 1."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Table:
    """What stands below the header. ``broken`` is the line at which the quotes stop making sense, and nothing behind it is believed."""

    encoding: str
    delimiter: str
    columns: dict[str, int]
    unused: list[str]
    rows: list[Row]
    broken: int | None


def read(content: bytes) -> Table:
    """Read a file.

    Raises:
        Invalid: it is too large, no text, or has no header that we know; in one plain sentence.
    """
    if len(content) > MOST_BYTES:
        raise Invalid(f"ファイルが大きすぎます（{MOST_BYTES // 1_000_000} MBまで）。")
    for mark, reason in _BINARY:
        if content.startswith(mark):
            raise Invalid(reason)
    text, encoding = _decoded(content)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.count("\n") > MOST_LINES:
        raise Invalid(_TOO_LONG)
    lines = text.split("\n")
    delimiter = max(_DELIMITER_NAMES, key=lambda sign: _header_width(lines, sign))
    rows, broken = _rows(lines, delimiter)
    at, columns = _header(rows)
    header = rows[at].cells
    unused = [name.strip()[:40] for place, name in enumerate(header) if place not in columns.values() and name.strip()]
    body = [row for row in rows[at + 1 :] if any(cell.strip() for cell in row.cells)]
    if len(body) > MOST_ROWS:
        raise Invalid(_TOO_LONG)
    return Table(_ENCODING_NAMES[encoding], _DELIMITER_NAMES[delimiter], columns, unused[:20], body, broken)


def _decoded(content: bytes) -> tuple[str, str]:
    marked = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    for encoding in (marked,) if marked else ("utf-8", "cp932"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text, encoding
    raise Invalid("文字として読めないファイルです。CSV（UTF-8かShift_JIS）で保存し直してください。")


def _header_width(lines: list[str], delimiter: str) -> int:
    """How many columns this delimiter makes of the best header among the first lines."""
    rows, _ = _rows(lines[: _HEADER_WITHIN * 2], delimiter)
    return max((len(columns_of(row.cells) or {}) for row in rows[:_HEADER_WITHIN]), default=0)


def _rows(lines: list[str], delimiter: str) -> tuple[list[Row], int | None]:
    """The rows up to the first that is too wide or has broken quotes, and its line."""
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter, strict=True)
    found: list[Row] = []
    first = 1
    try:
        for cells in reader:
            if len(cells) > MOST_CELLS or any(len(cell) > MOST_LETTERS for cell in cells):
                return found, first
            found.append(Row(first, cells))
            first = reader.line_num + 1
    except csv.Error:
        return found, first
    return found, None


def _header(rows: list[Row]) -> tuple[int, dict[str, int]]:
    for at, row in enumerate(rows[:_HEADER_WITHIN]):
        columns = columns_of(row.cells)
        if columns is not None:
            return at, columns
    raise Invalid(
        "列の見出しが見つかりません。「メール」「携帯電話」「電話」のどれかと、「地区」などの見出しの行が必要です。"
    )
