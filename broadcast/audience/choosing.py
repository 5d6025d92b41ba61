"""Who is addressed: active contacts of subscribers whose areas the alert names; for a follow-up, exactly those of the first alert."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, text, true
from sqlalchemy.orm import aliased

from broadcast.cap.vocabulary import Kind, Language, MsgType
from broadcast.models.alert import Alert, Transmission
from broadcast.models.audience import USUAL, Contact, Subscriber, SubscriberArea
from broadcast.models.delivery import Delivery, DeliveryEvent, Status
from broadcast.models.fanout import Fanout, Phase
from disaster.core.errors import Invalid
from disaster.core.extensions import db

REACHED_OR_MAYBE = (Status.UNCERTAIN, Status.ACCEPTED, Status.DELIVERED)
Addressed = Select[int, str, int, Language, bool]
ARRIVED_OR_MAYBE = (Status.SENDING, *REACHED_OR_MAYBE)


@dataclass(frozen=True)
class Reach:
    """How many people, and how many messages on each personal channel (counted when somebody asks for them)."""

    people: int
    count: Callable[[], dict[str, int]] = field(repr=False, compare=False)

    @cached_property
    def channels(self) -> dict[str, int]:
        """Messages by channel."""
        return self.count()

    @property
    def messages(self) -> int:
        """Messages over all personal channels."""
        return sum(self.channels.values())


def addressed(alert: Alert, cancelled_for: Sequence[Status] = ARRIVED_OR_MAYBE) -> Addressed:
    """Contacts to write to: contact id, channel, subscriber id, language, whether support is needed.

    ``cancelled_for``: a cancel is for those whose delivery of the first alert stands so.

    Raises:
        Invalid: no area is named; an empty area never means everyone.
    """
    return (
        select(Contact.id, Contact.channel, Contact.subscriber_id, Subscriber.language, Subscriber.support_needed)
        .join(Subscriber, Subscriber.id == Contact.subscriber_id)
        .where(Contact.active, _for(alert, cancelled_for))
    )


def _for(alert: Alert, cancelled_for: Sequence[Status] = ARRIVED_OR_MAYBE) -> ColumnElement[bool]:
    if alert.references_id:
        return _of_first(alert, cancelled_for)
    return and_(_in_areas(alert), _wanted(alert), _at_once())


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
        return true()  # and no condition on the number beside: SQLite takes one lower bound of a range, and not always the higher one
    if not alert.areas:
        raise Invalid("対象の地区を選んでください。", {"areas": "対象の地区を選んでください。"})
    named = exists().where(
        and_(SubscriberArea.subscriber_id == Subscriber.id, SubscriberArea.area_code.in_(alert.areas))
    )
    return or_(Subscriber.all_areas, named)


def _of_first(alert: Alert, cancelled_for: Sequence[Status]) -> ColumnElement[bool]:
    """Those whom the referenced alert was for; a cancel goes only to those whom it reached or may have reached.

    A correction also goes to those still queued or not even written yet: the old text is taken out of the queue, and they must not be
    left without any.
    """
    first = db.session.scalars(select(Transmission).where(Transmission.alert_id == alert.references_id)).one_or_none()
    if first is None:
        return false()
    theirs = (
        Delivery.transmission_id == first.id,
        Delivery.contact_id == Contact.id,
        Delivery.channel == Contact.channel,
    )
    if not is_cancel(alert):
        return or_(exists().where(*theirs), _unwritten(first))
    # Also whoever may have got it at a try whose answer never came, whatever became of the later tries.
    doubted = exists().where(DeliveryEvent.delivery_id == Delivery.id, DeliveryEvent.status == Status.UNCERTAIN)
    return exists().where(*theirs, or_(Delivery.status.in_([int(s) for s in cancelled_for]), doubted))


def is_cancel(alert: Alert) -> bool:
    """Whether its audience is whom the first one reached, and not whom the first one was for."""
    return alert.msg_type == MsgType.CANCEL


def _unwritten(first: Transmission) -> ColumnElement[bool]:
    """The rest of an audience of which the worker has written a part (``fanout``)."""
    spread = db.session.get(Fanout, first.id, populate_existing=True)
    if spread is None or spread.phase > Phase.OTHERS:
        return false()
    ahead = Contact.id > spread.after
    ahead = (
        and_(~Subscriber.support_needed, ahead)
        if spread.phase == Phase.OTHERS
        else or_(~Subscriber.support_needed, ahead)
    )
    return and_(Contact.id <= spread.upto, ahead, _for(db.session.get_one(Alert, first.alert_id)))


def reach(alert: Alert) -> Reach:
    """Count them by query, without loading a row."""
    rows = addressed(alert).subquery()

    def by_channel() -> dict[str, int]:
        found = db.session.execute(select(rows.c.channel, func.count()).group_by(rows.c.channel))
        return {row[0]: row[1] for row in found}

    return Reach(_everybody(alert) if alert.whole_town else _people(addressed(alert)), by_channel)


def _everybody(alert: Alert) -> int:
    """The people of a whole prefecture in a third of a second, out of an index that holds just what is asked."""
    if alert.references_id or Kind(alert.kind) in (Kind.SHELTERS, Kind.NOTICE):
        return _people(addressed(alert))
    usual = db.session.scalar(select(func.count(Contact.subscriber_id.distinct())).where(text(USUAL))) or 0
    return usual + _people(addressed(alert).where(text("contacts.active AND contacts.standby")))


def _people(contacts: Addressed) -> int:
    rows = contacts.subquery()
    return db.session.scalar(select(func.count(rows.c.subscriber_id.distinct()))) or 0


def rule(alert: Alert) -> str:
    """The rule of the audience in words, part of what an approval binds."""
    if alert.references_id:
        return f"{alert.msg_type}:{alert.references_id}"
    return "all" if alert.whole_town else ",".join(sorted(alert.areas))
