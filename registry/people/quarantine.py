"""Entries that could not be taken: the same number with other content, or something that is no entry. A person reads each and decides.

Taken: the content comes in under a fresh number, beside what stands. Dismissed: it stays here for ever, with the reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import DomainError, Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.core.text import clean_line
from disaster.staff.models import Account
from registry.access import viewing
from registry.access.cells import NO, cells, group_of
from registry.access.clearance import cleared
from registry.access.viewing import NO_RECORD
from registry.intake import ids, taking
from registry.intake.batch import Source
from registry.intake.schemas import Event
from registry.models.intake import IntakeEvent, Quarantined
from registry.models.people import Conflict, Person, Resident, Stay
from registry.people import history
from registry.vocabulary import ConflictKind, Kind, Outcome, Protection

PAGE = 30
DECIDED = "この記録については、ほかの人が先に決めました。"
NO_ENTRY = "この記録は、形が壊れていて取り込めません。紙や端末で確かめて、手で入力してください。"


@dataclass(frozen=True, slots=True)
class Waiting:
    """One of them. ``came``: what it says in words; ``stands``: what the entry with the same number says; ``takes``: whether it may come in."""

    row: Quarantined
    about: str
    came: str
    stands: str
    takes: bool


def waiting(account: Account, *, page: int = 1) -> tuple[list[Waiting], bool]:
    """One page of them, the oldest first, and whether there are more; recorded as one look."""
    query = select(Quarantined).where(Quarantined.decided_at.is_(None)).order_by(Quarantined.id)
    found: list[Waiting] = []
    skip, wanted = (page - 1) * PAGE, page * PAGE + 1
    for row in db.session.scalars(query.limit(2000)):
        if one := _waiting(account, row):
            found.append(one)
        if len(found) >= wanted:
            break
    with transaction() as session:
        viewing.record_list(session, account, "quarantine", len(found[skip : skip + PAGE]), "conflict")
    return found[skip : skip + PAGE], len(found) > skip + PAGE


def take(account: Account, number: int) -> None:
    """Bring the content in under a fresh number.

    Raises:
        Missing, Stale
        Invalid: it still cannot be taken; the sentence says why.
    """
    with transaction() as session:
        audit.in_a_row(session)
        row = _standing(account, number)
        event = _event(row)
        if event is None:
            raise Invalid(NO_ENTRY)
        fresh = event.model_copy(update={"id": ids.new()})
        source = Source(None, account.actor, clock.now())
        (taken,) = taking.take_all(session, [fresh], source)
        if taken.outcome == Outcome.INVALID:
            raise Invalid(taken.why)
        _close(session, row, account.actor, "taken")
        detail = {"event": fresh.id}
        audit.record(session, "intake.taken", actor=account.actor, subject=f"quarantine:{number}", detail=detail)


def dismiss(account: Account, number: int, reason: str) -> None:
    """Leave it out, for a reason.

    Raises:
        Missing, Stale
        Invalid: no reason.
    """
    reason = clean_line(reason, field="reason", label="理由", limit=200, required=True)
    with transaction() as session:
        audit.in_a_row(session)
        row = _standing(account, number)
        row.reason = reason
        _close(session, row, account.actor, "dismissed")
        audit.record(session, "intake.dismissed", actor=account.actor, subject=f"quarantine:{number}")


def dismiss_all(account: Account, numbers: Sequence[int], reason: str) -> tuple[int, int]:
    """The same for many; how many were left out and how many could not be.

    Raises:
        Invalid: no reason.
    """
    clean_line(reason, field="reason", label="理由", limit=200, required=True)
    done = 0
    for number in dict.fromkeys(numbers):
        try:
            dismiss(account, number, reason)
            done += 1
        except DomainError:
            continue
    return done, len(set(numbers)) - done


def _standing(account: Account, number: int) -> Quarantined:
    row = db.session.get(Quarantined, number, populate_existing=True)
    if row is None or _waiting(account, row) is None:
        raise Missing(NO_RECORD)
    if row.decided_at is not None:
        raise Stale(DECIDED)
    return row


def _close(session: Session, row: Quarantined, actor: str, decision: str) -> None:
    at = clock.now()
    session.flush()
    open_row = update(Quarantined).where(Quarantined.id == row.id, Quarantined.decided_at.is_(None))
    closed = open_row.values(decided_at=at, decided_by=actor, decision=decision)
    if not getattr(session.execute(closed), "rowcount", 0):
        raise Stale(DECIDED)
    others = select(Quarantined.id).where(Quarantined.event_id == row.event_id, Quarantined.decided_at.is_(None))
    if session.scalar(others.limit(1)) is None:
        mine = (Conflict.key == f"{ConflictKind.REUSED_ID}:{row.event_id}") & Conflict.resolved_at.is_(None)
        session.execute(update(Conflict).where(mine).values(resolved_at=at, resolved_by=actor))


def _waiting(account: Account, row: Quarantined) -> Waiting | None:
    """One of them, when nothing in it is about somebody who is not there for the account."""
    event = _event(row)
    stored = db.session.scalar(select(IntakeEvent).where(IntakeEvent.id == row.event_id))
    before = history.event(stored) if stored else None
    if any(_secret(one) for one in (event, before) if one) and not cleared(account):
        return None
    shown = cells(account.role_list, own=False)

    def told(one: Event | None) -> str:
        if one is None:
            return ""
        readable = [(name, said) for name, said in one.fields.items() if shown.get(group_of(name), NO).reads]
        rest = len(one.fields) - len(readable)
        words = history.said(readable, None)
        return f"{words}{'、' if words and rest else ''}{f'ほか{rest}項目（表示できません）' if rest else ''}"

    about = {Kind.PERSON: "避難者", Kind.HOUSEHOLD: "世帯", Kind.STAY: "滞在"}.get(event.kind, "") if event else ""
    return Waiting(row, about, told(event), told(before), event is not None)


def _event(row: Quarantined) -> Event | None:
    try:
        return Event.model_validate_json(row.payload)
    except ValidationError:
        return None


def _secret(event: Event) -> bool:
    """Whether it is about somebody who is hidden: by its number, its person, its household, or its place in the residents' list."""
    hidden = Person.protection == Protection.HIDDEN
    said = [event.fields.get(name) for name in ("person", "household")]
    numbers = [event.entity, *(one for one in said if isinstance(one, str))]
    stay = select(Stay.person_id).where(Stay.id == event.entity).scalar_subquery()
    named = Person.id.in_(numbers) | Person.household_id.in_(numbers) | (Person.id == stay)
    if db.session.scalar(select(Person.id).where(hidden, named).limit(1)):
        return True
    number = event.fields.get("resident")
    listed = select(Resident.id).where(Resident.id == number, Resident.hidden)
    return isinstance(number, int) and 0 < number < 2**31 and db.session.scalar(listed) is not None
