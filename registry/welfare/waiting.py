"""How far the work for everybody with a reason for care is, and who goes first: plain facts of all of them, a query for each kind of record.

The kinds are put together here and not by the database: SQLite joined them row by row, a minute for a town, and this takes a fraction of a second.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Text, cast, func, or_, select
from sqlalchemy.orm import aliased

from disaster.core import clock
from disaster.core.extensions import db
from disaster.incidents import running
from disaster.staff.models import Account
from registry.access.clearance import cleared
from registry.models.people import Household, Person, Stay
from registry.models.welfare import CareAssessment, CareContact, CareEquipment, CareReferral
from registry.vocabulary import SECRET, ExitReason, Safety
from registry.welfare.referring import TOO_LONG
from registry.welfare.words import FAILED, FIRST, MOVING, OPEN, ReferralState, Tab, Urgency

_ROOT = func.coalesce(Person.merged_into, Person.id)
_CARE = cast(Person.care, Text)
_CARED = _CARE.not_in(("[]", "null"))


@dataclass(slots=True)
class Waiting:
    """One person: all entries that are the same one together. ``contact`` and the others are ids of the newest records, 0 for none."""

    id: str
    since: datetime
    area: str
    vital: bool = False
    contact: int = 0
    failed: bool = False
    spoken_at: datetime | None = None
    assessment: int = 0
    judged_at: datetime | None = None
    due: date | None = None
    moving: bool = False
    today: bool = False
    equipment: int = 0
    runs_out_at: datetime | None = None
    asked: int = 0
    there: bool = False
    oldest: datetime | None = None
    stay: str = ""
    shelter: int | None = None

    @property
    def tab(self) -> Tab:
        """How far the work is; follows from what was written."""
        after = self.judged_at is None or (self.spoken_at is not None and self.spoken_at > self.judged_at)
        if self.failed and after and not self.asked:
            return Tab.UNREACHED
        if self.assessment and self.due is None and not self.asked and (self.there or not self.moving):
            return Tab.DONE
        return Tab.IN_HAND if self.contact or self.assessment or self.asked else Tab.NEW

    @property
    def late(self) -> bool:
        """Whether a place has not answered for a day."""
        return self.oldest is not None and self.oldest < clock.now() - TOO_LONG

    @property
    def order(self) -> tuple[Any, ...]:
        """Power and medical care first, by when it runs out; then today's; then what is due; then who waits longest."""
        rank = 0 if self.vital else 1 if self.today else 2
        out, due = self.runs_out_at, self.due
        return (rank, out is None, out or self.since, due is None, due or date.min, self.since, self.id)


def everybody(account: Account) -> list[Waiting]:
    """All of the running disaster whom the account may see, those to ask first in front."""
    found = _people(account)
    _stays(found)
    _contacts(found)
    _assessments(found)
    _equipment(found)
    _referrals(found)
    return sorted(found.values(), key=lambda one: one.order)


def _people(account: Account) -> dict[str, Waiting]:
    root = aliased(Person)
    query = (
        select(
            root.id,
            _CARE.contains(f'"{FIRST}"'),
            Person.created_at,
            func.coalesce(func.nullif(root.area_code, ""), Household.area_code, ""),
        )
        .select_from(Person)
        .join(root, root.id == _ROOT)
        .outerjoin(Household, Household.id == root.household_id)
        .where(Person.incident_id == running.running(), Person.removed_at.is_(None), _CARED)
        .where(root.removed_at.is_(None), root.merged_into.is_(None), root.safety != Safety.DEAD)
    )
    if not cleared(account):
        query = query.where(root.protection.not_in(SECRET))
    found: dict[str, Waiting] = {}
    for number, vital, created, area in db.session.execute(query):
        one = found.setdefault(number, Waiting(number, created, area))
        one.vital |= bool(vital)
        one.since = min(one.since, created)
    return found


def _stays(found: dict[str, Waiting]) -> None:
    """From when on somebody waits: the first stay, or the record where a tablet's clock ran ahead; and the stay that holds now."""
    joined = select(Person.merged_into).where(Person.merged_into.is_not(None))
    concerned = or_(_CARED, Person.merged_into.is_not(None), Person.id.in_(joined))
    real = or_(Stay.exit_reason.is_(None), Stay.exit_reason != ExitReason.CORRECTION)
    columns = (_ROOT, Stay.id, Stay.started_at, Stay.ended_at, Stay.confirmed, Stay.shelter_id)
    query = select(*columns).join(Person, Person.id == Stay.person_id)
    query = query.where(Stay.incident_id == running.running(), concerned, real)
    for root, stay, began, ended, confirmed, shelter in db.session.execute(query):
        one = found.get(root)
        if one is None:
            continue
        if began is not None and began < one.since:
            one.since = began
        if confirmed and ended is None:
            one.stay, one.shelter = stay, shelter


def _contacts(found: dict[str, Waiting]) -> None:
    for one, row in _rows(found, CareContact, CareContact.id, CareContact.result, CareContact.at):
        one.contact, one.failed, one.spoken_at = row[1], row[2] in FAILED, row[3]


def _assessments(found: dict[str, Waiting]) -> None:
    known = CareAssessment
    for one, row in _rows(found, known, known.id, known.judgement, known.urgency, known.due, known.at):
        one.assessment, one.due, one.judged_at = row[1], row[4], row[5]
        one.moving, one.today = row[2] in MOVING, row[3] == Urgency.TODAY


def _equipment(found: dict[str, Waiting]) -> None:
    urgent: set[str] = set()
    for one, row in _rows(found, CareEquipment, CareEquipment.id, CareEquipment.urgent, CareEquipment.runs_out_at):
        one.equipment, one.runs_out_at = row[1], row[3]
        (urgent.add if row[2] else urgent.discard)(one.id)
    for number in urgent:
        found[number].vital = True


def _referrals(found: dict[str, Waiting]) -> None:
    for one, row in _rows(found, CareReferral, CareReferral.id, CareReferral.state, CareReferral.requested_at):
        one.asked += row[2] in OPEN
        one.there |= row[2] == ReferralState.DONE
        if row[2] == ReferralState.REQUESTED:
            one.oldest = min(one.oldest or row[3], row[3])


def _rows(found: dict[str, Waiting], model: Any, *columns: Any) -> Iterator[tuple[Waiting, Any]]:
    """What was written about them, the oldest first: the last one stands."""
    query = select(_ROOT, *columns).join(model, model.person_id == Person.id)
    query = query.where(Person.incident_id == running.running()).order_by(model.id)
    for row in db.session.execute(query):
        if (one := found.get(row[0])) is not None:
            yield one, row
