"""A residents' list as a stream: read as often as needed, never held as a whole, whatever its size.

Encodings, delimiters and headers are those of ``disaster.core.tables``; CP932's user-defined letters (外字, F040 to F9FC) arrive as U+E000 to U+E757.
"""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

from disaster.core.errors import Invalid
from disaster.core.tables import LOST, Row, encoding_name
from registry.residents.columns import columns_of, has_my_number

MOST_BYTES = 2_000_000_000
MOST_CELLS = 200
MOST_LETTERS = 500
_HEADER_WITHIN = 12
_CHUNK = 1 << 20
_DELIMITERS = ",\t;"
_LOST_PER = 200
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_BINARY = (
    (b"PK\x03\x04", "Excelのファイル（.xlsx）は読めません。Excelで「CSV UTF-8」として保存してください。"),
    (b"\xd0\xcf\x11\xe0", "Excelのファイル（.xls）は読めません。Excelで「CSV」として保存してください。"),
    (b"%PDF", "PDFは読めません。CSVのファイルを選んでください。"),
)
NO_HEADER = "見出しの行が見つかりません。「宛名番号」と「氏名」の列が必要です（docs/residents.md）。"
CUT_OFF = (
    "ファイルの終わりが、字の途中で切れています。書き出しか転送が途中で止まっています。もう一度書き出してください。"
)
_SOME_TEXT = 100  # bytes: what is shorter is no list
_ENDS_EARLY = frozenset({"unexpected end of data", "truncated data"})
Opener = Callable[[], BinaryIO]


@dataclass(slots=True)
class Listing:
    """How a file is to be read. ``broken``: the line at which its quotes stop making sense, known after reading."""

    opened: Opener
    encoding: str
    delimiter: str
    header_line: int
    columns: dict[str, int]
    unused: list[str] = field(default_factory=list)
    my_number: bool = False
    broken: int | None = None

    @property
    def encoding_ja(self) -> str:
        """The name of the encoding for people."""
        return encoding_name(self.encoding)

    def rows(self) -> Iterator[Row]:
        """The rows below the header that have something in them."""
        self.broken = None
        first = 1
        with _lines(self.opened, self.encoding) as lines:
            reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
            try:
                for cells in reader:
                    line, first = first, reader.line_num + 1
                    if line <= self.header_line or not any(cell.strip() for cell in cells):
                        continue
                    if len(cells) > MOST_CELLS or any(len(cell) > MOST_LETTERS for cell in cells):
                        self.broken = line
                        return
                    yield Row(line, cells)
            except csv.Error:
                self.broken = first


def listing(opened: Opener) -> Listing:
    """Find out how a file is to be read.

    Raises:
        Invalid: it is no text, too large, or has no header that we know; in one plain sentence.
    """
    encoding = _encoding(opened)
    for delimiter in _DELIMITERS:
        with _lines(opened, encoding) as lines:
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            try:
                for place, cells in enumerate(reader):
                    if place >= _HEADER_WITHIN or len(cells) > MOST_CELLS:
                        break
                    if (columns := columns_of(cells)) is not None:
                        used = set(columns.values())
                        unused = [name.strip()[:40] for at, name in enumerate(cells) if at not in used and name.strip()]
                        secret = has_my_number(cells)
                        return Listing(opened, encoding, delimiter, reader.line_num, columns, unused[:20], secret)
            except csv.Error:
                continue
    raise Invalid(NO_HEADER)


def _encoding(opened: Opener) -> str:
    with opened() as file:
        head = file.read(8)
        for mark, reason in _BINARY:
            if head.startswith(mark):
                raise Invalid(reason)
        size = file.seek(0, io.SEEK_END)
        if size > MOST_BYTES:
            raise Invalid("ファイルが大きすぎます。")
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    for encoding in (marked,) if marked else ("utf-8", "cp932"):
        if _fits(opened, encoding):
            return encoding
    raise Invalid("文字として読めないファイルです。CSV（UTF-8かShift_JIS）で保存し直してください。")


def _fits(opened: Opener, encoding: str) -> bool:
    """Whether the whole file is text of this encoding; single letters that CP932 does not know may be lost."""
    errors = "replace" if encoding == "cp932" else "strict"
    letters = lost = 0
    with opened() as file:
        text = io.TextIOWrapper(file, encoding=encoding, errors=errors, newline="")
        try:
            while part := text.read(_CHUNK):
                if "\x00" in part:
                    return False
                letters, lost = letters + len(part), lost + part.count(LOST)
        except UnicodeDecodeError as error:
            if error.reason in _ENDS_EARLY and file.seek(0, io.SEEK_END) > _SOME_TEXT:
                raise Invalid(CUT_OFF) from None
            return False
        finally:
            text.detach()
    return lost * _LOST_PER <= letters


@contextmanager
def _lines(opened: Opener, encoding: str) -> Iterator[Iterator[str]]:
    """The lines, their ends made one."""
    errors = "replace" if encoding == "cp932" else "strict"
    with opened() as file:
        text = io.TextIOWrapper(file, encoding=encoding, errors=errors, newline=None)
        try:
            yield iter(text)
        finally:
            text.detach()
