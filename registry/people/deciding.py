"""What tablets and officers said against each other, and how a person decides it: by one more event that names both sides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import DomainError, Forbidden, Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.staff.models import Account
from registry.access import own_shelters, viewing
from registry.access.cells import NO, Cell, Group, cells, group_of
from registry.access.clearance import cleared
from registry.access.viewing import NO_RECORD, Seen
from registry.intake import entering
from registry.intake.entering import Entry
from registry.intake.merging import Head
from registry.models.people import Conflict, Household, Person, Stay
from registry.people import facts, history
from registry.vocabulary import ConflictKind, Kind, Protection

PAGE = 30
CHANGED = "この食い違いは、開いた後に変わったか、ほかの人が先に決めました。いまの内容を確かめてください。"
_ROW_OF: Mapping[str, Any] = {
    Kind.PERSON: Person,
    Kind.HOUSEHOLD: Household,
    Kind.STAY: Stay,
}


@dataclass(frozen=True, slots=True)
class Side:
    """One value, or one place. ``key``: the event, or the stay, that stands for it."""

    key: str
    text: str
    at: datetime
    actor: str = ""
    received_at: datetime | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A conflict as a page shows it. ``person``: whose page opens; ``decides``: whether the account may decide it."""

    conflict: Conflict
    about: str
    label: str
    sides: Sequence[Side]
    decides: bool
    person: str | None = None


def waiting(account: Account, *, page: int = 1) -> tuple[list[Case], bool]:
    """One page of what waits for somebody whom the account may see, the oldest first, and whether there are more."""
    everything = select(Conflict).where(Conflict.resolved_at.is_(None)).order_by(Conflict.at, Conflict.id)
    found: list[Case] = []
    skip, wanted = (page - 1) * PAGE, page * PAGE + 1
    for conflict in db.session.scalars(everything.limit(2000)):
        if case := _case(account, conflict):
            found.append(case)
        if len(found) >= wanted:
            break
    with transaction() as session:
        viewing.record_list(session, account, "conflicts", len(found[skip : skip + PAGE]), "conflict")
    return found[skip : skip + PAGE], len(found) > skip + PAGE


def decide(account: Account, conflict_id: int, key: str, sides: Sequence[str]) -> None:
    """One side holds. ``sides``: what was on the screen; a side that has come since stays in conflict.

    Raises:
        Missing, Forbidden
        Stale: it is decided already, or the side is no more.
    """
    with transaction() as session:
        audit.in_a_row(session)
        case = _open(account, conflict_id)
        known = {side.key for side in case.sides}
        if key not in known or not set(sides) <= known or len(sides) < 2:
            raise Stale(CHANGED)
        entries = (
            _double(case, key, sides) if case.conflict.kind == ConflictKind.DOUBLE_STAY else _field(case, key, sides)
        )
        entering.enter_all(session, entries, actor=account.actor)
        _note(account, case.conflict, "side")


def decide_newest(account: Account, conflict_ids: Sequence[int]) -> tuple[int, int]:
    """For many at once: of each field the value that was written last; how many were decided and how many could not be."""
    done = 0
    for number in dict.fromkeys(conflict_ids):
        try:
            case = _open(account, number)
            keys = [side.key for side in case.sides]
            if case.conflict.kind == ConflictKind.FIELD:
                decide(account, number, keys[-1], keys)
                done += 1
        except DomainError:
            db.session.rollback()
    return done, len(set(conflict_ids)) - done


def accept(account: Account, conflict_id: int, *, bring_over: bool = False) -> None:
    """Something that came for a merged or removed entry, or a wrong clock: looked at. ``bring_over``: what it said is entered for who remains.

    Raises:
        Missing, Forbidden, Stale, Invalid
    """
    with transaction() as session:
        audit.in_a_row(session)
        case = _open(account, conflict_id)
        conflict = case.conflict
        if conflict.kind not in (ConflictKind.AFTER_MERGE, ConflictKind.CLOCK):
            raise Invalid("この食い違いは、どちらかの値を選んで決めてください。")
        if bring_over and case.person:
            seen = viewing.writable(account, case.person, Group.NAME)
            entering.enter_all(session, _brought(conflict, seen), actor=account.actor)
        standing = update(Conflict).where(Conflict.id == conflict_id, Conflict.resolved_at.is_(None))
        standing = standing.values(resolved_at=clock.now(), resolved_by=account.actor)
        if not getattr(session.execute(standing), "rowcount", 0):
            raise Stale(CHANGED)
        _note(account, conflict, "brought_over" if bring_over else "accepted")


def _note(account: Account, conflict: Conflict, how: str) -> None:
    detail = {"kind": str(conflict.kind), "field": conflict.field, "how": how}
    subject = f"conflict:{conflict.id}"
    audit.record(db.session(), "conflict.decided", actor=account.actor, subject=subject, detail=detail)


def _open(account: Account, conflict_id: int) -> Case:
    conflict = db.session.get(Conflict, conflict_id, populate_existing=True)
    case = _case(account, conflict) if conflict else None
    if conflict is None or case is None:
        raise Missing(NO_RECORD)
    if conflict.resolved_at is not None:
        raise Stale(CHANGED)
    if not case.decides:
        raise Forbidden("この項目を決める権限がありません。台帳担当か福祉担当に頼んでください。")
    return case


def _case(account: Account, conflict: Conflict) -> Case | None:
    """A conflict, when whom it is about is there for the account and its facts may be read."""
    kind, _, number = conflict.subject.partition(":")
    group = Group.STAY if conflict.kind == ConflictKind.DOUBLE_STAY else _group(conflict)
    about, cell, person = _subject(account, kind, number, group, conflict.shelter_id)
    if not cell.reads:
        return None
    if conflict.kind == ConflictKind.DOUBLE_STAY:
        sides = _places(conflict.sides)
    elif conflict.kind == ConflictKind.FIELD:
        sides = _values(kind, number, conflict.field)
    else:
        seen = _seen(account, person)
        sides = _events(conflict, seen) if seen else []
    label = facts.LABELS.get(conflict.field, "") or ConflictKind(conflict.kind).ja
    return Case(conflict, about, label, sides, cell.writes, person)


def _group(conflict: Conflict) -> Group:
    return group_of(conflict.field) if conflict.field else Group.NAME


def _subject(
    account: Account, kind: str, number: str, group: Group, shelter_id: int | None
) -> tuple[str, Cell, str | None]:
    """What the page calls whom it is about, what the account may do there, and whose page it is."""
    if kind == Kind.HOUSEHOLD:
        return _household(account, number, group, shelter_id)
    person: str | None = number
    if kind == Kind.STAY:
        person = db.session.scalar(select(Stay.person_id).where(Stay.id == number))
    seen = _seen(account, person)
    return (seen.name, seen.cells[group], seen.person.id) if seen else ("", NO, None)


def _household(account: Account, number: str, group: Group, shelter_id: int | None) -> tuple[str, Cell, str | None]:
    row = db.session.get(Household, number)
    members = list(db.session.scalars(select(Person).where(Person.household_id == number)))
    if row is None or (not cleared(account) and any(one.protection == Protection.HIDDEN for one in members)):
        return "", NO, None
    own = shelter_id in own_shelters.of(account)
    visible = viewing.visible(account, members)
    cell = visible[0].cells[group] if visible else cells(account.role_list, own=own)[group] if not members else NO
    return f"{row.surname or row.kana or '（名前なし）'} 世帯", cell, visible[0].person.id if visible else None


def _seen(account: Account, person: str | None) -> Seen | None:
    try:
        return viewing.found(account, person) if person else None
    except Missing:
        return None


def _heads(kind: str, number: str, field: str) -> list[Head]:
    row: Person | Household | Stay | None = db.session.get(_ROW_OF[kind], number, populate_existing=True)
    return facts.opened(row).heads.get(field, []) if row else []


def _values(kind: str, number: str, field: str) -> list[Side]:
    heads = _heads(kind, number, field)
    known = facts.sources(head.event for head in heads)
    return [
        Side(head.event, facts.value(field, head.value), source.at, source.actor, source.received_at)
        for head in heads
        if (source := known.get(head.event))
    ]


def _places(stays: Sequence[str]) -> list[Side]:
    rows = db.session.scalars(select(Stay).where(Stay.id.in_(stays)).order_by(Stay.started_at))
    sides = []
    for row in rows:
        head = facts.opened(row).head("start")
        source = facts.sources([head.event]).get(head.event) if head else None
        where = facts.shelter_name(row.shelter_id) if row.shelter_id else row.place.ja
        at = row.started_at or row.created_at
        actor, received = (source.actor, source.received_at) if source else ("", None)
        sides.append(Side(row.id, where, at, actor, received, row.ended_at is not None))
    return sides


def _events(conflict: Conflict, seen: Seen) -> list[Side]:
    told = history.by_ids(conflict.sides, seen)
    return [Side(one.event, one.text, one.at, one.actor, one.received_at) for one in told]


def _field(case: Case, key: str, sides: Sequence[str]) -> list[Entry]:
    conflict = case.conflict
    kind, _, number = conflict.subject.partition(":")
    said = next(head.value for head in _heads(kind, number, conflict.field) if head.event == key)
    seen = {conflict.field: list(sides)}
    return [Entry(Kind(kind), number, {conflict.field: said}, conflict.shelter_id, seen)]


def _double(case: Case, key: str, sides: Sequence[str]) -> list[Entry]:
    return [
        Entry(Kind.STAY, key, {"confirmed_over": other}, case.conflict.shelter_id) for other in sides if other != key
    ]


def _brought(conflict: Conflict, seen: Seen) -> list[Entry]:
    rows = db.session.scalars(history.rows(conflict.sides))
    entries = []
    for row in rows:
        found = history.event(row)
        fields = {name: said for name, said in (found.fields.items() if found else ()) if seen.writes(group_of(name))}
        fields.pop("removed", None)
        if fields:
            entries.append(Entry(Kind.PERSON, seen.person.id, fields, conflict.shelter_id))
    return entries


def many(account: Account) -> int:
    """How many wait for whom the account may see, for the front page; recorded nowhere because nobody is shown."""
    query = select(Conflict).where(Conflict.resolved_at.is_(None)).limit(200)
    return sum(_case(account, conflict) is not None for conflict in db.session.scalars(query))
