"""A page of whom to ask first: the people of the running disaster with reasons for care, by how far the work is (``registry/welfare/waiting.py``)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from disaster.core import birthdates
from disaster.core.extensions import db
from disaster.staff.models import Account
from registry.access import viewing
from registry.access.cells import Group
from registry.access.viewing import Seen
from registry.intake import exercises
from registry.models.people import Household, Person, Stay
from registry.models.welfare import CareAssessment, CareContact, CareEquipment
from registry.people.facts import age_band, shelter_name, today
from registry.vocabulary import Care
from registry.welfare import equipment, waiting
from registry.welfare.equipment import Depends
from registry.welfare.waiting import Waiting
from registry.welfare.words import FIRST, Tab

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


def page(account: Account, sought: Sought, number: int = 1, size: int = PAGE) -> Page:
    """One page of a tab with the counts of all tabs; without a record."""
    people = waiting.everybody(account)
    late = sum(one.late for one in people)
    if sought.shelter_id:
        people = [one for one in people if one.shelter == sought.shelter_id]
    if sought.area:
        people = [one for one in people if one.area == sought.area]
    tabs: dict[Tab, list[Waiting]] = {tab: [] for tab in Tab}
    for one in people:
        tabs[one.tab].append(one)
    start = (number - 1) * size
    shown = tabs[sought.tab][start : start + size]
    counts = {tab: len(found) for tab, found in tabs.items()}
    return Page(_rows(account, shown), counts, late, number, counts[sought.tab] > start + size)


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


def _rows(account: Account, found: Sequence[Waiting]) -> list[Row]:
    rows = {row.id: row for row in _of(Person, [one.id for one in found])}
    people = {seen.person.id: seen for seen in viewing.visible(account, rows.values())}
    drills, care, day = exercises.among(list(people)), _reasons(list(people)), today()
    homes = {row.id: row for row in _of(Household, [row.household_id for row in rows.values()])}
    contacts = {row.id: row for row in _of(CareContact, [one.contact for one in found])}
    known = {row.id: row for row in _of(CareAssessment, [one.assessment for one in found])}
    kept = {row.id: row for row in _of(CareEquipment, [one.equipment for one in found])}
    stays = {row.id: row for row in _of(Stay, [one.stay for one in found])}
    shown = []
    for one in found:
        seen = people.get(one.id)
        if seen is None or not seen.reads(Group.CARE):
            continue
        home = homes.get(seen.person.household_id or "")
        row = Row(
            seen=seen,
            age=age(seen.person, day),
            reasons=care[one.id],
            where=where(stays.get(one.stay)),
            since=one.since,
            contact=contacts.get(one.contact),
            assessment=known.get(one.assessment),
            depends=equipment.opened(kept[one.equipment]) if one.equipment in kept else None,
            late=one.late,
            asked=bool(one.asked),
            drill=one.id in drills,
            phone=seen.person.phone or (home.phone if home else "") or "",
            address=seen.person.address or (home.address if home else ""),
        )
        shown.append(row)
    return shown


def _of(model: Any, numbers: Sequence[Any]) -> list[Any]:
    wanted = {number for number in numbers if number}
    return list(db.session.scalars(select(model).where(model.id.in_(wanted)))) if wanted else []


def _reasons(people: Sequence[str]) -> dict[str, list[Care]]:
    """What each of them and the entries that were merged into them say."""
    said: dict[str, set[str]] = {number: set() for number in people}
    rows = select(_ROOT, Person.care).where(_ROOT.in_(people), Person.removed_at.is_(None))
    for root, care in db.session.execute(rows):
        said[root] |= set(care or ())
    return {root: [reason for reason in Care if reason in care] for root, care in said.items()}
