"""Writing what an import planned, in one transaction that is short: rows by the thousand, sealed before it begins."""

import secrets
from typing import Any, cast

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from broadcast.importing.planning import Plan, chunks
from broadcast.importing.record import Address
from broadcast.models.audience import Contact, Subscriber, SubscriberArea
from broadcast.subscribers import addresses
from broadcast.subscribers.enrolment import IMPORT, SELF, Choice
from disaster.core import clock
from disaster.core.base import Base
from disaster.core.errors import Stale
from disaster.core.sealed import seal

REPLACED = "replaced"


def apply(session: Session, plan: Plan, rows: list[tuple[str | int, dict[str, Any]]]) -> None:
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
    for chunk in chunks(choices):
        session.execute(delete(SubscriberArea).where(SubscriberArea.subscriber_id.in_([number for number, _ in chunk])))
        session.execute(update(Subscriber), [{"id": number, **_columns(choice)} for number, choice in chunk])
    _write_areas(session, [(made[record.key], record.choice) for record, _ in plan.people] + choices)
    if plan.keys:
        session.execute(update(Subscriber), [{"id": number, "import_key": key} for number, key in plan.keys])
    if plan.orders:
        orders = [{"id": number, "standby": one.standby, "priority": one.priority} for number, one in plan.orders]
        session.execute(update(Contact), orders)
    for ids in chunks(plan.stops):
        stopped = {"active": False, "stopped_at": clock.now(), "stopped_why": REPLACED}
        session.execute(update(Contact).where(Contact.id.in_(ids), Contact.active).values(**stopped))


def _still_of_the_list(session: Session, choices: list[tuple[int, Choice]]) -> list[tuple[int, Choice]]:
    own = {
        number
        for chunk in chunks(number for number, _ in choices)
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


def _write_people(session: Session, plan: Plan) -> dict[str | int, int]:
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
    for chunk in chunks(record.key for record, _ in plan.people):
        made.update({str(row[0]): row[1] for row in session.execute(select(*keys).where(keys[0].in_(chunk)))})
    return made


def contact_rows(plan: Plan) -> list[tuple[str | int, dict[str, Any]]]:
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
