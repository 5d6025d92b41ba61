"""What waits for a person: one row for each thing that stands against another, however often and in whatever order the events came."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, insert, select, update
from sqlalchemy.orm import Session

from disaster.core.extensions import db
from registry.models.people import Conflict
from registry.vocabulary import ConflictKind

_TABLE: Table = Conflict.__table__  # type: ignore[assignment]
# Facts that stay true: a row that a person settled comes back only when something new is added. The others follow the values.
_LASTING = frozenset({ConflictKind.REUSED_ID, ConflictKind.AFTER_MERGE, ConflictKind.CLOCK})


@dataclass(frozen=True, slots=True)
class Found:
    """Something that stands against something. ``sides``: event ids; stay ids where it is about two places. ``detail``: no personal data."""

    kind: ConflictKind
    subject: str
    sides: Sequence[str]
    field: str = ""
    shelter_id: int | None = None
    detail: str = ""


def field_key(subject: str, field: str) -> str:
    """The key of a field with several values."""
    return f"field:{subject}:{field}"


def stay_key(person_id: str) -> str:
    """The key of somebody who is at two places; the one that others were merged into."""
    return f"{ConflictKind.DOUBLE_STAY}:{person_id}"


def settle(session: Session, present: Mapping[str, Found | None], *, at: datetime, actor: str) -> None:
    """Bring the rows of these keys up to date, in the caller's transaction. None: nothing stands against anything (any more).

    What settles itself because the missing link arrived, or because somebody decided, is kept as settled by ``actor``.
    """
    if not present:
        return
    rows = session.execute(select(_TABLE).where(_TABLE.c.key.in_(present))).mappings()
    known = {row["key"]: row for row in rows}
    fresh = [{"key": key, "at": at, **_columns(found)} for key, found in present.items() if found and key not in known]
    if fresh:
        session.execute(insert(_TABLE), fresh)
    for key, row in known.items():
        if values := _change(row, present[key], at, actor):
            session.execute(update(_TABLE).where(_TABLE.c.id == row["id"]).values(**values))


def waiting(shelter_ids: Iterable[int] | None = None) -> list[Conflict]:
    """What waits for a person, the oldest first; of these shelters only, where they are named."""
    query = select(Conflict).where(Conflict.resolved_at.is_(None)).order_by(Conflict.at, Conflict.id)
    if shelter_ids is not None:
        query = query.where(Conflict.shelter_id.in_(list(shelter_ids)))
    return list(db.session.scalars(query))


def _change(row: Mapping[Any, Any], found: Found | None, at: datetime, actor: str) -> dict[str, Any] | None:
    """What is to be changed in a row."""
    open_now = row["resolved_at"] is None
    if found is None:
        lasting = row["kind"] in _LASTING
        return {"resolved_at": at, "resolved_by": actor} if open_now and not lasting else None
    values = _columns(found)
    news = not set(values["sides"]) <= set(row["sides"])
    if found.kind in _LASTING:
        values["sides"] = sorted({*row["sides"], *values["sides"]})
    if not open_now and (news or found.kind not in _LASTING):
        return {**values, "at": at, "resolved_at": None, "resolved_by": None}
    return values if news or values["sides"] != row["sides"] else None


def _columns(found: Found) -> dict[str, Any]:
    return {
        "kind": str(found.kind),
        "subject": found.subject,
        "field": found.field,
        "sides": sorted(found.sides),
        "shelter_id": found.shelter_id,
        "detail": found.detail,
    }
