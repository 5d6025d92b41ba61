"""A file of unknown encoding and delimiter as rows of cells, with the line on which each begins; caps before anything is done.

Encodings are those in which town halls keep lists: UTF-8 with and without a mark, CP932 (Windows' Shift_JIS), UTF-16 of Excel's "Unicode text".
CP932's user-defined area (外字, F040 to F9FC) arrives as U+E000 to U+E757.
"""

import csv
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from disaster.core.errors import Invalid

LOST = "\ufffd"  # stands where bytes were no letter of the encoding
_HEADER_WITHIN = 12  # rows; a title and a date may stand above
_LOST_PER = 200  # letters for each lost one: more is another encoding
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_ENCODING_NAMES = {"utf-8-sig": "UTF-8（BOM付き）", "utf-8": "UTF-8", "cp932": "CP932（Shift_JIS）", "utf-16": "UTF-16"}
_DELIMITER_NAMES = {",": "コンマ", "\t": "タブ", ";": "セミコロン"}
_BINARY = (
    (b"PK\x03\x04", "Excelのファイル（.xlsx）は読めません。Excelで「CSV UTF-8」として保存してください。"),
    (b"\xd0\xcf\x11\xe0", "Excelのファイル（.xls）は読めません。Excelで「CSV」として保存してください。"),
    (b"%PDF", "PDFは読めません。CSVのファイルを選んでください。"),
)
_EXCEL_TEXT = re.compile(r'="(.*)"', re.DOTALL)

Columns = dict[str, int]


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps: bytes of the file, rows with something in them, cells of a row, letters of a cell."""

    most_bytes: int = 8_000_000
    most_rows: int = 100_000
    most_cells: int = 100
    most_letters: int = 2_000


@dataclass(frozen=True, slots=True)
class Row:
    """Cells and the line of the file on which they begin, from 1."""

    line: int
    cells: list[str]

    def cell(self, columns: Columns, name: str) -> str:
        """The cell of a column without what spreadsheets put around it (``="…"``, a leading ``'``); empty where there is none."""
        place = columns.get(name)
        text = self.cells[place].strip() if place is not None and place < len(self.cells) else ""
        if not text.startswith(("=", "'")):
            return text
        excel = _EXCEL_TEXT.fullmatch(text)
        return (excel[1] if excel else text).lstrip("'").strip()


@dataclass(frozen=True, slots=True)
class Table:
    """What stands below the header. ``broken`` is the line at which the quotes stop making sense, and nothing behind it is believed."""

    encoding: str
    delimiter: str
    columns: Columns
    header: list[str]
    rows: list[Row]
    broken: int | None

    @property
    def unused(self) -> list[str]:
        """Headings that nobody reads, the first twenty."""
        used = self.columns.values()
        names = [name.strip()[:40] for place, name in enumerate(self.header) if place not in used and name.strip()]
        return names[:20]


def plain(text: str) -> str:
    """A text as names are compared: half and full width the same, no spaces, brackets' content and small signs left out, lower case."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = text.partition("(")[0]
    return "".join(letter for letter in text if letter.isalnum() or letter in "ー*")


def read(
    content: bytes,
    columns_of: Callable[[list[str]], Columns | None],
    *,
    no_header: str,
    limits: Limits,
    forgiving: bool = False,
) -> Table:
    """Read a file. ``columns_of`` says which column stands where, or None for a row that is no header.

    ``forgiving``: single bytes that are no letter become ``LOST`` instead of refusing the whole file.

    Raises:
        Invalid: it is too large, no text, or has no header that we know (``no_header``); in one plain sentence.
    """
    text, encoding = text_of(content, most_bytes=limits.most_bytes, forgiving=forgiving)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    too_long = f"行が多すぎます（{limits.most_rows:,}行まで）。空の行を消すか、ファイルを分けてください。"
    if text.count("\n") > 3 * limits.most_rows:  # also empty ones: each costs memory before it is known to be empty
        raise Invalid(too_long)
    lines = text.split("\n")

    def header_width(sign: str) -> int:
        rows, _ = _rows(lines[: _HEADER_WITHIN * 2], sign, limits)
        return max((len(columns_of(row.cells) or {}) for row in rows[:_HEADER_WITHIN]), default=0)

    delimiter = max(_DELIMITER_NAMES, key=header_width)
    rows, broken = _rows(lines, delimiter, limits)
    at, columns = _header(rows, columns_of, no_header)
    body = [row for row in rows[at + 1 :] if any(cell.strip() for cell in row.cells)]
    if len(body) > limits.most_rows:
        raise Invalid(too_long)
    return Table(_ENCODING_NAMES[encoding], _DELIMITER_NAMES[delimiter], columns, rows[at].cells, body, broken)


def encoding_name(encoding: str) -> str:
    """The name of an encoding for people."""
    return _ENCODING_NAMES[encoding]


def text_of(content: bytes, *, most_bytes: int, forgiving: bool = False) -> tuple[str, str]:
    """The text of a file, and its encoding as Python names it.

    Raises:
        Invalid: it is too large, or no text.
    """
    if len(content) > most_bytes:
        raise Invalid(f"ファイルが大きすぎます（{most_bytes // 1_000_000} MBまで）。")
    for mark, reason in _BINARY:
        if content.startswith(mark):
            raise Invalid(reason)
    marked = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    for errors in ("strict", "replace") if forgiving else ("strict",):
        for encoding in (marked,) if marked else ("utf-8", "cp932"):
            try:
                text = content.decode(encoding, errors)
            except UnicodeDecodeError:
                continue
            if "\x00" in text:
                break
            if errors == "strict" or text.count(LOST) * _LOST_PER <= len(text):
                return text, encoding
    raise Invalid("文字として読めないファイルです。CSV（UTF-8かShift_JIS）で保存し直してください。")


def _rows(lines: list[str], delimiter: str, limits: Limits) -> tuple[list[Row], int | None]:
    """The rows up to the first that is too wide or has broken quotes, and its line."""
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter, strict=True)
    found: list[Row] = []
    first = 1
    try:
        for cells in reader:
            if len(cells) > limits.most_cells or any(len(cell) > limits.most_letters for cell in cells):
                return found, first
            found.append(Row(first, cells))
            first = reader.line_num + 1
    except csv.Error:
        return found, first
    return found, None


def _header(rows: list[Row], columns_of: Callable[[list[str]], Columns | None], no_header: str) -> tuple[int, Columns]:
    for at, row in enumerate(rows[:_HEADER_WITHIN]):
        columns = columns_of(row.cells)
        if columns is not None:
            return at, columns
    raise Invalid(no_header)
