"""到達未確認 (R16): what a provider took and never said to have arrived. Such a message did not reach the person, as far as we know."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select

from broadcast.cap.vocabulary import Mode
from broadcast.channels import registry
from broadcast.models.alert import Transmission
from broadcast.models.delivery import Delivery, Status
from disaster.core.extensions import db

AFTER = timedelta(minutes=10)  # in which a provider reports arrival, if it does at all


def confirming() -> tuple[str, ...]:
    """Channels whose provider reports arrival."""
    return tuple(
        name for name, channel in registry.channels(Mode.LIVE).items() if channel.confirms and channel.personal
    )


def of(transmission_id: int, at: datetime) -> ColumnElement[bool]:
    """The condition of a delivery that was accepted ten minutes before ``at`` or longer ago, and never confirmed."""
    return and_(
        Delivery.transmission_id == transmission_id,
        Delivery.channel.in_(confirming()),
        Delivery.status == Status.ACCEPTED,
        Delivery.updated_at <= at - AFTER,
    )


def unconfirmed(transmission_id: int, at: datetime) -> dict[str, int]:
    """How many on each channel; a channel without any is left out. Nothing is read before ten minutes have passed."""
    sent_at = db.session.scalar(select(Transmission.sent_at).where(Transmission.id == transmission_id))
    if sent_at is None or sent_at > at - AFTER:
        return {}
    rows = db.session.execute(
        select(Delivery.channel, func.count()).where(of(transmission_id, at)).group_by(Delivery.channel)
    )
    return {row[0]: row[1] for row in rows}
