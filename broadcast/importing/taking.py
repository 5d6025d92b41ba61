"""Taking a list in: first what would change, then the change itself, all or nothing, as often as one likes.

Who left stays away, what somebody chose for themselves stays as they chose it, and an address that the list replaced is no longer used.
"""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar, cast

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from broadcast import addresses
from broadcast.enrolment import IMPORT, SELF, Choice
from broadcast.importing import table
from broadcast.importing.columns import LABELS
from broadcast.importing.record import Address, Mistake, Reader, Record
from broadcast.models.audience import Contact, Subscriber, SubscriberArea
from disaster.core import audit, clock
from disaster.core.base import Base
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Stale
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.core.sealed import seal
from disaster.core.settings import settings

MOST_MISTAKES = 200  # told; all are counted
REPLACED = "replaced"
_MANY = 500
T = TypeVar("T")


@dataclass(slots=True)
class Report:
    """What an import does, or would do, in people; ``addresses`` are new ones. ``kept``: chose for themselves; ``left``: no address of theirs
    may be used any more. ``shared`` addresses stay with the first row that has them, ``replaced`` ones are no longer used."""

    file: str
    encoding: str = ""
    delimiter: str = ""
    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    kept: int = 0
    left: int = 0
    addresses: int = 0
    shared: int = 0
    replaced: int = 0
    bad: int = 0
    mistakes: list[Mistake] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)
    applied: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for ``--json``; line numbers and columns, never what a cell says."""
        return asdict(self)

    @property
    def labelled(self) -> list[tuple[int, str, str]]:
        """The mistakes with the columns' own names, for people."""
        return [(one.line, LABELS.get(one.field, one.field), one.reason) for one in self.mistakes]


@dataclass(slots=True)
class _Plan:
    """What is to be written."""

    people: list[tuple[Record, list[Address]]] = field(default_factory=list)
    additions: list[tuple[int, Address]] = field(default_factory=list)
    choices: list[tuple[int, Choice]] = field(default_factory=list)
    keys: list[tuple[int, str]] = field(default_factory=list)
    orders: list[tuple[int, Address]] = field(default_factory=list)
    stops: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Person:
    id: int
    source: str
    key: str | None
    choice: Choice


def take_in(content: bytes, name: str, *, dry_run: bool = False, skip_bad: bool = False, actor: str = "cli") -> Report:
    """Take a list in. With a mistake in any row nothing is taken in at all, unless ``skip_bad``.

    Raises:
        Invalid: the file is no such list.
    """
    records, report = _read(content, name)
    plan = _compare(db.session(), records, report)
    if dry_run or (report.bad and not skip_bad):
        return report
    rows = _contact_rows(plan)  # sealed before the database is locked: an alert must not wait for a list
    with transaction() as session:
        _apply(session, plan, rows)
        counts = {key: getattr(report, key) for key in ("rows", "new", "changed", "same", "kept", "left", "bad")}
        audit.record(session, "subscribers.import", actor=actor, detail=counts)
    report.applied = True
    return report


def _read(content: bytes, name: str) -> tuple[list[Record], Report]:
    sheet = table.read(content)
    reader, report = Reader(sheet.columns, municipality(), settings().phone_countries), Report(name)
    report.encoding, report.delimiter, report.unused = sheet.encoding, sheet.delimiter, sheet.unused
    report.rows = len(sheet.rows)
    records = []
    for row in sheet.rows:
        found = reader.record(row)
        if isinstance(found, Record):
            records.append(found)
        else:
            report.bad += 1
            report.mistakes += found[: max(0, MOST_MISTAKES - len(report.mistakes))]
    if sheet.broken is not None:
        report.bad += 1
        reason = '引用符（"）の対応が正しくないか、行が長すぎます。この行から後は読んでいません。'
        report.mistakes.append(Mistake(sheet.broken, "row", reason))
    report.shared = reader.shared
    if not sheet.rows and sheet.broken is None:
        raise Invalid("見出しの下に、行がありません。")
    return records, report


def _compare(session: Session, records: list[Record], report: Report) -> _Plan:
    """What each record means for what stands; counts into the report."""
    contacts = _contacts(session, [one.digest for record in records for one in record.addresses])
    people = _people(session, [record.key for record in records], {row.subscriber_id for row in contacts.values()})
    by_key = {person.key: person for person in people.values() if person.key}
    owned = _imported(session, people)
    plan = _Plan()
    for record in records:
        known = [(one, contacts.get((one.channel, one.digest))) for one in record.addresses]
        own = by_key.get(record.key) or next((people[row.subscriber_id] for _, row in known if row), None)
        if own is None:
            fresh = [one for one, row in known if row is None]
            _count_new(plan, report, record, fresh)
        else:
            _compare_person(plan, report, record, own, known, owned.get(own.id, []))
    return plan


def _count_new(plan: _Plan, report: Report, record: Record, fresh: list[Address]) -> None:
    if not fresh:
        report.same += 1  # all of its addresses stand with an earlier row
        return
    plan.people.append((record, fresh))
    report.new += 1
    report.addresses += len(fresh)


def _compare_person(
    plan: _Plan, report: Report, record: Record, own: _Person, known: list[tuple[Address, Any]], owned: list[Any]
) -> None:
    fresh = [one for one, row in known if row is None]
    active = [row for _, row in known if row is not None and row.active and row.subscriber_id == own.id]
    listed = {(one.channel, one.digest) for one in record.addresses}
    over = [
        row.id for row in owned if (row.channel, row.digest) not in listed and row.channel in {c for c, _ in listed}
    ]
    orders = [
        (row.id, one)
        for one, row in known
        if row is not None
        and row.subscriber_id == own.id
        and (row.standby, row.priority) != (one.standby, one.priority)
        if row.confirmed_at is None
    ]
    chosen = own.source == SELF
    other = not chosen and own.choice != record.choice
    plan.additions += [(own.id, one) for one in fresh]
    plan.stops += over
    plan.orders += orders
    plan.keys += [(own.id, record.key)] if own.key is None else []
    plan.choices += [(own.id, record.choice)] if other else []
    report.addresses += len(fresh)
    report.replaced += len(over)
    if not fresh and not active and record.addresses:
        report.left += 1
    elif fresh or over or orders or other:
        report.changed += 1
    elif chosen and own.choice != record.choice:
        report.kept += 1
    else:
        report.same += 1


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    listed = list(values)
    for start in range(0, len(listed), _MANY):
        yield listed[start : start + _MANY]


def _contacts(session: Session, digests: Sequence[str]) -> dict[tuple[str, str], Any]:
    columns = (
        Contact.id, Contact.channel, Contact.digest, Contact.subscriber_id, Contact.active, Contact.standby,
        Contact.priority, Contact.confirmed_at,
    )  # fmt: skip
    return {
        (row.channel, row.digest): row
        for chunk in _chunks(set(digests))
        for row in session.execute(select(*columns).where(Contact.digest.in_(chunk)))
    }


def _people(session: Session, keys: Sequence[str], ids: set[int]) -> dict[int, _Person]:
    columns = (
        Subscriber.id, Subscriber.source, Subscriber.import_key, Subscriber.language, Subscriber.all_areas,
        Subscriber.wants_shelters, Subscriber.wants_notices, Subscriber.support_needed,
    )  # fmt: skip
    rows = {
        row.id: row
        for column, values in ((Subscriber.import_key, keys), (Subscriber.id, ids))
        for chunk in _chunks(values)
        for row in session.execute(select(*columns).where(column.in_(chunk)))
    }
    areas: dict[int, list[str]] = {}
    for chunk in _chunks(rows):
        for code, owner in session.execute(
            select(SubscriberArea.area_code, SubscriberArea.subscriber_id).where(
                SubscriberArea.subscriber_id.in_(chunk)
            )
        ):
            areas.setdefault(owner, []).append(code)
    return {
        row.id: _Person(
            row.id,
            row.source,
            row.import_key,
            Choice(
                row.language, tuple(sorted(areas.get(row.id, []))), row.all_areas, row.wants_shelters,
                row.wants_notices, row.support_needed,
            ),
        )
        for row in rows.values()
    }  # fmt: skip


def _imported(session: Session, people: dict[int, _Person]) -> dict[int, list[Any]]:
    """The addresses that only a list named, by person: the list may replace them."""
    found: dict[int, list[Any]] = {}
    columns = (Contact.id, Contact.channel, Contact.digest, Contact.subscriber_id)
    for chunk in _chunks(person.id for person in people.values() if person.key):
        named = (Contact.subscriber_id.in_(chunk), Contact.active, Contact.confirmed_at.is_(None))
        for row in session.execute(select(*columns).where(*named)):
            found.setdefault(row.subscriber_id, []).append(row)
    return found


def _apply(session: Session, plan: _Plan, rows: list[tuple[str | int, dict[str, Any]]]) -> None:
    """Write what was planned. Whoever chose for themselves since then is left alone.

    Raises:
        Stale: an address of the list was registered at this very moment; nothing was taken in.
    """
    try:
        made = _write_people(session, plan)
        _write_contacts(session, [{**row, "subscriber_id": made.get(owner, owner)} for owner, row in rows])
    except IntegrityError:
        raise Stale(
            "取り込みの間に、同じ宛先が登録されました。何も取り込んでいません。もう一度実行してください。"
        ) from None
    choices = _still_of_the_list(session, plan.choices)
    for chunk in _chunks(choices):
        session.execute(delete(SubscriberArea).where(SubscriberArea.subscriber_id.in_([number for number, _ in chunk])))
        session.execute(update(Subscriber), [{"id": number, **_columns(choice)} for number, choice in chunk])
    _write_areas(session, [(made[record.key], record.choice) for record, _ in plan.people] + choices)
    if plan.keys:
        session.execute(update(Subscriber), [{"id": number, "import_key": key} for number, key in plan.keys])
    if plan.orders:
        orders = [{"id": number, "standby": one.standby, "priority": one.priority} for number, one in plan.orders]
        session.execute(update(Contact), orders)
    for ids in _chunks(plan.stops):
        stopped = {"active": False, "stopped_at": clock.now(), "stopped_why": REPLACED}
        session.execute(update(Contact).where(Contact.id.in_(ids), Contact.active).values(**stopped))


def _still_of_the_list(session: Session, choices: list[tuple[int, Choice]]) -> list[tuple[int, Choice]]:
    own = {
        number
        for chunk in _chunks(number for number, _ in choices)
        for number in session.scalars(select(Subscriber.id).where(Subscriber.id.in_(chunk), Subscriber.source == SELF))
    }
    return [one for one in choices if one[0] not in own]


def _columns(choice: Choice) -> dict[str, Any]:
    return {
        "language": choice.language,
        "support_needed": choice.support_needed,
        "all_areas": choice.all_areas,
        "wants_shelters": choice.wants_shelters,
        "wants_notices": choice.wants_notices,
    }


def _table(model: type[Base]) -> Table:
    """Rows by the thousand go past the mapper: half the time under the one write lock."""
    return cast(Table, model.__table__)


def _write_people(session: Session, plan: _Plan) -> dict[str | int, int]:
    if not plan.people:
        return {}
    at = clock.now()
    rows = [
        {"import_key": record.key, "source": IMPORT, "created_at": at, **_columns(record.choice)}
        for record, _ in plan.people
    ]
    session.connection().execute(insert(_table(Subscriber)), rows)
    keys = Subscriber.import_key, Subscriber.id
    made: dict[str | int, int] = {}
    for chunk in _chunks(record.key for record, _ in plan.people):
        made.update({str(row[0]): row[1] for row in session.execute(select(*keys).where(keys[0].in_(chunk)))})
    return made


def _contact_rows(plan: _Plan) -> list[tuple[str | int, dict[str, Any]]]:
    """Every new address as a row, with the person's id, or the key of a person who is new."""
    owned: list[tuple[str | int, Address]] = [(record.key, one) for record, fresh in plan.people for one in fresh]
    return [
        (
            owner,
            {
                "channel": one.channel,
                "address": seal(one.known, addresses.PURPOSE),
                "digest": one.digest,
                "token": secrets.token_urlsafe(24),
                "standby": one.standby,
                "priority": one.priority,
                "route": addresses.route_of(one.channel, one.known),
            },
        )
        for owner, one in [*plan.additions, *owned]
    ]


def _write_contacts(session: Session, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.connection().execute(insert(_table(Contact)), rows)


def _write_areas(session: Session, choices: list[tuple[int, Choice]]) -> None:
    rows = [
        {"area_code": code, "subscriber_id": owner}
        for owner, choice in choices
        if not choice.all_areas
        for code in choice.areas
    ]
    if rows:
        session.connection().execute(insert(_table(SubscriberArea)), rows)
