"""The disaster that is going on. Nobody at the door of a gymnasium should have to make one first: the first thing that happens makes it."""

from datetime import date, datetime, time

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing
from disaster.core.extensions import db
from disaster.core.text import clean_line
from disaster.incidents.models import Incident

_GOING_ON = select(Incident.__table__.c.id).where(Incident.__table__.c.ended_at.is_(None))


def running() -> int | None:
    """Number of the disaster that is going on."""
    return db.session.scalar(select(Incident.id).where(Incident.ended_at.is_(None)))


def over() -> int:
    """How many disasters are over: the same number before one begins and while it lasts, another one for the next."""
    return db.session.scalar(select(func.count(Incident.id)).where(Incident.ended_at.is_not(None))) or 0


def ensure(session: Session, *, actor: str) -> int:
    """The same; it is made, with the day as its name, when there is none. In the caller's transaction; two at once make one."""
    session.flush()
    found: int | None = session.connection().scalar(_GOING_ON)
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


def describe(incident_id: int, name: str, cause: str, day: str, *, actor: str) -> None:
    """Say what documents call the disaster, its cause (罹災原因: 台風第10号) and the day it struck (ISO 8601, in Japan).

    Raises:
        Missing, Invalid.
    """
    name = clean_line(name, field="name", label="災害の名前", limit=120, required=True)
    cause = clean_line(cause, field="cause", label="罹災原因", limit=120)
    try:
        local = date.fromisoformat(day)
    except ValueError:
        local = None
    if local is None or not date(2000, 1, 1) <= local <= clock.jst(clock.now()).date():
        raise Invalid("災害の日を選んでください（先の日にはできません）。", {"day": "災害の日を選んでください。"})
    with transaction() as session:
        incident = session.get(Incident, incident_id)
        if incident is None:
            raise Missing("この災害はありません。")
        incident.name, incident.cause = name, cause
        if clock.jst(incident.occurred_at).date() != local:
            incident.occurred_at = datetime.combine(local, time(0), clock.JST)
        audit.record(session, "incident.described", actor=actor, subject=f"incident:{incident_id}")
