"""What each person of a list means for who is registered: counted into the report, and what is to be written."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcast.importing.record import Address, Record
from broadcast.importing.report import Report
from broadcast.models.audience import Contact, Subscriber, SubscriberArea
from broadcast.subscribers.enrolment import SELF, Choice

_MANY = 500
T = TypeVar("T")


@dataclass(slots=True)
class Plan:
    """What is to be written."""

    people: list[tuple[Record, list[Address]]] = field(default_factory=list)
    additions: list[tuple[int, Address]] = field(default_factory=list)
    choices: list[tuple[int, Choice]] = field(default_factory=list)
    keys: list[tuple[int, str]] = field(default_factory=list)
    orders: list[tuple[int, Address]] = field(default_factory=list)
    stops: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is registered, as far as a list may say something about them."""

    id: int
    source: str
    key: str | None
    choice: Choice


def compare(session: Session, records: list[Record], report: Report) -> Plan:
    """What each record means for what stands; counts into the report."""
    contacts = _contacts(session, [one.digest for record in records for one in record.addresses])
    people = _people(session, [record.key for record in records], {row.subscriber_id for row in contacts.values()})
    by_key = {person.key: person for person in people.values() if person.key}
    owned = _imported(session, people)
    plan = Plan()
    for record in records:
        known = [(one, contacts.get((one.channel, one.digest))) for one in record.addresses]
        own = by_key.get(record.key) or next((people[row.subscriber_id] for _, row in known if row), None)
        if own is None:
            fresh = [one for one, row in known if row is None]
            _count_new(plan, report, record, fresh)
        else:
            _compare_person(plan, report, record, own, known, owned.get(own.id, []))
    return plan


def _count_new(plan: Plan, report: Report, record: Record, fresh: list[Address]) -> None:
    if not fresh:
        report.same += 1  # all of its addresses stand with an earlier row
        return
    plan.people.append((record, fresh))
    report.new += 1
    report.addresses += len(fresh)


def _compare_person(
    plan: Plan, report: Report, record: Record, own: Person, known: list[tuple[Address, Any]], owned: list[Any]
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


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """Parts that a statement takes at once."""
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
        for chunk in chunks(set(digests))
        for row in session.execute(select(*columns).where(Contact.digest.in_(chunk)))
    }


def _people(session: Session, keys: Sequence[str], ids: set[int]) -> dict[int, Person]:
    columns = (
        Subscriber.id, Subscriber.source, Subscriber.import_key, Subscriber.language, Subscriber.all_areas,
        Subscriber.wants_shelters, Subscriber.wants_notices, Subscriber.support_needed,
    )  # fmt: skip
    rows = {
        row.id: row
        for column, values in ((Subscriber.import_key, keys), (Subscriber.id, ids))
        for chunk in chunks(values)
        for row in session.execute(select(*columns).where(column.in_(chunk)))
    }
    areas: dict[int, list[str]] = {}
    for chunk in chunks(rows):
        for code, owner in session.execute(
            select(SubscriberArea.area_code, SubscriberArea.subscriber_id).where(
                SubscriberArea.subscriber_id.in_(chunk)
            )
        ):
            areas.setdefault(owner, []).append(code)
    return {
        row.id: Person(
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


def _imported(session: Session, people: dict[int, Person]) -> dict[int, list[Any]]:
    """The addresses that only a list named, by person: the list may replace them."""
    found: dict[int, list[Any]] = {}
    columns = (Contact.id, Contact.channel, Contact.digest, Contact.subscriber_id)
    for chunk in chunks(person.id for person in people.values() if person.key):
        named = (Contact.subscriber_id.in_(chunk), Contact.active, Contact.confirmed_at.is_(None))
        for row in session.execute(select(*columns).where(*named)):
            found.setdefault(row.subscriber_id, []).append(row)
    return found
