"""The disaster that is going on. Nobody at the door of a gymnasium should have to make one first: the first thing that happens makes it."""

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.extensions import db
from disaster.incidents.models import Incident


def running() -> int | None:
    """Number of the disaster that is going on."""
    return db.session.scalar(select(Incident.id).where(Incident.ended_at.is_(None)))


def over() -> int:
    """How many disasters are over: the same number before one begins and while it lasts, another one for the next."""
    return db.session.scalar(select(func.count(Incident.id)).where(Incident.ended_at.is_not(None))) or 0


def ensure(session: Session, *, actor: str) -> int:
    """The same; it is made, with the day as its name, when there is none. In the caller's transaction; two at once make one."""
    found = session.scalar(select(Incident.id).where(Incident.ended_at.is_(None)))
    if found is not None:
        return found
    at = clock.now()
    local = clock.jst(at)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    values = {
        "name": f"{local.year}年{local.month}月{local.day}日の災害",
        "cause": "",
        "occurred_at": at,
        "created_by": actor,
    }
    made: int | None = session.scalar(
        dialect.insert(Incident).values(**values).on_conflict_do_nothing().returning(Incident.id)
    )
    if made is None:
        return session.execute(select(Incident.id).where(Incident.ended_at.is_(None))).scalar_one()
    audit.record(session, "incident.begun", actor=actor, subject=f"incident:{made}")
    return made
