"""A protected person was searched for, inquired about, or looked up: told to the order's two officers on their page, after the answer has long been given."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Missing
from disaster.core.extensions import db
from disaster.staff.models import Account
from registry.access.clearance import cleared
from registry.models.giving import SafetyInquiry
from registry.models.ledger import Victim
from registry.models.people import Person, Resident
from registry.models.protection import AskedAfter, ProtectionOrder, ProtectionSought
from registry.models.search import Subject
from registry.same import one_and_the_same
from registry.search import lookup, ranking
from registry.search.lookup import Said
from registry.search.ranking import Scope
from registry.vocabulary import SECRET

MOST = 200  # questions of one round
FEW = 5  # people whom a search may mean; who types a surname that many bear has asked after nobody
_MEANT = 0.5  # what the ranking may count against somebody who was meant
_SLIPPED = 1.1  # the same where nobody fits as typed
ASKED = {  # after the name: what happened
    "search": "さんを、職員が検索しました",
    "inquiry": "さんについて、安否照会がありました",
    "record": "さんの記録を、職員が開こうとしました",
}
WAYS = {**ASKED, "reply": "さんのことを、受入先の自治体が知らせてきました（台帳に加えました）"}


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice. ``by``: who of the staff asked; ``inquirer``: for whom, at the window; ``abuser``: it is the very one who must not know."""

    row: ProtectionSought
    order: ProtectionOrder
    by: str
    inquirer: str
    abuser: bool


def tell() -> int:
    """Look at what was asked since the last round; how many notices came of it. The questions are wiped. Safe to run by several workers at once."""
    questions = select(AskedAfter).where(AskedAfter.kind.in_(ASKED)).order_by(AskedAfter.id)
    rows = list(db.session.scalars(questions.limit(MOST)))
    if not rows:
        return 0
    standing = select(ProtectionOrder.id).where(ProtectionOrder.lifted_at.is_(None))
    anybody = db.session.scalar(standing.limit(1)) is not None
    meant = {row.id: _meant(db.session(), row) if anybody else [] for row in rows}
    made = 0
    with transaction() as session:
        for row in session.scalars(select(AskedAfter).where(AskedAfter.id.in_(meant)).order_by(AskedAfter.id)):
            mine = delete(AskedAfter).where(AskedAfter.id == row.id).returning(AskedAfter.id)
            if session.scalar(mine) is not None:
                made += sum(_notice(session, row, order) for order in meant[row.id])
    return made


def arrived(session: Session, row: AskedAfter, victims: Iterable[Victim]) -> None:
    """Tell that another town's reply about these entries came, in the caller's transaction."""
    found = list(victims)
    people = [one.person_id for one in found if one.person_id]
    for order in _orders(session, people, [one.resident_id for one in found if one.resident_id]):
        _notice(session, row, order)


def unseen(account_id: int) -> list[Notice]:
    """What the account should look at, as one of an order's two officers; newest first."""
    mine = or_(ProtectionOrder.first_officer == account_id, ProtectionOrder.second_officer == account_id)
    rows = db.session.execute(
        select(ProtectionSought, ProtectionOrder, Account.name, SafetyInquiry)
        .join(ProtectionOrder, ProtectionOrder.id == ProtectionSought.order_id)
        .join(Account, Account.id == ProtectionSought.account_id)
        .outerjoin(SafetyInquiry, SafetyInquiry.id == ProtectionSought.inquiry_id)
        .where(mine, ProtectionSought.seen_at.is_(None), ProtectionOrder.lifted_at.is_(None))
        .order_by(ProtectionSought.at.desc(), ProtectionSought.id.desc())
    )
    return [
        Notice(row, order, name, _inquirer(inquiry), row.account_id == order.abuser_account_id)
        for row, order, name, inquiry in rows
    ]


def seen(number: int, actor: int) -> None:
    """An officer has seen a notice.

    Raises:
        Missing: none of theirs.
    """
    with transaction() as session:
        row = session.get(ProtectionSought, number)
        order = session.get(ProtectionOrder, row.order_id) if row else None
        if row is None or order is None or actor not in (order.first_officer, order.second_officer):
            raise Missing
        row.seen_at, row.seen_by = clock.now(), actor
        audit.record(session, "protection.sought_seen", actor=f"account:{actor}", subject=f"protection:{order.id}")


def _meant(session: Session, row: AskedAfter) -> list[int]:
    """The orders of the protected people whom a question meant; none where a named officer asked."""
    said = json.loads(row.said)
    if cleared(session.get_one(Account, row.account_id)):
        return []
    if "id" in said:
        named = session.scalar(select(Victim.person_id).where(Victim.id == said["id"])) or said["id"]
        return _orders(session, [named], [])
    if "words" in said:
        return _orders(session, *_found(said["words"]))
    asked = Said(said["name"], said["kana"], said["birth"])
    people = [one.id for one in lookup.people(session, asked, Person.protection.in_(SECRET))]
    of_order = select(ProtectionOrder.resident_id).where(ProtectionOrder.resident_id.is_not(None))
    rows = [one.id for one in lookup.residents(session, asked, Resident.id.in_(of_order))]
    return _orders(session, people, rows)


def _found(words: str) -> tuple[list[str], list[int]]:
    """The few whom a search meant: entries, and rows of the residents' list."""
    hits = ranking.find(words, Scope(cleared=True))
    close = [hit for hit in hits if hit.cost <= _MEANT] or [hit for hit in hits if hit.cost <= _SLIPPED]
    if len(close) > FEW:
        return [], []
    people = [hit.id for hit in close if hit.subject == Subject.PERSON]
    linked = [hit.gone.removeprefix("resident:") for hit in close if hit.gone.startswith("resident:")]
    return people, [int(one) for one in [*(hit.id for hit in close if hit.subject == Subject.RESIDENT), *linked]]


def _orders(session: Session, people: Iterable[str], residents: Iterable[int]) -> list[int]:
    """The orders that name these, an entry that is the same person, or somebody with whom they came."""
    found, rows = set(people), list(residents)
    if not found and not rows:
        return []
    entries = set().union(*one_and_the_same(session, found).values()) | found if found else set()
    groups = select(Person.household_id).where(
        Person.id.in_(entries), Person.household_id.is_not(None), Person.protection.in_(SECRET)
    )
    around = select(Person.id).where(Person.id.in_(entries) | Person.household_id.in_(groups))
    listed = select(Person.resident_id).where(Person.id.in_(around), Person.resident_id.is_not(None))
    same_row = ProtectionOrder.resident_id.in_(rows) | ProtectionOrder.resident_id.in_(listed)
    named = ProtectionOrder.person_id.in_(around) | same_row
    secret = ProtectionOrder.level.in_(SECRET) & ProtectionOrder.lifted_at.is_(None)
    return list(session.scalars(select(ProtectionOrder.id).where(named, secret).order_by(ProtectionOrder.id)))


def _notice(session: Session, row: AskedAfter, order: int) -> int:
    """Write a notice, or count it to one that stands: a desk that searches ten times is one notice. 1 for a new one."""
    same = (ProtectionSought.order_id == order) & (ProtectionSought.account_id == row.account_id)
    open_now = (ProtectionSought.kind == row.kind) & ProtectionSought.seen_at.is_(None)
    standing = session.scalars(select(ProtectionSought).where(same, open_now).limit(1)).first()
    if standing is not None and row.kind != "inquiry":
        standing.times, standing.at = standing.times + 1, row.at
        return 0
    session.add(
        ProtectionSought(
            order_id=order,
            kind=row.kind,
            account_id=row.account_id,
            inquiry_id=row.inquiry_id,
            times=1,
            at=row.at,
        )
    )
    session.flush()
    return 1


def _inquirer(inquiry: SafetyInquiry | None) -> str:
    if inquiry is None:
        return ""
    said = json.loads(inquiry.inquirer)
    return "　".join(part for part in (said.get("name", ""), said.get("address", "")) if part)
