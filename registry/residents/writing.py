"""Residents as rows: compared with what stands, written by the thousand together with the index by which they are found."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.orm import Session

from registry.models.people import Person, Resident
from registry.protection import protecting
from registry.residents.record import UNLISTED, Record
from registry.search import indexing
from registry.search.indexing import Indexer, pieces
from registry.vocabulary import Protection

_TABLE: Table = Resident.__table__  # type: ignore[assignment]
_MANY = 500
_PAGE = 20_000


def compared(session: Session, records: Sequence[Record]) -> Iterator[tuple[Record, tuple[int, str] | None]]:
    """Each record with the number and hash of the row that stands."""
    known = _known(session, [record.key for record in records])
    for record in records:
        yield record, known.get(record.key)


def standing(session: Session) -> Iterator[int]:
    """The numbers of all who live here, by pages."""
    last = 0
    while True:
        query = select(Resident.id).where(Resident.gone == "", Resident.id > last).order_by(Resident.id).limit(_PAGE)
        rows = session.scalars(query).all()
        yield from rows
        if len(rows) < _PAGE:
            return
        last = rows[-1]


def apply(session: Session, records: Sequence[Record], indexer: Indexer, at: datetime) -> None:
    """Write what is new or changed."""
    for part in pieces(records, 4 * _MANY):
        fresh: list[dict[str, Any]] = []
        changed: dict[int, dict[str, Any]] = {}
        for record, row in compared(session, part):
            if row is None:
                fresh.append({**record.values, "updated_at": at})
            elif row[1] != record.values["row_hash"]:
                changed[row[0]] = {**record.values, "updated_at": at}
        if fresh:
            session.connection().execute(insert(_TABLE), fresh)
            numbers = _known(session, [values["source_key"] for values in fresh])
            indexed = [indexing.resident(numbers[values["source_key"]][0], values) for values in fresh]
            indexer.put(indexed, fresh=True)
        if changed:
            statement = update(_TABLE).where(_TABLE.c.id == bindparam("_id"))
            rows = [{**values, "_id": number} for number, values in changed.items()]
            session.connection().execute(statement, rows)
            indexer.put([indexing.resident(number, values) for number, values in changed.items()])
            _protect(session, [number for number, values in changed.items() if values["hidden"]])


def unlist(session: Session, numbers: Sequence[int], at: datetime) -> None:
    """Who is not in the list any more. The rows stay: an evacuee may be linked with them."""
    for part in pieces(numbers, _MANY):
        gone = update(Resident).where(Resident.id.in_(part), Resident.gone == "")
        session.execute(gone.values(gone=UNLISTED, row_hash="", updated_at=at))


def reindex(session: Session, after: int, most: int) -> int | None:
    """Write the index anew for some residents behind a number; the last of them, None at the end."""
    columns = (
        Resident.id, Resident.name, Resident.kana, Resident.birth_date, Resident.birth_precision, Resident.area_code,
    )  # fmt: skip
    rows = session.execute(select(*columns).where(Resident.id > after).order_by(Resident.id).limit(most)).mappings()
    found = [indexing.resident(row["id"], dict(row)) for row in rows]
    Indexer(session).put(found)
    return int(found[-1].subject_id) if found else None


def _protect(session: Session, numbers: Sequence[int]) -> None:
    """Evacuees who are linked with somebody who is protected now are protected at once."""
    for part in pieces(numbers, _MANY):
        people = session.scalars(select(Person.id).where(Person.resident_id.in_(part))).all()
        protecting.raise_to(session, people, Protection.HIDDEN)


def _known(session: Session, keys: Sequence[str]) -> dict[str, tuple[int, str]]:
    found: dict[str, tuple[int, str]] = {}
    for part in pieces(keys, _MANY):
        query = select(_TABLE.c.id, _TABLE.c.source_key, _TABLE.c.row_hash).where(_TABLE.c.source_key.in_(part))
        found |= {row.source_key: (row.id, row.row_hash) for row in session.execute(query)}
    return found
