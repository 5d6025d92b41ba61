"""Whom to ask first: the people of the running disaster with reasons for care, by how far the work is and by how urgent.

One query for a page, whatever the size of the town: the newest contact, assessment and equipment of all entries that are one person.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Subquery,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from disaster.core import birthdates, clock
from disaster.core.extensions import db
from disaster.incidents import running
from disaster.staff.models import Account
from registry.access import viewing
from registry.access.cells import Group
from registry.access.clearance import cleared
from registry.access.viewing import Seen
from registry.intake import exercises
from registry.models.people import Household, Person, Stay
from registry.models.welfare import CareAssessment, CareContact, CareEquipment, CareReferral
from registry.people.facts import age_band, shelter_name, today
from registry.vocabulary import SECRET, Care, ExitReason, Safety
from registry.welfare import equipment
from registry.welfare.equipment import Depends
from registry.welfare.referring import TOO_LONG
from registry.welfare.words import FAILED, FIRST, MOVING, OPEN, ReferralState, Tab, Urgency

PAGE = 50
MOST_ON_PAPER = 300
_ROOT = func.coalesce(Person.merged_into, Person.id)


@dataclass(frozen=True, slots=True)
class Sought:
    """Which part of the list."""

    tab: Tab = Tab.NEW
    shelter_id: int | None = None
    area: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One person of the list. ``since``: from when on somebody waits; ``where``: the place with its 区画."""

    seen: Seen
    age: str
    reasons: Sequence[Care]
    where: str
    since: datetime
    contact: CareContact | None
    assessment: CareAssessment | None
    depends: Depends | None
    late: bool
    asked: bool
    drill: bool
    phone: str = ""
    address: str = ""

    @property
    def first(self) -> bool:
        """Whether power or medical care is needed."""
        return FIRST in self.reasons or bool(self.depends and self.depends.kinds)


@dataclass(frozen=True, slots=True)
class Page:
    """What is shown. ``counts`` by tab, under the same filter; ``late``: referrals that nobody answered for a day, of everybody."""

    rows: list[Row]
    counts: dict[Tab, int]
    late: int
    page: int
    more: bool


@dataclass(slots=True)
class _Parts:
    """The joined query and what it is built of."""

    contact: Any = field(default_factory=lambda: aliased(CareContact))
    assessment: Any = field(default_factory=lambda: aliased(CareAssessment))
    equipment: Any = field(default_factory=lambda: aliased(CareEquipment))
    stay: Any = field(default_factory=lambda: aliased(Stay))
    cared: Subquery = field(default_factory=lambda: _cared())
    asked: Subquery = field(default_factory=lambda: _referrals())
    waits: Subquery = field(default_factory=lambda: _waits())

    def joined(self, query: Any, account: Account, sought: Sought) -> Any:
        """The query over everybody whom the account may see, with what was written of them."""
        query = query.select_from(self.cared).join(Person, Person.id == self.cared.c.id)
        query = query.outerjoin(Household, Household.id == Person.household_id)
        for model, row in (
            (CareContact, self.contact),
            (CareAssessment, self.assessment),
            (CareEquipment, self.equipment),
        ):
            newest = _newest(model)
            query = query.outerjoin(newest, newest.c.root == Person.id).outerjoin(row, row.id == newest.c.last)
        query = query.outerjoin(self.asked, self.asked.c.root == Person.id)
        query = query.outerjoin(self.waits, self.waits.c.root == Person.id)
        query = query.outerjoin(self.stay, self.stay.id == self.waits.c.here)
        shown = viewing.listed(account) & (true() if cleared(account) else Person.protection.not_in(SECRET))
        return query.where(shown, Person.safety != Safety.DEAD, self.fits(sought))

    def fits(self, sought: Sought) -> ColumnElement[bool]:
        """Shelter and area."""
        here = self.stay.shelter_id == sought.shelter_id if sought.shelter_id else true()
        lives = func.coalesce(func.nullif(Person.area_code, ""), Household.area_code)
        return and_(here, lives == sought.area if sought.area else true())

    @property
    def tab(self) -> ColumnElement[str]:
        """How far the work is."""
        contact, known = self.contact, self.assessment
        waiting = func.coalesce(self.asked.c.waiting, 0) > 0
        there = func.coalesce(self.asked.c.done, 0) > 0
        after = or_(known.id.is_(None), contact.at > known.at)
        failed = contact.result.in_(FAILED) & after & ~waiting
        done = known.id.is_not(None) & known.due.is_(None) & ~waiting & (known.judgement.not_in(MOVING) | there)
        begun = contact.id.is_not(None) | known.id.is_not(None) | waiting
        said = ((failed, Tab.UNREACHED), (done, Tab.DONE), (begun, Tab.IN_HAND))
        return case(*((when, literal(str(word))) for when, word in said), else_=literal(str(Tab.NEW)))

    @property
    def since(self) -> ColumnElement[datetime]:
        """From when on somebody waits: the first stay, or the record; a tablet's clock that runs ahead counts as the record."""
        began, written = self.waits.c.began, self.cared.c.created
        return case((began < written, began), else_=written)

    def order(self) -> tuple[ColumnElement[Any], ...]:
        """Power and medical care first, by when it runs out; then what is due; then who waits longest."""
        out, due = self.equipment.runs_out_at, self.assessment.due
        vital = or_(self.cared.c.device > 0, func.coalesce(self.equipment.urgent, false()))
        rank = case((vital, 0), (self.assessment.urgency == Urgency.TODAY, 1), else_=2)
        order: tuple[Any, ...] = (rank, out.is_(None), out, due.is_(None), due, self.since, Person.id)
        return order


def page(account: Account, sought: Sought, number: int = 1, size: int = PAGE) -> Page:
    """One page of a tab with the counts of all tabs; without a record."""
    parts = _Parts()
    tabs = parts.joined(select(parts.tab.label("tab")), account, sought).subquery()
    counted = select(tabs.c.tab, func.count()).group_by(tabs.c.tab)
    counts = dict.fromkeys(Tab, 0) | {Tab(tab): many for tab, many in db.session.execute(counted)}
    columns = (
        Person,
        parts.contact,
        parts.assessment,
        parts.equipment,
        parts.stay,
        parts.since.label("since"),
        func.coalesce(parts.asked.c.waiting, 0),
        parts.asked.c.oldest,
    )
    query = parts.joined(select(*columns), account, sought).where(parts.tab == str(sought.tab))
    found = db.session.execute(query.order_by(*parts.order()).limit(size + 1).offset((number - 1) * size)).all()
    return Page(_rows(account, found[:size]), counts, _late(account), number, len(found) > size)


def age(row: Person, day: date) -> str:
    """``72歳``; the decade where only that is known."""
    exact = row.birth_date is not None and row.birth_precision == "day"
    years = birthdates.age_on(row.birth_date, day) if row.birth_date and exact else row.age_stated
    return f"{years}歳" if years is not None else age_band(row, day)


def where(stay: Stay | None) -> str:
    """The place of a stay."""
    if stay is None:
        return "いまの滞在先は分かりません"
    place = shelter_name(stay.shelter_id) if stay.shelter_id else stay.place.ja
    return f"{place}（区画 {stay.slot}）" if stay.slot else place


def _rows(account: Account, found: Sequence[Any]) -> list[Row]:
    people = {seen.person.id: seen for seen in viewing.visible(account, [one[0] for one in found])}
    drills, care, day = exercises.among(list(people)), _reasons(list(people)), today()
    homes = _homes({seen.person.household_id for seen in people.values()})
    rows = []
    for person, contact, known, kept, stay, since, waiting, oldest in found:
        seen = people.get(person.id)
        if seen is None or not seen.reads(Group.CARE):
            continue
        home = homes.get(person.household_id or "")
        rows.append(
            Row(
                seen=seen,
                age=age(person, day),
                reasons=care[person.id],
                where=where(stay),
                since=since,
                contact=contact,
                assessment=known,
                depends=equipment.opened(kept) if kept else None,
                late=oldest is not None and oldest < clock.now() - TOO_LONG,
                asked=bool(waiting),
                drill=person.id in drills,
                phone=person.phone or (home.phone if home else "") or "",
                address=person.address or (home.address if home else ""),
            )
        )
    return rows


def _homes(numbers: set[str | None]) -> dict[str, Household]:
    wanted = {number for number in numbers if number}
    return {row.id: row for row in db.session.scalars(select(Household).where(Household.id.in_(wanted)))}


def _reasons(people: Sequence[str]) -> dict[str, list[Care]]:
    """What each of them and the entries that were merged into them say."""
    said: dict[str, set[str]] = {number: set() for number in people}
    rows = select(_ROOT, Person.care).where(_ROOT.in_(people), Person.removed_at.is_(None))
    for root, care in db.session.execute(rows):
        said[root] |= set(care or ())
    return {root: [reason for reason in Care if reason in care] for root, care in said.items()}


def _cared() -> Subquery:
    """Everybody with a reason: the entry that remains, whether power or medical care is among the reasons, since when the record is here."""
    written = cast(Person.care, Text)
    vital = case((written.contains(f'"{FIRST}"'), 1), else_=0)
    known = (Person.incident_id == running.running()) & Person.removed_at.is_(None) & written.not_in(("[]", "null"))
    columns = (_ROOT.label("id"), func.max(vital).label("device"), func.min(Person.created_at).label("created"))
    return select(*columns).where(known).group_by(_ROOT).subquery("cared")


def _newest(model: Any) -> Subquery:
    last = select(_ROOT.label("root"), func.max(model.id).label("last"))
    return last.join(model, model.person_id == Person.id).group_by(_ROOT).subquery()


def _referrals() -> Subquery:
    state, asked = CareReferral.state, ReferralState.REQUESTED
    columns = (
        _ROOT.label("root"),
        func.sum(case((state.in_(OPEN), 1), else_=0)).label("waiting"),
        func.sum(case((state == ReferralState.DONE, 1), else_=0)).label("done"),
        func.min(case((state == asked, CareReferral.requested_at))).label("oldest"),
    )
    return select(*columns).join(CareReferral, CareReferral.person_id == Person.id).group_by(_ROOT).subquery("asked")


def _waits() -> Subquery:
    """When the first stay began, and the stay that holds now."""
    held = Stay.confirmed & Stay.ended_at.is_(None)
    real = or_(Stay.exit_reason.is_(None), Stay.exit_reason != ExitReason.CORRECTION)
    columns = (
        _ROOT.label("root"),
        func.min(Stay.started_at).label("began"),
        func.max(case((held, Stay.id))).label("here"),
    )
    return select(*columns).join(Stay, Stay.person_id == Person.id).where(real).group_by(_ROOT).subquery("waits")


def _late(account: Account) -> int:
    """Referrals that nobody answered for a day."""
    parts = _Parts()
    old = parts.asked.c.oldest < clock.now() - TOO_LONG
    return db.session.scalar(parts.joined(select(func.count()), account, Sought()).where(old)) or 0
