"""Finding the 被災時世帯 of an application: those that are fixed already, and households of the residents' list, which are fixed when picked."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from disaster.core import audit
from disaster.core.errors import Missing
from disaster.core.extensions import db
from registry.damage import members
from registry.ledger import as_listed, victims
from registry.models.ledger import AffectedHousehold
from registry.models.people import Resident
from registry.vocabulary import Protection

MOST = 20
NONE = "この世帯はありません。"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A household to pick. ``key`` is ``household:<id>`` or ``residents:<key of the residents' list>``."""

    key: str
    head: str
    address: str
    size: int
    number: int | None


def candidates(incident: int, words: str, *, cleared: bool) -> list[Candidate]:
    """Households of which a member's name or the address holds every word; without those that hide somebody, unless the officer is cleared.

    One of the residents' list that hides somebody is fixed in the ledger first, by the officers who are named for it.
    """
    wanted = words.split()[:5]
    if not wanted:
        return []
    fixed = _fixed(incident, wanted, cleared)
    if fixed and len(wanted) == 1 and wanted[0].isdecimal():
        return fixed  # its number: nobody looks for a house number alone
    hiding = as_listed.hiding()
    query = select(Resident.household_key).where(Resident.gone == "", Resident.household_key.not_in(hiding))
    for word in wanted:
        both = Resident.name.contains(word, autoescape=True) | Resident.address.contains(word, autoescape=True)
        query = query.where(both | Resident.kana.contains(word, autoescape=True))
    known = select(AffectedHousehold.resident_household).where(
        AffectedHousehold.incident_id == incident, AffectedHousehold.resident_household.is_not(None)
    )
    query = query.where(Resident.household_key.not_in(known)).distinct().limit(MOST)
    return fixed + [one for key in db.session.scalars(query) if (one := _listed(key))]


def fix(session: Session, incident: int, key: str, *, cleared: bool, actor: str) -> str:
    """The id of the household behind a candidate's key; one of the residents' list is fixed now, in the caller's transaction.

    Raises:
        Missing (also: it hides somebody from who is not cleared), Invalid (one of its people stands in another household already).
    """
    kind, _, value = key.partition(":")
    if kind == "household":
        row = session.get(AffectedHousehold, value)
        if row is None or row.incident_id != incident or row.void_at is not None:
            raise Missing(NONE)
        if not cleared and members.protection(session, [row.id]).get(row.id) == Protection.HIDDEN:
            raise Missing(NONE)
        return row.id
    audit.in_a_row(session)
    if not cleared and session.scalar(as_listed.hiding().where(Resident.household_key == value).limit(1)) is not None:
        raise Missing(NONE)
    try:
        return as_listed.of_household(session, incident, value, actor=actor)
    except Missing:
        raise Missing(NONE) from None


def _listed(key: str) -> Candidate | None:
    rows = victims.residents_of(db.session(), [key]).get(key, [])
    if not rows:
        return None
    head = next((row for row in rows if row.relation.startswith("世帯主")), rows[0])
    return Candidate(f"residents:{key}", head.name, head.address, len(rows), None)


def _fixed(incident: int, words: list[str], cleared: bool) -> list[Candidate]:
    query = select(AffectedHousehold).where(
        AffectedHousehold.incident_id == incident, AffectedHousehold.void_at.is_(None)
    )
    if len(words) == 1 and words[0].isdecimal() and len(words[0]) < 8:
        query = query.where(AffectedHousehold.number == int(words[0]))
    else:
        for word in words:
            here = AffectedHousehold.address.contains(word, autoescape=True)
            query = query.where(here | AffectedHousehold.id.in_(members.called(word)))
    if not cleared:  # before the limit: a list that is shorter than its limit would tell
        query = query.where(AffectedHousehold.id.not_in(members.secret_households()))
    rows = list(db.session.scalars(query.order_by(AffectedHousehold.number).limit(MOST)))
    names = members.heads(db.session(), [row.id for row in rows])
    return [Candidate(f"household:{row.id}", names.get(row.id, ""), row.address, row.size, row.number) for row in rows]
