"""Which laws apply to a disaster: the prefecture or the state decides, headquarters notes it. Aid depends on it."""

from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing
from disaster.incidents.models import Incident, LegalSwitch

LAWS = {
    "relief": "災害救助法",
    "support": "被災者生活再建支援法",
    "extraordinary": "特定非常災害（特定非常災害特別措置法）",
}
FIRST_YEAR = 2000  # of a disaster: an earlier one is a slip of the finger, and every deadline would follow it


def applied(session: Session, incident: int) -> dict[str, date]:
    """The laws that apply, with the day of their application."""
    rows = session.execute(select(LegalSwitch.law, LegalSwitch.applied_on).where(LegalSwitch.incident_id == incident))
    return dict(rows.all())


def switch(incident: int, law: str, day: str, *, actor: str) -> None:
    """Note that a law applies from a day on (``2026-11-23``); an empty day takes it back.

    Raises:
        Missing: no such disaster. Invalid: no such law, no such day.
    """
    if law not in LAWS:
        raise Invalid("この法律はありません。")
    with transaction() as session:
        if session.get(Incident, incident) is None:
            raise Missing
        session.execute(delete(LegalSwitch).where(LegalSwitch.incident_id == incident, LegalSwitch.law == law))
        if day:
            session.add(LegalSwitch(incident_id=incident, law=law, applied_on=_day(day), at=clock.now(), by=actor))
        detail = {"law": law, "day": day}
        audit.record(session, "incident.law", actor=actor, subject=f"incident:{incident}", detail=detail)


def happened(incident: int, day: str, cause: str, *, actor: str) -> None:
    """Put right when the disaster happened and what is named as its cause (罹災原因): deadlines and certificates go by these.

    Raises:
        Missing, Invalid
    """
    at = _day(day)
    if at > clock.jst(clock.now()).date():
        raise Invalid("災害の日が、今日より後になっています。", {"day": "災害の日が、今日より後になっています。"})
    if at.year < FIRST_YEAR:
        said = f"災害の日の年を確かめてください（{FIRST_YEAR}年より前にはできません）。"
        raise Invalid(said, {"day": said})
    with transaction() as session:
        row = session.get(Incident, incident)
        if row is None:
            raise Missing
        local = clock.jst(row.occurred_at)
        row.occurred_at = local.replace(year=at.year, month=at.month, day=at.day)
        row.cause = cause
        audit.record(session, "incident.day", actor=actor, subject=f"incident:{incident}", detail={"day": day})


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(
            "日付は 2026-11-23 の形で入力してください。", {"day": "日付は 2026-11-23 の形で入力してください。"}
        ) from error
