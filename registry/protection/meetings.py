"""A protected person and the one they hide from at the same shelter: told to the order's two officers, with no name on any screen of the shelter."""

from datetime import datetime

from sqlalchemy import Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from disaster.core import names, sealed
from registry.models.people import Person, ShelterStaff, Stay
from registry.models.protection import ProtectionMeeting, ProtectionOrder
from registry.same import one_and_the_same

_MEETINGS: Table = ProtectionMeeting.__table__  # type: ignore[assignment]
_ORDERS: Table = ProtectionOrder.__table__  # type: ignore[assignment]
_STANDING = select(_ORDERS.c.id).where(
    _ORDERS.c.lifted_at.is_(None), _ORDERS.c.abuser_key.is_not(None) | _ORDERS.c.abuser_account_id.is_not(None)
)


def key(kana: str, birth: str) -> str | None:
    """What somebody is found by without opening anything: a keyed digest of reading and birth date (``1980-04-12``); None without both."""
    return sealed.digest(f"{names.kana_key(kana)} {birth}", "abuser") if kana and birth else None


def note(session: Session, at: datetime) -> None:
    """Look whether any order's two people are at one shelter now; each place is noted once. In the caller's transaction."""
    standing = session.scalars(_STANDING).all()
    if not standing:
        return
    orders = session.scalars(select(ProtectionOrder).where(ProtectionOrder.id.in_(standing))).all()
    at_shelters = {order.id: _places(session, order) for order in orders}
    keys = {order.abuser_key for order in orders if order.abuser_key}
    abusers = _present_abusers(session, keys, set().union(*at_shelters.values()))
    for order in orders:
        places = at_shelters[order.id]
        for kind, shelters in (
            ("evacuee", abusers.get(order.abuser_key or "", set())),
            ("staff", _works_at(session, order.abuser_account_id)),
        ):
            for shelter in places & shelters:
                _insert(session, order.id, shelter, kind, at)


def _places(session: Session, order: ProtectionOrder) -> set[int]:
    """The shelters at which the protected person, or an entry that is the same person, is."""
    ids = _entries(session, order)
    here = select(Stay.shelter_id).where(Stay.person_id.in_(ids), Stay.ended_at.is_(None))
    return {shelter for shelter in session.scalars(here) if shelter is not None}


def _entries(session: Session, order: ProtectionOrder) -> set[str]:
    mine = Person.id == order.person_id if order.person_id else Person.resident_id == order.resident_id
    found = session.scalars(select(Person.id).where(mine)).all()
    return set().union(*one_and_the_same(session, found).values()) if found else set()


def _present_abusers(session: Session, keys: set[str], shelters: set[int]) -> dict[str, set[int]]:
    """Where the people behind these keys are, among these shelters."""
    if not keys or not shelters:
        return {}
    rows = session.execute(
        select(Person.kana, Person.kana_family, Person.kana_given, Person.birth_date, Stay.shelter_id)
        .join(Stay, Stay.person_id == Person.id)
        .where(Stay.ended_at.is_(None), Stay.shelter_id.in_(shelters), Person.birth_date.is_not(None))
    )
    found: dict[str, set[int]] = {}
    for row in rows:
        digest = key(row.kana or f"{row.kana_family}{row.kana_given}", row.birth_date.isoformat())
        if digest in keys and digest and row.shelter_id is not None:
            found.setdefault(digest, set()).add(row.shelter_id)
    return found


def _works_at(session: Session, account_id: int | None) -> set[int]:
    if account_id is None:
        return set()
    return set(session.scalars(select(ShelterStaff.shelter_id).where(ShelterStaff.account_id == account_id)))


def _insert(session: Session, order: int, shelter: int, kind: str, at: datetime) -> None:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = dialect.insert(_MEETINGS).values(order_id=order, shelter_id=shelter, kind=kind, at=at)
    session.execute(row.on_conflict_do_nothing())
