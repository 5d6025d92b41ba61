"""Who owns a building: somebody of the household that applies, another victim, or a name as it was told. Aid for owners goes by it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from disaster.core import audit
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing
from disaster.core.extensions import db
from disaster.core.text import clean_line
from disaster.staff.models import Account
from registry.damage.applying import checked, found
from registry.damage.vocabulary import LANDLORD, TENANT
from registry.ledger import sight
from registry.models.damage import Dwelling, Occupancy
from registry.models.ledger import AffectedMember, Victim

WHO = {
    "": "まだ分からない",
    "occupant": "申請した世帯の人",
    "victim": "ほかの被災者（台帳の番号）",
    "name": "氏名を書く",
}
NOBODY = "この番号の人は、台帳にいません。番号を確かめてください。"
NO_HOUSEHOLD = "世帯を決めない申請では、持ち主の氏名を入力してください。"
OTHERWISE = "この世帯の持ち家なのに、持ち主が世帯の人ではありません。どちらかを直してください。"
RENTED = "借家なのに、持ち主が申請した世帯の人です。どちらかを直してください。"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who it is: an entry of the ledger, or a name; neither where nobody knows yet."""

    victim_id: str | None = None
    name: str = ""


NOT_KNOWN = Owner()


def read(session: Session, account: Account, incident: int, form: Mapping[str, str], household_id: str | None) -> Owner:
    """What a form says. A number of somebody who does not exist for the account is a number of nobody.

    Raises:
        Invalid: ``owner_number``, ``owner``.
    """
    who = form.get("owned_by", "")
    if who == "name":
        return Owner(
            None, clean_line(form.get("owner", ""), field="owner", label="持ち主の氏名", limit=200, required=True)
        )
    if who == "victim":
        number = form.get("owner_number", "").strip()
        usable = number.isascii() and number.isdecimal() and len(number) < 10
        mine = (Victim.incident_id == incident) & (Victim.number == int(number if usable else 0))
        victim = session.scalar(select(Victim).where(mine, sight.known_to(account)))
        if victim is None:
            raise Invalid(NOBODY, {"owner_number": NOBODY})
        return Owner(victim.same_as or victim.id)
    if who == "occupant":
        head = select(AffectedMember.victim_id).where(AffectedMember.household_id == household_id, AffectedMember.head)
        if household_id is None or (victim_id := session.scalar(head)) is None:
            raise Invalid(NO_HOUSEHOLD, {"owner": NO_HOUSEHOLD})
        return Owner(victim_id)
    return NOT_KNOWN


def agree(session: Session, owner: Owner, household_id: str | None, tenure: str) -> None:
    """Refuse what contradicts: a house of one's own that belongs to somebody else, a rented one that belongs to who rents it.

    Raises:
        Invalid
    """
    if household_id is None or owner == NOT_KNOWN:
        return
    theirs = (household_id, owner.victim_id or "") in _members(session, {owner.victim_id})
    said = OTHERWISE if tenure in ("owner", LANDLORD) and not theirs else RENTED if tenure == TENANT and theirs else ""
    if said:
        raise Invalid(said, {"tenure": said, "owned_by": said})


def change(application_id: str, form: Mapping[str, str], *, seen: int, account: Account) -> None:
    """Say who owns the building of an application.

    Raises:
        Missing, Stale, Invalid
    """
    with transaction() as session:
        row = found(session, application_id)
        checked(row, seen)
        dwelling = session.get(Dwelling, row.dwelling_id) if row.dwelling_id else None
        if dwelling is None:
            raise Missing("この申請には、建物がありません。")
        owner = read(session, account, row.incident_id, form, row.household_id)
        lived = session.get(Occupancy, (dwelling.id, row.household_id)) if row.household_id else None
        agree(session, owner, row.household_id, lived.tenure if lived else "")
        put(dwelling, owner)
        row.version += 1
        audit.record(session, "dwelling.owner", actor=account.actor, subject=f"dwelling:{dwelling.id}")


def put(dwelling: Dwelling, owner: Owner) -> None:
    """Write it to the building."""
    dwelling.owner, dwelling.owner_victim_id = owner.name or None, owner.victim_id


def named(account: Account, dwelling: Dwelling) -> str:
    """The owner as the account may read it; empty where nobody knows, or the owner does not exist for the account."""
    if dwelling.owner_victim_id is None:
        return dwelling.owner or ""
    mine = select(Victim).where(Victim.id == dwelling.owner_victim_id, sight.known_to(account))
    return next((one.name for one in sight.named(db.session(), account, list(db.session.scalars(mine)))), "")


def owned(session: Session, buildings: Collection[str]) -> tuple[set[str], set[tuple[str, str]]]:
    """Which of these buildings have an owner who is known, and (building, household) where the owner is of the household."""
    rows = session.execute(
        select(Dwelling.id, Dwelling.owner_victim_id).where(
            Dwelling.id.in_(buildings), Dwelling.owner.is_not(None) | Dwelling.owner_victim_id.is_not(None)
        )
    ).all()
    theirs = _members(session, {victim for _, victim in rows if victim})
    homes: dict[str, set[str]] = {}
    for household, victim in theirs:
        homes.setdefault(victim, set()).add(household)
    pairs = {(dwelling, household) for dwelling, victim in rows for household in homes.get(victim or "", ())}
    return {dwelling for dwelling, _ in rows}, pairs


def _members(session: Session, victims: set[str | None]) -> set[tuple[str, str]]:
    """(household, victim) of these victims, also as an entry that was merged with theirs."""
    wanted = {one for one in victims if one}
    rows = session.execute(
        select(AffectedMember.household_id, Victim.id, Victim.same_as)
        .join(Victim, Victim.id == AffectedMember.victim_id)
        .where(Victim.id.in_(wanted) | Victim.same_as.in_(wanted))
    )
    return {(household, one) for household, *both in rows for one in both if one in wanted}
