"""Who is addressed: active contacts of subscribers whose areas the alert names; for a follow-up, exactly those of the first alert."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true
from sqlalchemy.orm import aliased

from broadcast.cap import Kind, Language, MsgType
from broadcast.models.alert import Alert, Transmission
from broadcast.models.audience import Contact, Subscriber, SubscriberArea
from broadcast.models.delivery import PUBLIC, Delivery, DeliveryEvent, Status
from disaster.core.errors import Invalid
from disaster.core.extensions import db

ARRIVED_OR_MAYBE = (Status.SENDING, Status.UNCERTAIN, Status.ACCEPTED, Status.DELIVERED)


@dataclass(frozen=True, slots=True)
class Reach:
    """How many people, and how many messages on each personal channel."""

    people: int
    channels: dict[str, int]

    @property
    def messages(self) -> int:
        """Messages over all personal channels."""
        return sum(self.channels.values())


def addressed(alert: Alert) -> Select[int, str, int, Language, bool]:
    """Contacts to write to: contact id, channel, subscriber id, language, whether support is needed.

    Raises:
        Invalid: no area is named; an empty area never means everyone.
    """
    return (
        select(Contact.id, Contact.channel, Contact.subscriber_id, Subscriber.language, Subscriber.support_needed)
        .join(Subscriber, Subscriber.id == Contact.subscriber_id)
        .where(
            Contact.active,
            *(_of_first(alert),) if alert.references_id else (_in_areas(alert), _wanted(alert), _at_once()),
        )
    )


def _wanted(alert: Alert) -> ColumnElement[bool]:
    """Evacuation information goes to everyone; news of shelters and notices to those who chose them."""
    chosen: dict[Kind, ColumnElement[bool]] = {
        Kind.SHELTERS: and_(Subscriber.wants_shelters),
        Kind.NOTICE: and_(Subscriber.wants_notices),
    }
    return chosen.get(Kind(alert.kind), true())


def _at_once() -> ColumnElement[bool]:
    """A standby address waits (``failover``), unless the person has no other."""
    other = aliased(Contact)
    another = exists().where(other.subscriber_id == Contact.subscriber_id, other.active, ~other.standby)
    return or_(~Contact.standby, ~another)


def _in_areas(alert: Alert) -> ColumnElement[bool]:
    if alert.whole_town:
        return Contact.id > PUBLIC
    if not alert.areas:
        raise Invalid("対象の地区を選んでください。", {"areas": "対象の地区を選んでください。"})
    named = exists().where(
        and_(SubscriberArea.subscriber_id == Subscriber.id, SubscriberArea.area_code.in_(alert.areas))
    )
    return or_(Subscriber.all_areas, named)


def _of_first(alert: Alert) -> ColumnElement[bool]:
    """Those whom the referenced alert was for; a cancel goes only to those whom it reached or may have reached.

    A correction also goes to those still queued: the old text is taken out of the queue, and they must not be left without any.
    """
    first = (
        select(Delivery.id)
        .join(Transmission, Transmission.id == Delivery.transmission_id)
        .where(
            Transmission.alert_id == alert.references_id,
            Delivery.contact_id == Contact.id,
            Delivery.channel == Contact.channel,
        )
    )
    if alert.msg_type == MsgType.CANCEL:
        # Also whoever may have got it at a try whose answer never came, whatever became of the later tries.
        doubted = exists().where(DeliveryEvent.delivery_id == Delivery.id, DeliveryEvent.status == Status.UNCERTAIN)
        first = first.where(or_(Delivery.status.in_(ARRIVED_OR_MAYBE), doubted))
    return first.exists()


def reach(alert: Alert) -> Reach:
    """Count them by query, without loading a row."""
    rows = addressed(alert).subquery()
    people = db.session.scalar(select(func.count(rows.c.subscriber_id.distinct()))) or 0
    by_channel = db.session.execute(select(rows.c.channel, func.count()).group_by(rows.c.channel))
    return Reach(people, {row[0]: row[1] for row in by_channel})


def rule(alert: Alert) -> str:
    """The rule of the audience in words, part of what an approval binds."""
    if alert.references_id:
        return f"{alert.msg_type}:{alert.references_id}"
    return "all" if alert.whole_town else ",".join(sorted(alert.areas))
