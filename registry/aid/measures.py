"""The measures of one disaster: what is shipped, with what officers set for this disaster, and the day until which one may apply."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.text import clean_line
from disaster.incidents import laws
from disaster.incidents.models import Incident
from registry.aid.deadlines import days_after, last_day
from registry.aid.programmes import Programme, Yen, shipped
from registry.damage.grades import Grade
from registry.models.aid import ProgrammeVersion

WRONG = "金額は0以上の数字で、期限は 2026-11-23 の形で入力してください。"


class Set(BaseModel):
    """What officers set; None leaves what is shipped. ``yen`` by grade, or one number for a limit."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    open: bool | None = None
    yen: dict[Grade, Yen] | Yen | None = None
    until: date | None = None
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure in one disaster. ``open``: the law applies and nobody closed it. ``until``: the last day to apply, None without one.

    ``wanted``: officers have it open, whether or not the law applies yet. ``own_until`` and ``own_yen``: what they set instead of what is shipped.
    """

    programme: Programme
    version: int
    open: bool
    until: date | None
    contact: str
    waits_for: str  # why it is not open, in words
    wanted: bool = True
    own_until: date | None = None
    own_yen: bool = False


def measures(session: Session, incident: Incident) -> dict[str, Measure]:
    """All measures by key, in their order."""
    applied = laws.applied(session, incident.id)
    newest = _newest(session, incident.id)
    first = clock.jst(incident.occurred_at).date()
    found = {}
    for key, programme in shipped().items():
        row = newest.get(key)
        given = Set.model_validate(row.body) if row else Set()
        waits = (
            "" if not programme.law or programme.law in applied else f"{laws.LAWS[programme.law]}の適用を待っています"
        )
        opened = given.open if given.open is not None else not programme.switch
        if not waits and not opened:
            waits = "町が受付を決めるのを待っています"
        if given.yen is not None:
            yen = given.yen if isinstance(given.yen, int) else {str(grade): one for grade, one in given.yen.items()}
            amount = programme.amount.model_copy(update={"yen": yen})
            programme = programme.model_copy(update={"amount": amount})
        until = given.until or _until(programme, first)
        found[key] = Measure(
            programme, row.version if row else 0, not waits, until, given.contact, waits, opened, given.until, given.yen is not None
        )  # fmt: skip
    return found


def change(incident: int, key: str, given: dict[str, Any], *, seen: int, actor: str) -> int:
    """Set something for this disaster; the version. Cases that were decided keep the version they were decided by.

    Raises:
        Missing: no such measure. Invalid: no amount, no day. Stale: somebody was faster.
    """
    if key not in shipped():
        raise Missing
    try:
        contact = clean_line(str(given.get("contact", "")), field="contact", label="問い合わせ先", limit=200)
        body = Set.model_validate({**given, "contact": contact}).model_dump(mode="json", exclude_none=True)
    except ValidationError as error:
        raise Invalid(WRONG, {str(part["loc"][0]): WRONG for part in error.errors()}) from error
    with transaction() as session:
        audit.in_a_row(session)
        mine = (ProgrammeVersion.incident_id == incident) & (ProgrammeVersion.key == key)
        last = session.scalar(select(func.max(ProgrammeVersion.version)).where(mine)) or 0
        if last != seen:
            raise Stale("この制度は、ほかの人が先に変更しました。いまの内容を確かめてから、もう一度変更してください。")
        row = ProgrammeVersion(incident_id=incident, key=key, version=last + 1, body=body, at=clock.now(), by=actor)
        session.add(row)
        detail = {"key": key, "version": last + 1}
        audit.record(session, "aid.programme", actor=actor, subject=f"incident:{incident}", detail=detail)
    return last + 1


def _newest(session: Session, incident: int) -> dict[str, ProgrammeVersion]:
    rows = select(ProgrammeVersion).where(ProgrammeVersion.incident_id == incident)
    return {row.key: row for row in session.scalars(rows.order_by(ProgrammeVersion.version))}


def _until(programme: Programme, first: date) -> date | None:
    rule = programme.deadline
    if rule is None:
        return None
    if rule.months is not None:
        return last_day(first, rule.months)
    return days_after(first, rule.days) if rule.days is not None else None
