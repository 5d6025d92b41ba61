"""Wiping by rule: looked at first, proposed by one officer, confirmed by another, done in one transaction; a tombstone says what was there.

Of an evacuee's entries the events lose their content and keep their digest, so a tablet that sends them again is told that they are here.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.orm import Session

from disaster.core import audit, clock, sealed
from disaster.core.db import transaction
from disaster.core.errors import Missing
from disaster.core.extensions import db
from disaster.staff import accounts
from disaster.staff.permissions import Permission
from registry import twofold
from registry.intake import merging, projection, taking
from registry.models.access import PersonView
from registry.models.giving import ForeignNote, ForeignRecord, SafetyInquiry
from registry.models.intake import IntakeEvent
from registry.models.ledger import Victim
from registry.models.people import Person, Stay
from registry.models.protection import Tombstone
from registry.models.search import SearchEntry, Subject
from registry.retention.rules import RULES, Rule
from registry.same import one_and_the_same
from registry.search import sweeping
from registry.vocabulary import Kind, Protection
from registry.welfare import forgetting

KIND = "retention"
MOST = 5000  # of one proposal; the rest waits for the next


def due(rule_name: str) -> int:
    """How many records a rule would wipe now; wipes nothing.

    Raises:
        Missing: no such rule.
    """
    rule = _rule(rule_name)
    return len(_DUE[rule.name](db.session(), clock.now() - rule.after))


def propose(rule_name: str, reason: str, actor: int) -> int:
    """Propose to wipe what a rule says; the number of the proposal.

    Raises:
        Missing, Invalid, Stale, Forbidden
    """
    accounts.check_permission(actor, Permission.RETENTION_MANAGE)
    rule = _rule(rule_name)
    with transaction() as session:
        payload = {"rule": rule.name}
        return twofold.propose(session, KIND, f"rule:{rule.name}", payload, reason, actor)


def confirm(proposal_id: int, actor: int, code: str) -> int:
    """The second officer confirms with a fresh code; what is due at this moment is wiped. How many records.

    Raises:
        Forbidden, Stale, Missing, Invalid (the code)
    """
    accounts.check_permission(actor, Permission.RETENTION_MANAGE)
    twofold.prove(proposal_id, KIND, actor, code)
    with transaction() as session:
        audit.in_a_row(session)
        row, payload = twofold.confirm(session, proposal_id, KIND, actor)
        rule = _rule(payload["rule"])
        at = clock.now()
        found = _DUE[rule.name](session, at - rule.after)[:MOST]
        _WIPE[rule.name](session, found, at)
        if rule.name != "views":
            session.add_all(
                Tombstone(subject=f"{_SUBJECT[rule.name]}:{one}", rule=rule.name, proposal_id=row.id, at=at)
                for one in found
            )
        detail = {"rule": rule.name, "records": len(found)}
        audit.record(session, "retention.wiped", actor=f"account:{actor}", subject=f"twofold:{row.id}", detail=detail)
    sweeping.sweep()  # the spelling of who is gone goes too, where nobody else has the name
    return len(found)


def refuse(proposal_id: int, actor: int) -> None:
    """Nothing is wiped."""
    accounts.check_permission(actor, Permission.RETENTION_MANAGE)
    with transaction() as session:
        twofold.refuse(session, proposal_id, KIND, actor)


def _rule(name: str) -> Rule:
    if name not in RULES:
        raise Missing
    return RULES[name]


def _wiped(session: Session, rule: str) -> set[str]:
    return {one.partition(":")[2] for one in session.scalars(select(Tombstone.subject).where(Tombstone.rule == rule))}


def _visitors(session: Session, before: datetime) -> Sequence[str]:
    """People on their way home who left; nobody who stands in the ledger, is protected, or is still somewhere."""
    here = exists().where(Stay.person_id == Person.id, Stay.ended_at.is_(None))
    late = exists().where(Stay.person_id == Person.id, Stay.ended_at > before)
    victim = exists().where(Victim.person_id == Person.id)
    fits = Person.visitor & (Person.protection == Protection.NONE) & (Person.updated_at <= before)
    query = select(Person.id).where(fits, ~here, ~late, ~victim).order_by(Person.id)
    gone = _wiped(session, "visitors")
    return [one for one in _whole(session, session.scalars(query).all()) if one not in gone]


def _whole(session: Session, found: Sequence[str]) -> list[str]:
    """Without entries that are the same person as one that stays: a merge leaves each entry its own stays, and the one that remains shows them all."""
    kept = set(found)
    for start in range(0, len(found), 500):
        for group in one_and_the_same(session, found[start : start + 500]).values():
            if not group <= kept:
                kept -= group
    return [one for one in found if one in kept]


def _foreign(session: Session, before: datetime) -> Sequence[str]:
    """Entries out of PFIF that ran out and that nobody took over: still nobody's word but theirs, in no ledger, at no shelter, under no protection."""
    here = exists().where(Stay.person_id == Person.id, Stay.ended_at.is_(None))
    victim = exists().where(Victim.person_id == Person.id)
    fits = Person.provisional & (Person.protection == Protection.NONE)
    query = (
        select(Person.id)
        .join(ForeignRecord, ForeignRecord.person_id == Person.id)
        .where(ForeignRecord.expires_at <= before, fits, ~here, ~victim)
        .order_by(Person.id)
    )
    gone = _wiped(session, "foreign")
    return [one for one in _whole(session, session.scalars(query).all()) if one not in gone]


def _inquiries(session: Session, before: datetime) -> Sequence[str]:
    gone = _wiped(session, "inquiries")
    query = select(SafetyInquiry.id).where(SafetyInquiry.at <= before).order_by(SafetyInquiry.id)
    return [str(one) for one in session.scalars(query) if str(one) not in gone]


def _views(session: Session, before: datetime) -> Sequence[str]:
    number = session.scalar(select(func.max(PersonView.id)).where(PersonView.at <= before)) or 0
    return [str(one) for one in session.scalars(select(PersonView.id).where(PersonView.id <= number))]


def _wipe_visitors(session: Session, found: Sequence[str], at: datetime) -> None:
    _wipe_people(session, found, at, visitor=True)


def _wipe_foreign(session: Session, found: Sequence[str], at: datetime) -> None:
    _wipe_people(session, found, at, visitor=False)


def _wipe_people(session: Session, found: Sequence[str], at: datetime, *, visitor: bool) -> None:
    empty = merging.Doc()
    blank = {**projection.columns(Kind.PERSON, empty), "visitor": visitor, "removed_at": at, "updated_at": at}
    nothing = sealed.seal("{}", taking.SEAL)
    for start in range(0, len(found), 500):
        ids = found[start : start + 500]
        stays = list(session.scalars(select(Stay.id).where(Stay.person_id.in_(ids))))
        doc = sealed.seal(merging.dump(empty), projection.SEAL)
        session.execute(update(Person).where(Person.id.in_(ids)).values(**blank, doc=doc))
        mine = (SearchEntry.subject == Subject.PERSON) & SearchEntry.subject_id.in_(ids)
        session.execute(delete(SearchEntry).where(mine))
        session.execute(delete(ForeignNote).where(ForeignNote.person_id.in_(ids)))
        session.execute(update(ForeignRecord).where(ForeignRecord.person_id.in_(ids)).values(said=None))
        session.execute(update(Stay).where(Stay.id.in_(stays)).values(slot="", exit_place="", next_contact=None))
        forgetting.forget(session, ids)
        session.execute(update(IntakeEvent).where(IntakeEvent.entity.in_([*ids, *stays])).values(payload=nothing))


def _wipe_inquiries(session: Session, found: Sequence[str], at: datetime) -> None:
    blank = {"inquirer": "{}", "wanted": "{}", "reason": "", "about": ""}
    session.execute(update(SafetyInquiry).where(SafetyInquiry.id.in_([int(one) for one in found])).values(**blank))


def _wipe_views(session: Session, found: Sequence[str], at: datetime) -> None:
    session.execute(delete(PersonView).where(PersonView.id.in_([int(one) for one in found])))


_DUE: dict[str, Callable[[Session, datetime], Sequence[str]]] = {
    "visitors": _visitors,
    "foreign": _foreign,
    "inquiries": _inquiries,
    "views": _views,
}
_WIPE: dict[str, Callable[[Session, Sequence[str], datetime], None]] = {
    "visitors": _wipe_visitors,
    "foreign": _wipe_foreign,
    "inquiries": _wipe_inquiries,
    "views": _wipe_views,
}
_SUBJECT = {"visitors": "person", "foreign": "person", "inquiries": "inquiry", "views": "view"}
