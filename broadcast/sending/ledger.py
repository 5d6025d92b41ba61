"""Reading the ledger: progress, who did not get it, the record of an alert, and what stands in force. Nothing here counts by reading deliveries."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from broadcast.cap.vocabulary import Mode
from broadcast.channels.contract import Code
from broadcast.models.alert import Alert, Transmission
from broadcast.models.delivery import Delivery, DeliveryEvent, Status
from broadcast.models.health import WorkerBeat
from broadcast.sending import tallies
from disaster.core.extensions import db

ON_THE_WAY = (Status.QUEUED, Status.SENDING, Status.UNCERTAIN)
ARRIVED = (Status.ACCEPTED, Status.DELIVERED)
REFUSED_BEFORE = frozenset(map(str, Code))  # of what is queued: it was refused for now, or its route is busy
SKEW = timedelta(seconds=10)  # by which the clocks of two machines may differ
NOT_ARRIVED = (Status.FAILED, Status.UNDELIVERABLE, Status.EXPIRED, Status.SKIPPED)


@dataclass(frozen=True, slots=True)
class ChannelProgress:
    """Counts of one channel by ``Status``; ``reasons`` counts what did not arrive by code, ``told`` what was taken and is known not to be
    confirmed (a call that was answered and no more), ``retrying`` what was refused for now and waits for its next try."""

    channel: str
    counts: dict[Status, int]
    reasons: dict[str, int]
    told: dict[str, int] = field(default_factory=dict)
    retrying: int = 0

    @property
    def total(self) -> int:
        """All deliveries of the channel."""
        return sum(self.counts.values())

    @property
    def accepted(self) -> int:
        """Taken by the provider or received."""
        return sum(self.counts.get(s, 0) for s in ARRIVED)

    @property
    def delivered(self) -> int:
        """Receipt of arrival."""
        return self.counts.get(Status.DELIVERED, 0)

    @property
    def waiting(self) -> int:
        """Queued, on the wire, or in doubt."""
        return sum(self.counts.get(s, 0) for s in ON_THE_WAY)

    @property
    def uncertain(self) -> int:
        """In doubt."""
        return self.counts.get(Status.UNCERTAIN, 0)

    @property
    def lost(self) -> int:
        """Ended without arrival."""
        return sum(self.counts.get(s, 0) for s in NOT_ARRIVED)


def transmission_of(alert_id: int) -> Transmission | None:
    """What was frozen for this alert, drills included."""
    return db.session.scalar(select(Transmission).where(Transmission.alert_id == alert_id))


def progress(transmission_id: int) -> list[ChannelProgress]:
    """Counts per channel, read from the tallies: the same few rows for a town and for a prefecture, however often it is asked."""
    counts: dict[str, dict[Status, int]] = {}
    reasons: dict[str, dict[str, int]] = {}
    told: dict[str, dict[str, int]] = {}
    retrying: dict[str, int] = {}
    for channel, status, code, number in tallies.of(transmission_id):
        of_channel = counts.setdefault(channel, {})
        of_channel[Status(status)] = of_channel.get(Status(status), 0) + number
        if status in NOT_ARRIVED:
            why = reasons.setdefault(channel, {})
            why[code or Status(status).name.lower()] = why.get(code or Status(status).name.lower(), 0) + number
        elif status == Status.ACCEPTED and code:
            told.setdefault(channel, {})[code] = number
        elif status == Status.QUEUED and code in REFUSED_BEFORE:
            retrying[channel] = retrying.get(channel, 0) + number
    return [
        ChannelProgress(
            channel, counts[channel], reasons.get(channel, {}), told.get(channel, {}), retrying.get(channel, 0)
        )
        for channel in sorted(counts)
    ]


def rows(
    transmission_id: int, *, channel: str = "", status: Status | None = None, after: int = 0, most: int = 100
) -> list[Delivery]:
    """Single deliveries, by number; ``after`` is the last number of the page before."""
    where: list[ColumnElement[bool]] = [Delivery.transmission_id == transmission_id, Delivery.id > after]
    if channel:
        where.append(Delivery.channel == channel)
    if status is not None:
        where.append(Delivery.status == status)
    return list(db.session.scalars(select(Delivery).where(*where).order_by(Delivery.id).limit(most)))


def every_row(transmission_id: int) -> Iterator[Delivery]:
    """All deliveries of a transmission in pages, for the CSV record; memory stays flat."""
    after = 0
    while page := rows(transmission_id, after=after, most=2000):
        yield from page
        after = page[-1].id
        db.session.expunge_all()


def events(delivery_id: int) -> list[DeliveryEvent]:
    """The history of one delivery, oldest first."""
    return list(
        db.session.scalars(
            select(DeliveryEvent).where(DeliveryEvent.delivery_id == delivery_id).order_by(DeliveryEvent.id)
        )
    )


def in_force(at: datetime) -> list[Transmission]:
    """Live transmissions that stand: not over, and not corrected, cancelled or lifted by a later one."""
    follow_up, later = aliased(Alert), aliased(Transmission)
    overtaken = (
        select(later.id)
        .join(follow_up, follow_up.id == later.alert_id)
        .where(follow_up.references_id == Transmission.alert_id)
        .exists()
    )
    return list(
        db.session.scalars(
            select(Transmission)
            .where(Transmission.mode == Mode.LIVE, Transmission.expires_at > at, ~overtaken)
            .order_by(Transmission.sent_at.desc())
        )
    )


def published(alert_id: int) -> Transmission | None:
    """The live transmission of an alert, also when it is over; None for drills and drafts."""
    found = transmission_of(alert_id)
    return found if found and found.mode == Mode.LIVE else None


def follow_up_of(alert_id: int) -> Transmission | None:
    """The correction, cancel or lift that overtook this alert."""
    return db.session.scalar(
        select(Transmission).join(Alert, Alert.id == Transmission.alert_id).where(Alert.references_id == alert_id)
    )


def history(before: int | None = None, most: int = 50) -> list[Transmission]:
    """Past live transmissions, newest first."""
    query = select(Transmission).where(Transmission.mode == Mode.LIVE).order_by(Transmission.id.desc()).limit(most)
    return list(db.session.scalars(query.where(Transmission.id < before) if before else query))


def revision() -> tuple[int, int]:
    """Changes whenever what is in force may have changed by an act (not by time): newest transmission, number of them."""
    newest, number = db.session.execute(
        select(func.coalesce(func.max(Transmission.id), 0), func.count(Transmission.id))
    ).one()
    return newest, number


def last_beat(at: datetime) -> datetime | None:
    """The newest sign of life of any worker. One from the future (a clock was set back) is no proof that anybody lives now."""
    return db.session.scalar(select(func.max(WorkerBeat.at)).where(WorkerBeat.at <= at + SKEW))
