"""被災時世帯: who lived together when the disaster struck. Fixed once; a mistake is put right by a new one, and the wrong one stays, void.

The amounts of the 被災者生活再建支援金 go by its size (被災者生活再建支援法 3条), whatever happens to the family later.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.text import clean_line
from disaster.incidents import running
from disaster.staff import presses
from registry.intake import ids
from registry.models.certificates import DamageApplication
from registry.models.damage import Occupancy
from registry.models.ledger import AffectedHousehold, AffectedMember, Victim
from registry.models.people import Person, Resident
from registry.vocabulary import Protection

ONE_HEAD = "世帯主を1人選んでください。"
NOBODY = "世帯の人を選んでください。"
APART = "住民票だけの世帯で、いっしょに暮らしていたことにはできない人がいます。世帯を分けてください。"
TWICE = "ほかの被災時世帯に入っている人がいます。先にその世帯を訂正してください。"


@dataclass(frozen=True, slots=True)
class Member:
    """One member: the entry of the ledger, and what they are to the head (続柄)."""

    victim_id: str
    relation: str = ""
    head: bool = False


def freeze(members: Sequence[Member], *, address: str, area_code: str = "", actor: str) -> str:
    """Fix a household by hand, from any of the other two kinds or from what the victims say.

    Raises:
        Invalid: nobody, no head, or one of them stands in another household.
    """
    with transaction() as session:
        return freeze_in(session, members, address=address, area_code=area_code, actor=actor)


def freeze_in(session: Session, members: Sequence[Member], *, address: str, area_code: str = "", actor: str) -> str:
    """The same in the caller's transaction, which enters its people with it or not at all."""
    address = clean_line(address, field="address", label="被災時の住所", limit=300)
    audit.in_a_row(session)
    incident = running.ensure(session, actor=actor)
    fresh = _freeze(session, incident, members, address, area_code, actor)
    record(session, fresh, actor)
    return fresh.id


def correct(
    household_id: str, members: Sequence[Member], reason: str, *, address: str, actor: str, pressed: str = ""
) -> str:
    """Put a wrong household right: the wrong one is void with its reason, a new one stands, and applications and buildings are the new one's.
    The form that was ``pressed`` does it once.

    What was printed stays as it is; the cases of aid follow with the next search (``registry/aid/finding.py``).

    Raises:
        Missing, Stale (void already), Invalid.
    """
    reason = clean_line(reason, field="reason", label="訂正の理由", limit=200, required=True)
    address = clean_line(address, field="address", label="被災時の住所", limit=300)
    with transaction() as session:
        audit.in_a_row(session)
        if first := presses.before(session, pressed):
            return first
        wrong = session.get(AffectedHousehold, household_id)
        if wrong is None:
            raise Missing
        done = session.execute(
            update(AffectedHousehold)
            .where(AffectedHousehold.id == household_id, AffectedHousehold.void_at.is_(None))
            .values(void_at=clock.now(), void_by=actor, void_reason=reason)
            .returning(AffectedHousehold.id)
        ).one_or_none()
        if done is None:
            raise Stale("この世帯は、ほかの人が先に訂正しています。")
        audit.record(session, "ledger.household_voided", actor=actor, subject=f"affected_household:{household_id}")
        fresh = _freeze(session, wrong.incident_id, members, address, wrong.area_code, actor)
        fresh.corrected_from = household_id
        session.flush()
        for table in (DamageApplication, Occupancy):
            session.execute(update(table).where(table.household_id == household_id).values(household_id=fresh.id))
        record(session, fresh, actor)
        presses.keep(session, pressed, fresh.id)
        return fresh.id


def successors(session: Session, incident: int) -> dict[str, str]:
    """Of every household that was put right, the one that stands in its place now; those without one are left out."""
    mine = AffectedHousehold.incident_id == incident
    columns = select(AffectedHousehold.id, AffectedHousehold.corrected_from, AffectedHousehold.void_at).where(mine)
    rows = {row.id: row for row in session.execute(columns)}
    found: dict[str, str] = {}
    for row in rows.values():
        before = row.corrected_from if row.void_at is None else None
        while before is not None and before in rows:
            found[before] = row.id
            before = rows[before].corrected_from
    return found


def of_victim(session: Session, victim_id: str) -> AffectedHousehold | None:
    """The household of an entry that is not void."""
    return of_victims(session, [victim_id]).get(victim_id)


def of_victims(session: Session, victim_ids: Collection[str]) -> dict[str, AffectedHousehold]:
    """The same for many entries, those without one left out."""
    query = (
        select(AffectedMember.victim_id, AffectedHousehold)
        .join(AffectedHousehold, AffectedHousehold.id == AffectedMember.household_id)
        .where(AffectedMember.victim_id.in_(victim_ids), AffectedHousehold.void_at.is_(None))
    )
    return {row[0]: row[1] for row in session.execute(query)}


def shared(session: Session, victim_ids: Collection[str]) -> AffectedHousehold | None:
    """The household that stands and has exactly these entries as its members."""
    mine = of_victim(session, next(iter(victim_ids), ""))
    if mine is None or {one.victim_id for one in members_of(session, [mine.id])[mine.id]} != set(victim_ids):
        return None
    return mine


def members_of(session: Session, household_ids: Sequence[str]) -> Mapping[str, list[AffectedMember]]:
    """The members of households, the head first."""
    found: dict[str, list[AffectedMember]] = {number: [] for number in household_ids}
    rows = select(AffectedMember).where(AffectedMember.household_id.in_(household_ids))
    for row in session.scalars(rows.order_by(AffectedMember.head.desc(), AffectedMember.victim_id)):
        found[row.household_id].append(row)
    return found


def _freeze(
    session: Session,
    incident: int,
    members: Sequence[Member],
    address: str,
    area_code: str,
    actor: str,
) -> AffectedHousehold:
    if not members:
        raise Invalid(NOBODY, {"members": NOBODY})
    if sum(member.head for member in members) != 1:
        raise Invalid(ONE_HEAD, {"head": ONE_HEAD})
    numbers = [member.victim_id for member in members]
    present = set(session.scalars(select(Victim.id).where(Victim.id.in_(numbers), Victim.incident_id == incident)))
    if len(set(numbers)) != len(numbers) or present != set(numbers):
        raise Invalid(NOBODY, {"members": NOBODY})
    if len(hidden(session, numbers)) not in (0, len(numbers)):
        raise Invalid(APART, {"members": APART})
    if in_another(session, numbers):
        raise Invalid(TWICE, {"members": TWICE})
    fresh = AffectedHousehold(
        id=ids.new(),
        incident_id=incident,
        number=last_number(session, incident) + 1,
        size=len(members),
        address=address,
        area_code=area_code,
        frozen_at=clock.now(),
        frozen_by=actor,
    )
    session.add(fresh)
    session.flush()
    for member in members:
        relation = clean_line(member.relation, field="relation", label="続柄", limit=40)
        session.add(
            AffectedMember(household_id=fresh.id, victim_id=member.victim_id, relation=relation, head=member.head)
        )
    session.flush()
    return fresh


def last_number(session: Session, incident: int) -> int:
    """The highest number that was given to a household of this disaster; 0 before the first."""
    last = select(func.max(AffectedHousehold.number)).where(AffectedHousehold.incident_id == incident)
    return session.scalar(last) or 0


def record(session: Session, made: AffectedHousehold, actor: str) -> None:
    """Record that one was fixed, in the caller's transaction."""
    detail = {"size": made.size, "number": made.number}
    audit.record(session, "ledger.household", actor=actor, subject=f"affected_household:{made.id}", detail=detail)


def in_another(session: Session, victim_ids: Sequence[str]) -> set[str]:
    """Those of these entries who stand in a household already."""
    standing = (
        select(AffectedMember.victim_id)
        .join(AffectedHousehold, AffectedHousehold.id == AffectedMember.household_id)
        .where(AffectedMember.victim_id.in_(victim_ids), AffectedHousehold.void_at.is_(None))
    )
    return set(session.scalars(standing))


def hidden(session: Session, victim_ids: Sequence[str]) -> set[str]:
    """Those of these entries whose existence is hidden. Whoever hides from a family is in no household with it: its size would tell."""
    wanted = (
        select(Victim.id)
        .join(Person, Person.id == Victim.person_id, isouter=True)
        .join(Resident, Resident.id == Victim.resident_id, isouter=True)
        .where(Victim.id.in_(victim_ids))
        .where(or_(Person.protection == Protection.HIDDEN, Resident.hidden.is_(True)))
    )
    return set(session.scalars(wanted))
