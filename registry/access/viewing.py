"""The one door of staff pages to people: who, why, whom; what is shown is what the access table allows, and every look is recorded.

Whoever is not there for the account (no such record, another shelter's, hidden) is ``Missing`` in the very same words.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from disaster.core import audit, clock, sealed
from disaster.core.db import transaction
from disaster.core.errors import Forbidden, Invalid, Missing
from disaster.core.extensions import db
from disaster.core.text import clean_text
from disaster.staff.models import Account
from registry.access import asked, cells, own_shelters
from registry.access.cells import NO, PURPOSES, Cell, Group, Level
from registry.access.clearance import cleared, known_to
from registry.models.access import AccessNotice, PersonView
from registry.models.people import Household, Person, Stay
from registry.models.protection import ProtectionOrder
from registry.same import one_and_the_same
from registry.vocabulary import ExitReason, Protection

NO_RECORD = "記録はありません。"
MANY_AN_HOUR = 200
OWN_FOR = timedelta(days=3)  # who left stays on the shelter's own pages for a while, or until it is known where to


class PurposeNeeded(Invalid):
    """The person is there and may be seen, when it is said what for."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody through the door. ``others``: entries that turned out to be the same person; ``alias``: shown instead of the name."""

    person: Person
    cells: Mapping[Group, Cell]
    others: tuple[str, ...] = ()
    alias: str = ""

    def reads(self, group: Group) -> bool:
        """Whether these facts are shown."""
        return self.cells[group].reads

    def flagged(self, group: Group) -> bool:
        """Whether it is shown that there is something."""
        return self.cells[group].level >= Level.FLAG

    def writes(self, group: Group) -> bool:
        """Whether these facts may be changed."""
        return self.cells[group].writes

    @property
    def name(self) -> str:
        """What the page calls the person."""
        return self.alias or full_name(self.person)

    @property
    def ids(self) -> list[str]:
        """All entries of this person."""
        return [self.person.id, *self.others]


def full_name(person: Person) -> str:
    """As written; kana where nothing else is there; 氏名不詳 for somebody of whom nothing is known."""
    parts = (person.family or person.kana_family, person.given or person.kana_given)
    return person.name or " ".join(part for part in parts if part) or person.kana or person.romaji or "氏名不詳"


def alias(person_id: str) -> str:
    """A name that tells nothing and stays the same: the one that the officers gave, or one that is made."""
    mine = (ProtectionOrder.person_id == person_id) & ProtectionOrder.lifted_at.is_(None)
    return (
        db.session.scalar(select(ProtectionOrder.alias).where(mine))
        or f"仮名 {sealed.digest(person_id, 'alias')[:4].upper()}"
    )


def person(account: Account, number: str, purpose: str = "") -> Seen:
    """Look at one person; recorded.

    Raises:
        Missing: there is nobody for this account.
        PurposeNeeded: a purpose has to be named.
    """
    try:
        with transaction() as session:
            seen = look(session, account, number, purpose)
    except Missing:
        asked.record(account, number)
        raise
    return seen


def look(session: Session, account: Account, number: str, purpose: str = "") -> Seen:
    """The same in the caller's transaction."""
    seen = found(account, number)
    groups = [group for group in Group if seen.flagged(group)]
    if any(seen.cells[group].purpose for group in groups):
        _purposed(purpose)
    record(session, account, f"person:{seen.person.id}", groups, purpose or "desk")
    return seen


def found(account: Account, number: str) -> Seen:
    """Whom this account may see under this id, without a record: for steps that record what they do, and for lists.

    Raises:
        Missing
    """
    groups = one_and_the_same(db.session(), [number])
    root = next((root for root, members in groups.items() if number in members), number)
    members = groups.get(root, {number})
    row = db.session.get(Person, root)
    seen = _through(account, row, members) if row else None
    if seen is None:
        raise Missing(NO_RECORD)
    return seen


def writable(account: Account, number: str, group: Group) -> Seen:
    """The same for who wants to change these facts.

    Raises:
        Missing
        Forbidden
    """
    seen = found(account, number)
    if not seen.writes(group):
        raise Forbidden(f"「{group.ja}」を変える権限がありません。台帳担当か、避難所の担当の人に頼んでください。")
    return seen


def visible(account: Account, people: Iterable[Person]) -> list[Seen]:
    """Those of these entries who are there for the account, in their order; for lists, which record themselves as one look."""
    rows = [row for row in people if row.merged_into is None]
    own = in_own(account, [row.id for row in rows])
    return [
        Seen(row, shown, (), alias(row.id) if _aliased(row, clear) else "")
        for clear in [cleared(account)]
        for row in rows
        if (shown := _cells(account, row, row.id in own, clear))
    ]


def household(account: Account, number: str, purpose: str = "") -> tuple[Household, list[Seen]]:
    """A household and those of its people who are there for the account; recorded as one look.

    Raises:
        Missing: nobody of it is.
        PurposeNeeded
    """
    with transaction() as session:
        row, found_there = session.get(Household, number), members(account, number)
        if row is None or not found_there:
            raise Missing(NO_RECORD)
        if any(one.cells[Group.HOUSEHOLD].purpose for one in found_there):
            _purposed(purpose)
        record(session, account, f"household:{number}", [Group.NAME, Group.HOUSEHOLD, Group.STAY], purpose or "desk")
    return row, found_there


def members(account: Account, number: str) -> list[Seen]:
    """Those people of a household who are there for the account, without a record."""
    query = select(Person).where(Person.household_id == number, Person.removed_at.is_(None)).order_by(Person.id)
    return [one for one in visible(account, db.session.scalars(query)) if one.reads(Group.HOUSEHOLD)]


def household_there(account: Account, number: str) -> None:
    """The same as a refusal.

    Raises:
        Missing
    """
    if not members(account, number):
        raise Missing(NO_RECORD)


def shelter_of(seen: Seen) -> int | None:
    """The shelter that has to do with a person now, for entries about them."""
    here = Stay.person_id.in_(seen.ids) & Stay.confirmed & Stay.ended_at.is_(None)
    return db.session.scalar(select(func.coalesce(Stay.shelter_id, Stay.goods_shelter_id)).where(here))


def break_glass(account: Account, number: str, group: Group, reason: str) -> Seen:
    """Look at what the table closes, for a reason; headquarters is told.

    Raises:
        Missing, Forbidden
        Invalid: no reason.
    """
    reason = clean_text(reason, field="reason", label="理由", limit=400)
    if len(reason) < 5:
        raise Invalid("理由を書いてください。", {"reason": "見る理由を、5文字以上で書いてください。"})
    with transaction() as session:
        seen = found(account, number)
        if not seen.cells[group].glass:
            raise Forbidden("この項目は、理由を書いても表示できません。")
        subject = f"person:{seen.person.id}"
        session.add(AccessNotice(kind="glass", account_id=account.id, subject=subject, reason=reason, at=clock.now()))
        record(session, account, subject, [group], "glass")
        opened = {**seen.cells, group: Cell(Level.READ)}
    return Seen(seen.person, opened, seen.others, seen.alias)


def record(session: Session, account: Account, subject: str, groups: Collection[Group], purpose: str) -> None:
    """Note one look, in the caller's transaction; unusually many within an hour make a notice, once an hour."""
    named = [str(group) for group in groups]
    audit.record(
        session, "person.viewed", actor=account.actor, subject=subject, detail={"groups": named, "purpose": purpose}
    )
    _count(session, account, subject, named, purpose)


def record_paper(session: Session, account: Account, action: str, subject: str, purpose: str) -> None:
    """Note one look at what is somebody's, under its own word (an entry of the ledger, an application, a case); it counts like one at a person."""
    audit.record(session, action, actor=account.actor, subject=subject, detail={"purpose": purpose})
    _count(session, account, subject, [], purpose)


def _count(session: Session, account: Account, subject: str, groups: list[str], purpose: str) -> None:
    at = clock.now()
    session.add(PersonView(account_id=account.id, subject=subject, groups=groups, purpose=purpose, at=at))
    session.flush()
    since = at - timedelta(hours=1)
    looks = select(func.count()).where(PersonView.account_id == account.id, PersonView.at > since)
    if (session.scalar(looks) or 0) < MANY_AN_HOUR:
        return
    told = select(AccessNotice.id).where(
        AccessNotice.account_id == account.id, AccessNotice.kind == "volume", AccessNotice.at > since
    )
    if session.scalar(told.limit(1)) is None:
        session.add(AccessNotice(kind="volume", account_id=account.id, at=at))


def record_list(session: Session, account: Account, subject: str, count: int, purpose: str) -> None:
    """Note one look at a list."""
    detail = {"people": count, "purpose": purpose}
    audit.record(session, "people.listed", actor=account.actor, subject=subject, detail=detail)


def in_own(account: Account, people: Collection[str]) -> set[str]:
    """Which of these (entries that remain) are at one of the account's own shelters, fetch goods there, or left it lately."""
    mine = own_shelters.of(account)
    if not mine or not people:
        return set()
    here = or_(Stay.shelter_id.in_(mine), Stay.goods_shelter_id.in_(mine))
    sought = (Stay.exit_reason == ExitReason.UNKNOWN) & Stay.followed_up_at.is_(None)
    lately = or_(Stay.ended_at.is_(None), Stay.ended_at > clock.now() - OWN_FOR, sought)
    remaining = func.coalesce(Person.merged_into, Person.id)
    query = select(remaining).join(Stay, Stay.person_id == Person.id).where(remaining.in_(people), here, lately)
    return set(db.session.scalars(query))


def _purposed(purpose: str) -> None:
    if purpose not in PURPOSES:
        raise PurposeNeeded("何のために見るかを選んでください。見た人と目的は、記録に残ります。")


def _through(account: Account, row: Person, members: Iterable[str]) -> Seen | None:
    clear = cleared(account)
    ids = sorted(members)
    hidden = select(func.count()).where(Person.id.in_(ids), Person.protection == Protection.HIDDEN)
    if not clear and db.session.scalar(hidden):
        return None
    shown = _cells(account, row, bool(in_own(account, ids)), clear)
    others = tuple(number for number in ids if number != row.id)
    return Seen(row, shown, others, alias(row.id) if _aliased(row, clear) else "") if shown else None


def _aliased(row: Person, clear: bool) -> bool:
    return row.protection == Protection.WHEREABOUTS and not clear


def _cells(account: Account, row: Person, own: bool, clear: bool) -> dict[Group, Cell]:
    """What the account may see of somebody; nothing at all where the person is not there for it."""
    if row.protection == Protection.HIDDEN and not clear:
        return {}
    shown = cells.cells(account.role_list, own=own)
    if not shown[Group.NAME].reads:
        return {}
    if not clear:
        shown[Group.PROTECTION] = NO
    if _aliased(row, clear):  # the place itself knows who sleeps there, under another name; nobody else learns where
        stay, name = shown[Group.STAY], Cell(Level.FLAG, own=True)
        return {**dict.fromkeys(Group, NO), Group.NAME: name, Group.STAY: stay} if own else {}
    return shown


def listed(account: Account) -> Any:
    """The condition for queries over ``people``: present entries that exist for the account."""
    return known_to(account) & Person.removed_at.is_(None) & Person.merged_into.is_(None)
