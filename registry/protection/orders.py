"""Setting and lifting protection. One named officer sets it and it holds at once; the second one confirms it. Less protection needs both and a reason."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Forbidden, Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.core.text import clean_line
from disaster.staff import accounts, second_factor
from disaster.staff.models import Account
from disaster.staff.permissions import Permission, granted
from registry import twofold
from registry.models.people import Person, Resident
from registry.models.protection import ProtectionMeeting, ProtectionOrder
from registry.protection import abuser, meetings, protecting
from registry.protection.words import Source
from registry.same import one_and_the_same
from registry.vocabulary import Protection

KIND = "protection"  # of proposals
RAISED = (Protection.UNLISTED, Protection.WHEREABOUTS, Protection.HIDDEN)
SECOND = "もう1人の秘匿担当を選んでください。2人の担当者が必要です。"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an officer enters. ``person_id`` or ``resident_id``; days in any notation."""

    level: str
    source: str
    reason: str
    second_officer: int
    person_id: str | None = None
    resident_id: int | None = None
    alias: str = ""
    until: str = ""
    abuser_name: str = ""
    abuser_kana: str = ""
    abuser_birth: str = ""
    abuser_account_id: int | None = None


def officers() -> list[Account]:
    """The accounts that are named for protected people."""
    return [one for one in accounts.everyone() if one.active and granted(one.role_list, Permission.PROTECTION_MANAGE)]


def protect(wanted: Wanted, actor: int) -> int:
    """Set a protection; it holds from now on, for everybody who came with the person too. The number of the order.

    Raises:
        Invalid (fields), Missing (the person), Stale (there is an order already).
    """
    accounts.check_permission(actor, Permission.PROTECTION_MANAGE)
    order = _cleaned(wanted, actor)
    try:
        with transaction() as session:
            audit.in_a_row(session)
            _check_subject(session, order)
            session.add(order)
            session.flush()
            raise_all(session, [order])
            meetings.note(session, order.set_at)
            _record(session, "protection.set", order, actor, {"level": order.level})
            return order.id
    except IntegrityError:
        raise Stale("この人には、もう秘匿の指定があります。いまの指定を確かめてください。") from None


def confirm(order_id: int, actor: int, code: str) -> None:
    """The second officer has seen it, with a fresh code.

    Raises:
        Forbidden: one's own. Missing, Stale, Invalid (the code).
    """
    accounts.check_permission(actor, Permission.PROTECTION_MANAGE)
    _unconfirmed(db.session(), order_id, actor)
    second_factor.fresh(actor, code, twofold.PURPOSE)
    with transaction() as session:
        audit.in_a_row(session)
        order = _unconfirmed(session, order_id, actor)
        order.confirmed_at = clock.now()
        _record(session, "protection.confirmed", order, actor, {})


def propose_less(order_id: int, level: str, reason: str, actor: int) -> int:
    """Propose to lift a protection (``none``) or to make it weaker; it stays as it is until the other officer confirms.

    Raises:
        Invalid: no reason, or not weaker. Missing, Stale.
    """
    accounts.check_permission(actor, Permission.PROTECTION_MANAGE)
    with transaction() as session:
        order = standing(session, order_id)
        if level not in list(Protection) or protecting.stricter(Protection(level), order.level) == Protection(level):
            told = "いまより弱い段階を選んでください。強くするときは、新しい段階で指定し直せます。"
            raise Invalid(told, {"level": told})
        payload = {"order": order_id, "level": level}
        return twofold.propose(session, KIND, f"order:{order_id}", payload, reason, actor)


def confirm_less(proposal_id: int, actor: int, code: str) -> None:
    """The other officer agrees, with a fresh code: the protection is lifted or weaker from now on, wherever no other ground keeps it.

    Raises:
        Forbidden: one's own proposal. Missing, Stale, Invalid (the code).
    """
    accounts.check_permission(actor, Permission.PROTECTION_MANAGE)
    twofold.prove(proposal_id, KIND, actor, code)
    with transaction() as session:
        audit.in_a_row(session)
        _, payload = twofold.confirm(session, proposal_id, KIND, actor)
        order = standing(session, int(payload["order"]))
        level = Protection(payload["level"])
        if level == Protection.NONE:
            order.lifted_at = clock.now()
        else:
            order.level = level
        session.flush()
        if order.resident_id is not None:
            hidden = _strictest(session, ProtectionOrder.resident_id == order.resident_id) == Protection.HIDDEN
            session.execute(update(Resident).where(Resident.id == order.resident_id).values(hidden=hidden))
        recompute(session, order)
        _record(session, "protection.lifted", order, actor, {"level": level, "proposal": proposal_id})


def stronger(order_id: int, level: str, actor: int) -> None:
    """Make it stricter; one officer may, at once.

    Raises:
        Invalid, Missing
    """
    accounts.check_permission(actor, Permission.PROTECTION_MANAGE)
    with transaction() as session:
        audit.in_a_row(session)
        order = standing(session, order_id)
        if level not in list(Protection) or protecting.stricter(Protection(level), order.level) == order.level:
            raise Invalid("いまより強い段階を選んでください。", {"level": "いまより強い段階を選んでください。"})
        order.level, order.confirmed_at, order.first_officer = Protection(level), None, actor
        session.flush()
        raise_all(session, [order])
        _record(session, "protection.set", order, actor, {"level": level})


def rearm() -> int:
    """Bring every standing order into force again, after an import or a restore; how many orders stand."""
    if db.session.scalar(select(ProtectionOrder.id).where(ProtectionOrder.lifted_at.is_(None)).limit(1)) is None:
        return 0
    with transaction() as session:
        orders = list(session.scalars(select(ProtectionOrder).where(ProtectionOrder.lifted_at.is_(None))))
        raise_all(session, orders)
        meetings.note(session, clock.now())
        return len(orders)


def raise_all(session: Session, orders: Iterable[ProtectionOrder]) -> None:
    """Raise whom these orders name, all entries that are the same person, and all who came with them; in the caller's transaction."""
    for order in orders:
        if order.resident_id is not None and order.level == Protection.HIDDEN:
            mine = (Resident.id == order.resident_id) & Resident.hidden.is_(False)
            session.execute(update(Resident).where(mine).values(hidden=True))
        found = list(session.scalars(select(Person.id).where(named_by(order))))
        protecting.raise_to(session, found, order.level)
        protecting.inherit(session, _with_others(session, found))


def recompute(session: Session, order: ProtectionOrder) -> None:
    """Set whom a weaker order named, and who came with them, to what the remaining grounds say."""
    named = _with_others(session, session.scalars(select(Person.id).where(named_by(order))).all())
    groups = select(Person.household_id).where(Person.id.in_(named), Person.household_id.is_not(None))
    around = _with_others(session, session.scalars(select(Person.id).where(Person.household_id.in_(groups))).all())
    own = {number: _ground(session, number) for number in named | around}
    for number, level in own.items():
        session.execute(update(Person).where(Person.id == number).values(protection=level, own_protection=None))
    protecting.spread(session, own)
    protecting.inherit(session, own)


def standing(session: Session, order_id: int) -> ProtectionOrder:
    """An order that holds.

    Raises:
        Missing, Stale (lifted)
    """
    order = session.get(ProtectionOrder, order_id, populate_existing=True)
    if order is None:
        raise Missing
    if order.lifted_at is not None:
        raise Stale("この指定は、もう解除されています。")
    return order


def _unconfirmed(session: Session, order_id: int, actor: int) -> ProtectionOrder:
    order = standing(session, order_id)
    if order.first_officer == actor:
        raise Forbidden(twofold.OWN)
    if order.confirmed_at is not None:
        raise Stale("この指定は、もう確認されています。")
    return order


def standing_of(session: Session, person_id: str | None, resident_id: int | None) -> int | None:
    """The number of the order that stands for a person or a row of the residents' list; None where there is none."""
    mine = []
    if person_id:
        mine.append(ProtectionOrder.person_id == person_id)
    if resident_id is not None:
        mine.append(ProtectionOrder.resident_id == resident_id)
    if not mine:
        return None
    return session.scalar(select(ProtectionOrder.id).where(or_(*mine), ProtectionOrder.lifted_at.is_(None)).limit(1))


def listed() -> list[ProtectionOrder]:
    """The orders that hold, newest first."""
    query = select(ProtectionOrder).where(ProtectionOrder.lifted_at.is_(None))
    return list(db.session.scalars(query.order_by(ProtectionOrder.id.desc())))


def meetings_of(account_id: int) -> list[tuple[ProtectionMeeting, ProtectionOrder]]:
    """Unseen meetings of the orders whose officer the account is."""
    mine = or_(ProtectionOrder.first_officer == account_id, ProtectionOrder.second_officer == account_id)
    rows = db.session.execute(
        select(ProtectionMeeting, ProtectionOrder)
        .join(ProtectionOrder, ProtectionOrder.id == ProtectionMeeting.order_id)
        .where(mine, ProtectionMeeting.seen_at.is_(None), ProtectionOrder.lifted_at.is_(None))
    )
    return [(meeting, order) for meeting, order in rows]


def seen(meeting_id: int, actor: int) -> None:
    """An officer has taken a meeting in hand.

    Raises:
        Missing: none of theirs.
    """
    with transaction() as session:
        meeting = session.get(ProtectionMeeting, meeting_id)
        order = session.get(ProtectionOrder, meeting.order_id) if meeting else None
        if meeting is None or order is None or actor not in (order.first_officer, order.second_officer):
            raise Missing
        meeting.seen_at, meeting.seen_by = clock.now(), actor
        _record(session, "protection.meeting_seen", order, actor, {"shelter": meeting.shelter_id})


def due(order: ProtectionOrder, at: datetime) -> bool:
    """Whether the day is over on which somebody should ask whether it is still needed. Nothing lifts by itself."""
    return order.until is not None and order.until < clock.jst(at).date()


def _cleaned(wanted: Wanted, actor: int) -> ProtectionOrder:
    wrong: dict[str, str] = {}
    if wanted.level not in [str(level) for level in RAISED]:
        wrong["level"] = "秘匿の段階を選んでください。"
    if wanted.source not in list(Source):
        wrong["source"] = "秘匿の理由の種類を選んでください。"
    named = {one.id for one in officers()}
    if wanted.second_officer not in named or wanted.second_officer == actor:
        wrong["second_officer"] = SECOND
    until = abuser.day(wanted.until, "until", wrong)
    him = abuser.cleaned(wanted.abuser_name, wanted.abuser_kana, wanted.abuser_birth, wanted.abuser_account_id, wrong)
    if not (wanted.person_id or wanted.resident_id):
        wrong["person"] = "だれを秘匿するかを選んでください。"
    if wrong:
        raise Invalid("入力を確かめてください。", wrong)
    return ProtectionOrder(
        person_id=wanted.person_id or None,
        resident_id=wanted.resident_id,
        level=Protection(wanted.level),
        source=wanted.source,
        reason=twofold.required(wanted.reason),
        alias=clean_line(wanted.alias, field="alias", label="仮名", limit=60) or None,
        until=until,
        first_officer=actor,
        second_officer=wanted.second_officer,
        abuser=him.written,
        abuser_key=him.key,
        abuser_account_id=him.account_id,
        set_at=clock.now(),
    )


def _check_subject(session: Session, order: ProtectionOrder) -> None:
    if order.person_id:
        person = session.get(Person, order.person_id)
        if person is None:
            raise Missing
        order.resident_id = order.resident_id or person.resident_id
    elif session.get(Resident, order.resident_id) is None:
        raise Missing


def named_by(order: ProtectionOrder) -> ColumnElement[bool]:
    """The entries that an order names itself."""
    by_row = Person.resident_id == order.resident_id if order.resident_id is not None else None
    by_id = Person.id == order.person_id if order.person_id else None
    if by_row is None or by_id is None:
        one = by_id if by_row is None else by_row
        return one if one is not None else Person.id.is_(None)
    return or_(by_id, by_row)


def _with_others(session: Session, people: Iterable[str]) -> set[str]:
    found = list(people)
    return set().union(*one_and_the_same(session, found).values()) if found else set()


def _ground(session: Session, person_id: str) -> Protection:
    """What an entry's own grounds say: the orders that name it, and the residents' list."""
    person = session.get_one(Person, person_id)
    mine = ProtectionOrder.person_id == person_id
    if person.resident_id is not None:
        mine = or_(mine, ProtectionOrder.resident_id == person.resident_id)
    level = _strictest(session, mine)
    hidden = person.resident_id is not None and session.scalar(
        select(Resident.hidden).where(Resident.id == person.resident_id)
    )
    return Protection.HIDDEN if hidden else level


def _strictest(session: Session, mine: ColumnElement[bool]) -> Protection:
    level = Protection.NONE
    for one in session.scalars(select(ProtectionOrder.level).where(mine, ProtectionOrder.lifted_at.is_(None))):
        level = protecting.stricter(level, one)
    return level


def _record(session: Session, action: str, order: ProtectionOrder, actor: int, detail: dict[str, object]) -> None:
    audit.record(session, action, actor=f"account:{actor}", subject=f"protection:{order.id}", detail=detail)
