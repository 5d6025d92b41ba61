"""Receipts: what providers and the radio station tell us later. They only move a delivery forward, each counts once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from broadcast.channels.contract import Code
from broadcast.channels.receipt import Receipt
from broadcast.models.audience import Contact
from broadcast.models.delivery import PUBLIC, Delivery, DeliveryEvent, Status
from broadcast.sending.reference import delivery_of
from broadcast.subscribers import flagging
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db

STATUS = {
    "accepted": Status.ACCEPTED,
    "delivered": Status.DELIVERED,
    "undelivered": Status.UNDELIVERABLE,
    "failed": Status.FAILED,
}
# What a later report may overwrite, weakest first: our own view, then the provider's, and arrival above all. The order of arrival
# of the reports does not matter.
TRUTH = (
    Status.QUEUED,
    Status.SENDING,
    Status.UNCERTAIN,
    Status.SKIPPED,
    Status.EXPIRED,
    Status.ACCEPTED,
    Status.FAILED,
    Status.UNDELIVERABLE,
    Status.DELIVERED,
)


def apply(channel: str, receipt: Receipt) -> bool:
    """Apply one receipt; whether it was new and for a delivery of ours.

    It is matched by our own reference first, so it counts even before our commit of the provider's id.
    """
    named = delivery_of(receipt.reference) if receipt.reference else None
    with transaction() as session:
        delivery_id = _matched(session, channel, receipt.provider_id, named)
        if delivery_id is None or not _append(session, delivery_id, receipt, now()):
            return False
        contact_id = _advance(session, delivery_id, receipt)
        if contact_id:
            _look_at(session, contact_id, channel, receipt, now())
    return True


def _matched(session: Session, channel: str, provider_id: str, named: int | None) -> int | None:
    """The delivery, on the channel that the report is about and on no other."""
    query = select(Delivery.id).where(Delivery.channel == channel)
    if named is not None:
        return session.scalar(query.where(Delivery.id == named))
    return session.scalar(query.where(Delivery.provider_id == provider_id)) if provider_id else None


def _look_at(session: Session, contact_id: int, channel: str, receipt: Receipt, at: datetime) -> None:
    """What the report says of the address itself: one that does not work waits for an officer, one that said no is not written to again."""
    if receipt.code == Code.OPTED_OUT:
        session.execute(
            update(Contact)
            .where(Contact.id == contact_id, Contact.active)
            .values(active=False, stopped_at=at, stopped_why=Code.OPTED_OUT.value)
        )
    elif receipt.status == "undelivered" and (receipt.code == Code.ADDRESS or channel == "email"):
        why = flagging.BOUNCED if channel == "email" else flagging.REFUSED
        flagging.flag(session, [(contact_id, receipt.detail)], why, at)


def _append(session: Session, delivery_id: int, receipt: Receipt, at: datetime) -> bool:
    values = {
        "delivery_id": delivery_id,
        "at": at,
        "status": int(STATUS[receipt.status]),
        "code": str(receipt.code or ""),
        "detail": receipt.detail[:120],
        "source_id": receipt.source_id,
    }
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(DeliveryEvent).values(values).on_conflict_do_nothing(index_elements=["source_id"])
    return session.execute(statement.returning(DeliveryEvent.id)).scalar() is not None


def _advance(session: Session, delivery_id: int, receipt: Receipt) -> int | None:
    """Move the delivery forward; its contact, or None where it stood further already or speaks to the public."""
    status = STATUS[receipt.status]
    values: dict[str, Any] = {"status": int(status), "updated_at": now(), "lease_owner": None, "lease_until": None}
    if receipt.provider_id:
        values["provider_id"] = receipt.provider_id
    if status in (Status.FAILED, Status.UNDELIVERABLE):
        values |= {"code": str(receipt.code or ""), "detail": receipt.detail[:120]}
    moved = session.scalar(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.status.in_(TRUTH[: TRUTH.index(status)]))
        .values(**values)
        .returning(Delivery.contact_id)
    )
    return None if moved == PUBLIC else moved


def radio_polled(transmission_ids: Sequence[int]) -> int:
    """The station fetched these with its token: that is the radio's receipt; how many were new."""
    waiting = db.session.scalars(
        select(Delivery.id).where(
            Delivery.channel == "radio",
            Delivery.contact_id == PUBLIC,
            Delivery.transmission_id.in_(transmission_ids),
            Delivery.status < Status.DELIVERED,
        )
    ).all()
    if not waiting:
        return 0
    at = now()
    with transaction() as session:
        moved = session.scalars(
            update(Delivery)
            .where(Delivery.id.in_(waiting), Delivery.status < Status.DELIVERED)
            .values(status=Status.DELIVERED, updated_at=at, lease_owner=None, lease_until=None)
            .returning(Delivery.id)
        ).all()
        if moved:
            session.execute(
                insert(DeliveryEvent),
                [{"delivery_id": i, "at": at, "status": int(Status.DELIVERED), "detail": "polled"} for i in moved],
            )
    return len(moved)
