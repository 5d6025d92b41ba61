"""Figures of a transmission in the words and the order of the pages; unknown is never shown as zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from broadcast.ledger import ChannelProgress
from broadcast.models.delivery import DeliveryEvent, Status
from broadcast.views import safety, wording
from broadcast.views.wording import Reason
from disaster.core.extensions import db

STATION = "radio"  # fetches the text itself; until then nothing is read out
RECEIPTS = frozenset({"sms", STATION})  # channels whose provider reports arrival; the others say only that they took it


@dataclass(frozen=True, slots=True)
class Why:
    """One cause of what did not arrive: its code (for the details), how many, and the sentences."""

    code: str
    number: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Figures:
    """One channel's row: ``state`` is one word for the whole channel, ``delivered`` None where nobody reports arrival."""

    channel: str
    label: str
    total: int
    accepted: int
    delivered: int | None
    waiting: int
    uncertain: int
    lost: int
    whys: list[Why]
    unset: bool

    @property
    def state(self) -> str:
        """How the channel stands, in words."""
        if self.unset:
            return "未設定（送っていません）"
        if self.waiting:
            return "送信しています"
        if self.channel == STATION and not self.lost and self.delivered != self.total:
            return "無線の装置の受け取り待ち"
        if not self.lost:
            return "送り終わりました"
        return "送れていません" if not self.accepted else "送り終わりました（届かなかった宛先あり）"

    @property
    def tag(self) -> str:
        """The look of the word."""
        if self.unset or (not self.accepted and not self.waiting):
            return "error"
        waits = self.channel == STATION and self.delivered != self.total
        return "warning" if self.lost or waits else "good"


def channel(progress: ChannelProgress) -> Figures:
    """Figures of one channel."""
    whys = [
        Why(code, number, wording.reason(code))
        for code, number in sorted(progress.reasons.items(), key=lambda item: -item[1])
    ]
    return Figures(
        channel=progress.channel,
        label=wording.CHANNELS.get(progress.channel, progress.channel),
        total=progress.total,
        accepted=progress.accepted,
        delivered=progress.delivered if progress.channel in RECEIPTS else None,
        waiting=progress.waiting - progress.uncertain,
        uncertain=progress.uncertain,
        lost=progress.lost,
        whys=whys,
        unset=progress.total > 0 and progress.reasons.get("config", 0) == progress.total,
    )


def in_order(counts: Sequence[ChannelProgress]) -> list[ChannelProgress]:
    """In the order of the pages."""
    order = list(wording.CHANNELS)
    return sorted(counts, key=lambda one: order.index(one.channel) if one.channel in order else len(order))


def total(counts: Sequence[ChannelProgress]) -> ChannelProgress:
    """All channels together."""
    merged: dict[Status, int] = {}
    for one in counts:
        for status, number in one.counts.items():
            merged[status] = merged.get(status, 0) + number
    return ChannelProgress("", merged, {})


def remaining(counts: Sequence[ChannelProgress], since: datetime, at: datetime) -> str:
    """How long it will still take at the rate so far, for the slowest channel; empty where that cannot be told yet."""
    elapsed = at - since
    slowest = max(
        (
            elapsed * one.waiting / (one.accepted + one.lost)
            for one in counts
            if one.waiting and one.accepted + one.lost
        ),
        default=None,
    )
    return safety.spoken(slowest) if slowest is not None else ""


def events(delivery_ids: Sequence[int]) -> dict[int, list[DeliveryEvent]]:
    """The history of every delivery of a page, in one query."""
    found: dict[int, list[DeliveryEvent]] = {number: [] for number in delivery_ids}
    rows = db.session.scalars(
        select(DeliveryEvent).where(DeliveryEvent.delivery_id.in_(delivery_ids)).order_by(DeliveryEvent.id)
    )
    for event in rows:
        found[event.delivery_id].append(event)
    return found
