"""Tallies of the ledger: read them, make few rows of many, count anew. The database keeps them (``models/tally``)."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, delete, func, insert, literal_column, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from broadcast.models.delivery import Delivery
from broadcast.models.tally import Tally
from disaster.core.db import transaction
from disaster.core.extensions import db

MANY = 200  # rows of one transmission that are worth a compaction; a page reads that many in well under a millisecond
OPEN = text("delivery_tallies.status IN (0, 10, 20)")  # queued, on the way, in doubt; as the partial index has it
_PLACE = (Tally.transmission_id, Tally.channel, Tally.status, Tally.code)
_COUNTED = (Delivery.transmission_id, Delivery.channel, Delivery.status, Delivery.code)


def of(transmission_id: int) -> list[tuple[str, int, str, int]]:
    """``(channel, status, code, number)`` of one transmission; reads a few rows, however many deliveries there are."""
    total = func.sum(Tally.number)
    rows = db.session.execute(
        select(Tally.channel, Tally.status, Tally.code, total)
        .where(Tally.transmission_id == transmission_id)
        .group_by(Tally.channel, Tally.status, Tally.code)
        .having(total > 0)
    )
    return [(channel, status, code, int(number)) for channel, status, code, number in rows]


def standing(session: Session, transmission_id: int, statuses: Iterable[int]) -> int:
    """How many deliveries of a transmission have one of these statuses."""
    found = session.scalar(
        select(func.sum(Tally.number)).where(
            Tally.transmission_id == transmission_id, Tally.status.in_([int(status) for status in statuses])
        )
    )
    return int(found or 0)


def with_any(*where: ColumnElement[bool]) -> Select[Any]:
    """Transmissions with at least one open delivery (queued, on the way, in doubt) that meets the conditions on ``Tally``."""
    return (
        select(Tally.transmission_id)
        .where(OPEN, *where)
        .group_by(Tally.transmission_id)
        .having(func.sum(Tally.number) > 0)
    )


def number_of(
    transmission_id: InstrumentedAttribute[int], channel: str | ColumnElement[str], status: int, code: str
) -> ScalarSelect[int]:
    """How many deliveries of each transmission of the outer query stand at one place; a few rows of the key, open or not."""
    return (
        select(func.coalesce(func.sum(Tally.number), 0))
        .where(
            Tally.transmission_id == transmission_id,
            Tally.channel == channel,
            Tally.status == int(status),
            Tally.code == code,
        )
        .scalar_subquery()
    )


def compact() -> int:
    """Make one row of the many that PostgreSQL's workers appended; how many rows went. SQLite has one row for each place anyway.

    One statement takes rows and puts back their sum, so a reader sees either; rows that another worker holds are left to it.
    """
    if db.engine.dialect.name != "postgresql":
        return 0
    crowded = select(Tally.transmission_id).group_by(Tally.transmission_id).having(func.count() > MANY)
    found = db.session.scalars(crowded).all()
    db.session.rollback()
    if not found:
        return 0
    with transaction() as session:
        return int(session.execute(text(_COMPACT), {"crowded": list(found)}).scalar_one())


_COMPACT = """
WITH held AS (
  SELECT transmission_id, channel, status, code, part FROM delivery_tallies
  WHERE transmission_id = ANY(:crowded) FOR UPDATE SKIP LOCKED
), gone AS (
  DELETE FROM delivery_tallies AS t USING held
  WHERE (t.transmission_id, t.channel, t.status, t.code, t.part)
      = (held.transmission_id, held.channel, held.status, held.code, held.part)
  RETURNING t.*
), kept AS (
  INSERT INTO delivery_tallies (transmission_id, channel, status, code, part, number)
  SELECT transmission_id, channel, status, code, nextval('delivery_tallies_part'), sum(number) FROM gone
  GROUP BY transmission_id, channel, status, code HAVING sum(number) <> 0
)
SELECT count(*) FROM gone
"""


def wrong() -> int:
    """How many tallies differ from a full count (0: all is well). Reads the whole ledger."""
    counted = {
        tuple(row[:4]): row[4] for row in db.session.execute(select(*_COUNTED, func.count()).group_by(*_COUNTED))
    }
    kept = {
        tuple(row[:4]): int(row[4])
        for row in db.session.execute(select(*_PLACE, func.sum(Tally.number)).group_by(*_PLACE))
        if row[4]
    }
    return sum(counted.get(place, 0) != kept.get(place, 0) for place in counted.keys() | kept.keys())


def recount() -> int:
    """Count anew from the ledger, as after somebody wrote into the database with the triggers off; how many tallies were wrong.

    Nobody may write meanwhile: on PostgreSQL the ledger is locked against changes, SQLite has one writer anyway.
    """
    with transaction() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.execute(text("LOCK TABLE deliveries IN SHARE MODE"))
        found = wrong()
        session.execute(delete(Tally))
        session.execute(
            insert(Tally).from_select(
                [*(column.key for column in _PLACE), "part", "number"],
                select(*_COUNTED, literal_column("0"), func.count()).group_by(*_COUNTED),
            )
        )
    return found
