"""The town's list as a table: its caps, and which headings make it one."""

from broadcast.importing.columns import columns_of
from disaster.core import tables
from disaster.core.tables import Limits, Table

MOST_BYTES = 8_000_000
MOST_ROWS = 100_000
_NO_HEADER = (
    "列の見出しが見つかりません。「メール」「携帯電話」「電話」のどれかと、「地区」などの見出しの行が必要です。"
)


def read(content: bytes) -> Table:
    """Read a file.

    Raises:
        Invalid: it is too large, no text, or has no header that we know; in one plain sentence.
    """
    return tables.read(content, columns_of, no_header=_NO_HEADER, limits=Limits(MOST_BYTES, MOST_ROWS))
