"""One value of the ledger: what is known of one field of one item, with its source and time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from registry.legal_items import Source


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a field. ``text`` None: it was asked for and is not to be had, ``note`` says why."""

    item: str
    field: str
    text: str | None
    source: Source
    at: datetime
    ref: str = ""
    note: str = ""


Values = Iterator[tuple[str, Value]]  # each with the id of the victim whom it is about
